// Memory with one write port and one synchronous read port: a block RAM in synthesis.
//
// rdata_o holds the word that was at raddr_i in the last cycle with re_i; a word that is written and
// read in the same cycle reads as it was before. With Used = 0 there is no memory and it reads 0.
//
// With Id the memory begins with words: it is the stw_filled that `spiketwin rtl` writes beside this
// file, which knows each Id's. A net's memories have 1 + 32 · layer + the word's number; 0 is none.
`default_nettype none

module stw_ram #(
  parameter int Width  = 16,
  parameter int Depth  = 64,
  parameter int Used   = 1,
  parameter int Id     = 0,
  localparam int AddrW = (Depth > 1) ? $clog2(Depth) : 1
) (
  input  logic             clk_i,
  input  logic             we_i,
  input  logic [AddrW-1:0] waddr_i,
  input  logic [Width-1:0] wdata_i,
  input  logic             re_i,
  input  logic [AddrW-1:0] raddr_i,
  output logic [Width-1:0] rdata_o
);

  if (Used != 0 && Id != 0) begin : gen_filled
    stw_filled #(.Width(Width), .Depth(Depth), .Id(Id)) u_filled (
      .clk_i, .we_i, .waddr_i, .wdata_i, .re_i, .raddr_i, .rdata_o
    );
  end else if (Used != 0) begin : gen_memory
    logic [Width-1:0] mem [Depth];
    logic [Width-1:0] rdata_q;

    always_ff @(posedge clk_i) begin
      if (we_i) mem[waddr_i] <= wdata_i;
      if (re_i) rdata_q <= mem[raddr_i];
    end
    assign rdata_o = rdata_q;
  end else begin : gen_none
    logic unused_inputs;
    assign unused_inputs = ^{clk_i, we_i, waddr_i, wdata_i, re_i, raddr_i};
    assign rdata_o = '0;
  end

endmodule

`default_nettype wire
