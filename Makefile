# spiketwin: build, demo, tests. `make help` lists the targets.
MAKEFLAGS += --warn-undefined-variables --no-builtin-rules
SHELL     := bash
.DEFAULT_GOAL := all

CC    := gcc
CXX   := g++
MODE  := release
BUILD := build/$(MODE)
JOBS  := $(shell nproc)
V     :=
Q     := $(if $(V),,@)# make V=1 shows the commands
DATA  :=
TEST  :=
WORDS :=
ONLY  :=
DEMO  := build/demo

# A value as one word of the shell, whatever is in it.
quote = '$(subst ','\'',$(1))'
comma := ,
empty :=
# The tree itself may lie anywhere; what is built may not: make takes blanks for ends of names.
ifneq ($(words $(BUILD) $(MODE)),2)
$(error BUILD=$(BUILD) MODE=$(MODE): make cannot build in a folder with blanks in its name)
endif
# What scripts/install got from PyPI, unless told otherwise.
ifneq ($(wildcard build/python/bin/python),)
COCOTB_PYTHON         ?= $(CURDIR)/build/python/bin/python
SPIKETWIN_NIR_PYTHON  ?= $(CURDIR)/build/python/bin/python
export COCOTB_PYTHON SPIKETWIN_NIR_PYTHON
endif
# A make of its own, with as many jobs as there are cores unless this one was told how many.
SUB = $(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

# What each MODE compiles with. No mode may change a bit of any result.
OPT_release := -O3 -fPIC -fno-semantic-interposition# the same objects make python/'s shared one
OPT_debug   := -O0 -g
OPT_asan    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_cover   := -O0 -g --coverage
OPT          = $(OPT_$(MODE))

PACKAGES := sndfile samplerate yaml-0.1 libcjson hdf5-serial gsl zlib libzip libmd
# Many machines: with Open MPI at hand, else without; `mpirun` of a build without is refused.
MPI      := $(shell pkg-config --exists ompi-c 2>/dev/null && echo ompi-c)
# Only what needs packages asks pkg-config, so that `make help` and `make setup` run without it.
PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) $(MPI)) $(if $(MPI),-DHAVE_MPI)
PKG_LIBS   = -Wl,--as-needed $(shell pkg-config --libs $(PACKAGES) $(MPI)) -lm -ldl -rdynamic

# What an initialiser leaves out is zero, and meant to be.
WARN     := -Wall -Wextra -Werror -Wshadow -Wno-missing-field-initializers
# One product, one sum, one rounding each: fused only where the source says fma(). Nobody asks errno,
# so a square root may be an instruction.
MATH     := -ffp-contract=off -fno-math-errno
VERSION  := $(shell packaging/version)# of the newest release in CHANGELOG.md, and what came after
ABI      := $(shell packaging/version --abi)# of the shared libraries
CPPFLAGS = -I. -D_GNU_SOURCE $(PKG_CFLAGS)
CFLAGS   = -std=c11 $(OPT) $(WARN) $(MATH) -fopenmp
CXXFLAGS = -std=c++17 $(OPT) $(WARN) $(MATH)
LDFLAGS  = $(OPT) -fopenmp

ARCH := $(shell uname -m)
ifeq ($(ARCH),x86_64)
KERNELS   := generic avx2 avx512
CPPFLAGS  += -DISA_X86_64
else
KERNELS   := generic
endif
MARCH_generic :=
MARCH_avx2    := -march=x86-64-v3
MARCH_avx512  := -march=x86-64-v4 -mprefer-vector-width=512

# Kernels are compiled once for each instruction set, with -DISA_NAME.
ISA_SRC := $(wildcard model/*/*kernel*.c twin/*/*_isa.c)

# Who may include whom: each folder the folders next below it, and so all below those. One library a folder,
# linked whole with those below it and nothing else; scripts/lint reads these lines too. Lowest first.
USES_base           :=
USES_model          := base
USES_model/lif      := model
USES_model/dpi      := model
USES_model/izhikevich := model
USES_model/laws     := model/lif model/dpi model/izhikevich
USES_twin/io        := base
USES_twin/chip      := twin/io model/laws
USES_twin/net       := twin/chip
USES_twin/library   := twin/net
USES_twin/identify  := twin/chip
USES_twin/nir       := twin/net
USES_twin/lif       := twin/net
USES_twin/dpi       := twin/chip model/dpi
USES_twin/dynapse2  := twin/dpi
USES_twin/task      := twin/net
USES_twin/task/speech := twin/task
USES_twin/task/events := twin/task
USES_twin/task/patterns := twin/task twin/dpi
USES_twin/predict   := twin/task/speech twin/task/events twin/task/patterns
USES_twin/jobs      := twin/predict
USES_twin/train     := twin/jobs twin/lif twin/dynapse2
USES_cosim/waves    := base
USES_cosim/dut      := cosim/waves model/laws
USES_cosim/lockstep := cosim/dut
USES_cosim/corners  := model/laws
USES_cosim/vectors  := cosim/dut cosim/corners
USES_cosim/adequacy := cosim/corners
USES_cosim/golden   := cosim/vectors
USES_cosim/away     := cosim/vectors
USES_cosim/formal   := cosim/waves model/laws
LAYERS := $(patsubst USES_%,%,$(shell sed -nE 's/^(USES_[a-z0-9/]+) *:=.*/\1/p' Makefile))

reverse = $(if $(1),$(call reverse,$(wordlist 2,$(words $(1)),$(1))) $(firstword $(1)))
reach   = $(foreach l,$(USES_$(1)),$(l) $(call reach,$(l)))
# The folders below one, and the libraries of folders, in the order in which a linker wants them.
below   = $(call reverse,$(filter $(call reach,$(1)),$(LAYERS)))
archives = $(patsubst %,$(BUILD)/%.a,$(1))
sources = $(filter-out cosim/%.cpp,$(wildcard $(1)/*.c $(1)/*.cpp))
objects = $(patsubst %,$(BUILD)/%.o,$(basename $(filter-out $(ISA_SRC),$(1)))) \
          $(foreach k,$(KERNELS),$(patsubst %.c,$(BUILD)/%.$(k).o,$(filter $(ISA_SRC),$(1))))
ALL     := $(call archives,$(call reverse,$(LAYERS)))
CLI_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard cli/*.c cli/*/*.c))
TEST_SRC := $(wildcard tests/unit/*/test_*.c tests/unit/*/*/test_*.c tests/unit/*/*/*/test_*.c tests/rtl/test_*.c tests/faults/test_*.c)
TESTS   := $(notdir $(TEST_SRC:.c=))
# The longest first, so that no core waits for them at the end.
SCRIPTS := $(wildcard tests/cli/*/*.sh tests/rtl/*.sh tests/faults/*.sh tests/fuzz/*.sh)
LONGEST := $(filter %/machines_traces.sh %/rtl_faults.sh %/cli_build.sh %/compilers_agree.sh %/examples_run.sh %/cli_replay.sh,$(SCRIPTS))
BENCHES := $(patsubst bench/%.c,%,$(wildcard bench/*.c))

.PHONY: all help setup demo run-demo test run-test check lint lint-code format clean tests units benches test-asan test-ubsan-clang \
        test-clang bench faults nir h1 patterns figures fpga-twin dynapse2 traces verify verify-full believe rtl-table wheel
all: $(BUILD)/spiketwin ## build the program: build/release/spiketwin

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install the Debian packages that are missing (elsewhere: name them)
	@scripts/install

# What follows `setup` runs in a make of its own, so that pkg-config is asked after the installation.
demo: setup ## speech in, trained twins, predicted yield, RTL in lockstep, report out; DATA=DIR, WORDS=a,b
	@$(SUB) all
	@$(MAKE) --no-print-directory run-demo

run-demo:
	$(BUILD)/spiketwin demo --out $(call quote,$(DEMO)) $(if $(DATA),--data $(call quote,$(DATA))) $(if $(WORDS),--words $(call quote,$(WORDS)))

test: setup ## all tests
	@$(SUB) all tests
	@$(MAKE) --no-print-directory run-test

run-test:
	@tests/run -l $(BUILD)/tests/log -p $(BUILD)/spiketwin $(LONGEST) $(TESTS:%=$(BUILD)/tests/%) \
	    $(filter-out $(LONGEST),$(SCRIPTS))

check: ## the inner loop: unit tests and house rules, under a minute
	@$(SUB) all tests
	@scripts/lint
	@tests/run -l $(BUILD)/tests/log -p $(BUILD)/spiketwin \
	    $(addprefix $(BUILD)/tests/,$(filter-out test_rtl_%,$(TESTS))) tests/cli/train/cli_train.sh

# Under a sanitizer: what reads files and options, and the unit tests. RTL has none of it to be checked.
# Memory that is not to be had is NULL, as without; what clang's OpenMP keeps for itself is no leak of ours.
# CLI_TESTS= leaves out the program: unit tests only.
CLI_TESTS := tests/cli/train/cli_train.sh tests/cli/bad/cli_bad_input.sh tests/cli/bad/cli_bad_files.sh
define RUN_SANITIZED
	@ASAN_OPTIONS=allocator_may_return_null=1 LSAN_OPTIONS=suppressions=$(call quote,'$(CURDIR)/tests/lib/leaks.txt') tests/run -l $(1)/tests/log -p $(1)/spiketwin \
	    $(addprefix $(1)/tests/,$(filter-out test_rtl_%,$(TESTS))) $(CLI_TESTS)
endef
test-asan: ## unit and command-line tests under gcc's AddressSanitizer and UBSan
	@$(SUB) MODE=asan $(if $(CLI_TESTS),all) units
	$(call RUN_SANITIZED,build/asan)

# The objects are those of the fuzzers: one build for both.
test-ubsan-clang: ## the same under clang's, which sees other things
	@$(SUB) MODE=fuzz CC=clang CXX=clang++ BUILD=build/fuzz ARCH=generic all units
	$(call RUN_SANITIZED,build/fuzz)

test-clang: ## build with clang, warnings as errors, and run the unit tests
	@$(SUB) CC=clang CXX=clang++ BUILD=build/clang all units
	@tests/run -l build/clang/tests/log -p build/clang/spiketwin \
	    $(addprefix build/clang/tests/,$(filter-out test_rtl_%,$(TESTS))) tests/cli/cosim/vectors_golden.sh

h1: setup ## Neuronova H1v1 and H1v2: train, check, predict 1000 chips, RTL; DATA=DIR, TEST=DIR
	@$(SUB) all
	scripts/h1 $(if $(DATA),--data $(call quote,$(DATA))) $(if $(TEST),--test $(call quote,$(TEST)),--docs)

patterns: setup ## sinusoids and Mackey-Glass on H1v2: train, predict 1000 chips, RTL; table of docs/patterns.md
	@$(SUB) all
	scripts/patterns --docs

figures: setup ## README's table and docs/prediction.md's: five seeds, 1000 chips; DATA=DIR (needed)
	@$(SUB) all
	scripts/figures $(BUILD)/spiketwin build/figures $(if $(DATA),$(call quote,$(DATA))) --docs

traces: ## other people's machines, tick by tick: DATA=DIR holds scneurocore, xylo, nir, dynapsim
	@$(SUB) $(BUILD)/tests/traces/traces
	@$(BUILD)/tests/traces/traces $(call quote,$(or $(DATA),../shared/data))

verify: setup ## all the evidence in one table and build/verify/report.json (short form); ONLY=PART,...
	@$(SUB) all tests $(BUILD)/tests/traces/traces
	@tests/verify --short $(if $(ONLY),--only $(call quote,$(ONLY)))

verify-full: setup ## the same with everything whole: for the night
	@$(SUB) all tests $(BUILD)/tests/traces/traces
	@tests/verify --full

faults: all $(BUILD)/tests/inject.so ## 300 calls that fail, 600 kills, 66 signals: what is on the disk is never wrong (12 min)
	@tests/faults/run $(BUILD)/spiketwin $(BUILD)/tests/inject.so --faults 300 --kills 600 --signals 66

nir: all ## nets of five frameworks, 100 each, and public files in DATA=DIR/nir, against their own simulators: docs/nir.md (3 GB from PyPI)
	@tests/nir/setup
	@build/stacks/bin/python tests/nir/stacks.py $(BUILD)/spiketwin --nets 100 --doc docs/nir.md
	@build/stacks/bin/python tests/nir/files.py $(BUILD)/spiketwin $(call quote,$(or $(DATA),../shared/data)) --doc docs/nir.md

believe: all $(BUILD)/bench/intervals ## can a prediction be believed: RTL clip for clip, coverage, identity (20 min)
	@tests/believe --full

fpga-twin: setup ## SC-NeuroCore's Tutorial 48, measured: tables of docs/fpga-twin.md; DATA=DIR
	@$(SUB) all
	@scripts/fpga-twin $(BUILD)/spiketwin $(if $(DATA),--data $(call quote,$(DATA))) --doc docs/fpga-twin.md

dynapse2: setup ## DYNAP-SE2: train through mismatch, 4 bits, map, yield, lockstep, speed; DATA=DIR, ROCKPOOL_PYTHON
	@$(SUB) all benches
	@scripts/dynapse2 $(BUILD) build/dynapse2 $(if $(DATA),$(call quote,$(DATA)))

rtl-table: setup ## logic cells, block RAMs, DSP, clock of nets to take away on an UP5K: table of docs/rtl.md (8 min)
	@$(SUB) all
	@scripts/rtl_table $(BUILD)/spiketwin build/rtl-table --doc docs/rtl.md

wheel: setup ## a wheel of the Python package that needs no compiler where it is installed: build/wheels
	@scripts/wheel

lint: lint-code ## house rules, formatting, RTL through Verilator, Icarus and Yosys
	@tests/rtl/rtl_lint.sh

lint-code: # without RTL
	@scripts/lint

format: ## clang-format over all C and C++
	clang-format -i $(shell find base model twin cosim cli python tests bench -name '*.[ch]' -o -name '*.cpp')

bench: benches ## speed beside the peers' (JAX_PYTHON, TORCH_PYTHON name their environments)
	$(BUILD)/bench/cosim
	$(BUILD)/bench/forward
	$(BUILD)/bench/data
	python3 bench/compare.py $(BUILD)/bench/train $(BUILD)/bench/forward

define LAYER
$(BUILD)/$(1).a: $(call objects,$(call sources,$(1)))
	$$(Q)rm -f $$@ && ar rcs $$@ $$^
# The whole of a library with those below it: what reaches up does not link.
$(BUILD)/whole/$(1).linked: $(BUILD)/$(1).a $(call archives,$(call below,$(1)))
	@mkdir -p $$(@D) && echo "  LD  $$@"
	$$(Q)echo 'int main() { return 0; }' | $$(CXX) $$(LDFLAGS) -o $$@ -x c++ - -x none \
	    -Wl,--whole-archive $$< -Wl,--no-whole-archive $$(filter-out $$<,$$^) $$(PKG_LIBS)
endef
$(foreach l,$(LAYERS),$(eval $(call LAYER,$(l))))

define LINK
	@mkdir -p $(@D) && echo "  LD  $@"
	$(Q)$(CXX) $(LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) $(PKG_LIBS) $(1)
endef

$(BUILD)/spiketwin: $(CLI_OBJ) $(ALL)
	$(call LINK,)

# A test program lies in build/MODE/tests whatever folder its source is in. One of tests/unit/FOLDER is linked with
# the library of FOLDER and those below it.
define TEST_RULE
$(BUILD)/tests/$(basename $(notdir $(1))): $(1:%.c=$(BUILD)/%.o) \
    $(if $(filter $(LAYERS),$(2)),$(call archives,$(2) $(call below,$(2))),$(ALL))
	$$(call LINK,-lcmocka)
endef
$(foreach s,$(TEST_SRC),$(eval $(call TEST_RULE,$(s),$(patsubst tests/unit/%/,%,$(dir $(s))))))
$(BUILD)/tests/%: $(BUILD)/tests/%.o $(ALL)
	$(call LINK,-lcmocka)

DYNAPSIM := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/dynapsim/dynapsim_*.c))
$(BUILD)/tests/traces/traces: $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/traces/*.c)) $(DYNAPSIM) $(ALL)
	$(call LINK,)
$(BUILD)/tests/dynapsim/formats: $(DYNAPSIM) $(BUILD)/tests/traces/read.o
$(BUILD)/tests/test_dpi_bound: $(filter-out %_rtl.o,$(DYNAPSIM)) $(BUILD)/tests/traces/read.o

# Calls that fail, for tests/faults: preloaded, so without whatever the mode adds.
$(BUILD)/tests/inject.so: tests/faults/inject.c
	@mkdir -p $(@D) && echo "  CC  $< (preload)"
	$(Q)$(CC) -O2 $(WARN) -D_GNU_SOURCE -shared -fPIC -o $@ $< -ldl
tests: $(BUILD)/tests/inject.so

$(BUILD)/bench/%: $(BUILD)/bench/%.o $(ALL)
	$(call LINK,)

# Where the tree lies and which version it is: only the program, tests and benches know.
# In octal, so that no character of it means anything to make, the shell or C.
ROOT := $(shell printf %s $(call quote,$(CURDIR)) | od -An -v -to1 | sed 's/ /\\/g' | tr -d '\n')
$(BUILD)/tests/%.o $(BUILD)/bench/%.o: CPPFLAGS += -DSPIKETWIN_ROOT='"$(ROOT)"'
# Tests write beside themselves, so that those of two modes can run at the same time.
$(BUILD)/tests/%.o: CPPFLAGS += -DTEST_BUILD='"$(BUILD)"'
$(BUILD)/cli/version.o: CPPFLAGS += -DSPIKETWIN_VERSION='"$(VERSION)"'
$(BUILD)/cli/version.o: $(BUILD)/version
$(BUILD)/version: .FORCE
	@mkdir -p $(@D) && [ "$$(cat $@ 2>/dev/null)" = '$(VERSION)' ] || echo '$(VERSION)' >$@
.PHONY: .FORCE

# Uses vector types of the widest instruction set; only where it is run on is known.
$(BUILD)/bench/%.o: CFLAGS += -march=native -Wno-psabi

$(BUILD)/%.o: %.c
	@mkdir -p $(@D) && echo "  CC  $<"
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/%.o: %.cpp
	@mkdir -p $(@D) && echo "  CXX $<"
	$(Q)$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

define ISA_RULE
$(BUILD)/%.$(1).o: %.c
	@mkdir -p $$(@D) && echo "  CC  $$< ($(1))"
	$$(Q)$$(CC) $$(CPPFLAGS) $$(CFLAGS) -Wno-psabi $$(MARCH_$(1)) -DISA_NAME=$(1) -MMD -MP -c -o $$@ $$<
endef
$(foreach k,$(KERNELS),$(eval $(call ISA_RULE,$(k))))
# gcc's UBSan takes minutes over the wide lanes of these layers; the generic ones, the same lines, have it.
ifeq ($(MODE),asan)
$(BUILD)/model/lif/kernel_layers.avx%.o: CFLAGS += -fno-sanitize=undefined
endif

# The twin for programs of others. Only what twin/library/spiketwin.h declares is to be seen from outside.
$(BUILD)/libspiketwin.so.$(ABI): $(BUILD)/twin/library.a $(call archives,$(call below,twin/library))
	@mkdir -p $(@D) && echo "  LD  $@"
	$(Q)echo '{ global: spiketwin_*; local: *; };' >$@.map
	$(Q)$(CXX) $(LDFLAGS) -shared -Wl,-z,defs -Wl,-soname,$(@F) -Wl,--version-script=$@.map -o $@ -Wl,--whole-archive $< -Wl,--no-whole-archive \
	    $(filter-out $<,$(filter %.a,$^)) $(filter-out -rdynamic,$(PKG_LIBS))

include examples/examples.mk
include tests/fuzz/fuzz.mk
include packaging/install.mk

# What python/CMakeLists.txt links and compiles with.
$(BUILD)/python.cmake: $(ALL)
	@printf 'set(STW_%s "%s")\n' ARCHIVES '$(ALL)' LIBRARIES '$(PKG_LIBS)' FLAGS '$(CPPFLAGS) $(MATH)' >$@

# The Python package where tests/cli/python look for it. What PyPI does not give is no failure: the test says so.
build/package/installed: $(wildcard pyproject.toml python/*.txt python/*/* chips/*.yaml rtl/*.sv) build/release/python.cmake
	@echo "  PIP build/package"
	$(Q)tests/python/setup || [ $$? -eq 2 ]
ifeq ($(BUILD),build/release)
tests: build/package/installed
endif

# Objects of tests are kept like all others.
.SECONDARY:

units: $(TESTS:%=$(BUILD)/tests/%) $(LAYERS:%=$(BUILD)/whole/%.linked)
tests: units
benches: $(BENCHES:%=$(BUILD)/bench/%)

clean: ## remove build/
	rm -rf build

-include $(shell find $(BUILD) -type f -name '*.d' 2>/dev/null)
