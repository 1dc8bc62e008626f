// The words of all neurons (struct dpi_neuron in model/dpi/dpi.h), which mismatch varies. Each kind has
// a memory of its own, written word by word, read together the cycle after raddr_i.
//
//   select   word        bits           select   word        bits
//   1        io          CurrentBits    10       decay_ahp   FactorFrac
//   2        idc         CurrentBits    11       alpha       FactorFrac
//   3        itau        CurrentBits    12       gain        GainBits
//   4        igain       CurrentBits    13       gain_tau    GainBits
//   5        floor0      CurrentBits    14       log_io      LogW
//   6        floor1      CurrentBits    15       log_gain    LogW
//   7        jump        CurrentBits    16       theta       LogW
//   8        decay0      FactorFrac     17       period      16
//   9        decay1      FactorFrac
//
// floor1 and decay1 are kept with Gaba only and else read 0.
`default_nettype none

module stw_dpi_words #(
  parameter int NOut        = 2,
  parameter int Gaba        = 1,
  parameter int CurrentBits = 32,
  parameter int FactorFrac  = 24,
  parameter int GainBits    = 30,
  parameter int LogW        = 27,
  localparam int AddrW      = (NOut > 1) ? $clog2(NOut) : 1
) (
  input  logic                          clk_i,
  input  logic                          we_i,
  input  logic        [4:0]             select_i,
  input  logic        [AddrW-1:0]       waddr_i,
  input  logic        [63:0]            wdata_i,
  input  logic        [AddrW-1:0]       raddr_i,
  output logic        [CurrentBits-1:0] io_o,
  output logic        [CurrentBits-1:0] idc_o,
  output logic        [CurrentBits-1:0] itau_o,
  output logic        [CurrentBits-1:0] igain_o,
  output logic        [CurrentBits-1:0] floor0_o,
  output logic        [CurrentBits-1:0] floor1_o,
  output logic        [CurrentBits-1:0] jump_o,
  output logic        [FactorFrac-1:0]  decay0_o,
  output logic        [FactorFrac-1:0]  decay1_o,
  output logic        [FactorFrac-1:0]  decay_ahp_o,
  output logic        [FactorFrac-1:0]  alpha_o,
  output logic        [GainBits-1:0]    gain_o,
  output logic        [GainBits-1:0]    gain_tau_o,
  output logic signed [LogW-1:0]        log_io_o,
  output logic signed [LogW-1:0]        log_gain_o,
  output logic signed [LogW-1:0]        theta_o,
  output logic        [15:0]            period_o
);

  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_io (
    .clk_i, .we_i(we_i && select_i == 5'd1), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(io_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_idc (
    .clk_i, .we_i(we_i && select_i == 5'd2), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(idc_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_itau (
    .clk_i, .we_i(we_i && select_i == 5'd3), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(itau_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_igain (
    .clk_i, .we_i(we_i && select_i == 5'd4), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(igain_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_floor0 (
    .clk_i, .we_i(we_i && select_i == 5'd5), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(floor0_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(Gaba)) u_floor1 (
    .clk_i, .we_i(we_i && select_i == 5'd6), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(floor1_o)
  );
  stw_ram #(.Width(CurrentBits), .Depth(NOut), .Used(1)) u_jump (
    .clk_i, .we_i(we_i && select_i == 5'd7), .waddr_i, .wdata_i(CurrentBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(jump_o)
  );
  stw_ram #(.Width(FactorFrac), .Depth(NOut), .Used(1)) u_decay0 (
    .clk_i, .we_i(we_i && select_i == 5'd8), .waddr_i, .wdata_i(FactorFrac'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(decay0_o)
  );
  stw_ram #(.Width(FactorFrac), .Depth(NOut), .Used(Gaba)) u_decay1 (
    .clk_i, .we_i(we_i && select_i == 5'd9), .waddr_i, .wdata_i(FactorFrac'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(decay1_o)
  );
  stw_ram #(.Width(FactorFrac), .Depth(NOut), .Used(1)) u_decay_ahp (
    .clk_i, .we_i(we_i && select_i == 5'd10), .waddr_i, .wdata_i(FactorFrac'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(decay_ahp_o)
  );
  stw_ram #(.Width(FactorFrac), .Depth(NOut), .Used(1)) u_alpha (
    .clk_i, .we_i(we_i && select_i == 5'd11), .waddr_i, .wdata_i(FactorFrac'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(alpha_o)
  );
  stw_ram #(.Width(GainBits), .Depth(NOut), .Used(1)) u_gain (
    .clk_i, .we_i(we_i && select_i == 5'd12), .waddr_i, .wdata_i(GainBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(gain_o)
  );
  stw_ram #(.Width(GainBits), .Depth(NOut), .Used(1)) u_gain_tau (
    .clk_i, .we_i(we_i && select_i == 5'd13), .waddr_i, .wdata_i(GainBits'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(gain_tau_o)
  );
  stw_ram #(.Width(LogW), .Depth(NOut), .Used(1)) u_log_io (
    .clk_i, .we_i(we_i && select_i == 5'd14), .waddr_i, .wdata_i(LogW'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(log_io_o)
  );
  stw_ram #(.Width(LogW), .Depth(NOut), .Used(1)) u_log_gain (
    .clk_i, .we_i(we_i && select_i == 5'd15), .waddr_i, .wdata_i(LogW'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(log_gain_o)
  );
  stw_ram #(.Width(LogW), .Depth(NOut), .Used(1)) u_theta (
    .clk_i, .we_i(we_i && select_i == 5'd16), .waddr_i, .wdata_i(LogW'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(theta_o)
  );
  stw_ram #(.Width(16), .Depth(NOut), .Used(1)) u_period (
    .clk_i, .we_i(we_i && select_i == 5'd17), .waddr_i, .wdata_i(16'(wdata_i)), .re_i(1'b1),
    .raddr_i, .rdata_o(period_o)
  );

  logic unused_wdata;
  assign unused_wdata = ^wdata_i;  // no word is as wide as the port

endmodule

`default_nettype wire
