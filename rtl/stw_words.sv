// The words of a layer's neurons that mismatch varies (struct law_neuron in model/lif/law.h). Each kind
// has a memory of its own, written word by word, read together.
//
//   select   word       bits            kept for
//   1        λ          LambdaW         a leak
//   2        δ          16              a leak that is not a shift (jitter)
//   3        μ          MuW             Currents and a decay
//   4        δμ         16              Currents and a decay that is not a shift
//   5        θ          MembraneBits    always
//   6        bias       MembraneBits    always
//   7        μ2         MuW             Currents = 2 and a decay
//   8        δμ2        16              Currents = 2 and a decay that is not a shift
//   9        γ          GainBits        HasGain
//   10       rest       MembraneBits    HasRest
//   11       reset      MembraneBits    HasRest
//
// Select 0 is the weight memory's and 12 to 15 the state's, in stw_layer.sv. A word that is not kept
// reads 0.
`default_nettype none

module stw_words #(
  parameter int NOut         = 64,
  parameter int MembraneBits = 16,
  parameter int LeakBits     = 16,
  parameter int GainBits     = 1,
  parameter int LeakKind     = 1,
  parameter int DecayKind    = 0,
  parameter int Currents     = 0,
  parameter int HasGain      = 0,
  parameter int HasRest      = 0,
  parameter int First        = 0,  // Id of select 0 (stw_ram.sv); 0: none
  localparam int AddrW       = (NOut > 1) ? $clog2(NOut) : 1,
  localparam int LambdaW     = (LeakKind == 5) ? 10 : (LeakKind == 2 || LeakKind == 4) ? 5 : LeakBits,
  localparam int MuW         = (DecayKind == 5) ? 10 : (DecayKind == 2 || DecayKind == 4) ? 5 : LeakBits
) (
  input  logic                           clk_i,
  input  logic                           we_i,
  input  logic        [3:0]              select_i,
  input  logic        [AddrW-1:0]        waddr_i,
  input  logic        [31:0]             wdata_i,
  input  logic                           re_i,
  input  logic        [AddrW-1:0]        raddr_i,
  output logic        [LambdaW-1:0]      lambda_o,
  output logic        [15:0]             lambda_slope_o,
  output logic        [MuW-1:0]          mu_o,
  output logic        [15:0]             mu_slope_o,
  output logic        [MuW-1:0]          mu2_o,
  output logic        [15:0]             mu2_slope_o,
  output logic signed [GainBits-1:0]     gain_o,
  output logic signed [MembraneBits-1:0] theta_o,
  output logic signed [MembraneBits-1:0] bias_o,
  output logic signed [MembraneBits-1:0] rest_o,
  output logic signed [MembraneBits-1:0] reset_o
);

  localparam int KeepLambda      = (LeakKind != 0) ? 1 : 0;
  localparam int KeepLambdaSlope = (LeakKind == 1 || LeakKind == 3) ? 1 : 0;
  localparam int KeepMu          = (Currents > 0 && DecayKind != 0) ? 1 : 0;
  localparam int KeepMuSlope     = (Currents > 0 && (DecayKind == 1 || DecayKind == 3)) ? 1 : 0;
  localparam int KeepMu2         = (Currents > 1) ? KeepMu : 0;
  localparam int KeepMu2Slope    = (Currents > 1) ? KeepMuSlope : 0;

  stw_ram #(.Width(LambdaW), .Depth(NOut), .Used(KeepLambda), .Id((First != 0) ? First + 1 : 0)) u_lambda (
    .clk_i, .we_i(we_i && select_i == 4'd1), .waddr_i, .wdata_i(LambdaW'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(lambda_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(KeepLambdaSlope), .Id((First != 0) ? First + 2 : 0)) u_lambda_slope (
    .clk_i, .we_i(we_i && select_i == 4'd2), .waddr_i, .wdata_i(16'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(lambda_slope_o)
  );
  stw_ram #(.Width(MuW), .Depth(NOut), .Used(KeepMu), .Id((First != 0) ? First + 3 : 0)) u_mu (
    .clk_i, .we_i(we_i && select_i == 4'd3), .waddr_i, .wdata_i(MuW'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(KeepMuSlope), .Id((First != 0) ? First + 4 : 0)) u_mu_slope (
    .clk_i, .we_i(we_i && select_i == 4'd4), .waddr_i, .wdata_i(16'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu_slope_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(1), .Id((First != 0) ? First + 5 : 0)) u_theta (
    .clk_i, .we_i(we_i && select_i == 4'd5), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(theta_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(1), .Id((First != 0) ? First + 6 : 0)) u_bias (
    .clk_i, .we_i(we_i && select_i == 4'd6), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(bias_o)
  );
  stw_ram #(.Width(MuW), .Depth(NOut), .Used(KeepMu2), .Id((First != 0) ? First + 7 : 0)) u_mu2 (
    .clk_i, .we_i(we_i && select_i == 4'd7), .waddr_i, .wdata_i(MuW'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu2_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(KeepMu2Slope), .Id((First != 0) ? First + 8 : 0)) u_mu2_slope (
    .clk_i, .we_i(we_i && select_i == 4'd8), .waddr_i, .wdata_i(16'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(mu2_slope_o)
  );
  stw_ram #(.Width(GainBits), .Depth(NOut), .Used(HasGain), .Id((First != 0) ? First + 9 : 0)) u_gain (
    .clk_i, .we_i(we_i && select_i == 4'd9), .waddr_i, .wdata_i(GainBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(gain_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(HasRest), .Id((First != 0) ? First + 10 : 0)) u_rest (
    .clk_i, .we_i(we_i && select_i == 4'd10), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(rest_o)
  );
  stw_ram #(.Width(MembraneBits), .Depth(NOut), .Used(HasRest), .Id((First != 0) ? First + 11 : 0)) u_reset (
    .clk_i, .we_i(we_i && select_i == 4'd11), .waddr_i, .wdata_i(MembraneBits'(wdata_i)),
    .re_i, .raddr_i, .rdata_o(reset_o)
  );

  logic unused_wdata;
  assign unused_wdata = ^wdata_i;  // no word may be as wide as the port

endmodule

`default_nettype wire
