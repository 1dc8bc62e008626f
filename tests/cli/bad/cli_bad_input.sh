#!/usr/bin/env bash
# Command lines, recordings and places of the result that must be refused.
#
#   tests/cli/bad/cli_bad_input.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
clips=$root/tests/lib/clips.py
# shellcheck disable=SC2317 # called by the trap in shell.sh
cleanup() { mountpoint -q "$tmp/disk" 2>/dev/null && umount "$tmp/disk"; }

# --- the command line -------------------------------------------------------------------------
run
expect "no verb: exit" 2 $?
expect "no verb: usage" "usage: spiketwin VERB [options]" "$(head -n 1 err.txt)"
expect "no verb: stdout" "" "$(<out.txt)"
see="\(see spiketwin"
refuse "unknown verb" "~spiketwin: trian: no such verb; did you mean train\? \(see spiketwin --help\)" trian
refuse "a verb like no other" "~spiketwin: simulate: no such verb \(see spiketwin --help\)" simulate
refuse "help of no verb" "~spiketwin: prediction: no such verb \(see spiketwin --help\)" help prediction
for verb in train predict drc replay info cosim; do
    refuse "$verb: unknown option" "~$verb: .*--nope.* \(see spiketwin $verb --help\)" $verb --nope
    refuse "$verb: unknown letter" "~$verb: .*-Z.* \(see spiketwin $verb --help\)" $verb -Z
    refuse "$verb: option without its value" "~$verb: .*--seed.* \(see spiketwin $verb --help\)" $verb --seed
done
refuse "train: one argument too many" "~train: .*surplus.*$see train --help\)" \
    train -o run -d clips --held-percent 40 -e 1 -q surplus
for verb in predict cosim; do
    refuse "$verb: one argument too many" "~$verb: .*surplus.*$see $verb --help\)" \
        $verb good/net.nir surplus -d clips
    refuse "$verb: no net" "$verb: NET is needed: the net.nir of a run folder" $verb -d clips
    refuse "$verb: no data" "$verb: --data DIR is needed" $verb good/net.nir -q
done
refuse "cosim: no data, before the RTL is built" "cosim: --data DIR is needed" cosim good/net.nir -q --build rtl
expect "cosim: no data, nothing was built" no "$([ -e rtl ] && echo yes || echo no)"
refuse "info: nothing" "info: a net.nir or a chip is needed" info
refuse "train: no folder" "train: --out DIR is needed" train -d clips
refuse "train: no data" "train: --data DIR is needed" train -o run

numbers="
--threads 0 1..1024
--threads 1.5 1..1024
--threads many 1..1024
--seed -1 0..9223372036854775807
--seed 9223372036854775808 0..9223372036854775807
--seed 0x10 0..9223372036854775807
--hidden 0 1..1024
--hidden 1025 1..1024
--epochs 0 1..100000
--batch 0 1..65536
--clips-per-chip 0 1..65536
--lr 0 1e-09..10
--lr nan 1e-09..10
--lr inf 1e-09..10
--lr 0.1x 1e-09..10
--lr-leak -1 0..1
--clip-norm 0 1e-09..1e+09
--surrogate -1 0..1000
--reset-grad 2 0..1
--logit-scale 0 1e-06..1000
--rate-target 2 0..1
--rate-weight -1 0..1e+06
--shift 1001 0..1000
--lr-front -1 0..10
--front-rate-target 2 0..1
--front-rate-weight -1 0..1e+06
--front-start 2 0..1
--topology-weight -1 0..1e+06
--magnitude-weight -1 0..1e+06
--magnitude-limit -1 0..1e+09
--patience -1 0..100000
--choose-from 2 0..1
--population 0 1..256
--xi 0 0.1..100
--mean 1 0..0.999
--share 0 0.001..0.999
--tau-hidden 0 0.1..100000
--tau-out 1e6 0.1..100000
--held-percent 0 1..90
--held-chips 65 1..64
"
while read -r option value allowed; do
    [ -z "$option" ] || train "$option=$value" "train: $option: $value, allowed $allowed" "$option=$value"
done <<<"$numbers"
for option in "--rate-kind below above, toward" "--signs free project, anneal" "--init zero gaussian, fluctuation" \
    "--condition half ideal, quantised, full"; do
    read -r name value allowed <<<"$option"
    train "$name=$value" "train: $name: $value, allowed $allowed" "$name=$value"
done
train "hidden: seven layers" "train: --hidden: 1,1,1,1,1,1,1, allowed 1..6 layers" --hidden 1,1,1,1,1,1,1
train "hidden: no number" "train: --hidden: 8x, allowed 1..1024" --hidden 8,8x
train "hidden: nothing" "train: --hidden: ,, allowed numbers with commas between them" --hidden ,
train "ablate what is ablated" \
    "train: --ablate: not with --condition or --resume; it trains under each condition" --ablate --condition ideal
train "from a net that is not there" "train: nowhere.nir: no such file" --from nowhere.nir
train "an empty number" "train: --lr: , allowed 1e-09..10" --lr=
for option in "--chips 0 1..10000000" "--chips 1e3 1..10000000" "--width 0 0.001..1" "--target-yield 2 0..1" \
    "--bootstrap 10 40..1000000" "--limit 1.01 0..1" "--limit nan 0..1" \
    "--relative-limit -0.1 0..1" "--split best train|held|validation|test"; do
    read -r name value allowed <<<"$option"
    refuse "predict $name=$value" "predict: $name: $value, allowed $allowed" \
        predict good/net.nir -d clips "$name=$value"
done
range="predict good/net.nir -d clips --chips"
# shellcheck disable=SC2086
{
    refuse "predict: chips 0..5" "predict: --chips: 0, allowed 1..2147483647" $range 0..5
    refuse "predict: chips 7..6" "predict: --chips: 6, allowed 7..10000006" $range 7..6
    refuse "predict: chips 7.." "predict: --chips: , allowed 7..10000006" $range 7..
    refuse "predict: chips of training" "predict: --chips: 2147483648, allowed 1..2147483647" \
        $range 2147483648..2147483649
}
knobs="weight_gain.local, weight_gain.die, weight_offset.local, weight_offset.die, threshold.local, threshold.die"
knobs="$knobs, leak.local, leak.die, decay.local, decay.die, gain.local, gain.die, input_gain.local, input_gain.die, jitter, stuck_bits, dead_neurons, bit_flips"
refuse "predict: a sweep of nothing known" "predict: --sweep: gravity, allowed all, or one of $knobs" \
    predict good/net.nir -d clips --sweep gravity
refuse "predict: a sweep of what is 0" \
    "predict: --sweep: leak.local is 0 in the chip file: say sizes, such as leak.local=0,0.05,0.1" \
    predict good/net.nir -d clips --sweep leak.local
refuse "predict: a sweep that goes back" "predict: --sweep: jitter=0.2,0.1, allowed are ascending sizes" \
    predict good/net.nir -d clips --sweep jitter=0.2,0.1
refuse "predict: a sweep beyond sense" "predict: --sweep: 0.7, allowed 0..0.5" \
    predict good/net.nir -d clips --sweep jitter=0.7
sed '/^tick:/,$d; s/^name: .*/name: law-only/' "$root/chips/fpga-q8.8.yaml" >law.yaml
refuse "predict: a chip without a front end" \
    "predict: chip law-only has no front end: it is run on vectors only" \
    predict good/net.nir -d clips --chip law.yaml
sed 's/filters:     {value: 16/filters:     {value: 12/' "$root/chips/fpga-q8.8.yaml" >twelve.yaml
refuse "predict: net and chip do not match" \
    "predict: good/net.nir: network: 16 inputs, the front end of fpga-q8.8 has 12 filters" predict good/net.nir -d clips --chip twelve.yaml
echo "not a state" >some.state
refuse "predict: no state file" "predict: some.state: not a state file of spiketwin predict" \
    predict good/net.nir -d clips -n 3 -q --state some.state
run predict good/net.nir -d clips -n 3 -q --state one.state
refuse "predict: the state of another seed" \
    "predict: one.state: of another prediction: it has seed=1, asked for is seed=2" \
    predict good/net.nir -d clips -n 3 -q -s 2 --state one.state
refuse "predict: a state in no folder" "predict: nowhere/a.state: No such file or directory" \
    predict good/net.nir -d clips -n 3 -q --state nowhere/a.state
refuse "replay: no net" "replay: NET is needed: the net.nir of a run folder" replay --virtual-chip 1
refuse "cosim: no data, told before Verilator is begun" "cosim: --data DIR is needed" cosim good/net.nir --build unbuilt -q
expect "cosim: nothing was built" no "$([ -e unbuilt ] && echo yes || echo no)"
refuse "replay: no chip" "replay: --virtual-chip K is needed: the number of a virtual chip" replay good/net.nir clips
refuse "replay: chip 0" "replay: --virtual-chip: 0, allowed 1..2147483647" replay good/net.nir clips --virtual-chip 0
refuse "replay: no data" "replay: --data DIR is needed" replay good/net.nir --virtual-chip 1 -q
refuse "replay: a clip that is not there" "replay: --clip: 8, allowed 0..7" replay good/net.nir clips --virtual-chip 1 -i 8
refuse "replay: one argument too many" "~replay: .*surplus.*$see replay --help\)" \
    replay good/net.nir clips surplus --virtual-chip 1
refuse "info --virtual-chip=4294967296" \
    "info: --virtual-chip: 4294967296, allowed 0..4294967295" info good/net.nir -k 4294967296

# --- folders of recordings --------------------------------------------------------------------
mkdir empty one one/low hollow hollow/{low,high}
cp clips/low/* one/low/
touch hollow/low/README
train "no such data folder" "train: nowhere: No such file or directory" -d nowhere
train "data is a file" "train: clips/validation_list.txt: Not a directory" -d clips/validation_list.txt
train "data folder without folders" "train: empty: no folder in it holds audio" -d empty
train "data folder with one word" "train: one: one word (\`low\`), allowed is 2 or more" -d one
train "word folders without audio" "train: hollow: no folder in it holds audio" -d hollow
train "word folders without audio, words named" "train: hollow/high: no audio files" -d hollow -w high,low
train "a word that is not there" "train: clips: no folder for the word \`mid\`" -w low,mid
train "a word twice" "train: --words: label \"low\": twice" -w low,low
train "an empty word" "train: --words: label \"\": 0 bytes, a label has 1..255" -w low,,high
train "a word outside the folder" "train: clips: no folder for the word \`../clips/low\`" -w ../clips/low,high
train "only one word" "train: clips: one word (\`low\`), allowed is 2 or more" -w low
train "nobody held back" \
    "~train: training: [0-9]+ training clips and 0 of held-back speakers; both must be above 0" \
    --held-percent 1
refuse "predict: a split without clips" "predict: clips: no clips in split test" \
    predict good/net.nir -d clips -S test
refuse "predict: a word that is not there" "predict: --words: high,other, the net was trained for high,low" \
    predict good/net.nir -d clips -w high,other
cp -r clips renamed && mv renamed/high renamed/mid && sed -i s/high/mid/ renamed/validation_list.txt
refuse "predict: a data set of other words" "predict: renamed: no folder for the word \`high\`" \
    predict good/net.nir -d renamed
refuse "predict: as many words, but others" "~predict: --words: .*(mid|low,mid).*" \
    predict good/net.nir -d renamed -w low,mid
cp -r clips three && cp -r clips/low three/mid && sed -n s/low/mid/p clips/validation_list.txt >>three/validation_list.txt
refuse "predict: more words than the net has" "predict: --words: 3 words, the net has 2" \
    predict good/net.nir -d three -w high,low,mid
run train -o able -d clips --held-percent 40 -e 20 -b 4 --hidden 8 -q
cp -r clips lopsided
for clip in lopsided/high/*; do # only validation speakers are left to say it
    grep -q "${clip#lopsided/}" clips/validation_list.txt || rm "$clip"
done
train "a word that nobody says in training" "train: word \`high\` has no training clips (40 % of speakers held back)" -d lopsided
run predict able/net.nir -d clips -n 3 --list
cp out.txt straight.txt
expect "a net that can tell the words apart" 100.00 "$(sed -nE 's/.*chip 0\) +([0-9.]+) %/\1/p' out.txt)"
run predict able/net.nir -d clips -n 3 --list -w low,high
if [ $? -eq 2 ] || cmp -s out.txt straight.txt; then
    ok "predict: the net's words in another order are refused or change nothing"
else
    bad "predict: the net's words in another order are refused or change nothing" \
        "-w low,high, of a net for high,low: $(grep 'chip 0)' out.txt), before: $(grep 'chip 0)' straight.txt)"
fi

lists() { # NAME MESSAGE LINE: a line more in validation_list.txt
    rm -rf listed && cp -r clips listed
    echo "$3" >>listed/validation_list.txt
    train "$1" "$2" -d listed
}
entries=$(wc -l <clips/validation_list.txt)
at="listed/validation_list.txt:$((entries + 1))"
lists "list: a clip that is not there" "train: $at: \`low/nobody.wav\` is not there" low/nobody.wav
lists "list: no word" "train: $at: \`nobody.wav\` names no clip, expected LABEL/FILE" nobody.wav
lists "list: one clip of a training speaker" \
    "~train: speaker speaker0 is in both train and validation: listed/[a-z]+/speaker0_nohash_.\.wav, listed/low/speaker0_nohash_0\.wav" \
    low/speaker0_nohash_0.wav
left=$(sed -n '$p' clips/validation_list.txt)
rm -rf listed && cp -r clips listed && echo "$left" >listed/testing_list.txt
train "list: a clip in both lists" \
    "train: listed/testing_list.txt:1: \`$left\` is in validation_list.txt as well" -d listed
rm -rf listed && cp -r clips listed && rm listed/validation_list.txt && mkdir listed/validation_list.txt
train "list: a folder" "~train: listed/validation_list.txt: Is a directory" -d listed
rm -rf listed && cp -r clips listed && cp listed/low/speaker0_nohash_0.wav listed/low/speaker0_nohash_0.flac
train "the same clip twice" \
    "~train: listed/low/speaker0_nohash_0.(wav|flac): the same clip as listed/low/speaker0_nohash_0.(wav|flac)" \
    -d listed

# --- sound files --------------------------------------------------------------------------------
sound() { # NAME MESSAGE: bad.wav in the place of a clip
    rm -rf sounds && cp -r clips sounds && rm -f sounds/low/speaker1_nohash_1.wav &&
        mv bad.wav sounds/low/speaker1_nohash_1.wav
    train "$1" "~train: sounds/low/speaker1_nohash_1.wav: $2" -d sounds
}
good=clips/low/speaker1_nohash_1.wav
: >bad.wav && sound "sound: empty" "empty file"
echo "this is not audio" >bad.wav && sound "sound: text" "not a sound file: .*"
head -c 64000 /dev/zero >bad.wav && sound "sound: zeros" "not a sound file: .*"
head -c 20 $good >bad.wav && sound "sound: half a header" "(not a sound file|truncated): .*"
head -c 44 $good >bad.wav && sound "sound: header only" "(truncated: .*|no samples)"
head -c 16044 $good >bad.wav &&
    sound "sound: cut off" "truncated: its header promises 32000 bytes, 16000 are there"
"$clips" wav bad.wav seconds=0 && sound "sound: no samples" "no samples"
"$clips" wav bad.wav code=3 value=nan && sound "sound: NaN" "sample 0 is not a finite number"
"$clips" wav bad.wav code=3 value=inf && sound "sound: infinite" "sample 0 is not a finite number"
"$clips" wav bad.wav rate=1 && sound "sound: 1 Hz" "(rate is 1 Hz, allowed is [0-9]+ to [0-9]+|truncated.*)"
"$clips" wav bad.wav rate=0 seconds=0 && sound "sound: 0 Hz" "(rate is 0 Hz, .*|not a sound file: .*)"
"$clips" wav bad.wav rate=4000000 && sound "sound: 4 MHz" "rate is 4000000 Hz, allowed is [0-9]+ to [0-9]+"
"$clips" wav bad.wav channels=200 seconds=0.1 && sound "sound: 200 channels" "200 channels, allowed is 1 to [0-9]+"
mkdir bad.wav && sound "sound: a folder" "not a file"
ln -s nowhere bad.wav && sound "sound: a link to nowhere" "No such file or directory"
ln -s /dev/zero bad.wav && sound "sound: a device" "not a file"

# --- where the result cannot go -----------------------------------------------------------------
refuse "out: in a place that takes no folders" "~train: /proc/nowhere: .*" train -o /proc/nowhere -d clips -q
refuse "out: below a file" "~train: clips/validation_list.txt/x: Not a directory" \
    train -o clips/validation_list.txt/x -d clips --held-percent 40 -e 1 -q
refuse "out: a file" "~train: clips/validation_list.txt.*: (Not a directory|File exists)" \
    train -o clips/validation_list.txt -d clips --held-percent 40 -e 1 -q
mkdir -p taken/net.nir
refuse "out: net.nir is a folder" \
    "train: taken: holds a run (net.nir): --resume goes on with it, --force removes it and begins anew, or name another --out" \
    train -o taken -d clips --held-percent 40 -e 1 -q
refuse "out: net.nir is a folder, --force" "train: taken/net.nir: Is a directory" \
    train -o taken -d clips --held-percent 40 -e 1 -q --force
expect "out: net.nir is a folder: nothing else is left" "net.nir" "$(ls -A taken)"
if [ "$(id -u)" -eq 0 ]; then
    left_out "an output folder without write permission" "root may write anywhere; run as another user"
else
    mkdir -m 555 readonly
    refuse "out: no permission" "train: readonly: Permission denied" \
        train -o readonly -d clips --held-percent 40 -e 1 -q
fi

to_full() { # NAME ARGUMENTS...: stdout is a full device
    local name=$1 rc
    shift
    timeout 60 "$spiketwin" "$@" >/dev/full 2>err.txt
    rc=$?
    sed -i '/: warning: /d' err.txt # of nets of one epoch
    expect "$name to a full device: exit" 2 $rc
    expect "$name to a full device: message" "spiketwin $1: standard output: No space left on device" "$(<err.txt)"
}
if [ -c /dev/full ]; then
    to_full "predict --json" predict good/net.nir -d clips -n 2 -q --json
    to_full "predict, table" predict good/net.nir -d clips -n 2 -q
    to_full "info --json" info good/net.nir --json
    to_full "info, table" info good/net.nir
    to_full "train --json" train -o run -d clips --held-percent 40 -e 1 -q --json
    to_full "train, text" train -o run --force -d clips --held-percent 40 -e 1 -q
else
    left_out "a full device" "no /dev/full"
fi

# A disk that fills up at every possible moment: a clear end, and what is there is whole.
mkdir disk
if mount -t tmpfs -o size=16k none disk 2>/dev/null; then
    run train -o roomy -d clips --held-percent 40 -e 1 -q -R || bad "a disk with room" "$(<err.txt)"
    ends='' litter='' torn='' messages='' full=0 enough=0
    for ((kb = 16; kb <= 512; kb += 16)); do
        mount -o remount,size=${kb}k disk
        rm -rf disk/run
        run train -o disk/run -d clips --held-percent 40 -e 1 -q -R
        rc=$?
        sed -i '/: warning: /d' err.txt # of a net of one epoch
        case $rc in
        0) enough=$((enough + 1)) ;;
        2) full=$((full + 1)) ;;
        *) ends+=" $kb kB: exit $rc" ;;
        esac
        [ $rc -eq 0 ] || [[ $(<err.txt) =~ ^spiketwin\ train:\ disk/run/[a-z.0-9]+:\ [^$'\n']+$ ]] ||
            messages+=" $kb kB: $(<err.txt)"
        [ -z "$(find disk -name '.*')" ] || litter+=" $kb kB: $(find disk -name '.*')"
        for file in checkpoint.h5 net.nir; do
            [ ! -e disk/run/$file ] || cmp -s disk/run/$file roomy/$file || torn+=" $kb kB: $file"
        done
    done
    expect "a disk that fills up: exit 0 or 2" "" "$ends"
    expect "a disk that fills up: one line says what could not be written" "" "$messages"
    expect "a disk that fills up: no temporary file is left" "" "$litter"
    expect "a disk that fills up: no torn file has a final name" "" "$torn"
    expect "a disk that fills up: it did, and did not" yes \
        "$([ $full -gt 2 ] && [ $enough -gt 2 ] && echo yes || echo "$full full, $enough enough")"
else
    left_out "a full disk" "a tmpfs cannot be mounted here"
fi
finish
