#!/usr/bin/env bash
# Calls that fail and kills at random moments, for every verb that writes: the short form of `make faults`.
#
#   tests/cli/bad/faults_writers.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
injector=$(dirname "$spiketwin")/tests/inject.so
if [ ! -e "$injector" ]; then
    bad "the injector" "$injector is not there: make tests"
    finish
fi
if grep -qa __asan_init "$spiketwin"; then
    left_out "calls that fail" "AddressSanitizer has a malloc of its own"
    faults=0
else
    faults=45
fi
TMPDIR=$tmp "$root/tests/faults/run" "$spiketwin" "$injector" --without-cosim --faults $faults --kills 20 --signals 11 \
    --seed "${SEED:-1}"
