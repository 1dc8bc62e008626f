#!/usr/bin/env bash
# Folders of recordings from outside: what is honoured, refused, counted and said before anything is learnt.
#
#   tests/cli/train/data.sh [PROGRAM]     cases: SPIKETWIN_CASES, or ../shared/cases beside the tree
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
clips=$root/tests/lib/clips.py
cases=${SPIKETWIN_CASES:-$root/../shared/cases}
cd "$tmp" || exit 2
run() { timeout 120 "$spiketwin" "$@" >out.txt 2>err.txt </dev/null; }
aloud() { rm -rf run && run train -o run -d clips --held-percent 40 -e 1 --hidden 4 "$@"; }
train() { aloud -q "$@"; }
again() { rm -rf clips run && cp -r all clips; } # a folder in order, to be changed

# said NAME RC TEXT...: exit 0, and the texts are the lines on stderr, but for what is said of nets that hardly learnt
said() {
    local name=$1 rc=$2 line wanted
    shift 2
    expect "$name: exit" 0 "$rc"
    wanted=$(printf '%s\n' "$@")
    line=$(sed -E 's/^spiketwin [a-z]+: warning: //' err.txt |
        grep -vE '^(epoch|[0-9]+ of [0-9]+ (virtual )?chips|the nominal chip|the virtual chip|virtual chips:?) ')
    expect "$name: said" "$wanted" "$line"
}

# refused NAME RC REGEX: exit 2 and one line
refused() {
    expect "$1: exit" 2 "$2"
    if [[ $(sed -E 's/^spiketwin [a-z]+: //' err.txt) =~ ^$3$ ]]; then ok "$1: message"; else bad "$1: message" "$(<err.txt)" "wanted: $3"; fi
}

"$clips" corpus all || exit 2

# --- the line before training -------------------------------------------------------------------
again
aloud
expect "a line before training" \
    "data: 2 words, 32 clips: train 16 of 4 speakers, held 8 of 2 speakers, validation 8 of 2 speakers; speakers by names SPEAKER_nohash_N" \
    "$(head -n 1 err.txt)"
train
said "quiet: nothing" $? ""
expect "the data in the provenance" "clips names SPEAKER_nohash_N 16" "$(python3 -c '
import json
d = json.load(open("run/train.json"))["provenance"]["data"]
print(d["folder"], d["speakers"], len(d["hash"]))')"
cp run/net.nir .

# --- who speaks ---------------------------------------------------------------------------------
names() { # the same clips with the speaker elsewhere in the name
    again
    for f in clips/*/*; do mv "$f" "$(sed -E 's/speaker(.)_nohash_(.)/take\2-of\1/' <<<"$f")"; done
    sed -i -E 's/speaker(.)_nohash_(.)/take\2-of\1/' clips/validation_list.txt
}
names
train
said "names that say nothing" $? "32 of 32 clips have no name SPEAKER_nohash_N: each such file is a speaker of its own, and \
accuracy on speakers held back flatters (--speaker, or speakers.txt)"
aloud --speaker 'of([0-9])'
expect "--speaker: speakers" 8 "$(head -n 1 err.txt | grep -oE 'of [0-9]+ speakers' | awk '{n += $2} END {print n}')"
expect "--speaker: said" "speakers by --speaker" "$(sed -nE '1s/.*; //p' err.txt)"
expect "--speaker is in the provenance" "of([0-9])" "$(python3 -c '
import json
print(json.load(open("run/train.json"))["provenance"]["data"]["speakers"])')"
before=$(python3 -c 'import json; print(json.load(open("run/train.json"))["provenance"]["data"]["hash"])')
(cd clips && for f in */*; do printf '%s\t%s\n' "$f" "$(sed -E 's/.*of(.).*/\1/' <<<"$f")"; done) >speakers.txt
cp speakers.txt clips/
aloud
expect "speakers.txt" "speakers by speakers.txt" "$(sed -nE '1s/.*; //p' err.txt)"
expect "speakers.txt names the same speakers, so it is the same data" "$before" \
    "$(python3 -c 'import json; print(json.load(open("run/train.json"))["provenance"]["data"]["hash"])')"
sed -i 1d clips/speakers.txt
train
refused "speakers.txt without one clip" $? "clips/speakers.txt: no entry for \`high/take0-of0.wav\`"
train --speaker 'of([0-6])'
refused "--speaker that does not match one clip" $? \
    "clips/high/take0-of7.wav: --speaker \`of\(\[0-6\]\)\` matches nothing in \`high/take0-of7.wav\`"
train --speaker '(of'
refused "--speaker that is no expression" $? "--speaker: \`\(of\`: .*"
train --speaker '(take)'
refused "--speaker: one for all" $? "speaker take is in both train and validation: .*"
again
for f in clips/*/*_nohash_1.wav; do rm "$f"; done
rm clips/low/* && cp all/low/*_nohash_1.wav clips/low/ && rm clips/validation_list.txt
for f in clips/low/*; do mv "$f" "clips/low/other$(basename "$f")"; done
train
said "each speaker has one clip" $? "each of 16 speakers has one clip: accuracy on speakers held back flatters if some of \
them are the same (--speaker, or speakers.txt)"

# --- what is not heard as it is -----------------------------------------------------------------
again
touch clips/low/cover.jpg && mkdir clips/papers && touch clips/papers/a.pdf
echo "other/x_nohash_0.wav" >>clips/validation_list.txt
"$clips" wav clips/low/speaker0_nohash_5.wav seconds=2 value=1000
"$clips" wav clips/low/speaker0_nohash_6.wav seconds=1 value=0
"$clips" wav clips/low/speaker0_nohash_7.wav seconds=1 code=3 value=1.25
train
said "all that is counted" $? \
    "1 files or folders in the words' folders are no sound by their extension and are not heard, such as low/cover.jpg" \
    "1 folders hold files but no sound, so they are no words, such as papers" \
    "validation_list.txt: 1 entries of 1 folders that are not here" \
    "1 of 27 clips are longer than 1000 ms: the rest is not heard (up to 2000 ms, clips/low/speaker0_nohash_5.wav)" \
    "16000 samples of 1 clips are over full scale and are clipped, such as clips/low/speaker0_nohash_7.wav" \
    "1 of 27 clips are silent (every sample that is heard is 0), such as clips/low/speaker0_nohash_6.wav"
again
"$clips" wav clips/low/speaker0_nohash_5.wav code=3 value=12000
train
refused "floats at the scale of integers" $? \
    "clips/low/speaker0_nohash_5.wav: its peak is 12000, full scale of floats is 1 .*"

# --- folders that are only tested ---------------------------------------------------------------
again
mkdir tested && cp -r all/high all/low tested/
rm tested/*/speaker[0-5]_*                     # the speakers of validation
(cd tested && ls ./*/*.wav) >tested/testing_list.txt # ./high/...: with ./ in front
for verb in predict cosim gen; do
    options=(-q)
    [ $verb = gen ] && options=(-n 2 -q)
    [ $verb = cosim ] && options=(-n 2 -q --build "$root/build/dut")
    run $verb net.nir -d tested -S test "${options[@]}"
    said "$verb of a folder that is only tested" $? ""
done
rm tested/testing_list.txt
run predict net.nir -d tested -S train -n 2 -q
said "predict of a folder without lists" $? ""
run predict net.nir -d tested -S test -n 2 -q
refused "predict of a split without clips" $? "tested: no clips in split test"
rm -rf run && run train -o run -d tested -q --held-percent 1
refused "a folder of too few speakers to hold one back" $? "training: 8 training clips and 0 of held-back speakers; .*"
cp all/high/speaker0_nohash_1.wav tested/high/ # whom net.nir was trained on
for verb in predict cosim gen; do
    run $verb net.nir -d tested -S train -q
    refused "$verb of a folder that shares a speaker with training" $? \
        "tested: 1 of 9 clips of split train are of speakers whom the net was trained on, such as speaker0 of \
tested/high/speaker0_nohash_1.wav"
done
(cd tested && ls */*.wav) >tested/testing_list.txt
run predict net.nir -d tested -S test
refused "the same by a list" $? "tested: 1 of 9 clips of split test are of speakers whom the net was trained on, .*"
run predict net.nir -d all -S train -n 1 -q
said "the folder that it was trained on" $? ""
rm tested/testing_list.txt tested/high/speaker0_nohash_1.wav
echo "high/speaker6_nohash_0.wav" >tested/testing_list.txt
rm -rf run && run train -o run -d tested -q
refused "a speaker on two sides" $? "speaker speaker6 is in both train and test: .*"

# --- the shared cases ---------------------------------------------------------------------------
if [ -d "$cases/lists" ]; then
    splits() { # the sizes of validation and of train and held
        run predict run/net.nir -d case -S validation -n 1 -q && a=$(sed -nE 's/.* on ([0-9]+) clips.*/\1/p' out.txt)
        run predict run/net.nir -d case -S train -n 1 -q && b=$(sed -nE 's/.* on ([0-9]+) clips.*/\1/p' out.txt)
        echo "$a $b"
    }
    for list in good dotslash bom absolute; do
        rm -rf case run && cp -r "$cases/lists/corpus" case && chmod -R u+w case
        cp "$cases/lists/$list.txt" case/validation_list.txt
        run train -o run -d case --held-percent 40 -e 1 --hidden 4 -q
        rc=$?
        if [ $list = absolute ]; then
            refused "list $list" $rc "case/validation_list.txt:1: \`/data/corpus/yes/yess7.wav\` names no clip, .*"
        else
            expect "list $list: 8 clips of validation, 32 of training" "8 32" "$(splits)"
        fi
    done
    hear() { # FILE: in the place of a clip
        again
        rm clips/low/speaker0_nohash_0.wav
        cp "$cases/audio/$1" "clips/low/speaker0_nohash_0.${1##*.}"
        train
    }
    at="clips/low/speaker0_nohash_0"
    hear cut_vorbis.ogg
    refused "cut_vorbis.ogg" $? "$at.ogg: truncated: the last page of its stream is not there"
    hear cut_rf64.wav
    refused "cut_rf64.wav" $? "$at.wav: truncated: its header promises 8000 bytes, 3948 are there"
    hear cut_nist.wav
    refused "cut_nist.wav" $? "$at.wav: truncated: its header promises 8000 bytes, 3488 are there"
    hear float_int16_scale.wav
    refused "float_int16_scale.wav" $? "$at.wav: its peak is 20559, full scale of floats is 1 .*"
    hear ffmpeg_pipe.wav
    said "ffmpeg_pipe.wav" $? ""
    hear word_after_1s.wav
    said "word_after_1s.wav" $? \
        "1 of 24 clips are longer than 1000 ms: the rest is not heard (up to 1200 ms, $at.wav)"
else
    left_out "the shared cases" "$cases is not there (set SPIKETWIN_CASES)"
fi
finish
