// Order of a layer's work: which neuron, and which of its events, in each cycle.
//
//   Clear   neuron 0 .. NOut-1, one a cycle: their state is swept to rest. Also after reset
//   Idle    until clear_i or start_i
//   Run     for each neuron events 0 .. count_i - 1, and one cycle without event where count_i = 0;
//           last_o marks the last cycle of a neuron, which has Least or more
//   Drain   until the last commit has come out of the pipeline: done_i
//
// base_o is neuron_o · NSource, where the neuron's weights begin; it is counted, not multiplied.
`default_nettype none

module stw_sequencer #(
  parameter int NOut           = 64,
  parameter int NSource        = 80,  // weights a neuron
  parameter int CountW         = 7,   // bits of the number of events
  parameter int Least          = 1,   // cycles of a neuron
  localparam int OutW          = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int WeightAddrW   = (NSource * NOut > 1) ? $clog2(NSource * NOut) : 1
) (
  input  logic                   clk_i,
  input  logic                   rst_ni,
  input  logic                   clear_i,
  input  logic                   start_i,
  input  logic                   done_i,
  input  logic [CountW-1:0]      count_i,
  output logic                   busy_o,
  output logic                   sweep_o,
  output logic                   run_o,
  output logic                   last_o,
  output logic [OutW-1:0]        neuron_o,
  output logic [CountW-1:0]      event_o,
  output logic [WeightAddrW-1:0] base_o
);

  typedef enum logic [1:0] { Clear, Idle, Run, Drain } state_e;
  state_e                 state_q;
  logic [OutW-1:0]        n_q;
  logic [CountW-1:0]      e_q;
  logic [WeightAddrW-1:0] base_q;

  if (Least > 1) begin : gen_least
    assign last_o = e_q + CountW'(1) >= count_i && e_q >= CountW'(Least - 1);
  end else begin : gen_no_least
    assign last_o = e_q + CountW'(1) >= count_i;
  end
  assign sweep_o  = state_q == Clear;
  assign run_o    = state_q == Run;
  assign busy_o   = state_q != Idle;
  assign neuron_o = n_q;
  assign event_o  = e_q;
  assign base_o   = base_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q <= Clear;
      n_q     <= '0;
      e_q     <= '0;
      base_q  <= '0;
    end else if (state_q == Idle) begin
      n_q    <= '0;
      e_q    <= '0;
      base_q <= '0;
      if (clear_i) state_q <= Clear;
      else if (start_i) state_q <= Run;
    end else if (state_q == Drain) begin
      if (done_i) state_q <= Idle;
    end else if (state_q == Clear || last_o) begin
      n_q    <= n_q + OutW'(1);
      e_q    <= '0;
      base_q <= base_q + WeightAddrW'(NSource);
      if (n_q == OutW'(NOut - 1)) state_q <= (state_q == Clear) ? Idle : Drain;
    end else begin
      e_q <= e_q + CountW'(1);
    end
  end

endmodule

`default_nettype wire
