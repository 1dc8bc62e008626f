#!/usr/bin/env bash
# scripts/lint: every rule finds what it is for, and nothing else; shown on copies of the files that break them.
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$root" || exit 2
mkdir -p "$tmp/tree"/{base,model,twin,cosim,cli,python,tests,bench,scripts} &&
    cp .clang-format Makefile "$tmp/tree/" && cd "$tmp/tree" || exit 2
wanted=() unwanted=()

take() { # FILE: from the tree, unless it is here already
    [ -f "$1" ] || { mkdir -p "$(dirname "$1")" && cp "$root/$1" "$1"; } 2>/dev/null
}
# put FILE RULE CODE: the line at the end of the file breaks the rule
put() {
    take "$1" || { bad "$1 is there" "no such file"; return; }
    printf '%s\n' "$3" >>"$1"
    wanted+=("$1:$(wc -l <"$1"): $2: ")
}
# fine FILE CODE: the line breaks none
fine() {
    take "$1"
    printf '%s\n' "$2" >>"$1"
    unwanted+=("$1:$(wc -l <"$1"): ")
}

put model/lif/law.c includes-go-down '#include "twin/chip/chip.h"'
put model/lif/law.c includes-go-down '# include "cli/cli.h"'
put model/lif/law.c model-has-no-io-and-no-globals '#include <stdio.h>'
put model/lif/law.c model-has-no-io-and-no-globals '#include <math.h>'
put model/lif/image.c model-has-no-floats 'static inline int half(int x) { return (int)(0.5 * (double)x); }'
put model/lif/image.c model-has-no-floats 'static inline void f(const float *x);'
put model/lif/image.c model-does-not-allocate 'static inline void *g(void) { return malloc(3); }'
put model/lif/image.c model-does-not-allocate 'static inline void *h(void) { return calloc (3, 1); }'
put model/lif/image.c model-does-no-io 'static inline void i(void) { printf("x"); }'
put model/lif/image.c model-does-no-io 'static inline void j(void) { fprintf(0, "x"); }'
put model/lif/image.c model-does-no-io 'static inline void k(void) { fopen("x", "r"); }'
put model/lif/network.c no-mutable-state 'static int counter;'
put model/lif/network.c no-mutable-state 'int shared = 3;'
put model/lif/network.c no-mutable-state 'static const char *which = "x";'
put model/lif/network.c no-mutable-state 'const char *names[] = {"a", "b"};'
put model/lif/network.c no-mutable-state 'static int (*hook)(int);'
put model/lif/network.c no-mutable-state 'static struct { int x; } box;'
put model/lif/network.c no-mutable-state 'static _Thread_local int mine;'
printf 'static inline int once(void)\n{\n' >>model/lif/network.c
put model/lif/network.c no-mutable-state '    static int calls = 0;'
printf '    return calls++;\n}\n' >>model/lif/network.c
put twin/net/net.c no-mutable-state 'static double cache[16];'
put cosim/dut/dut.c no-mutable-state 'static int last;'
put model/lif/network.c only-fx-shifts 'static inline int m(int x) { return x >> 3; }'
put model/lif/network.c only-fx-shifts 'static inline int n(int x) { x <<= 3; return x; }'
put model/lif/network.c only-fx-shifts 'static inline int o(int x) { return 1 << x; }'
put twin/chip/frontend.c only-fx-shifts 'static inline int p(int x) { return (x + (1 << 3)) >> 4; }'
put twin/lif/loss.c only-basic-math 'static inline double half(double x) { return exp(x) / 2; }'
put model/lif/kernel.c the-name-says-how-it-rounds 'static inline int q(int x) { return fx_round(x); }'
put twin/net/net.c includes-go-down '#include "cosim/dut/dut.h"'
put twin/net/net.c includes-go-down '#include "cli/cli.h"'
put cosim/dut/dut.c includes-go-down '#include "twin/chip/chip.h"'
put cosim/dut/dut.c includes-go-down '#include "cli/cli.h"'
put base/fail.c includes-go-down '#include "model/fx.h"'
put model/fields.c includes-go-down '#include "model/lif/law.h"'
put model/dpi/dpi.c includes-go-down '#include "model/lif/law.h"'
put twin/chip/chip.c includes-go-down '#include "twin/net/net.h"'
put twin/lif/loss.c includes-go-down '#include "twin/dpi/dpi_net.h"'
put cosim/vectors/vectors_read.c includes-go-down '#include "cosim/lockstep/lockstep.h"'
mkdir twin/new && echo '// A folder that the table does not know.' >twin/new/new.c
put twin/new/new.c includes-go-down '#include "base/fail.h"'
put tests/unit/model/lif/test_network.c nothing-includes-cli '#include "cli/cli.h"'
put base/fail.c only-cli-prints 'static inline void r(void) { printf("%d\n", 3); }'
put base/fail.c only-cli-prints 'static inline void s(void) { fputs("x", stderr); }'
put base/fail.c only-cli-prints 'static inline void t(void) { exit(2); }'
put cosim/dut/dut.c only-cli-prints 'static inline void u(void) { puts("x"); }'
put cosim/dut/dut.cpp only-cli-prints 'static void v() { std::cout << "x"; }'
put twin/io/rng.cpp only-cli-prints 'static void w() { fprintf(stderr, "not the exception: another file"); }'
put Makefile no-fast-math 'OPT_fast := -Ofast'
put base/file.c format 'static  inline int x( int y ) {return y ;}'
put cli/chip/info.c no-space-at-the-end '// spaces at the end  '
put cli/chip/info.c no-space-at-the-end $'// a line end of DOS\r'
put cli/chip/info.c no-tabs $'\t// a tab'
printf '#ifndef WRONG_H\n#define WRONG_H\n#endif\n' >twin/chip/guard.h
wanted+=("twin/chip/guard.h:1: shape: ")
printf '#!/usr/bin/env bash\nif true; then\n' >scripts/broken
wanted+=("scripts/broken:3: script-parses: ")
printf '#!/usr/bin/env python3\nx = (\n' >scripts/broken_too
wanted+=("scripts/broken_too:2: script-parses: ")
if command -v shellcheck >/dev/null; then
    printf '#!/usr/bin/env bash\nrm $UNQUOTED_AND_UNSET[1]\n' >scripts/sloppy
    wanted+=("scripts/sloppy:2: shellcheck: ")
else
    left_out "the rule shellcheck" "it is not installed"
fi
if command -v pyflakes3 >/dev/null; then
    printf '#!/usr/bin/env python3\ntable = dict(\n    gates=gates)\n' >scripts/undefined
    wanted+=("scripts/undefined:3: pyflakes: ")
else
    left_out "the rule pyflakes" "it is not installed"
fi

fine twin/train/train.c '#include "base/fail.h"'
fine twin/train/train.c '#include "twin/dynapse2/dpi_map.h"'
fine cosim/golden/golden.c '#include "model/dpi/dpi.h"'
fine model/lif/law.c '// float x >> 3; malloc(4); printf("x"); #include "cli/cli.h"'
fine model/lif/law.c '/* float and malloc(4) */'
fine model/lif/law.c 'static const int TABLE[2] = {1 << 3, 2};'
fine model/lif/law.c '_Static_assert(sizeof "printf(a >> b) double" > 3, "float");'
fine model/lif/law.c 'static const char *const WORDS[] = {"a", "b"};'
fine model/lif/law.c 'extern const char *const LAW_WORDS[];'
fine model/lif/law.c 'struct forward;'
fine model/lif/law.c 'typedef int32_t law_word __attribute__((vector_size(16)));'
fine model/lif/law.c 'int law_prototype(const int *x, int n);'
fine base/fail.c 'enum { TWIN_FLAG = 1u << 31 };'

scripts_lint=$root/scripts/lint
"$scripts_lint" "$tmp/tree" >"$tmp/found.txt" 2>"$tmp/err.txt"
expect "exit" 1 $?
expect "stderr" "" "$(<"$tmp/err.txt")"
for line in "${wanted[@]}"; do
    if grep -qF -- "$line" "$tmp/found.txt"; then
        ok "found: $line"
    else
        bad "found: $line" "$(grep -F "${line%%: *}:" "$tmp/found.txt" || echo 'nothing in that line')"
    fi
done
for line in "${unwanted[@]}"; do
    # The formatter may have its own opinion of these lines.
    expect "not found: $line" "" "$(grep -F -- "$line" "$tmp/found.txt" | grep -v ': format: ')"
done
expect "the last line counts" "$(grep -cE '^[^ ]+:[0-9]+: ' "$tmp/found.txt") violations" \
    "$(tail -n 1 "$tmp/found.txt" | grep -oE '[0-9]+ violations')"
mkdir "$tmp/empty"
"$scripts_lint" "$tmp/empty" >"$tmp/out.txt" 2>&1
expect "a tree without sources: exit" 2 $?
finish
