// The three places of a bench (`spiketwin bench`) for event_core.v: a tick is one event, or with none a time reference.
// >>> REST: the device, its clock, and how it comes to rest
reg clk = 0, nreset = 1, ev = 0, ev_time = 0;
reg [11:0] ev_addr = 0, look_addr = 0;
wire occupied, look_fired;
wire signed [12:0] look_pot;
always #5 clk = !clk;
`ifndef UNSIGNED
`define UNSIGNED 0
`endif
event_core #(.UNSIGNED(`UNSIGNED)) u_dut (.clock(clk), .nreset(nreset), .ev(ev), .ev_time(ev_time), .ev_addr(ev_addr),
  .busy(occupied), .look_addr(look_addr), .look_pot(look_pot), .look_fired(look_fired));
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
    ev_time = 1;
    for (s = 0; s < N_IN; s = s + 1)
      if (x[s] != 0) begin
        ev_time = 0;
        ev_addr = s;
      end
    ev = 1;
    @(negedge clk);
    ev = 0;
    while (occupied) @(negedge clk);
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
