// The bench between vectors and check: reads stimulus on stdin, runs your device (wrapper.svh), writes the
// records with its results. Nothing in here is yours to change.
`default_nettype none
`timescale 1ns / 1ps

module tb;
  integer i, rc, c, in, source, n_events, n_ticks, clips, ticks, events, results;
  reg [15:0]       jitter_word;
  reg [@X_SENT@:0]  x_word;
  reg [8*24-1:0]   tag;
  reg [8*@S_BYTES@-1:0] shape;
@Z_DECLARE@
`include "bench.svh"

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

  task read_tick;
    begin
      rc = $fscanf(in, " %d %h %d", tick_number, jitter_word, n_events);
      $write("T %0d %h %0d", tick_number, jitter_word, n_events);
      for (i = 0; i < N_IN; i = i + 1) x[i] = 0;
      for (i = 0; i < n_events; i = i + 1) begin
        rc = $fscanf(in, " %d:%h", source, x_word);
        $write(" %0d:%h", source, x_word);
        if (source >= 0 && source < N_IN) x[source] = x_word;
      end
      rest_of_line(1);
      jitter = jitter_word;
      run_tick;
      ticks = ticks + 1;
      events = events + n_events;
      if (!stopped) begin
@PUT@      end
    end
  endtask

  initial begin
    {clips, ticks, events, results} = 128'd0;
    in = $fopen("/dev/stdin", "r");
    if (in == 0) stop("cannot read stdin");
    #1;
    rest_of_line(1);  // spiketwin-vectors
    rc = $fscanf(in, "%s", tag);
    while (rc == 1 && tag != "E" && !stopped) begin
      case (tag)
        "H": begin
          $write("H");
          rest_of_line(1);
        end
        "S": begin
          rc = $fgets(shape, in);
          if (shape != "@S_LINE@\n") stop("the vectors are of another net than this folder's");
          $write("S@S_LINE@\n");
        end
        "C": begin
          rc = $fscanf(in, " %d %d", clip, n_ticks);
          $write("C %0d %0d", clip, n_ticks);
          rest_of_line(1);
          clips = clips + 1;
          tick_number = 0;
          be_at_rest;
        end
        "T": read_tick;
        default: rest_of_line(0);  // results that are there already
      endcase
      if (!stopped) rc = $fscanf(in, "%s", tag);
    end
    if (rc == 1 && !stopped) $write("E %0d %0d %0d %0d\n", clips, ticks, events, results);
    $finish;
  end
endmodule
`default_nettype wire
