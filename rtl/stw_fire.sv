// How often the threshold fits into the membrane; the twin of fitted in model/lif/law.c.
//
//   z    = largest count, at most MaxSpikes, with c - (z - 1)·θ >= θ (or > with FireGt); 0 where even
//          the first does not
//   less = c - z·θ, what a reset by subtraction leaves
//
// MaxSpikes is 2^Steps - 1, so that z comes out bit by bit from the top: a division that restores.
// For θ <= 0 what fits once fits always, and every bit is set, as by repeated subtraction.
`default_nettype none

module stw_fire #(
  parameter int MembraneBits = 16,
  parameter int MaxSpikes    = 1,
  parameter int FireGt       = 0,
  localparam int Steps       = $clog2(MaxSpikes + 1),
  localparam int LessW       = MembraneBits + Steps + 1
) (
  input  logic signed [MembraneBits-1:0] c_i,
  input  logic signed [MembraneBits-1:0] theta_i,
  input  logic                           enable_i,
  output logic        [5:0]              z_o,
  output logic signed [LessW-1:0]        less_o
);

  typedef logic signed [LessW-1:0] wide_t;
  wide_t            theta;
  logic [Steps-1:0] bits;
  logic             once;

  assign theta = LessW'(theta_i);

  if (FireGt != 0) begin : gen_gt
    assign once = c_i > theta_i;
  end else begin : gen_ge
    assign once = c_i >= theta_i;
  end

  for (genvar step = 0; step < Steps; step++) begin : gen_step
    wide_t from, part, left;
    if (step == 0) begin : gen_first
      assign from = LessW'(c_i);
    end else begin : gen_first
      assign from = gen_step[step-1].left;
    end
    assign part = theta <<< (Steps - 1 - step);
    if (FireGt != 0) begin : gen_gt
      assign bits[Steps-1-step] = from > part;
    end else begin : gen_ge
      assign bits[Steps-1-step] = from >= part;
    end
    assign left = bits[Steps-1-step] ? from - part : from;
  end

  assign z_o    = (once && enable_i) ? 6'(bits) : 6'd0;
  assign less_o = gen_step[Steps-1].left;

  if (MaxSpikes < 1 || MaxSpikes > 63 || MaxSpikes + 1 != (1 << Steps)) begin : gen_check
    stw_parameter_error u_max_spikes_is_1_3_7_15_31_or_63 ();
  end

endmodule

`default_nettype wire
