// The golden model beside your device (wrapper.svh) in one simulator, through DPI-C: the clips of in.vec.
// Nothing in here is yours to change.
`default_nettype none
`timescale 1ns / 1ps

module tb;
  import stw_golden_pkg::*;
  integer i, what;
  chandle golden;
`include "bench.svh"

  task check(input int layer, input int neuron, input string word, input longint got);
    void'(stw_check(golden, layer, neuron, word, got));
  endtask

  initial begin
    golden = stw_open("mem");
    void'(stw_vectors(golden, "in.vec"));
    #1;
    what = stw_read(golden);
    while (what > StwEnd && !stopped) begin
      if (what == StwClip) begin
        tick_number = -1;
        be_at_rest;
        clip = clip + 1;
      end else begin
        tick_number = tick_number + 1;
        for (i = 0; i < N_IN; i = i + 1) x[i] = @X_BITS@'(stw_x(golden, i));
        jitter = 16'(stw_jitter(golden));
        run_tick;
        if (!stopped) begin
@PUT@        end
      end
      what = stw_read(golden);
    end
    if (!stopped) begin
      $display("bench: %s", stw_report(golden));
      $write("%s", stw_reached(golden));
      $display("bench: verdict %0d", stw_verdict(golden));
    end
    stw_close(golden);
    $finish;
  end
endmodule
`default_nettype wire
