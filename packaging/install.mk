# `make install`: what lies where below PREFIX, once. Included by the main Makefile, whose variables it uses.
#
#   make install [PREFIX=/usr/local] [DESTDIR=]      make uninstall, of the same
#
# A distribution says besides where its libraries lie (LIBDIR=lib/x86_64-linux-gnu) and where its zsh looks (ZSHDIR=).
#
# Nothing that is installed knows PREFIX: the program finds share/spiketwin beside its own bin (cli/home.c), and the
# pkg-config file its headers beside itself. So the tree may be moved as a whole.
PREFIX    := /usr/local
DESTDIR   :=
LIBDIR    := lib
ZSHDIR    := share/zsh/site-functions
STAGE     := $(BUILD)/install# what is made for the installation alone
MANUAL    := $(STAGE)/man
INSTALLED := $(STAGE)/list# a line a file: place below PREFIX, file of ours; of a link: place, ->, to what

.PHONY: install uninstall manual

# What the program reads: the demo, chips, RTL, what Verilator builds it from, the texts of `spiketwin rtl`, `formal` and `bench`.
HOME_FILES = $(sort scripts/demo scripts/corpus $(wildcard chips/*.yaml rtl/*.sv cosim/away/folder/* cosim/away/bench/* \
               cosim/formal/folder/* examples/dpi/stw_golden_pkg.sv examples/cocotb/stw_golden.py) \
               $(shell find cosim model base -name '*.h' -o -name 'dut*.cpp' -o -name stw_twin.sv))

# The way up from where a pkg-config file lies to PREFIX.
UP = $(subst $(empty) $(empty),/,$(patsubst %,..,$(subst /, ,$(LIBDIR)/pkgconfig)))
$(STAGE)/%.pc: packaging/%.pc.in .FORCE
	@mkdir -p $(@D) && sed 's|@VERSION@|$(VERSION)|; s|@UP@|$(UP)|; s|@LIBDIR@|$(LIBDIR)|' $< >$@

$(INSTALLED): all $(STAGE)/stw_golden.pc $(STAGE)/spiketwin.pc $(BUILD)/libstw_golden.so.$(ABI) $(BUILD)/libspiketwin.so.$(ABI) manual
	@{ echo 'bin/spiketwin $(BUILD)/spiketwin'; \
	   for each in stw_golden,cosim/golden/golden.h spiketwin,twin/library/spiketwin.h; do \
	       name=$${each%,*}; so=lib$$name.so; \
	       echo "$(LIBDIR)/$$so.$(ABI) $(BUILD)/$$so.$(ABI)"; \
	       echo "$(LIBDIR)/$$so -> $$so.$(ABI)"; \
	       echo "include/$$name.h $${each#*,}"; \
	       echo "$(LIBDIR)/pkgconfig/$$name.pc $(STAGE)/$$name.pc"; \
	   done; \
	   echo 'share/bash-completion/completions/spiketwin packaging/completion.bash'; \
	   echo '$(ZSHDIR)/_spiketwin packaging/completion.zsh'; \
	   echo 'share/fish/vendor_completions.d/spiketwin.fish packaging/completion.fish'; \
	   echo 'share/doc/spiketwin/LICENSE LICENSE'; \
	   echo 'share/doc/spiketwin/CHANGELOG.md CHANGELOG.md'; \
	   for f in $(HOME_FILES); do echo "share/spiketwin/$$f $$f"; done; \
	   for f in README.md docs/*.md $(EXAMPLES); do echo "share/doc/spiketwin/$$f $$f"; done; \
	   for f in $(MANUAL)/*.1; do [ ! -e "$$f" ] || echo "share/man/man1/$${f##*/} $$f"; done; } >$@

# What the pages point at and copy from, without what runs beside the source tree alone.
EXAMPLES = $(sort $(wildcard examples/*/*.c examples/*/*.v examples/*/*.sv examples/*/*.py examples/*/README.md examples/*/*.ipynb))

# A page a verb, from what `--help` says. help2man makes them; without it there are none, which is said.
manual: all
	@packaging/manual $(BUILD)/spiketwin $(MANUAL) '$(VERSION)'

install: $(INSTALLED) ## program, chips, RTL, manual, completion, golden library: PREFIX=/usr/local DESTDIR=
	@packaging/place put $(INSTALLED) $(call quote,$(DESTDIR)$(PREFIX))

uninstall: ## removes what `make install` of the same PREFIX and DESTDIR wrote
	@packaging/place remove $(call quote,$(DESTDIR)$(PREFIX))

.PHONY: deb
deb: all manual $(BUILD)/libstw_golden.so.$(ABI) $(BUILD)/libspiketwin.so.$(ABI) ## Debian packages of what `make install` installs: build/deb/*.deb
	@packaging/deb $(BUILD) build/deb
