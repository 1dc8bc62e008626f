// The events that a layer gathers in a tick: (source, x) pairs in, pairs out in order of a slot.
//
//   OneToOne = 0   a list: push appends, slot e is the e-th event. count_o events are in it
//   OneToOne = 1   a place for each source: slot n is source n's x, 0 without event. count_o is 1
//
// close_i closes the list for this tick. With Banks what is pushed after it, a recurrent layer's own
// spikes or those that a delayed layer hears late, belongs to the next tick, so there are two banks
// that change places; any other layer is pushed to only while it does not run. Each source comes at
// most once a tick, so the list cannot overflow; x = 0 is no event and is dropped.
//
// Own spikes of the tick before lie first in the list (in a delayed layer last: the layer before it ran
// before it). With InputsFirst it is read from behind them and round, so that the inputs come first: in
// the order of the rows.
`default_nettype none

module stw_events #(
  parameter int NIn         = 16,
  parameter int NOut        = 64,
  parameter int Recurrent   = 1,
  parameter int OneToOne    = 0,
  parameter int Banks       = 1,
  parameter int InputsFirst = 0,
  parameter int XBits       = 1,  // 1: x is 1 in every event and not kept
  localparam int NSource    = (OneToOne != 0) ? NIn : NIn + ((Recurrent != 0) ? NOut : 0),
  localparam int SourceW    = (NSource > 1) ? $clog2(NSource) : 1,
  localparam int CountW     = $clog2(NSource + 1)
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,   // forgets all; OneToOne: forgets slot clear_slot_i
  input  logic [SourceW-1:0] clear_slot_i,
  input  logic               close_i,
  input  logic               push_i,
  input  logic [SourceW-1:0] push_source_i,
  input  logic [XBits-1:0]   push_x_i,
  output logic [CountW-1:0]  count_o,
  input  logic [SourceW-1:0] slot_i,
  output logic [SourceW-1:0] source_o,  // the cycle after slot_i
  output logic [XBits-1:0]   x_o
);

  logic push;
  assign push = push_i && push_x_i != '0;

  if (OneToOne != 0) begin : gen_places
    logic unused_control;
    assign unused_control = ^{rst_ni, close_i};
    assign count_o  = CountW'(1);
    assign source_o = '0;  // the neuron's only weight

    stw_ram #(.Width(XBits), .Depth(NSource)) u_x (
      .clk_i, .we_i(push || clear_i), .waddr_i(clear_i ? clear_slot_i : push_source_i),
      .wdata_i(clear_i ? XBits'(0) : push_x_i), .re_i(1'b1), .raddr_i(slot_i), .rdata_o(x_o)
    );
  end else begin : gen_list
    localparam int EventW = SourceW + ((XBits > 1) ? XBits : 0);
    localparam int AddrW  = SourceW + ((Banks != 0) ? 1 : 0);
    logic [CountW-1:0]  closed_q, open_q;
    logic [SourceW-1:0] slot;
    logic [AddrW-1:0]  waddr, raddr;
    logic [EventW-1:0] wdata, rdata;
    logic              unused_clear;
    assign unused_clear = ^clear_slot_i;

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        closed_q <= '0;
        open_q   <= '0;
      end else if (clear_i) begin
        closed_q <= '0;
        open_q   <= '0;
      end else if (close_i) begin
        closed_q <= open_q + CountW'(push);  // what comes with the close is in time
        open_q   <= '0;
      end else if (push) begin
        open_q <= open_q + CountW'(1);
      end
    end
    assign count_o = closed_q;

    if (InputsFirst != 0 && Recurrent != 0) begin : gen_inputs_first
      localparam int RoundW = CountW + 1;
      logic [CountW-1:0] own_closed_q, own_open_q;
      logic [RoundW-1:0] on;
      logic              own;
      assign own  = push && push_source_i >= SourceW'(NIn);
      assign on   = RoundW'(slot_i) + RoundW'(own_closed_q);
      assign slot  = SourceW'((on >= RoundW'(closed_q)) ? on - RoundW'(closed_q) : on);
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) begin
          own_closed_q <= '0;
          own_open_q   <= '0;
        end else if (clear_i) begin
          own_closed_q <= '0;
          own_open_q   <= '0;
        end else if (close_i) begin
          own_closed_q <= own_open_q;
          own_open_q   <= '0;
        end else if (own) begin
          own_open_q <= own_open_q + CountW'(1);
        end
      end
    end else begin : gen_as_they_came
      assign slot = slot_i;
    end

    if (Banks != 0) begin : gen_banks
      logic bank_q;
      always_ff @(posedge clk_i or negedge rst_ni) begin
        if (!rst_ni) bank_q <= 1'b0;
        else if (close_i) bank_q <= !bank_q;
      end
      assign waddr = {bank_q, SourceW'(open_q)};
      assign raddr = {!bank_q, slot};
    end else begin : gen_one_bank
      assign waddr = SourceW'(open_q);
      assign raddr = slot;
    end

    if (XBits > 1) begin : gen_graded
      assign wdata = {push_source_i, push_x_i};
      assign source_o = rdata[EventW-1:XBits];
      assign x_o = rdata[XBits-1:0];
    end else begin : gen_spikes
      assign wdata = push_source_i;
      assign source_o = rdata;
      assign x_o = 1'b1;
    end

    stw_ram #(.Width(EventW), .Depth(1 << AddrW)) u_list (
      .clk_i, .we_i(push), .waddr_i(waddr), .wdata_i(wdata), .re_i(1'b1), .raddr_i(raddr),
      .rdata_o(rdata)
    );
  end

  if (Recurrent != 0 && Banks == 0) begin : gen_check
    stw_parameter_error u_own_spikes_need_two_banks ();
  end

endmodule

`default_nettype wire
