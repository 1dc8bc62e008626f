// A DUT in the middle of `spiketwin gen | DUT | spiketwin check`: reads docs/vectors.md on stdin (or
// +in=FILE), drives lif_chip, and writes the same records with its results on stdout. Copy it and
// change what stands under "the DUT".
//
// It echoes what it does not know (fields at the end of a line, H records), so that a later gen
// does not break it, and says on stderr why it stops; without an E record `check` refuses the rest.
`default_nettype none
`timescale 1ns / 1ns

module tb_pipe #(
  parameter NIn       = 16,
  parameter NHidden   = 12,
  parameter NOut      = 2,
  parameter Recurrent = 1
);
  localparam integer Stderr = 32'h8000_0002;

  // --- the DUT ------------------------------------------------------------------------------------

  reg                  clk, reset, start;
  reg  [NIn*8-1:0]     x;
  reg  signed [15:0]   jitter;
  wire                 done;
  wire [NIn-1:0]       spike0;
  wire [NHidden-1:0]   spike1;
  wire [NOut-1:0]      spike2;
  wire [NIn*16-1:0]    v0;
  wire [NHidden*16-1:0] v1;
  wire [NOut*16-1:0]   v2;

  lif_chip #(.INPUTS(NIn), .HIDDEN(NHidden), .OUTPUTS(NOut), .FEEDBACK(Recurrent)) u_dut (
    .clk(clk), .reset(reset), .start(start), .x(x), .jitter(jitter), .done(done),
    .spike0(spike0), .spike1(spike1), .spike2(spike2), .v0(v0), .v1(v1), .v2(v2)
  );

  initial clk = 0;
  always #5 clk = !clk;

  // Inputs change at falling edges, so that the rising edge takes them.
  task rest;
    begin
      reset = 1;
      @(negedge clk);
      reset = 0;
    end
  endtask

  task run_tick;
    begin
      start = 1;
      @(negedge clk);
      start = 0;
      while (!done) @(negedge clk);
    end
  endtask

  // Layers of any width as one vector each, for the writer below.
  localparam integer Wide = 4096;
  wire [Wide-1:0]    z [0:2];
  wire [Wide*16-1:0] v [0:2];
  assign z[0] = spike0;
  assign z[1] = spike1;
  assign z[2] = spike2;
  assign v[0] = v0;
  assign v[1] = v1;
  assign v[2] = v2;

  // --- the records --------------------------------------------------------------------------------

  integer in, rc, c, i, l, source, tick, n_events, clip, n_ticks;
  integer n_layers, v_bits, u_bits, r_bits, x_bits, n_in;
  integer n_out [0:7];
  integer clips, ticks, events, results;
  reg [15:0]      jitter_word;
  reg [7:0]       x_word;
  reg [8*512-1:0] path;
  reg [8*24-1:0]  tag;

  task rest_of_line(input integer echo);
    begin
      c = $fgetc(in);
      while (c != 10 && c != -1) begin
        if (echo != 0) $write("%c", c[7:0]);
        c = $fgetc(in);
      end
      if (echo != 0) $write("\n");
    end
  endtask

  task read_shape;
    begin
      rc = $fscanf(in, " %d %d %d %d %d %d", n_layers, v_bits, u_bits, r_bits, x_bits, n_in);
      for (l = 0; l < n_layers; l = l + 1) rc = $fscanf(in, " %d", n_out[l]);
      if (n_layers != 3 || v_bits != 16 || u_bits != 0 || r_bits != 0 || x_bits != 8 ||
          n_in != NIn || n_out[0] != NIn || n_out[1] != NHidden || n_out[2] != NOut) begin
        $fdisplay(Stderr, "tb_pipe: the vectors are of another shape than this DUT: %0d-%0d-%0d",
                  NIn, NHidden, NOut);
        $finish_and_return(2);
      end
      $write("S %0d %0d %0d %0d %0d %0d", n_layers, v_bits, u_bits, r_bits, x_bits, n_in);
      for (l = 0; l < n_layers; l = l + 1) $write(" %0d", n_out[l]);
      rest_of_line(1);
    end
  endtask

  task read_tick;
    begin
      rc = $fscanf(in, " %d %h %d", tick, jitter_word, n_events);
      $write("T %0d %h %0d", tick, jitter_word, n_events);
      x = 0;
      for (i = 0; i < n_events; i = i + 1) begin
        rc = $fscanf(in, " %d:%h", source, x_word);
        $write(" %0d:%h", source, x_word);
        x[8*source +: 8] = x_word;
      end
      rest_of_line(1);
      jitter = jitter_word;
      run_tick;
      ticks = ticks + 1;
      events = events + n_events;
      for (l = 0; l < n_layers; l = l + 1) begin
        $write("Z %0d %0d ", tick, l);
        for (i = (n_out[l] + 3) / 4 - 1; i >= 0; i = i - 1) $write("%h", z[l][4*i +: 4]);
        $write("\nV %0d %0d", tick, l);
        for (i = 0; i < n_out[l]; i = i + 1) $write(" %h", v[l][16*i +: 16]);
        $write("\n");
        results = results + 2;
      end
    end
  endtask

  initial begin
    {reset, start, x, jitter} = 0;
    {clips, ticks, events, results} = 128'd0;
    if (!$value$plusargs("in=%s", path)) path = "/dev/stdin";
    in = $fopen(path, "r");
    if (in == 0) begin
      $fdisplay(Stderr, "tb_pipe: cannot read %0s", path);
      $finish_and_return(2);
    end
    rest_of_line(1);  // spiketwin-vectors 1
    rc = $fscanf(in, "%s", tag);
    while (rc == 1 && tag != "E") begin
      case (tag)
        "H": begin
          $write("H");
          rest_of_line(1);
        end
        "S": read_shape;
        "C": begin
          rc = $fscanf(in, " %d %d", clip, n_ticks);
          $write("C %0d %0d", clip, n_ticks);
          rest_of_line(1);
          clips = clips + 1;
          rest;
        end
        "T": read_tick;
        default: rest_of_line(0);  // results that are there already
      endcase
      rc = $fscanf(in, "%s", tag);
    end
    if (rc == 1) $write("E %0d %0d %0d %0d\n", clips, ticks, events, results);
    $finish_and_return(rc == 1 ? 0 : 2);
  end
endmodule
`default_nettype wire
