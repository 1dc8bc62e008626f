// The checks: each says whether it is broken in this cycle, by which word, what the device has and what it should have.
//
// The stages before the first that is shown of a neuron that is not watched are not known: its events are not counted.
wire mine = !resetting && stwf_valid && (stwf_shown[0] || watched);

// A word of a check: wrong where it counts and differs. `number` is which word of the check it is.
`define STWF_WORD(name, counts, device, law) \
    wire signed [W-1:0] name``_has = device, name``_should = law; \
    wire name``_wrong = (counts) && name``_has != name``_should;
`define STWF_CHECK1(check, one) \
    wire check``_bad = one``_wrong; \
    wire [1:0] check``_word = 2'd0; \
    wire signed [W-1:0] check``_has = one``_has, check``_should = one``_should;
`define STWF_CHECK4(check, a, b, c, d) \
    wire check``_bad = a``_wrong || b``_wrong || c``_wrong || d``_wrong; \
    wire [1:0] check``_word = a``_wrong ? 2'd0 : b``_wrong ? 2'd1 : c``_wrong ? 2'd2 : 2'd3; \
    wire signed [W-1:0] check``_has = a``_wrong ? a``_has : b``_wrong ? b``_has : c``_wrong ? c``_has : d``_has; \
    wire signed [W-1:0] check``_should = a``_wrong ? a``_should : b``_wrong ? b``_should : c``_wrong ? c``_should : d``_should;

`STWF_WORD(none, 1'b0, 0, 0)

// No event is lost, counted twice or in another tick.
wire sums = watched && stwf_shown[0];
`STWF_WORD(sum1, sums, stwf_gather, tracked)
`STWF_WORD(sum2, sums && `STWF_CURRENTS > 1, stwf_gather2, tracked2)
`STWF_CHECK4(gather, sum1, sum2, none, none)

`STWF_WORD(left_u, mine && `STWF_CURRENTS > 0, after_u, law_u)
`STWF_WORD(left_u2, mine && `STWF_CURRENTS > 1, after_u2, law_u2)
`STWF_WORD(stage_i, mine && stwf_shown[1], stwf_current, law_current)
`STWF_CHECK4(current, left_u, left_u2, stage_i, none)

`STWF_WORD(stage_leak, mine && stwf_shown[2], stwf_leak, law_leak)
`STWF_CHECK1(leak, stage_leak)

`STWF_WORD(stage_integrate, mine && stwf_shown[3], stwf_integrate, law_integrate)
`STWF_CHECK1(integrate, stage_integrate)

`STWF_WORD(stage_clamp, mine && stwf_shown[4], stwf_clamp, law_clamp)
`STWF_CHECK1(clamp, stage_clamp)

`STWF_WORD(stage_fire, mine, $signed({1'b0, stwf_fire}), $signed({1'b0, law_fire}))
`STWF_CHECK1(fire, stage_fire)

`STWF_WORD(left_v, mine, after_v, law_reset)
`STWF_CHECK1(reset, left_v)

`STWF_WORD(left_r, mine && `STWF_REFRACTORY_TICKS > 0, after_r, law_refract)
`STWF_CHECK1(refract, left_r)

// What a commit finds is what the one before it left, or rest.
wire forgotten = fresh && cleared;
`STWF_WORD(found_v, watched && !forgotten, before_v, want_v)
`STWF_WORD(found_u, watched && !forgotten && `STWF_CURRENTS > 0, before_u, want_u)
`STWF_WORD(found_u2, watched && !forgotten && `STWF_CURRENTS > 1, before_u2, want_u2)
`STWF_WORD(found_r, watched && !forgotten && `STWF_REFRACTORY_TICKS > 0, before_r, want_r)
`STWF_CHECK4(state, found_v, found_u, found_u2, found_r)

// After a clear nothing is left of what was before it.
`STWF_WORD(clear_v, watched && forgotten, before_v, want_v)
`STWF_WORD(clear_u, watched && forgotten && (`STWF_CURRENTS > 0 && before_u != 0 || `STWF_CURRENTS > 1 && before_u2 != 0),
           (before_u != 0) ? before_u : before_u2, 0)
`STWF_WORD(clear_r, watched && forgotten && `STWF_REFRACTORY_TICKS > 0, before_r, 0)
`STWF_WORD(clear_sum, sums && forgotten, stwf_gather, tracked)
`STWF_CHECK4(clear, clear_v, clear_u, clear_r, clear_sum)

// A tick ends, in so many cycles; in it each neuron commits once, outside it none.
`STWF_WORD(tick_ends, !resetting && running, {1'b0, cycles > `STWF_CYCLES}, 0)
`STWF_WORD(tick_commits, !resetting && stwf_done && in_tick, {1'b0, commits_now}, 1)
`STWF_WORD(tick_outside, !resetting && (watched && !in_tick || stwf_start && running || stwf_done && !in_tick), 1, 0)
`STWF_WORD(tick_number, watched && in_tick, {1'b0, stwf_tick}, {1'b0, tick_now})
`STWF_CHECK4(tick, tick_ends, tick_commits, tick_outside, tick_number)

wire broken = `STWF_CHECK_BAD;

reg used; // a commit since the reset; a trace that is replayed begins with it
always @(posedge clock) used <= !resetting && (used || watched);

`ifdef FORMAL
`ifdef STWF_COVER
reg spiked, rested;
always @(posedge clock) begin
    spiked <= !resetting && !stwf_clear && (spiked || watched && stwf_fire != 0);
    rested <= !resetting && (rested || stwf_clear);
end
always @* if (!resetting) begin
    c_commit: cover (watched);
    c_second_tick: cover (watched && !fresh);
    c_event: cover (watched && tracked != 0);
    c_spike: cover (watched && stwf_fire != 0);
    c_below: cover (watched && stwf_fire == 0 && after_v != 0);
    c_after_spike: cover (watched && spiked);
    c_clear: cover (watched && rested && fresh);
    c_end: cover (stwf_done);
`ifdef STWF_HAS_R
    c_refractory: cover (watched && before_r != 0);
`endif
end
`else
always @* assert (!broken);

// A run in which the check asks something: without one, that nothing is broken says nothing.
wire gather_met = sums && !fresh && tracked != 0;
wire current_met = watched, leak_met = watched, integrate_met = watched, clamp_met = watched;
wire fire_met = watched, reset_met = watched, refract_met = watched && before_r != 0;
wire state_met = watched && !fresh;
wire clear_met = watched && forgotten && used;
wire tick_met = !resetting && stwf_done && in_tick && tick_now != 16'd0; // a second one ends
always @* if (!resetting) begin
    c_met: cover (`STWF_CHECK_MET);
end
`endif
`else
always @(posedge clock)
    if (broken === 1'b1)
        $display("stwf: broken %0d %0d %0d %0d %0d %0d", `STWF_CHECK_WORD, stwf_tick, stwf_layer, stwf_neuron,
                 `STWF_CHECK_HAS, `STWF_CHECK_SHOULD);
`endif
