# What the tests of bad input share: `refuse`, a corpus `clips` and a net `good/net.nir` that are in order, in $tmp.
# A refusal is exit 2, nothing on stdout, one line on stderr that says what and where, and no file left behind.
# Sourced after shell.sh.
# shellcheck shell=bash
# shellcheck disable=SC2154 # root, tmp and spiketwin are shell.sh's
export ASAN_OPTIONS=detect_leaks=0 # a refusal ends the process with all that it holds
"$root/tests/lib/clips.py" corpus "$tmp/clips" || exit 2
cd "$tmp" || exit 2

run() { timeout 60 "$spiketwin" "$@" >out.txt 2>err.txt </dev/null; }

# refuse NAME MESSAGE ARGUMENTS...: MESSAGE is the whole line after "spiketwin ", or ~ and an
# extended regular expression that has to match all of it.
refuse() {
    local name=$1 message=$2 rc got wrong=()
    shift 2
    rm -rf run
    run "$@"
    rc=$?
    got=$(<err.txt)
    got=${got#spiketwin }
    [ $rc -eq 2 ] || wrong+=("exit $rc, wanted 2")
    [ -s out.txt ] && wrong+=("stdout: $(head -c 200 out.txt)")
    if [[ $message == "~"* ]]; then
        [[ $got =~ ^${message#\~}$ && $got != *$'\n'* ]] || wrong+=("stderr: $got" "wanted: ${message#\~}")
    else
        [ "$got" = "$message" ] || wrong+=("stderr: $got" "wanted: $message")
    fi
    [ -d run ] && [ -n "$(find run -type f)" ] && wrong+=("left behind: $(find run -type f | paste -sd' ')")
    if [ ${#wrong[@]} -eq 0 ]; then ok "$name"; else bad "$name" "spiketwin $*" "${wrong[@]}"; fi
}

train() { # NAME MESSAGE OPTIONS...: as `refuse`, of a train that would otherwise run
    local name=$1 message=$2
    shift 2
    refuse "$name" "$message" train -o run -d clips --held-percent 40 -e 1 -q "$@"
}

run train -o good -d clips --held-percent 40 -e 1 --hidden 8 -q ||
    bad "the input that is not bad" "$(<err.txt)"
run predict good/net.nir -d clips -n 3 || bad "the net that is not bad" "$(<err.txt)"
