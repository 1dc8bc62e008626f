// A foreign core: one adder that all neurons take turns in, event by event, in plain Verilog. Membranes and thresholds Q8.8, the leak a
// shift rounded toward zero, saturation, reset to zero, two refractory ticks. docs/formal.md has the line.
`default_nettype none
`ifndef FAULT
`define FAULT 0
`endif
module serial #(
    parameter NEURONS = 2
) (
    input  wire                       clk,
    input  wire                       rst,
    input  wire                       forget,  // all state to zero; when ready
    input  wire                       pulse,   // a spike of source `from`; when ready
    input  wire                       from,
    input  wire                       tick,    // when ready
    output wire                       ready,
    input  wire [NEURONS*2*16-1:0]    weight,  // neuron by neuron
    input  wire [NEURONS*5-1:0]       shift,
    input  wire [NEURONS*16-1:0]      theta,
    input  wire [NEURONS*16-1:0]      bias,
    output wire                       update,  // of neuron `at`, from ... to ...
    output reg                        at,
    output wire signed [15:0]         v_from,
    output wire signed [15:0]         v_to,
    output wire [1:0]                 r_from,
    output wire [1:0]                 r_to,
    output wire signed [23:0]         gathered,
    output wire                       fires,
    output wire signed [16:0]         probe_leak, // `probe_` is for a verifier
    output wire signed [25:0]         probe_total,
    output wire signed [15:0]         probe_held
);

localparam IDLE = 2'd0, ADD = 2'd1, UPDATE = 2'd2, FORGET = 2'd3;
reg [1:0] does;
reg source;
reg signed [23:0] sum [0:NEURONS-1];
reg signed [15:0] v [0:NEURONS-1];
reg [1:0] r [0:NEURONS-1];

assign ready = does == IDLE && !rst;
assign update = does == UPDATE;
wire last = at == NEURONS - 1;

// One neuron's tick.
wire signed [15:0] old = v[at];
wire [1:0] pause = r[at];
wire signed [23:0] in = sum[at];
wire [4:0] by = shift[5*at +: 5];
wire signed [16:0] magnitude = (old < 0) ? -old : old;
wire signed [16:0] part = magnitude >> by;
wire signed [16:0] leak = (`FAULT == 1) ? old >>> by : (old < 0) ? -part : part;
wire signed [25:0] input_ = (pause != 0) ? 26'sd0 : in + $signed(bias[16*at +: 16]);
wire signed [25:0] total = old - leak + input_;
wire signed [15:0] held = (`FAULT == 2) ? total[15:0] : (total > 32767) ? 16'sh7fff : (total < -32768) ? 16'sh8000 : total[15:0];
assign fires = update && (`FAULT == 5 || pause == 0) && held >= $signed(theta[16*at +: 16]);
assign v_from = old;
assign r_from = pause;
assign gathered = in;
assign probe_leak = leak;
assign probe_total = total;
assign probe_held = held;
assign v_to = !fires ? held : (`FAULT == 3) ? held - $signed(theta[16*at +: 16]) : 16'sd0;
assign r_to = fires ? 2'd2 : (`FAULT == 4) ? pause : (pause != 0) ? pause - 2'd1 : 2'd0;

integer i;
always @(posedge clk)
    if (rst) begin
        does <= IDLE;
        at <= 1'b0;
        for (i = 0; i < NEURONS; i = i + 1) begin
            sum[i] <= 24'sd0;
            v[i] <= 16'sd0;
            r[i] <= 2'd0;
        end
    end else case (does)
    IDLE: begin
        at <= 1'b0;
        source <= from;
        does <= forget ? FORGET : pulse ? ADD : tick ? UPDATE : IDLE;
    end
    ADD: begin
        if (!(`FAULT == 6 && source && last)) sum[at] <= sum[at] + $signed(weight[(2*at + source)*16 +: 16]);
        at <= at + 1'b1;
        if (last) does <= IDLE;
    end
    UPDATE: begin
        v[at] <= v_to;
        r[at] <= r_to;
        if (`FAULT != 7) sum[at] <= 24'sd0;
        at <= at + 1'b1;
        if (last && `FAULT != 9) does <= IDLE;
    end
    FORGET: begin
        v[at] <= 16'sd0;
        r[at] <= 2'd0;
        if (`FAULT != 8) sum[at] <= 24'sd0;
        at <= at + 1'b1;
        if (last) does <= IDLE;
    end
    endcase

endmodule
`default_nettype wire
