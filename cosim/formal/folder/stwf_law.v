// The law of docs/numerics.md, stage by stage, of the words that the wrapper shows. Every stage takes what is before
// it from the device where the device shows it (stwf_shown), else from here.
localparam integer W = 80; // exact: no sum or product of the law has more bits
localparam signed [W-1:0] ZERO = 0, ONE = 1; // a concatenation has no sign, and takes that of all beside it
localparam integer LEAST = (`STWF_LEAK_KIND == 5 || `STWF_DECAY_KIND == 5) ? 11 : 6; // counts of bits, and a sign
localparam integer LAMBDA = (`STWF_LEAK_BITS < LEAST) ? LEAST : `STWF_LEAK_BITS;

// x / 2^n by what each rounding means: the quotient below, and what is left of it.
function signed [W-1:0] rounded;
    input signed [W-1:0] x;
    input [5:0] n;
    input integer how;
    reg signed [W-1:0] below, left, whole;
    reg up;
    begin
        whole = ONE <<< n;
        below = x >>> n;
        left = x - (below <<< n); // 0 .. whole - 1
        case (how)
        0: up = 1'b0;                                                                         // floor
        1: up = (left + left > whole) || (left + left == whole && below[0]);                  // nearest even
        2: up = x < 0 && left != 0;                                                           // toward zero
        3: up = left != 0;                                                                    // ceiling
        default: up = x > 0 && left != 0;                                                     // away from zero
        endcase
        rounded = below + (up ? ONE : ZERO);
    end
endfunction

// x in a word of so many bits: saturated, or its low bits.
function signed [W-1:0] held;
    input signed [W-1:0] x;
    input integer bits;
    input wraps;
    reg signed [W-1:0] top, low;
    begin
        top = (ONE <<< (bits - 1)) - ONE;
        low = `STWF_ENDS ? -top : -top - ONE;
        if (wraps)
            held = $signed(x <<< (W - bits)) >>> (W - bits);
        else
            held = x > top ? top : x < low ? low : x;
    end
endfunction

// What a floor at 0 leaves of a membrane in its format: where it wraps, its word without the sign.
function signed [W-1:0] above;
    input signed [W-1:0] x;
    begin
        if (`STWF_FLOOR && `STWF_CLAMP)
            above = x & ((ONE <<< (`STWF_MEMBRANE_BITS - 1)) - ONE);
        else
            above = (`STWF_FLOOR && x < 0) ? ZERO : x;
    end
endfunction

// A factor, moved by the tick's jitter and held to its word; a shift cannot be moved.
function signed [LAMBDA:0] moved;
    input integer kind;
    input signed [LAMBDA:0] factor;
    input signed [32:0] by; // slope · jitter
    reg signed [W-1:0] to, top, low;
    begin
        to = $signed(factor) + rounded($signed(by), 6'd15, 1);
        top = (ONE <<< (`STWF_LEAK_SIGNED ? `STWF_LEAK_BITS - 1 : `STWF_LEAK_BITS)) -
              ONE;
        low = `STWF_LEAK_SIGNED ? -top - ONE : ZERO;
        if (kind == 2 || kind == 4 || kind == 5)
            moved = factor;
        else
            moved = to > top ? top : to < low ? low : to;
    end
endfunction

// What leaks from x by a factor; `product` is x · factor.
function signed [W-1:0] leaked;
    input integer kind;
    input integer how;
    input signed [W-1:0] x;
    input signed [LAMBDA:0] factor;
    input signed [W-1:0] product;
    reg signed [W-1:0] shifted, most;
    reg [4:0] second; // of two shifts
    begin
        second = factor >>> 5;
        shifted = rounded(x, {1'b0, factor[4:0]}, how);
        most = factor;
        case (kind)
        1: leaked = rounded(product, `STWF_LEAK_FRAC, how);
        2: leaked = shifted;
        3: leaked = x > most ? most : x < -most ? -most : x;
        5: leaked = shifted + rounded(x, {1'b0, second}, how);
        4: leaked = (x > 0 && shifted == 0) ? ONE : shifted;
        default: leaked = ZERO;
        endcase
    end
endfunction

// gather
wire signed [63:0] acc = stwf_shown[0] ? stwf_gather : tracked;
wire signed [63:0] acc2 = stwf_shown[0] ? stwf_gather2 : tracked2;

// current
wire signed [W-1:0] scaled = `STWF_INPUT_GAIN ? acc * gain : acc;
wire signed [W-1:0] scaled2 = `STWF_INPUT_GAIN ? acc2 * gain : acc2;
wire signed [W-1:0] gathered = (`STWF_ALIGN < 0) ? scaled <<< `STWF_SHIFT : rounded(scaled, `STWF_SHIFT, `STWF_ROUND_CURRENT);
wire signed [W-1:0] gathered2 = (`STWF_ALIGN < 0) ? scaled2 <<< `STWF_SHIFT : rounded(scaled2, `STWF_SHIFT, `STWF_ROUND_CURRENT);

wire signed [32:0] mu_by = mu_slope * stwf_jitter, mu2_by = mu2_slope * stwf_jitter;
wire signed [LAMBDA:0] mu_t = moved(`STWF_DECAY_KIND, mu, mu_by), mu2_t = moved(`STWF_DECAY_KIND, mu2, mu2_by);
wire signed [`STWF_CURRENT_BITS-1:0] decaying = `STWF_SATURATION ? gathered :
    `STWF_DECAY_ORDER ? held(before_u + gathered, `STWF_CURRENT_BITS, `STWF_CLAMP) : before_u;
wire signed [`STWF_CURRENT_BITS-1:0] decaying2 = `STWF_SATURATION ? gathered2 :
    `STWF_DECAY_ORDER ? held(before_u2 + gathered2, `STWF_CURRENT_BITS, `STWF_CLAMP) : before_u2;
wire signed [`STWF_CURRENT_BITS+LAMBDA:0] decay_product = decaying * mu_t, decay_product2 = decaying2 * mu2_t;
wire signed [W-1:0] decay = leaked(`STWF_DECAY_KIND, `STWF_ROUND_DECAY, decaying, mu_t, decay_product);
wire signed [W-1:0] decay2 = leaked(`STWF_DECAY_KIND, `STWF_ROUND_DECAY, decaying2, mu2_t, decay_product2);
wire signed [W-1:0] law_u = held(decaying - decay + (`STWF_DECAY_ORDER ? ZERO : gathered), `STWF_CURRENT_BITS, `STWF_CLAMP);
wire signed [W-1:0] law_u2 = held(decaying2 - decay2 + (`STWF_DECAY_ORDER ? ZERO : gathered2), `STWF_CURRENT_BITS, `STWF_CLAMP);
wire signed [W-1:0] law_current = (`STWF_CURRENTS == 0) ? gathered : (`STWF_CURRENTS == 1) ? law_u : law_u + law_u2;
wire signed [W-1:0] current = stwf_shown[1] ? stwf_current : law_current;

// leak
wire refractory = before_r > 0;
wire signed [W-1:0] input_ = refractory ? ZERO : current + bias;
localparam integer LEAKING = `STWF_ORDER ? 66 : `STWF_MEMBRANE_BITS + `STWF_REST;
wire signed [LEAKING-1:0] leaking = before_v - (`STWF_REST ? rest : 0) + (`STWF_ORDER ? input_ : ZERO);
wire signed [32:0] lambda_by = lambda_slope * stwf_jitter;
wire signed [LAMBDA:0] lambda_t = moved(`STWF_LEAK_KIND, lambda, lambda_by);
wire signed [W-1:0] leak_product;
generate
    if (`STWF_LEAK_KIND == 1) begin : by_factor
        wire signed [LEAKING+LAMBDA:0] product = leaking * lambda_t;
        assign leak_product = product;
    end else begin : by_no_factor
        assign leak_product = ZERO;
    end
endgenerate
wire signed [W-1:0] law_leak = (refractory && `STWF_REFRACTORY) ? before_v - (`STWF_REST ? rest : 0) :
    leaked(`STWF_LEAK_KIND, `STWF_ROUND_LEAK, leaking, lambda_t, leak_product);
wire signed [W-1:0] leak = stwf_shown[2] ? stwf_leak : law_leak;

// integrate
wire signed [W-1:0] more = held((refractory ? ZERO : current) - leak, `STWF_MEMBRANE_BITS, 1'b0);
wire signed [W-1:0] increment = held(more + (refractory ? 0 : bias), `STWF_MEMBRANE_BITS, 1'b0);
wire signed [W-1:0] law_integrate = before_v + (`STWF_SATURATE_SUM ? increment : input_ - leak);
wire signed [W-1:0] integrate = stwf_shown[3] ? stwf_integrate : law_integrate;

// clamp
wire signed [W-1:0] in_format = held(integrate, `STWF_MEMBRANE_BITS, `STWF_CLAMP);
wire signed [`STWF_MEMBRANE_BITS-1:0] law_clamp = above(in_format);
wire signed [`STWF_MEMBRANE_BITS-1:0] clamp = stwf_shown[4] ? stwf_clamp : law_clamp;

// fire: the multiples of theta that fit, of those that are allowed; none fits where the first does not
reg [6:0] fits;
reg signed [W-1:0] multiple;
reg signed [`STWF_MEMBRANE_BITS-1:0] compared; // the membrane, or that of the tick before
integer times;
always @* begin
    fits = 7'd0;
    compared = `STWF_FIRE_ON ? before_v : clamp;
    multiple = ZERO;
    for (times = 1; times <= `STWF_MAX_SPIKES; times = times + 1) begin
        multiple = multiple + theta;
        if (`STWF_FIRE ? compared > multiple : compared >= multiple) fits = fits + 7'd1;
    end
    if (`STWF_FIRE ? compared <= theta : compared < theta) fits = 7'd0;
end
wire [6:0] law_fire = refractory ? 7'd0 : fits;

// reset: of the spikes that the device says, so that a wrong spike is no wrong membrane as well
reg signed [W-1:0] taken;
always @* begin
    taken = ZERO;
    for (times = 1; times <= `STWF_MAX_SPIKES; times = times + 1)
        if (times <= stwf_fire) taken = taken + theta;
end
wire signed [W-1:0] less = held(clamp - taken, `STWF_MEMBRANE_BITS, `STWF_CLAMP);
wire signed [`STWF_MEMBRANE_BITS-1:0] law_reset = (stwf_fire == 0) ? clamp :
    `STWF_RESET ? above(less) : (`STWF_REST ? reset : 0);

// refract
wire signed [8:0] law_refract = (stwf_fire != 0) ? `STWF_REFRACTORY_TICKS : refractory ? before_r - 9'sd1 : 9'sd0;
