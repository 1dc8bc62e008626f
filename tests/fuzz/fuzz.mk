# Fuzzing: for each reader of outside bytes a program tests/fuzz/readers/fuzz_READER.c. Included by the main
# Makefile, whose variables it uses. In MODE=fuzz, by clang, they are libFuzzer programs; in all other
# modes a plain main (tests/fuzz/replay.c) shows them files. One instruction set is enough: all give the
# same bits. docs/robustness.md.
OPT_fuzz := -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
SECONDS  := 60
READERS  :=

# Libraries, each before those that it needs.
FUZZ_LIBS := $(if $(filter file,$(origin ALL)),$(ALL),$(BUILD)/lib.a)
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/readers/fuzz_*.c))
ifeq ($(MODE),fuzz)
FUZZ_MAIN := -fsanitize=fuzzer
else
FUZZ_MAIN := $(BUILD)/tests/fuzz/replay.o
endif

.PHONY: fuzz fuzzers
fuzz: ## every reader of outside bytes under libFuzzer: SECONDS=n in all, READERS="a b"; build/fuzz/report.json
	@tests/fuzz/run --needs
	@$(MAKE) --no-print-directory -j$(JOBS) MODE=fuzz CC=clang CXX=clang++ BUILD=build/fuzz ARCH=generic all fuzzers
	@tests/fuzz/run --seconds $(SECONDS) $(READERS)

fuzzers: $(FUZZERS)
tests: $(FUZZERS)

$(FUZZERS): $(BUILD)/%: $(BUILD)/%.o $(BUILD)/tests/fuzz/harness.o $(filter %.o,$(FUZZ_MAIN)) $(FUZZ_LIBS)
	@echo "  LD  $@"
	$(Q)$(CXX) $(LDFLAGS) $(filter -%,$(FUZZ_MAIN)) -o $@ $^ $(PKG_LIBS)
