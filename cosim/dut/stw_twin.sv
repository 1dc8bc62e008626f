// The twin beside the RTL in a wave: what the golden model has for the neuron that is being committed.
// Bound into stw_net in builds with waves only, for Verilator only; cosim/dut/dut.cpp writes the signals.
// verilator lint_off UNUSED
// verilator lint_off UNDRIVEN
`default_nettype none

module stw_twin;

  logic               commit_valid /* verilator public_flat_rw */;
  logic        [2:0]  layer        /* verilator public_flat_rw */;
  logic        [11:0] neuron       /* verilator public_flat_rw */;
  logic signed [63:0] gather       /* verilator public_flat_rw */;
  logic signed [63:0] current      /* verilator public_flat_rw */;
  logic signed [63:0] leak         /* verilator public_flat_rw */;
  logic signed [63:0] integrate    /* verilator public_flat_rw */;
  logic signed [31:0] clamp        /* verilator public_flat_rw */;
  logic        [5:0]  fire         /* verilator public_flat_rw */;
  logic signed [31:0] after_v      /* verilator public_flat_rw */;
  logic signed [31:0] after_u      /* verilator public_flat_rw */;
  logic signed [31:0] after_u2     /* verilator public_flat_rw */;
  logic        [7:0]  after_r      /* verilator public_flat_rw */;
  logic               differs      /* verilator public_flat_rw */;  // any of it from the RTL's

endmodule

bind stw_net stw_twin u_twin ();

`default_nettype wire
