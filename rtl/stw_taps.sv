// What a layer with taps hears: in each tick its sources' events of now, Spacing ticks ago, 2 · Spacing
// ago, .., as events of Taps · NIn sources. Source f of tap k is k · NIn + f.
//
// The events of each of the last (Taps - 1) · Spacing + 1 ticks are kept as they came, in a ring of
// lists. close_i ends the tick's list; what is pushed after it, by a layer that a Delayed one hears,
// belongs to the next tick. start_i (with close_i or after it) walks the taps, the newest first: one
// event a cycle out, and two cycles more for each tap; then start_o for one cycle. So a tick takes
// 2 · Taps + 1 cycles and one for each event before the layer begins. Ticks before clear_i are silent.
//
// start_i and clear_i are for cycles in which busy_o is low; push_i too, unless it follows close_i.
// x = 0 is no event and is dropped; each source comes at most once a tick.
`default_nettype none

module stw_taps #(
  parameter int NIn       = 16,
  parameter int Taps      = 7,
  parameter int Spacing   = 5,
  parameter int XBits     = 1,  // 1: x is 1 in every event and not kept
  localparam int InW      = (NIn > 1) ? $clog2(NIn) : 1,
  localparam int SourceW  = (NIn * Taps > 1) ? $clog2(NIn * Taps) : 1
) (
  input  logic               clk_i,
  input  logic               rst_ni,
  input  logic               clear_i,
  input  logic               close_i,
  input  logic               start_i,
  input  logic               push_i,
  input  logic [InW-1:0]     push_source_i,
  input  logic [XBits-1:0]   push_x_i,
  output logic               busy_o,
  output logic               event_valid_o,
  output logic [SourceW-1:0] event_source_o,
  output logic [XBits-1:0]   event_x_o,
  output logic               start_o
);

  localparam int Ticks  = (Taps - 1) * Spacing + 2;  // lists in the ring: that being filled, too
  localparam int TickW  = $clog2(Ticks);
  localparam int CountW = $clog2(NIn + 1);
  localparam int TapW   = $clog2(Taps + 1);
  localparam int EventW = InW + ((XBits > 1) ? XBits : 0);

  // the ring: where events go, and how many ticks are closed since the clear
  logic [TickW-1:0]  open_q, closed_q, age_q;
  logic [CountW-1:0] filled_q;
  logic              push;

  assign push = push_i && push_x_i != '0;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      open_q   <= '0;
      closed_q <= '0;
      age_q    <= '0;
      filled_q <= '0;
    end else if (clear_i) begin
      age_q    <= '0;
      filled_q <= '0;
    end else if (close_i) begin
      closed_q <= open_q;
      open_q   <= (open_q == TickW'(Ticks - 1)) ? '0 : open_q + TickW'(1);
      filled_q <= '0;
      if (age_q != TickW'(Ticks - 1)) age_q <= age_q + TickW'(1);
    end else if (push) begin
      filled_q <= filled_q + CountW'(1);
    end
  end

  // the walk: event e of tap k's list, whose length is read a cycle before
  typedef enum logic [1:0] { Idle, Length, Events, Start } state_e;
  state_e             state_q;
  logic [TapW-1:0]    tap_q;
  logic [TickW-1:0]   tick_q, late_q;  // the list of this tap, and how many ticks ago it was closed
  logic [SourceW-1:0] base_q, base1_q;
  logic [CountW-1:0]  event_q, length;
  logic               heard, more, last_tap, valid1_q;

  assign heard    = late_q < age_q;  // closed since the clear
  assign more     = heard && event_q < length;
  assign last_tap = tap_q == TapW'(Taps - 1);
  assign busy_o   = state_q != Idle;
  assign start_o  = state_q == Start;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      state_q  <= Idle;
      tap_q    <= '0;
      tick_q   <= '0;
      late_q   <= '0;
      base_q   <= '0;
      event_q  <= '0;
      valid1_q <= 1'b0;
    end else begin
      valid1_q <= state_q == Events && more;
      if (state_q == Idle) begin
        tap_q   <= '0;
        tick_q  <= close_i ? open_q : closed_q;
        late_q  <= '0;
        base_q  <= '0;
        event_q <= '0;
        if (start_i) state_q <= Length;
      end else if (state_q == Length) begin
        state_q <= Events;
      end else if (state_q == Events && more) begin
        event_q <= event_q + CountW'(1);
      end else if (state_q == Events) begin
        event_q <= '0;
        tap_q   <= tap_q + TapW'(1);
        tick_q  <= (tick_q >= TickW'(Spacing)) ? tick_q - TickW'(Spacing)
                                               : tick_q + TickW'(Ticks - Spacing);
        late_q  <= late_q + TickW'(Spacing);
        base_q  <= base_q + SourceW'(NIn);
        state_q <= last_tap ? Start : Length;
      end else begin
        state_q <= Idle;
      end
    end
  end
  always_ff @(posedge clk_i) base1_q <= base_q;

  stw_ram #(.Width(CountW), .Depth(Ticks)) u_length (
    .clk_i, .we_i(close_i), .waddr_i(open_q), .wdata_i(filled_q + CountW'(push)),
    .re_i(state_q == Length), .raddr_i(tick_q), .rdata_o(length)
  );

  logic [EventW-1:0] wdata, rdata;
  if (XBits > 1) begin : gen_graded
    assign wdata     = {push_source_i, push_x_i};
    assign event_x_o = rdata[XBits-1:0];
  end else begin : gen_spikes
    assign wdata     = push_source_i;
    assign event_x_o = 1'b1;
  end
  assign event_valid_o  = valid1_q;
  assign event_source_o = base1_q + SourceW'(rdata[EventW-1 -: InW]);

  stw_ram #(.Width(EventW), .Depth(1 << (TickW + InW))) u_lists (
    .clk_i, .we_i(push), .waddr_i({open_q, InW'(filled_q)}), .wdata_i(wdata), .re_i(1'b1),
    .raddr_i({tick_q, InW'(event_q)}), .rdata_o(rdata)
  );

  if (Taps < 2 || Spacing < 1 || (Taps - 1) * Spacing > 63 || NIn < 1) begin : gen_check
    stw_parameter_error u_taps_are_2_or_more_and_reach_back_1_to_63_ticks ();
  end

endmodule

`default_nettype wire
