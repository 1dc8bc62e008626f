// The golden model for any SystemVerilog test bench: the imports of cosim/golden/golden.h, which says
// what each does. Link build/release/libstw_golden.so.
// A package has no time; whether the bench around it has a timescale is its own affair.
/* verilator lint_off TIMESCALEMOD */
package stw_golden_pkg;
/* verilator lint_on TIMESCALEMOD */
  localparam int StwEnd = 0, StwClip = 1, StwTick = 2;  // what stw_read tells; -1: an error

  // A chip
  import "DPI-C" function chandle stw_open(input string folder);
  import "DPI-C" function void    stw_close(input chandle h);
  import "DPI-C" function string  stw_error(input chandle h);
  import "DPI-C" function string  stw_image(input chandle h);
  import "DPI-C" function int     stw_layers(input chandle h);
  import "DPI-C" function int     stw_sources(input chandle h);
  import "DPI-C" function int     stw_neurons(input chandle h, input int layer);
  import "DPI-C" function int     stw_stages();
  import "DPI-C" function string  stw_stage_name(input int i);
  import "DPI-C" function int     stw_words_of(input chandle h);
  import "DPI-C" function string  stw_word_name(input chandle h, input int i);

  // Words and state of one's own, between ticks
  import "DPI-C" function int     stw_write(input chandle h, input int layer, input int neuron,
                                            input string what, input longint value);
  import "DPI-C" function int     stw_write_weight(input chandle h, input int layer,
                                                   input int neuron, input int source,
                                                   input longint value);
  import "DPI-C" function longint stw_least(input chandle h, input int layer, input string what);
  import "DPI-C" function longint stw_most(input chandle h, input int layer, input string what);

  // Stimulus of one's own
  import "DPI-C" function int     stw_rest(input chandle h);
  import "DPI-C" function int     stw_event(input chandle h, input int source, input int x);
  import "DPI-C" function int     stw_tick(input chandle h, input int jitter);

  // Stimulus of a file
  import "DPI-C" function int     stw_vectors(input chandle h, input string path);
  import "DPI-C" function int     stw_read(input chandle h);
  import "DPI-C" function int     stw_x(input chandle h, input int source);
  import "DPI-C" function int     stw_jitter(input chandle h);

  // What the model has after the last tick
  import "DPI-C" function longint stw_stage(input chandle h, input int layer, input int neuron,
                                            input string stage);
  import "DPI-C" function longint stw_state(input chandle h, input int layer, input int neuron,
                                            input string what);
  import "DPI-C" function int     stw_spike(input chandle h, input int layer, input int neuron);
  import "DPI-C" function int unsigned stw_signature(input chandle h);

  // Comparison, counted
  import "DPI-C" function int     stw_check(input chandle h, input int layer, input int neuron,
                                            input string what, input longint got);
  import "DPI-C" function longint stw_words(input chandle h);
  import "DPI-C" function longint stw_differ(input chandle h);
  import "DPI-C" function string  stw_report(input chandle h);
  import "DPI-C" function int     stw_verdict(input chandle h);

  // What the stimulus reached of where a wrong device would differ
  import "DPI-C" function string  stw_reached(input chandle h);
  import "DPI-C" function int     stw_corners(input chandle h);
  import "DPI-C" function string  stw_corner(input chandle h, input int i);
  import "DPI-C" function longint stw_corner_count(input chandle h, input int i);
endpackage
