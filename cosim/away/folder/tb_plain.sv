// Every state word of every tick of vectors.vec (spiketwin's docs/vectors.md), against the commit port.
// The last line is PASS or FAIL, with how many words were compared and how many differ. With STW_SIGNATURE it is the
// same for the ticks' signatures; +signatures=FILE writes them, a line a tick.
`timescale 1ns / 1ps

module tb_plain;
  reg clk = 0, rst_n = 1, clear = 0, start = 0, event_valid = 0;
  reg signed [15:0] jitter = 0;
  reg [@SOURCE_BITS@-1:0] event_source = 0;
  reg [@X_BITS@-1:0] event_x = 0;
  wire ready, done, event_ready, commit_valid, spike_valid;
  wire [2:0] commit_layer;
  wire [11:0] commit_neuron, spike_neuron;
  wire [5:0] commit_spikes, spike_count;
  wire [@STATE_BITS@-1:0] commit_state;

`ifdef STW_SIGNATURE
  wire signature_valid;
  wire [31:0] signature;
`endif

  stw_top dut (
    .clk_i(clk), .rst_ni(rst_n), .clear_i(clear), .ready_o(ready), .tick_start_i(start),
    .tick_jitter_i(jitter), .tick_done_o(done), .event_ready_o(event_ready),
    .event_valid_i(event_valid), .event_source_i(event_source), .event_x_i(event_x),
`ifdef STW_WRITE
    .write_valid_i(1'b0), .write_select_i(0), .write_layer_i(0), .write_addr_i(0), .write_data_i(0),
`endif
`ifdef STW_SIGNATURE
    .signature_valid_o(signature_valid), .signature_o(signature),
`endif
    .commit_valid_o(commit_valid), .commit_layer_o(commit_layer), .commit_neuron_o(commit_neuron),
    .commit_spikes_o(commit_spikes), .commit_state_o(commit_state), .spike_valid_o(spike_valid),
    .spike_neuron_o(spike_neuron), .spike_count_o(spike_count)
  );

  always #5 clk = !clk;

  // Cycles from tick_start_i to tick_done_o.
  reg runs = 0;
  always @(posedge clk) begin
    if (start || runs) running <= running + 1;
    runs <= (start || runs) && !done;
  end

  // What was committed in this tick, and how many; by layer and neuron.
  reg [@STATE_BITS@-1:0] state [0:32767];
  reg [5:0] spikes [0:32767];
  integer commits = 0;
  always @(posedge clk) begin
    if (commit_valid) begin
      state[{commit_layer, commit_neuron}] <= commit_state;
      spikes[{commit_layer, commit_neuron}] <= commit_spikes;
      commits <= commits + 1;
    end
  end

  integer file, rc, i, layer, tick, clip, n_ticks, n_events, source, at, bits, waited, cycles;
  integer words = 0, differ = 0, ticks = 0, running = 0;
  integer n_out [0:7];
  integer spike_bits [0:7];
  reg [8*16-1:0] tag, name;
  reg [8*4096-1:0] line;
  reg [15:0] jitter_word;
  reg [31:0] x_word;
  reg [63:0] expected, got;
  reg [4095:0] fired;
  reg known, more;

`ifdef STW_SIGNATURE
  // Against what the golden model has; it is shown once a tick, and stays.
  integer lines, written = 0, signatures = 0, wrong = 0;
  reg [8*1024-1:0] path;
  reg [31:0] line_word, held;
  always @(posedge clk) begin
    if (signature_valid) begin
      signatures <= signatures + 1;
      held <= signature;
    end
  end

  task compare_signature;
    begin
      step;
      rc = $fscanf(lines, " %h", line_word);
      if (rc != 1 || held !== line_word) begin
        wrong = wrong + 1;
        if (wrong == 1) $display("first signature that differs: clip %0d, tick %0d: expected %08h, got %08h",
                                 clip, tick, line_word, held);
      end
      if (written != 0) $fdisplay(written, "%08h", held);
    end
  endtask
`endif

  task step;
    begin
      @(negedge clk);
      cycles = cycles + 1;
      waited = waited + 1;
      if (waited > 5000000) begin
        $display("FAIL plain: the net does not answer in clip %0d, tick %0d", clip, tick);
        $finish;
      end
    end
  endtask

  task wait_ready;
    begin
      waited = 0;
      step;
      while (!ready) step;
    end
  endtask

  task compare(input integer neuron);
    begin
      words = words + 1;
      if (got !== expected) begin
        differ = differ + 1;
        if (differ == 1)
          $display("first difference: clip %0d, tick %0d, layer %0d, neuron %0d, %0s: expected %0h, got %0h",
                   clip, tick, layer, neuron, name, expected, got);
      end
    end
  endtask

  // Where a state lies in the commit port.
  task find_state;
    begin
      known = 1;
      case (name)
@STATE_CASES@        default: known = 0;
      endcase
    end
  endtask

  task run_tick;
    begin
      rc = $fscanf(file, " %d %h %d", tick, jitter_word, n_events);
      commits = 0;
      for (i = 0; i < n_events; i = i + 1) begin
        rc = $fscanf(file, " %d:%h", source, x_word);
        event_valid = 1;
        event_source = source;
        event_x = x_word;
        if (i < n_events - 1) step;
      end
      jitter = jitter_word;
      start = 1;
      step;
      event_valid = 0;
      start = 0;
      wait_ready;
`ifdef STW_SIGNATURE
      compare_signature;
`endif
      ticks = ticks + 1;
      if (commits != @N_NEURONS@) begin
        differ = differ + 1;
        $display("clip %0d, tick %0d: %0d commits of @N_NEURONS@ neurons", clip, tick, commits);
      end
    end
  endtask

  task compare_states;
    begin
      find_state;
      for (i = 0; i < n_out[layer]; i = i + 1) begin
        rc = $fscanf(file, " %h", expected);
        got = (state[4096 * layer + i] >> at) & ~(~64'd0 << bits);
        if (bits == 64) got = state[4096 * layer + i] >> at;
        if (known) compare(i);
      end
      if (!known) differ = differ + 1;
    end
  endtask

  task compare_spikes;
    begin
      name = "spikes";
      if (spike_bits[layer] == 1) rc = $fscanf(file, " %h", fired);
      for (i = 0; i < n_out[layer]; i = i + 1) begin
        expected = fired[i];
        if (spike_bits[layer] > 1) rc = $fscanf(file, " %h", expected);
        got = spikes[4096 * layer + i];
        compare(i);
      end
    end
  endtask

  initial begin
@N_OUT_CASES@    cycles = 0;
    waited = 0;
    clip = 0;
    tick = 0;
`ifdef STW_SIGNATURE
    lines = $fopen("bench/signatures.txt", "r");
    if ($value$plusargs("signatures=%s", path)) written = $fopen(path, "w");
`endif
    file = $fopen("bench/vectors.vec", "r");
    if (file == 0) begin
      $display("FAIL plain: bench/vectors.vec: no such file");
      $finish;
    end
    step;
    rst_n = 0;
    step;
    rst_n = 1;
    wait_ready;
    rc = $fgets(line, file);
    more = 1;
    while (more) begin
      rc = $fscanf(file, "%s", tag);
      if (rc != 1) begin
        more = 0;
        differ = differ + 1;
        $display("bench/vectors.vec: short");
      end else begin
        case (tag)
          "C": begin
            rc = $fscanf(file, " %d %d", clip, n_ticks);
            rc = $fgets(line, file);
            clear = 1;
            step;
            clear = 0;
            wait_ready;
          end
          "T": run_tick;
          "Z": begin
            rc = $fscanf(file, " %d %d", tick, layer);
            compare_spikes;
          end
          "V", "U", "R": begin
            rc = $fscanf(file, " %d %d", tick, layer);
            name = (tag == "V") ? "v" : (tag == "U") ? "u" : "r";
            compare_states;
          end
          "W": begin
            rc = $fscanf(file, " %d %d %s", tick, layer, name);
            compare_states;
          end
          "E": more = 0;
          default: rc = $fgets(line, file);
        endcase
      end
    end
    $display("%0s plain: %0d words, %0d differ (%0d ticks, %0d cycles, %0d of them in ticks)",
             (differ == 0 && words > 0) ? "PASS" : "FAIL", words, differ, ticks, cycles, running);
`ifdef STW_SIGNATURE
    $display("%0s signatures: %0d ticks, %0d differ", (wrong == 0 && signatures == ticks && ticks > 0) ? "PASS" : "FAIL",
             signatures, wrong);
    if (written != 0) $fclose(written);
`endif
    $finish;
  end
endmodule
