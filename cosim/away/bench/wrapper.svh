// Your device. Three places are yours: REST, TICK, WORDS; take the `todo` out of each that is filled in.
// Names that they use stand in words.svh: x[source], jitter, and what is to be filled in, layer by layer.

// >>> REST: your device, its clock, and how it comes to rest
reg clk = 0;
always #5 clk = !clk;

// my_core u_dut (.clk(clk), ...);

// All state words as they begin (0, or the chip's word rest), no spikes; before the first tick of each clip.
task rest;
  begin
    todo("REST");
    // reset = 1;
    // @(negedge clk);
    // reset = 0;
  end
endtask
// <<< REST

// >>> TICK: one tick of your device: its events and jitter in, up to its last neuron
task tick;
  begin
    todo("TICK");
    // start = 1;
    // @(negedge clk);
    // start = 0;
    // while (!done) @(negedge clk);
  end
endtask
// <<< TICK

// >>> WORDS: what the tick left behind, spikes and state of every layer
task words;
  integer n;
  begin
    todo("WORDS");
@WORDS@  end
endtask
// <<< WORDS
