# `make install`: what lies where below PREFIX, once. Included by the main Makefile, whose variables it uses.
#
#   make install [PREFIX=/usr/local] [DESTDIR=]      make uninstall, of the same
#
# Nothing that is installed knows PREFIX: the program finds share/spiketwin beside its own bin (cli/home.c), and the
# pkg-config file its headers beside itself. So the tree may be moved as a whole.
PREFIX    := /usr/local
DESTDIR   :=
MANUAL    := $(BUILD)/man
INSTALLED := $(BUILD)/installed# a line a file: place below PREFIX, file of ours

.PHONY: install uninstall manual

# What the program reads: the demo, chips, RTL, what Verilator builds it from, the texts of `spiketwin rtl`, `formal` and `bench`.
HOME_FILES = $(sort scripts/demo scripts/corpus $(wildcard chips/*.yaml rtl/*.sv cosim/away/folder/* cosim/away/bench/* \
               cosim/formal/folder/* examples/dpi/stw_golden_pkg.sv examples/cocotb/stw_golden.py) \
               $(shell find cosim model base -name '*.h' -o -name 'dut*.cpp' -o -name stw_twin.sv))

$(BUILD)/%.pc: packaging/%.pc.in $(BUILD)/version
	@sed 's/@VERSION@/$(VERSION)/' $< >$@

$(INSTALLED): all $(BUILD)/stw_golden.pc $(BUILD)/libstw_golden.so manual
	@{ echo 'bin/spiketwin $(BUILD)/spiketwin'; \
	   echo 'lib/libstw_golden.so $(BUILD)/libstw_golden.so'; \
	   echo 'include/stw_golden.h cosim/golden/golden.h'; \
	   echo 'lib/pkgconfig/stw_golden.pc $(BUILD)/stw_golden.pc'; \
	   echo 'share/bash-completion/completions/spiketwin packaging/completion.bash'; \
	   echo 'share/zsh/site-functions/_spiketwin packaging/completion.zsh'; \
	   echo 'share/fish/vendor_completions.d/spiketwin.fish packaging/completion.fish'; \
	   echo 'share/doc/spiketwin/LICENSE LICENSE'; \
	   echo 'share/doc/spiketwin/CHANGELOG.md CHANGELOG.md'; \
	   echo 'share/spiketwin/installed $(INSTALLED).names'; \
	   for f in $(HOME_FILES); do echo "share/spiketwin/$$f $$f"; done; \
	   for f in $(MANUAL)/*.1; do [ ! -e "$$f" ] || echo "share/man/man1/$${f##*/} $$f"; done; } >$@
	@cut -d' ' -f1 $@ >$@.names

# A page a verb, from what `--help` says. help2man makes them; without it there are none, which is said.
manual: all
	@packaging/manual $(BUILD)/spiketwin $(MANUAL) '$(VERSION)'

install: $(INSTALLED) ## program, chips, RTL, manual, completion, golden library: PREFIX=/usr/local DESTDIR=
	@while read -r to from; do \
	     mode=644; [ ! -x "$$from" ] || mode=755; \
	     install -D -m $$mode -- "$$from" $(call quote,$(DESTDIR)$(PREFIX))/"$$to" || exit; \
	 done <$(INSTALLED)
	@echo "installed: $$(wc -l <$(INSTALLED)) files below $(DESTDIR)$(PREFIX)"

# What the installed list names, of whichever version it is, and the folders that are left empty.
uninstall: ## removes what `make install` of the same PREFIX and DESTDIR wrote
	@cd $(call quote,$(DESTDIR)$(PREFIX)) && cat share/spiketwin/installed | while read -r to; do \
	     rm -f -- "$$to" && rmdir -p --ignore-fail-on-non-empty -- "$${to%/*}"; done
	@rmdir --ignore-fail-on-non-empty -- $(call quote,$(DESTDIR)$(PREFIX))
	@echo "uninstalled from $(DESTDIR)$(PREFIX)"

.PHONY: deb
deb: ## a Debian package of what `make install` installs: build/deb/spiketwin_*.deb
	@rm -rf build/deb/root
	@$(MAKE) --no-print-directory install DESTDIR=build/deb/root PREFIX=/usr
	@packaging/deb build/deb/root build/deb '$(VERSION)'
