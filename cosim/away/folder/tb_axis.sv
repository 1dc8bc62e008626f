// The spikes of every tick of vectors.vec through AXI4-Stream, with valid and ready at random: +seed=N.
// The last line is PASS or FAIL, with how many spike words were compared and how many differ; with STW_SIGNATURE the
// signatures at the ticks' ends are among them.
`timescale 1ns / 1ps

module tb_axis;
  reg clk = 0, rst_n = 1, s_valid = 0, s_last = 0, s_user = 0, m_ready = 0;
  reg [@BEAT_BITS@-1:0] s_data = 0;
  wire s_ready, m_valid, m_last;
  wire [31:0] m_data;

  stw_axis dut (
    .aclk(clk), .aresetn(rst_n), .s_axis_tvalid(s_valid), .s_axis_tready(s_ready),
    .s_axis_tdata(s_data), .s_axis_tlast(s_last), .s_axis_tuser(s_user), .m_axis_tvalid(m_valid),
    .m_axis_tready(m_ready), .m_axis_tdata(m_data), .m_axis_tlast(m_last)
  );

  always #5 clk = !clk;

  reg [31:0] seed = 1, draw_in = 1, draw_out = 1;
  reg sending = 0, started = 0;

  // in: the stimulus; each beat waits for some cycles, or none
  integer in, rc_in, i_in, tick_in, n_events, source, n_ticks, clip_in, wait_in;
  reg [8*16-1:0] tag_in;
  reg [8*4096-1:0] line_in;
  reg [15:0] jitter_word;
  reg [31:0] x_word;
  reg fresh, more_in, taken;

  task beat(input [15:0] of, input [31:0] x, input last);
    begin
      draw_in = draw_in * 32'd1664525 + 32'd1013904223;
      for (wait_in = draw_in[31] ? draw_in[30:29] : 0; wait_in > 0; wait_in = wait_in - 1) @(negedge clk);
      s_valid = 1;
      s_data = {jitter_word, x[@X_TOP@-16:0], of};
      s_last = last;
      s_user = fresh;
      fresh = 0;
      taken = 0;
      while (!taken) begin
        @(posedge clk) taken = s_ready;
        @(negedge clk);
      end
      s_valid = 0;
    end
  endtask

  initial begin
    in = $fopen("bench/vectors.vec", "r");
    if ($value$plusargs("seed=%d", seed)) begin end
    draw_in = seed;
    draw_out = seed ^ 32'h5bd1e995;
    fresh = 1;
    @(negedge clk) rst_n = 0;
    @(negedge clk) rst_n = 1;
    started = 1;
    rc_in = $fgets(line_in, in);
    more_in = in != 0;
    while (more_in) begin
      rc_in = $fscanf(in, "%s", tag_in);
      if (rc_in != 1) more_in = 0;
      else if (tag_in == "C") begin
        rc_in = $fgets(line_in, in);
        fresh = 1;
      end else if (tag_in == "T") begin
        rc_in = $fscanf(in, " %d %h %d", tick_in, jitter_word, n_events);
        if (n_events == 0) beat(16'd0, 32'd0, 1'b1);
        for (i_in = 0; i_in < n_events; i_in = i_in + 1) begin
          rc_in = $fscanf(in, " %d:%h", source, x_word);
          beat(source, x_word, i_in == n_events - 1);
        end
      end else rc_in = $fgets(line_in, in);
    end
  end

  // out: the spikes; ready comes and goes, and what is shown must stand until it is taken
  integer out, rc_out, i_out, tick, layer, clip = 0, words = 0, differ = 0, ticks = 0, waited, held_ticks;
  reg [8*16-1:0] tag_out;
  reg [8*4096-1:0] line_out;
  reg [4095:0] fired;
  reg [5:0] got [0:4095];
  reg [5:0] expected;
  reg more_out, ended, stood;
  reg [32:0] shown;
`ifdef STW_SIGNATURE
  integer lines, rc_line;
  reg [31:0] signature;
  reg [8*16-1:0] bench_name = "signature";
`else
  reg [8*16-1:0] bench_name = "axis";
`endif

  task take_tick;
    begin
      for (i_out = 0; i_out < @N_LAST@; i_out = i_out + 1) got[i_out] = 0;
      ended = 0;
      waited = 0;
      stood = 0;
      while (!ended) begin
        draw_out = draw_out * 32'd1664525 + 32'd1013904223;
        m_ready = draw_out[31] | draw_out[30];
        if (draw_out[29:22] == 0) begin  // now and then nobody listens for long
          m_ready = 0;
          repeat (200) @(negedge clk);
        end
        @(posedge clk);
        if (stood && (!m_valid || {m_last, m_data} !== shown)) begin
          differ = differ + 1;
          $display("clip %0d, tick %0d: a beat did not stand until it was taken", clip, tick);
        end
        shown = {m_last, m_data};
        stood = m_valid && !m_ready;
        if (m_valid && m_ready) begin
          ended = m_last;
          if (!m_last) got[m_data[11:0]] = m_data[21:16];
`ifdef STW_SIGNATURE
          if (m_last) begin
            words = words + 1;
            rc_line = $fscanf(lines, " %h", signature);
            if (rc_line != 1 || m_data !== signature) begin
              differ = differ + 1;
              if (differ == 1) $display("first difference: clip %0d, tick %0d: expected signature %08h, got %08h",
                                        clip, tick, signature, m_data);
            end
          end
`endif
        end
        waited = waited + 1;
        if (waited > 5000000) begin
          $display("FAIL axis: no end of the tick in clip %0d, tick %0d", clip, tick);
          $finish;
        end
        @(negedge clk);
      end
      m_ready = 0;
    end
  endtask

  initial begin
    out = $fopen("bench/vectors.vec", "r");
    if (out == 0) begin
      $display("FAIL axis: bench/vectors.vec: no such file");
      $finish;
    end
`ifdef STW_SIGNATURE
    lines = $fopen("bench/signatures.txt", "r");
`endif
    tick = 0;
    @(negedge clk);
    while (!started) @(negedge clk);
    rc_out = $fgets(line_out, out);
    more_out = 1;
    while (more_out) begin
      rc_out = $fscanf(out, "%s", tag_out);
      if (rc_out != 1) begin
        more_out = 0;
        differ = differ + 1;
        $display("bench/vectors.vec: short");
      end else if (tag_out == "E") more_out = 0;
      else if (tag_out == "Z") begin
        rc_out = $fscanf(out, " %d %d", tick, layer);
        if (layer == @N_LAYERS@ - 1) begin
          take_tick;
          ticks = ticks + 1;
          if (@LAST_SPIKE_BITS@ == 1) rc_out = $fscanf(out, " %h", fired);
          for (i_out = 0; i_out < @N_LAST@; i_out = i_out + 1) begin
            expected = fired[i_out];
            if (@LAST_SPIKE_BITS@ > 1) rc_out = $fscanf(out, " %h", expected);
            words = words + 1;
            if (got[i_out] !== expected) begin
              differ = differ + 1;
              if (differ == 1)
                $display("first difference: clip %0d, tick %0d, neuron %0d: expected %0d spikes, got %0d",
                         clip, tick, i_out, expected, got[i_out]);
            end
          end
        end else rc_out = $fgets(line_out, out);
      end else begin
        if (tag_out == "C") clip = clip + 1;
        rc_out = $fgets(line_out, out);
      end
    end
    $display("%0s %0s: %0d words, %0d differ (%0d ticks)",
             (differ == 0 && words > 0) ? "PASS" : "FAIL", bench_name, words, differ, ticks);
    $finish;
  end
endmodule
