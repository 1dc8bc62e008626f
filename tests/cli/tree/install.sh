#!/usr/bin/env bash
# make install: what is installed works in another place, from any folder, without the source tree; completion,
# manual pages, the golden library by pkg-config; uninstall leaves nothing of ours and all that was there before.
#
#   tests/cli/tree/install.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
build=$(dirname "$spiketwin")
place() { make -s -C "$root" BUILD="$build" --no-print-directory "$@" DESTDIR="$tmp/dest" PREFIX=/opt/twin >"$tmp/make.txt" 2>&1; }

mkdir -p "$tmp/dest/opt/twin/share/zsh" "$tmp/dest/opt/twin/lib/empty" # of others
before=$(cd "$tmp/dest" && find . | sort)
place install && ok "install" || bad "install" "$(tail -n 5 "$tmp/make.txt")"
grep '^left out:' "$tmp/make.txt"
expect "all that is listed is there" "$({ cut -d' ' -f1 "$build/install/list" && echo share/spiketwin/installed; } | sort)" \
    "$(cd "$tmp/dest/opt/twin" && find . ! -type d | sed 's|^\./||' | sort)"
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

# The main verbs on recordings, each beside the program of the tree: the same results but for where they were made.
"$root/tests/lib/clips.py" corpus clips 8 2 || exit 2
result() { # PROGRAM ARGUMENT...: JSON without times and places
    local cache=$tmp/cache-tree # RTL is built by each
    [ "$1" != "$program" ] || cache=$tmp/cache
    XDG_CACHE_HOME=$cache "$@" --json -q 2>err.txt | grep -vE '"(command|library|[a-z_]*_s)"'
    [ "${PIPESTATUS[0]}" -eq 0 ] || { echo "exit" && cat err.txt; }
}
"$program" train -d clips --held-percent 40 -e 1 -b 8 --hidden 4 -R -q -o run >out.txt 2>err.txt || bad train "$(<err.txt)"
"$program" gen run/net.nir -d clips -n 1 -q --memories mem >in.vec 2>err.txt || bad gen "$(<err.txt)"
expect "predict, from another place" "$(result "$spiketwin" predict run/net.nir -d clips -n 6)" "$(result "$program" predict run/net.nir -d clips -n 6)"
if command -v verilator >/dev/null; then
    expect "cosim, RTL built from the installed sources" "$(result "$spiketwin" cosim run/net.nir -d clips -n 2 -k 0..1)" \
        "$(result "$program" cosim run/net.nir -d clips -n 2 -k 0..1)"
    XDG_CACHE_HOME=$tmp/cache "$program" cosim run/net.nir -d clips -n 2 -q >out.txt 2>err.txt
    expect "no word differs" "0 1" "$? $(grep -cE '^cosim: [1-9][0-9]* words, 0 differ' out.txt)"
    XDG_CACHE_HOME=$tmp/cache "$program" dut run/net.nir -q <in.vec >b.vec 2>err.txt
    "$program" check run/net.nir -q <b.vec >out.txt 2>>err.txt
    expect "its vectors in the model" "0 0 differ" "$? $(grep -oE '[0-9]+ differ' out.txt | head -n 1)"
    "$program" rtl run/net.nir --out core -q 2>err.txt && [ -s core/rtl/stw_net.sv ]
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
cp -r "$here" "$tmp/plain" # pkg-config's answers are words of the shell
export PKG_CONFIG_PATH=$tmp/plain/lib/pkgconfig
# shellcheck disable=SC2046 # words
cc -o use use.c $(pkg-config --cflags --libs stw_golden) 2>err.txt || bad "compiles" "$(<err.txt)"
expect "a program against the golden library" "$("$program" info run/net.nir --json | sed -nE 's/.*"image_hash":\s*"([0-9a-f]+)".*/\1/p') 3" \
    "$(LD_LIBRARY_PATH=$tmp/plain/lib ./use)"

# The twin as a library: a device of its own between gen and check, and a program of a few lines, say what the program says.
# shellcheck disable=SC2046 # words
cc -Wall -Werror -o device "$here/share/doc/spiketwin/examples/library/device.c" $(pkg-config --cflags --libs spiketwin) 2>err.txt || bad "the library's example compiles" "$(<err.txt)"
export LD_LIBRARY_PATH=$tmp/plain/lib
for k in 0 7; do
    "$program" gen run/net.nir -d clips -n 3 -k $k -q 2>err.txt | ./device run/net.nir $k 2>>err.txt | "$program" check run/net.nir -k $k -q >out.txt 2>>err.txt
    expect "libspiketwin: chip $k, every state word" "0 0 0 differ" "$(echo "${PIPESTATUS[@]: -2}" | tr ' ' '\n' | sort -u | paste -sd' ') $(grep -c '^check: 0 words' out.txt) $(grep -oE '[0-9]+ differ' out.txt | head -n 1)"
done
"$program" gen run/net.nir -d clips -n 3 -k 7 -q 2>err.txt | ./device run/net.nir 8 2>>err.txt | "$program" check run/net.nir -k 7 -q >out.txt 2>>err.txt
expect "and another chip is found to be one" "1 0" "$? $(grep -c ' 0 differ;' out.txt)"
cat >embed.c <<'C'
#include <stdio.h>
#include <stdlib.h>
#include <spiketwin.h>
int main(int argc, char **argv)
{
    struct spiketwin *h = spiketwin_open(argv[1]);
    enum { CLIPS = 40, TICKS = 25 };
    const int in = spiketwin_inputs(h), out = spiketwin_outputs(h), last = spiketwin_layers(h) - 1, most = spiketwin_most(h);
    int32_t *x = calloc((size_t)(CLIPS * TICKS * (in + 1)), sizeof *x), count[CLIPS * 64], spikes[TICKS * 64];
    long sum = 0, wrong = 0;
    for (int i = 0, r = 1; i < CLIPS * TICKS * in; i++) r = r * 69069 + 1, x[i] = (r >> 16 & 7) ? 0 : most;
    for (int k = 0; k < argc - 1 && !*spiketwin_error(h); k++) {
        spiketwin_chip(h, (uint32_t)(5 * k), 1);
        spiketwin_run(h, CLIPS, TICKS, x, NULL, count);
        for (int i = 0; i < CLIPS; i++) {
            spiketwin_state(h, TICKS, x + i * TICKS * in, NULL, last, "spikes", spikes);
            for (int t = 0; t < TICKS * out; t++) count[i * out + t % out] -= spikes[t], sum += spikes[t];
            for (int n = 0; n < out; n++) wrong += count[i * out + n] != 0;
        }
        printf("%016llx %s %s, %ld\n", (unsigned long long)spiketwin_hash(h), spiketwin_label(h, 0), spiketwin_label(h, 1), wrong);
    }
    fprintf(stderr, "%s", sum ? spiketwin_error(h) : *spiketwin_error(h) ? spiketwin_error(h) : "no spikes");
    x[3 * in + 1] = most + 1;
    if (spiketwin_run(h, 1, TICKS, x, NULL, count)) printf("%s\n", spiketwin_error(h));
    if (spiketwin_state(h, TICKS, x, NULL, last, "soul", spikes)) printf("%s\n", spiketwin_error(h));
    spiketwin_close(h);
    return 0;
}
C
# shellcheck disable=SC2046 # words
cc -Wall -Werror -o embed embed.c $(pkg-config --cflags --libs spiketwin) 2>err.txt || bad "a program against libspiketwin compiles" "$(<err.txt)"
hash() { "$program" info run/net.nir -k "$1" --json | sed -nE 's/.*"image_hash":\s*"([0-9a-f]+)".*/\1/p'; }
expect "a program against libspiketwin" "$(hash 0) high low, 0
$(hash 5) high low, 0
clip 0, tick 3, input 1: 256, allowed 0..255
word: soul, allowed spikes and the state words of lif" "$(./embed run/net.nir more 2>err.txt && cat err.txt)"
expect "the same with one thread" "$(./embed run/net.nir more 2>&1)" "$(OMP_NUM_THREADS=1 ./embed run/net.nir more 2>&1)"
expect "no such net" "nowhere.nir: no such file" "$(./embed nowhere.nir 2>/dev/null | head -n 1)"
expect "nothing else of it is seen" "" "$(nm -D --defined-only "$tmp/plain/lib/libspiketwin.so" | awk '{ print $3 }' | grep -v '^spiketwin_')"

# Another version: what it has no more goes, its folder is taken note of, and what is not ours stays.
printf '%s\n' "bin/spiketwin $build/spiketwin" "share/spiketwin/new/folder/file $root/LICENSE" "lib/link.so -> link.so.1" >list
"$root/packaging/place" put list "$tmp/dest/opt/twin" >out.txt 2>&1 || bad "another version" "$(<out.txt)"
expect "another version in its place" "bin/spiketwin lib/link.so share/spiketwin/installed share/spiketwin/new/folder/file" \
    "$(cd "$tmp/dest/opt/twin" && find . ! -type d | sed 's|^\./||' | sort | paste -sd' ')"
place uninstall
expect "uninstall leaves what was there before" "$before" "$(cd "$tmp/dest" && find . | sort)"
place uninstall
expect "nothing to uninstall" 1 "$(grep -c "place: $tmp/dest/opt/twin: no share/spiketwin/installed of make install in it" "$tmp/make.txt")"
"$root/packaging/place" put list "$tmp/dest/srv/a b/twin" >out.txt 2>&1 && "$root/packaging/place" remove "$tmp/dest/srv/a b/twin" >>out.txt 2>&1
expect "a prefix that was not there, uninstalled" "0 $before" "$? $(cd "$tmp/dest" && find . | sort)"
"$root/packaging/place" put list "$tmp/dest/srv/twin" >out.txt 2>&1
mkdir elsewhere && mv "$tmp/dest/srv/twin" elsewhere/ && rmdir "$tmp/dest/srv" && "$root/packaging/place" remove elsewhere/twin >>out.txt 2>&1
expect "moved, uninstalled: the folder it was moved into stays" "0 elsewhere" "$? $(find elsewhere)"
chmod -R u+w "$here"
finish
