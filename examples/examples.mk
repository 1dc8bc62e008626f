# The golden model as a shared library, and the examples that use it. Included by the main Makefile,
# whose variables it uses. The library has the reference alone: no kernel of a special instruction set, nor
# those of many clips or many chips.
GOLDEN_SRC := base/fail.c base/file.c base/leave.c \
              $(filter-out $(ISA_SRC) %/laws/engine.c %/many.c %/layers.c %/dpi_lanes.c,$(wildcard model/*.c model/*/*.c)) \
              $(filter-out %/vectors_dut.c,$(wildcard cosim/corners/*.c cosim/golden/*.c cosim/vectors/*.c))
GOLDEN_OBJ := $(GOLDEN_SRC:%.c=$(BUILD)/pic/%.o) $(BUILD)/pic/model/lif/kernel.o

.PHONY: examples
examples: $(BUILD)/spiketwin $(BUILD)/libstw_golden.so ## the golden model as a library for your test bench, and the examples
	@tests/run -l $(BUILD)/tests/log -p $(BUILD)/spiketwin tests/cli/tree/examples_run.sh

tests: $(BUILD)/libstw_golden.so

# Only what cosim/golden/golden.h declares is to be seen from outside. What is installed has a name for the loader; what lies here is
# loaded and linked by its path.
$(BUILD)/libstw_golden.so $(BUILD)/libstw_golden.so.$(ABI): $(GOLDEN_OBJ)
	@echo "  LD  $@"
	$(Q)$(CC) $(OPT) -shared -Wl,-z,defs $(if $(filter %.$(ABI),$@),-Wl$(comma)-soname$(comma)$(@F)) -o $@ $^ $(shell pkg-config --libs libcjson)

$(BUILD)/pic/%.o: CFLAGS += -fPIC -fvisibility=hidden
$(BUILD)/pic/model/lif/kernel.o: CFLAGS += -Wno-psabi -DISA_NAME=generic
$(BUILD)/pic/%.o: %.c
	@mkdir -p $(@D) && echo "  CC  $< (pic)"
	$(Q)$(CC) $(filter-out -DISA_X86_64,$(CPPFLAGS)) $(CFLAGS) -MMD -MP -c -o $@ $<
