#!/usr/bin/env bash
# tests/run: what it counts, and what it prints of a test that failed: CI keeps nothing else.
#
#   tests/cli/tree/run_itself.sh
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
cd "$tmp" || exit 2

script() { # NAME: a test of this body, from standard input
    { echo ". '$root/tests/lib/shell.sh'"; cat; } >"$1.sh"
}
script good <<<'ok one; ok two; finish'
script wrong <<'END'
for i in {1..100}; do ok "check $i"; done
expect "two and two" 4 5
for i in {1..100}; do ok "later check $i"; done
finish
END
script dies <<<'for i in {1..100}; do echo "line $i"; done; no_such_command; exit 3'
cat >cmocka <<'END'
#!/bin/bash
echo "[ RUN      ] test_a"
echo "[       OK ] test_a"
echo "[ RUN      ] test_b"
echo "[  ERROR   ] --- 0x1 != 0x2"
echo "[   LINE   ] --- here.c:12: error: Failure!"
echo "[  FAILED  ] test_b"
echo "[  PASSED  ] 1 test(s)."
echo "[  FAILED  ] 1 test(s), listed below:"
exit 1
END
chmod +x cmocka
env -u TESTS_RUN_ONE "$root/tests/run" -j 1 -l log good.sh wrong.sh dies.sh ./cmocka >out.txt 2>&1
expect "exit" 1 $?
expect "sum" "203 passed, 3 failed" "$(tail -n 1 out.txt)"
has() { grep -qxF -e "$2" out.txt && ok "$1" || bad "$1" "no line: $2" "$(<out.txt)"; }
has "a failed check" "        FAILED two and two"
has "what it wanted" "            wanted: 4"
has "what it got" "            got:    5"
has "of cmocka" "        [  ERROR   ] --- 0x1 != 0x2"
has "where in cmocka" "        [   LINE   ] --- here.c:12: error: Failure!"
has "the end of a log without a count" "        line 100"
expect "why it ended" 1 "$(grep -c 'no_such_command: command not found' out.txt)"
expect "40 lines of a log" 39 "$(grep -c '^        line ' out.txt)"
expect "nothing of what passed" 0 "$(grep -cE '(check|ok) [0-9]|RUN|OK' out.txt)"
finish
