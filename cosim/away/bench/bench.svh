// What the benches of both ways have, inside their module: a device that never answers is named, and so is a place
// that is not filled in. `i` is an integer there. Nothing in here is yours to change.
  localparam integer Stderr = 32'h8000_0002;

  integer clip, tick_number, began, patience;
  reg busy, stopped;

  task stop(input [8*64-1:0] why);
    begin
      if (!stopped) $fdisplay(Stderr, "bench: %0s", why);
      stopped = 1;
      $finish;
    end
  endtask

  task todo(input [8*8-1:0] place);
    begin
      if (!stopped) $fdisplay(Stderr, "bench: wrapper.svh: the place %0s is not filled in", place);
      stopped = 1;
      $finish;
    end
  endtask

`include "words.svh"
`include "wrapper.svh"

  // A device that never answers is named with its tick. +patience=N: time units (default 1,000,000).
  initial begin
    {clip, tick_number, began} = 96'd0;
    {busy, stopped} = 2'd0;
    if (!$value$plusargs("patience=%d", patience)) patience = 1000000;
    if ($test$plusargs("wave")) begin
      $dumpfile("build/bench.fst");
      $dumpvars(0, tb);
    end
    forever begin
      #(patience / 4 + 1);
      if (busy && !stopped && $time - began > patience) begin
        $fdisplay(Stderr,
                  "bench: clip %0d, tick %0d: no answer in %0d time units (PATIENCE): does the device hang?",
                  clip, tick_number, patience);
        stopped = 1;
        $finish;
      end
    end
  end

  task be_at_rest;
    begin
      began = $time;
      busy = 1;
      for (i = 0; i < N_IN; i = i + 1) x[i] = 0;
      jitter = 0;
      rest;
      busy = 0;
    end
  endtask

  task run_tick;
    begin
      began = $time;
      busy = 1;
      tick;
      words;
      busy = 0;
    end
  endtask
