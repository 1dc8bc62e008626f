// stw_net as a vector filter for any simulator: reads docs/vectors.md on +in, writes it with results
// to +out. Words come from the $readmemh files of vectors_memories in +mem.
//
// tb_config.svh defines, for the network under test: NET_PARAMETERS (the list of stw_net's
// parameters), NET_LAYERS, NET_SIZES, NET_RECURRENT, NET_ONE_TO_ONE, NET_V_BITS, NET_U_BITS, NET_X_BITS,
// NET_IN_W (bits of a source).
`timescale 1ns / 1ns
`include "tb_config.svh"

module tb_net;
  localparam [143:0] Sizes     = `NET_SIZES;
  localparam [7:0]   Recurrent = `NET_RECURRENT;
  localparam [7:0]   OneToOne  = `NET_ONE_TO_ONE;

  reg                    clk, rst_n, clear, start, event_valid, write_valid;
  reg signed [15:0]      jitter;
  reg [`NET_IN_W-1:0]    event_source;
  reg [`NET_X_BITS-1:0]  event_x;
  reg [3:0]              write_select;
  reg [2:0]              write_layer;
  reg [25:0]             write_addr;
  reg [31:0]             write_data;
  wire                   ready, done, commit_valid;
  wire [5:0]             fire;
  wire [2:0]             commit_layer;
  wire [11:0]            commit_neuron;
  wire [`NET_V_BITS-1:0] after_v;
  wire [`NET_U_BITS-1:0] after_u;
  wire [7:0]             after_r;

  stw_net #(`NET_PARAMETERS) u_net (
    .clk_i(clk), .rst_ni(rst_n), .clear_i(clear), .ready_o(ready), .tick_start_i(start),
    .tick_jitter_i(jitter), .tick_done_o(done), .event_ready_o(), .event_valid_i(event_valid),
    .event_source_i(event_source), .event_x_i(event_x), .write_valid_i(write_valid),
    .write_select_i(write_select), .write_layer_i(write_layer), .write_addr_i(write_addr),
    .write_data_i(write_data), .spike_valid_o(), .spike_neuron_o(), .commit_valid_o(commit_valid),
    .commit_layer_o(commit_layer), .commit_neuron_o(commit_neuron), .before_v_o(), .before_u_o(),
    .before_u2_o(), .before_r_o(), .gather_o(), .current_o(), .leak_o(), .integrate_o(), .clamp_o(),
    .fire_o(fire), .reset_o(after_v), .refract_o(after_r), .after_u_o(after_u), .after_u2_o()
  );

  initial clk = 0;
  always #5 clk = !clk;

  // What was committed, by {layer, neuron}.
  reg [`NET_V_BITS-1:0] v [0:32767];
  reg [`NET_U_BITS-1:0] u [0:32767];
  reg [7:0]             r [0:32767];
  reg                   z [0:32767];

  always @(posedge clk) begin
    if (commit_valid) begin
      v[{commit_layer, commit_neuron}] <= after_v;
      u[{commit_layer, commit_neuron}] <= after_u;
      r[{commit_layer, commit_neuron}] <= after_r;
      z[{commit_layer, commit_neuron}] <= fire != 0;
    end
  end

  reg [8*512-1:0]  in_path, out_path, folder, path, line, name;
  reg [8*20-1:0]   tag, word_name;
  reg [31:0]       words [0:(1<<20)-1];
  reg [15:0]       jitter_word;
  reg [7:0]        x_word;
  reg [3:0]        digit;
  integer in, out, rc, l, i, n, n_words, select, source, tick, n_events, clip, n_ticks;
  integer n_layers, v_bits, u_bits, r_bits, x_bits, n_in;
  integer n_out [0:7];
  integer clips, ticks, events, results;

  task step;
    begin
      @(negedge clk);
    end
  endtask

  task wait_ready;
    begin
      step;
      while (!ready) step;
    end
  endtask

  // Inputs change at falling edges, so that the rising edge takes them.
  task load_words;
    for (l = 0; l < `NET_LAYERS; l = l + 1) begin
      for (select = 0; select < 7; select = select + 1) begin
        n_words = Sizes[16*(l+1) +: 16];
        if (select == 0 && !OneToOne[l])
          n_words = n_words * (Sizes[16*l +: 16] + (Recurrent[l] ? Sizes[16*(l+1) +: 16] : 16'd0));
        case (select)
          0: word_name = "weight";
          1: word_name = "lambda";
          2: word_name = "lambda_slope";
          3: word_name = "mu";
          4: word_name = "mu_slope";
          5: word_name = "theta";
          default: word_name = "bias";
        endcase
        $sformat(path, "%0s/layer%0d_%0s.hex", folder, l, word_name);
        $readmemh(path, words, 0, n_words - 1);
        for (i = 0; i < n_words; i = i + 1) begin
          write_valid = 1;
          write_select = select[3:0];
          write_layer = l[2:0];
          write_addr = i[25:0];
          write_data = words[i];
          step;
        end
        write_valid = 0;
      end
    end
  endtask

  task write_results;
    for (l = 0; l < n_layers; l = l + 1) begin
      $fwrite(out, "Z %0d %0d ", tick, l);
      for (i = (n_out[l] + 3) / 4 - 1; i >= 0; i = i - 1) begin
        digit = 0;
        for (n = 0; n < 4; n = n + 1)
          if (4 * i + n < n_out[l] && z[4096 * l + 4 * i + n]) digit = digit | (1 << n);
        $fwrite(out, "%h", digit);
      end
      $fwrite(out, "\nV %0d %0d", tick, l);
      for (n = 0; n < n_out[l]; n = n + 1) $fwrite(out, " %h", v[4096 * l + n]);
      if (u_bits > 0) begin
        $fwrite(out, "\nU %0d %0d", tick, l);
        for (n = 0; n < n_out[l]; n = n + 1) $fwrite(out, " %h", u[4096 * l + n]);
      end
      if (r_bits > 0) begin
        $fwrite(out, "\nR %0d %0d", tick, l);
        for (n = 0; n < n_out[l]; n = n + 1) $fwrite(out, " %h", r[4096 * l + n]);
      end
      $fwrite(out, "\n");
      results = results + 2 + (u_bits > 0) + (r_bits > 0);
    end
  endtask

  task run_tick;
    begin
      rc = $fscanf(in, " %d %h %d", tick, jitter_word, n_events);
      $fwrite(out, "T %0d %h %0d", tick, jitter_word, n_events);
      for (i = 0; i < n_events; i = i + 1) begin
        rc = $fscanf(in, " %d:%h", source, x_word);
        $fwrite(out, " %0d:%h", source, x_word);
        event_valid = 1;
        event_source = source;
        event_x = x_word;
        step;
      end
      $fwrite(out, "\n");
      event_valid = 0;
      jitter = jitter_word;
      start = 1;
      step;
      start = 0;
      while (!done) step;
      wait_ready;
      ticks = ticks + 1;
      events = events + n_events;
      write_results;
    end
  endtask

  initial begin
    {rst_n, clear, start, event_valid, write_valid} = 5'd0;
    {clips, ticks, events, results} = 128'd0;
    if (!$value$plusargs("in=%s", in_path) || !$value$plusargs("out=%s", out_path) ||
        !$value$plusargs("mem=%s", folder)) begin
      $display("tb_net: needs +in=FILE +out=FILE +mem=FOLDER");
      $finish;
    end
    in = $fopen(in_path, "r");
    out = $fopen(out_path, "w");
    step;
    rst_n = 1;
    wait_ready;
    load_words;
    rc = $fgets(line, in);  // the magic line
    $fwrite(out, "%0s", line);
    rc = $fscanf(in, "%s", tag);
    while (rc == 1 && tag != "E") begin
      case (tag)
        "H": begin
          rc = $fgets(line, in);
          $fwrite(out, "H%0s", line);
        end
        "S": begin
          rc = $fscanf(in, " %d %d %d %d %d %d", n_layers, v_bits, u_bits, r_bits, x_bits, n_in);
          $fwrite(out, "S %0d %0d %0d %0d %0d %0d", n_layers, v_bits, u_bits, r_bits, x_bits, n_in);
          for (l = 0; l < n_layers; l = l + 1) begin
            rc = $fscanf(in, " %d", n_out[l]);
            $fwrite(out, " %0d", n_out[l]);
          end
          $fwrite(out, "\n");
        end
        "C": begin
          rc = $fscanf(in, " %d %d %s", clip, n_ticks, name);
          $fwrite(out, "C %0d %0d %0s\n", clip, n_ticks, name);
          clips = clips + 1;
          clear = 1;
          step;
          clear = 0;
          wait_ready;
        end
        "T": run_tick;
        default: rc = $fgets(line, in);  // results that are there already
      endcase
      rc = $fscanf(in, "%s", tag);
    end
    $fwrite(out, "E %0d %0d %0d %0d\n", clips, ticks, events, results);
    $fclose(out);
    $finish;
  end
endmodule
