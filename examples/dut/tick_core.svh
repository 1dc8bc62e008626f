// The three places of a bench (`spiketwin bench`) for tick_core.v.
// >>> REST: the device, its clock, and how it comes to rest
reg clk = 0, nreset = 1, spike = 0, step = 0;
reg [11:0] axon = 0, look_addr = 0;
wire look_fired;
`ifndef HOLDS
`define HOLDS 0
`endif
wire signed [(`HOLDS ? 8 : 16)-1:0] look_pot;
always #5 clk = !clk;
tick_core #(.HOLDS(`HOLDS)) u_dut (.clock(clk), .nreset(nreset), .spike(spike), .axon(axon), .step(step),
  .look_addr(look_addr), .look_pot(look_pot), .look_fired(look_fired));
task rest;
  begin
    nreset = 0;
    @(negedge clk);
    nreset = 1;
    @(negedge clk);
  end
endtask
// <<< REST

// >>> TICK: one tick
task tick;
  integer s;
  begin
    for (s = 0; s < N_IN; s = s + 1)
      if (x[s] != 0) begin
        axon = s;
        spike = 1;
        @(negedge clk);
      end
    spike = 0;
    step = 1;
    @(negedge clk);
    step = 0;
  end
endtask
// <<< TICK

// >>> WORDS: what the tick left behind
task words;
  integer n;
  begin
    for (n = 0; n < 5; n = n + 1) begin
      look_addr = n;
      #1 spikes_0[n] = look_fired;
      v_0[n] = look_pot;
    end
  end
endtask
// <<< WORDS
