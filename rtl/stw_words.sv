// The words of a layer's neurons that mismatch varies: λ, δ, μ, δμ, θ, bias (struct law_neuron in
// model/law.h). Each has a memory of its own, written word by word, read together.
//
//   select   word       bits            kept for
//   1        λ          LambdaW         LeakKind 1, 2, 3
//   2        δ          16              LeakKind 1, 3 (jitter)
//   3        μ          MuW             HasCurrent and DecayKind 1, 2, 3
//   4        δμ         16              HasCurrent and DecayKind 1, 3
//   5        θ          MembraneBits    always
//   6        bias       MembraneBits    always
//
// Select 0 is the weight memory's, in stw_layer.sv. A word that is not kept reads 0.
`default_nettype none

module stw_words #(
  parameter int NOut         = 64,
  parameter int MembraneBits = 16,
  parameter int LeakBits     = 16,
  parameter int LeakKind     = 1,
  parameter int DecayKind    = 0,
  parameter int HasCurrent   = 0,
  localparam int AddrW       = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int LambdaW     = (LeakKind == 2) ? 5 : LeakBits,
  localparam int MuW         = (DecayKind == 2) ? 5 : LeakBits
) (
  input  logic                           clk_i,
  input  logic                           we_i,
  input  logic        [2:0]              select_i,
  input  logic        [AddrW-1:0]        waddr_i,
  input  logic        [23:0]             wdata_i,
  input  logic                           re_i,
  input  logic        [AddrW-1:0]        raddr_i,
  output logic        [LambdaW-1:0]      lambda_o,
  output logic        [15:0]             lambda_slope_o,
  output logic        [MuW-1:0]          mu_o,
  output logic        [15:0]             mu_slope_o,
  output logic signed [MembraneBits-1:0] theta_o,
  output logic signed [MembraneBits-1:0] bias_o
);

  localparam int KeepLambda      = (LeakKind != 0) ? 1 : 0;
  localparam int KeepLambdaSlope = (LeakKind == 1 || LeakKind == 3) ? 1 : 0;
  localparam int KeepMu          = (HasCurrent != 0 && DecayKind != 0) ? 1 : 0;
  localparam int KeepMuSlope     = (HasCurrent != 0 && (DecayKind == 1 || DecayKind == 3)) ? 1 : 0;

  stw_ram #(.Width(LambdaW), .Depth(NOut), .Used(KeepLambda)) u_lambda (
    .clk_i, .we_i(we_i && select_i == 3'd1), .waddr_i, .wdata_i(LambdaW'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(lambda_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(KeepLambdaSlope)) u_lambda_slope (
    .clk_i, .we_i(we_i && select_i == 3'd2), .waddr_i, .wdata_i(16'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(lambda_slope_o)
  );
  stw_ram #(.Width(MuW), .Depth(NOut), .Used(KeepMu)) u_mu (
    .clk_i, .we_i(we_i && select_i == 3'd3), .waddr_i, .wdata_i(MuW'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(KeepMuSlope)) u_mu_slope (
    .clk_i, .we_i(we_i && select_i == 3'd4), .waddr_i, .wdata_i(16'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu_slope_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(1)) u_theta (
    .clk_i, .we_i(we_i && select_i == 3'd5), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(theta_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(1)) u_bias (
    .clk_i, .we_i(we_i && select_i == 3'd6), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(bias_o)
  );

  if (MembraneBits < 24) begin : gen_unused
    logic unused_wdata;
    assign unused_wdata = ^wdata_i[23:MembraneBits];
  end

endmodule

`default_nettype wire
