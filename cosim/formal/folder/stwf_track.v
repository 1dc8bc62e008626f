// What the watched neuron has to have gathered and kept, from events and commits alone.
//
// An event belongs to the tick whose start comes with it or after it; with `next`, to the one after the tick that it
// is in. A clear, and the reset, forget both events and state.
localparam integer LANES = `STWF_LANES;

reg signed [63:0] now, later, now2, later2; // of the events of this cycle
reg signed [`STWF_X_BITS:0]       lane_x;
reg signed [`STWF_WEIGHT_BITS-1:0] lane_w, lane_w2;
reg signed [63:0] term, term2;
integer lane;
always @* begin
    now = 64'sd0;
    later = 64'sd0;
    now2 = 64'sd0;
    later2 = 64'sd0;
    for (lane = 0; lane < LANES; lane = lane + 1) begin
        lane_x = `STWF_X_SIGNED ? $signed(stwf_event_x[lane*`STWF_X_BITS +: `STWF_X_BITS])
                                : $signed({1'b0, stwf_event_x[lane*`STWF_X_BITS +: `STWF_X_BITS]});
        lane_w = stwf_event_w[lane*`STWF_WEIGHT_BITS +: `STWF_WEIGHT_BITS];
        lane_w2 = stwf_event_w2[lane*`STWF_WEIGHT_BITS +: `STWF_WEIGHT_BITS];
        term = lane_w * lane_x;
        term2 = lane_w2 * lane_x;
        if (stwf_event_valid[lane]) begin
            if (stwf_event_next[lane]) begin
                later = later + term;
                later2 = later2 + term2;
            end else begin
                now = now + term;
                now2 = now2 + term2;
            end
        end
    end
end

reg signed [63:0] pending, pending2, summed, summed2;
wire signed [63:0] tracked = stwf_start ? pending + now : summed;
wire signed [63:0] tracked2 = stwf_start ? pending2 + now2 : summed2;
reg fresh;   // at rest, no commit since
reg cleared; // by a clear, not by the reset
reg signed [`STWF_MEMBRANE_BITS-1:0] kept_v;
reg signed [`STWF_CURRENT_BITS-1:0] kept_u, kept_u2;
reg signed [8:0] kept_r;
wire signed [`STWF_MEMBRANE_BITS-1:0] want_v = fresh ? (`STWF_REST ? rest : 0) : kept_v;
wire signed [`STWF_CURRENT_BITS-1:0] want_u = fresh ? 0 : kept_u;
wire signed [`STWF_CURRENT_BITS-1:0] want_u2 = fresh ? 0 : kept_u2;
wire signed [8:0] want_r = fresh ? 9'sd0 : kept_r;

// The tick that runs: its number, the cycles that it took, the commits of the watched neuron in it.
reg running;
reg [15:0] ticks, cycles;
reg [1:0] commits;
wire in_tick = running || stwf_start;
wire [1:0] commits_now = (stwf_start ? 2'd0 : commits) + {1'b0, watched};
wire [15:0] tick_now = stwf_start ? ticks : ticks - 16'd1;

always @(posedge clock) begin
    if (resetting || stwf_clear) begin
        pending <= 64'sd0;
        pending2 <= 64'sd0;
        summed <= 64'sd0;
        summed2 <= 64'sd0;
        fresh <= 1'b1;
        cleared <= !resetting;
        running <= 1'b0;
        cycles <= 16'd0;
        commits <= 2'd0;
        ticks <= 16'd0;
    end else begin
        pending <= (stwf_start ? 64'sd0 : pending + now) + later;
        pending2 <= (stwf_start ? 64'sd0 : pending2 + now2) + later2;
        summed <= tracked;
        summed2 <= tracked2;
        if (watched) begin
            fresh <= 1'b0;
            cleared <= 1'b0;
            kept_v <= after_v;
            kept_u <= after_u;
            kept_u2 <= after_u2;
            kept_r <= after_r;
        end
        if (stwf_start) ticks <= ticks + 16'd1;
        running <= in_tick && !stwf_done;
        cycles <= stwf_start ? 16'd1 : (cycles != 16'hffff) ? cycles + 16'd1 : cycles;
        commits <= commits_now;
    end
end
