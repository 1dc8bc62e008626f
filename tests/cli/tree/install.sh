#!/usr/bin/env bash
# make install: what is installed works in another place, from any folder, without the source tree; completion,
# manual pages, the golden library by pkg-config; uninstall leaves nothing.
#
#   tests/cli/tree/install.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
build=$(dirname "$spiketwin")
place() { make -s -C "$root" BUILD="$build" --no-print-directory "$@" DESTDIR="$tmp/dest" PREFIX=/opt/twin >"$tmp/make.txt" 2>&1; }

place install && ok "install" || bad "install" "$(tail -n 5 "$tmp/make.txt")"
grep '^left out:' "$tmp/make.txt"
expect "all that is listed is there" "$(cut -d' ' -f1 "$build/installed" | sort)" \
    "$(cd "$tmp/dest/opt/twin" && find . -type f | sed 's|^\./||' | sort)"
expect "nothing of this place is in the program" 0 "$(grep -c "$root" "$tmp/dest/opt/twin/bin/spiketwin")"

cp -r "$tmp/dest/opt/twin" "$tmp/a moved place" && here="$tmp/a moved place" && chmod -R a-w "$here/share"
cd "$tmp" || exit 2
program=$here/bin/spiketwin
expect "chips, from another place" "$("$spiketwin" info fpga-q8.8)" "$("$program" info fpga-q8.8 2>&1)"
export SPIKETWIN_HOME=$tmp
expect "SPIKETWIN_HOME that is none" "2 spiketwin info: SPIKETWIN_HOME: $tmp: no chips/ and rtl/ of spiketwin in it" \
    "$("$program" info fpga-q8.8 2>&1 >/dev/null | sed 's/^/2 /')"
export SPIKETWIN_HOME="$here/share/spiketwin"
cp "$program" "$tmp/alone"
expect "SPIKETWIN_HOME says where" "$("$spiketwin" info fpga-q8.8)" "$("$tmp/alone" info fpga-q8.8 2>&1)"
unset SPIKETWIN_HOME
expect "a program with nothing about it" \
    "spiketwin info: chips/ and rtl/ lie in no folder above $tmp/alone: SPIKETWIN_HOME says where they are" \
    "$("$tmp/alone" info fpga-q8.8 2>&1)"

"$program" make fpga-q8.8 -l 4x4o -l 4x6r -l 6x2 --labels yes,no --random 1 -q -o net.nir 2>err.txt || bad make "$(<err.txt)"
if command -v verilator >/dev/null; then
    XDG_CACHE_HOME=$tmp/cache "$program" gen net.nir --random 1 -n 2 -q >a.vec
    XDG_CACHE_HOME=$tmp/cache "$program" dut net.nir <a.vec >b.vec 2>err.txt
    "$program" check net.nir -q <b.vec >out.txt 2>>err.txt
    expect "RTL built from the installed sources is the model's" "0 0 differ" \
        "$? $(grep -oE '[0-9]+ differ' out.txt | head -n 1)"
    "$program" rtl net.nir --out core -q 2>err.txt && [ -s core/rtl/stw_net.sv ]
    expect "rtl writes its folder" "0 " "$? $(<err.txt)"
else
    left_out "RTL from the installed sources" "no verilator"
fi
mkdir -p empty/yes empty/no
"$program" demo --out demo --data empty >out.txt 2>err.txt
expect "demo runs its script with this program" "2 1" "$? $(grep -c "^spiketwin train: empty" err.txt)"
expect "demo: no data" "spiketwin demo: --data nowhere: No such file or directory" "$("$program" demo -d nowhere 2>&1)"
expect "demo: words without data" "spiketwin demo: --words goes with --data" "$("$program" demo -w yes,no 2>&1)"
expect "nothing was written into what is installed" "$(cd "$tmp/dest/opt/twin" && find . | sort)" "$(cd "$here" && find . | sort)"

# Manual pages: one a verb, its options are those of --help.
if [ -e "$here/share/man/man1/spiketwin.1" ]; then
    expect "a page a verb" "$("$program" --help | sed -nE 's/^  ([a-z]+) +[^ ].*/\1/p' | grep -vx spiketwin | sort)" \
        "$(find "$here/share/man/man1" -name 'spiketwin-*.1' -printf '%f\n' | sed -E 's/spiketwin-(.*)\.1/\1/' | sort)"
    options() { grep -oE -- '--[a-z][a-z-]+' | sort -u; }
    expect "options of train" "$("$program" train --help | options)" \
        "$(sed 's/\\f[A-Z]//g; s/\\//g' "$here/share/man/man1/spiketwin-train.1" | options)"
else
    left_out "manual pages" "no help2man"
fi

# Completion.
expect "bash: options" "--random=" "$(PATH="$here/bin:$PATH" bash -c '
. "$1/share/bash-completion/completions/spiketwin"
compopt() { :; }
COMP_WORDS=(spiketwin gen --ran) COMP_CWORD=2
_spiketwin
echo "${COMPREPLY[*]}"' - "$here")"
expect "bash: verbs" "predict" "$(PATH="$here/bin:$PATH" bash -c '
. "$1/share/bash-completion/completions/spiketwin"
COMP_WORDS=(spiketwin pre) COMP_CWORD=1
_spiketwin
echo "${COMPREPLY[*]}"' - "$here")"
if command -v fish >/dev/null; then
    expect "fish: verbs and options" "predict --random=" "$(PATH="$here/bin:$PATH" HOME=$tmp fish -c "
source '$here/share/fish/vendor_completions.d/spiketwin.fish'
complete -C 'spiketwin pre' | cut -f1; complete -C 'spiketwin gen --ran'" 2>&1 | tr '\n' ' ' | sed 's/ $//')"
else
    left_out "fish" "it is not here"
fi
if command -v zsh >/dev/null; then
    zsh -n "$here/share/zsh/site-functions/_spiketwin" && ok "zsh: reads" || bad "zsh: reads"
else
    left_out "zsh" "it is not here"
fi

# The golden library, by pkg-config of where it lies now.
cat >use.c <<'C'
#include <stdio.h>
#include <stw_golden.h>
int main(void)
{
    void *h = stw_open("mem");
    printf("%s%s %d\n", stw_error(h), stw_image(h), stw_layers(h));
    stw_close(h);
    return 0;
}
C
"$program" gen net.nir -m mem -q 2>err.txt || bad "memories" "$(<err.txt)"
cp -r "$here" "$tmp/plain" # pkg-config's answers are words of the shell
export PKG_CONFIG_PATH=$tmp/plain/lib/pkgconfig
# shellcheck disable=SC2046 # words
cc -o use use.c $(pkg-config --cflags --libs stw_golden) 2>err.txt || bad "compiles" "$(<err.txt)"
expect "a program against the golden library" "$("$program" info net.nir --json | sed -nE 's/.*"image_hash":\s*"([0-9a-f]+)".*/\1/p') 3" \
    "$(LD_LIBRARY_PATH=$tmp/plain/lib ./use)"

if command -v dpkg-shlibdeps >/dev/null; then
    "$root/packaging/deb" "$tmp/usr-root" "$tmp/debs" 1.2-3-gabc >deb.txt 2>&1
    expect "deb: nothing to package" "2 1" "$? $(grep -c "no usr/ of make install" deb.txt)"
    make -s -C "$root" BUILD="$build" --no-print-directory install DESTDIR="$tmp/usr-root" PREFIX=/usr >make.txt 2>&1
    rm -rf "$tmp/usr-root/DEBIAN"
    deb=$("$root/packaging/deb" "$tmp/usr-root" "$tmp/debs" v1.2-3-gabc 2>err.txt) || bad "deb" "$(<err.txt)"
    expect "deb: version, libraries" "1.2+3+gabc 1" "$(dpkg-deb -f "$deb" Version) $(dpkg-deb -f "$deb" Depends | grep -c 'libsndfile1.*libyaml')"
    dpkg-deb -x "$deb" "$tmp/unpacked"
    expect "deb: unpacked, it runs" "$("$spiketwin" info loihi)" "$("$tmp/unpacked/usr/bin/spiketwin" info loihi 2>&1)"
else
    left_out "the Debian package" "no dpkg-shlibdeps (Debian package dpkg-dev)"
fi

place uninstall
expect "uninstall leaves nothing" "" "$(find "$tmp/dest/opt/twin" 2>/dev/null)"
chmod -R u+w "$here"
finish
