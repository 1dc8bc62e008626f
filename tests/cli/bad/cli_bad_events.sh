#!/usr/bin/env bash
# Files of events and arrays that must be refused, each in one line, and before memory is taken for what is not there.
#
#   tests/cli/bad/cli_bad_events.sh [PROGRAM]
# shellcheck source=tests/lib/shell.sh
. "$(dirname "$0")/../../lib/shell.sh"
# shellcheck source=tests/lib/refuse.sh
. "$root/tests/lib/refuse.sh"
python=${SPIKETWIN_NIR_PYTHON:-$root/build/python/bin/python}

train() { # NAME MESSAGE FILE OPTIONS...
    local name=$1 message=$2 file=$3
    shift 3
    # 2 GB of address space: what takes more is stopped by it and says something else
    [[ $message == "~"* ]] && message="~train: ${message#\~}" || message="train: $message"
    (ulimit -v 2000000 && refuse "$name" "$message" train -o run -d "$file" -e 1 -q "$@") >said.txt
    cat said.txt
    if grep -q ^ok said.txt; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
}

# What needs no NumPy to be written: .npy and .npz by hand.
python3 - <<'EOF' || exit 2
import struct, zipfile

def npy(kind, shape, values=b"", order=False, head=None, version=1):
    head = head or repr({"descr": kind, "fortran_order": order, "shape": shape})
    head = head.encode() + b" " * (-(len(head) + 11) % 64) + b"\n"
    size = struct.pack("<H", len(head)) if version == 1 else struct.pack("<I", len(head))
    return b"\x93NUMPY" + bytes([version, 0]) + size + head + values

def npz(path, pack=zipfile.ZIP_DEFLATED, **arrays):
    with zipfile.ZipFile(path, "w", pack) as z:
        for name, x in arrays.items():
            z.writestr(name + ".npy", x)

def reals(*x): return npy("<f8", (len(x),), struct.pack(f"<{len(x)}d", *x))
def wholes(*x): return npy("<i8", (len(x),), struct.pack(f"<{len(x)}q", *x))
def file(path, bytes):
    with open(path, "wb") as f: f.write(bytes)

good = dict(times=reals(0, .1, .2, .3), units=wholes(0, 1, 2, 3), offsets=wholes(0, 2, 4), labels=wholes(0, 1))
npz("unordered.npz", **{**good, "times": reals(.1, 0, .2, .3)})
npz("negative.npz", **{**good, "times": reals(-1e-9, 0, .2, .3)})
npz("nan.npz", **{**good, "times": reals(0, float("nan"), .2, .3)})
npz("never.npz", **{**good, "times": reals(0, .1, .2, 1e9)})
npz("unit.npz", **{**good, "units": wholes(0, 1, 2, 4096)})
npz("unit_negative.npz", **{**good, "units": wholes(0, 1, -2, 3)})
npz("unit_real.npz", **{**good, "units": reals(0, 1, 2, 3)})
npz("lengths.npz", **{**good, "units": wholes(0, 1, 2)})
npz("offsets.npz", **{**good, "offsets": wholes(0, 2, 5)})
npz("offsets_back.npz", **{**good, "offsets": wholes(0, 3, 2)})
npz("offsets_few.npz", **{**good, "offsets": wholes(0, 4)})
npz("offsets_begin.npz", **{**good, "offsets": wholes(1, 2, 4)})
npz("offsets_end.npz", **{**good, "offsets": wholes(0, 2, 3)})
npz("whole.npz", **{**good, "times": wholes(0, 1, 2, 3)})
npz("label.npz", **{**good, "labels": wholes(0, -1)})
npz("label_key.npz", **{**good, "labels": wholes(0, 2), "keys": npy("<U1", (2,), "ab".encode("utf-32-le"))})
npz("label_one.npz", **{**good, "labels": wholes(3, 3)})
npz("label_real.npz", **{**good, "labels": reals(0, 1)})
npz("no_labels.npz", **{k: v for k, v in good.items() if k != "labels"})
npz("nothing.npz", y=reals(1))
npz("pickle.npz", **{**good, "times": npy("|O", (4,), b"cos\nsystem\n(S'touch ran'\ntR.")})
npz("not_npy.npz", **{**good, "times": b"hello"})
n = 10**9
npz("bomb.npz", **{**good, "times": npy("<f8", (n // 8,), bytes(n))})
npz("bomb_array.npz", x=npy("|u1", (1000, 200, 1000), bytes(n // 5)), labels=wholes(*range(1000)))
npz("promise.npz", **{**good, "times": npy("<f8", (n,), bytes(32))})
each = dict(labels=wholes(0, 1), times_0=reals(0), units_0=wholes(1))
npz("each_missing.npz", **each)
npz("each_more.npz", **{**each, "times_1": reals(0), "units_1": wholes(1), "times_2": reals(0)})
whole = open("unit.npz", "rb").read()
file("cut.npz", whole[:-30])
broken = bytearray(open("unordered.npz", "rb").read())
npz("stored.npz", zipfile.ZIP_STORED, **good)
broken = bytearray(open("stored.npz", "rb").read())
broken[broken.find(b"NUMPY") + 130] ^= 1
file("crc.npz", broken)
file("not.npz", b"PK\x03\x04 and no more")

for name, x in {
    "dims": npy("|u1", (2, 3), bytes(6)),
    "fortran": npy("|u1", (2, 3, 4), bytes(24), True),
    "pickle": npy("|O", (2, 3, 4), b"cos\nsystem\n(S'touch ran'\ntR."),
    "big": npy("|u1", (1000000, 1000, 1000), bytes(24)),
    "negative": npy("<i2", (2, 3, 4), struct.pack("<24h", *([0] * 23 + [-1]))),
    "nan": npy("<f4", (2, 3, 4), struct.pack("<24f", *([0] * 23 + [float("nan")]))),
    "inputs": npy("|u1", (2, 1, 5000), bytes(10000)),
    "ticks": npy("|u1", (2, 70000, 1), bytes(140000)),
    "complex": npy("<c8", (2, 3, 4), bytes(192)),
}.items():
    file(f"{name}.npy", x)
    file(f"{name}_labels.npy", wholes(0, 1))
file("more.npy", npy("|u1", (2, 3, 4), bytes(24)))
file("more_labels.npy", wholes(0, 1, 0))
file("csv.npy", npy("|u1", (2, 3, 4), bytes(24)))
file("csv_labels.csv", b"label\na\n")
file("alone.npy", npy("|u1", (2, 3, 4), bytes(24)))
file("tape.aedat4", b"#!AER-DAT4.0\r\n")
file("shd_train.h5.gz", b"\x1f\x8b")
file("not.h5", b"no HDF5")
file("utf16.csv", "item,time,unit,label\n".encode("utf-16"))
with open("huge.csv", "w") as f:
    f.write("item,time,unit,label\na,0," + "9" * 100 + ",x\n")
EOF

train "times that fall" "unordered.npz: item 0: event 1: time 0 behind one of 0.1, allowed ascending times" unordered.npz
train "a negative time" "negative.npz: item 0: event 0: time -1e-09, allowed 0 and more" negative.npz
train "a time that is none" "nan.npz: item 0: event 1: time nan, allowed 0 and more" nan.npz
train "a time beyond all ticks" \
    "never.npz: item 1: event 1: time 1e+09 is tick 1.25e+11, allowed below 65535 (--ticks N hears the first N)" never.npz
train "a unit that no layer has" "unit.npz: item 1: event 1: unit 4096, allowed 0..4095" unit.npz
train "a unit beyond --units" "unordered.npz: item 0: event 1: time 0 behind one of 0.1, allowed ascending times" unordered.npz --units 2
train "a negative unit" "unit_negative.npz: item 1: event 0: unit -2, allowed 0..4095" unit_negative.npz
train "units that are no whole numbers" "unit_real.npz: units: allowed whole numbers in one dimension" unit_real.npz
train "more times than units" "lengths.npz: 4 times, 3 units, allowed as many" lengths.npz
offsets="allowed ascending from 0 to 4, the number of events"
train "offsets beyond the events" "offsets.npz: item 1: offsets 2..5, $offsets" offsets.npz
train "offsets that fall" "offsets_back.npz: item 1: offsets 3..2, $offsets" offsets_back.npz
train "too few offsets" "offsets_few.npz: offsets: allowed 3 whole numbers in one dimension, one more than items" offsets_few.npz
train "events before the first" "offsets_begin.npz: item 0: offsets 1..2, $offsets" offsets_begin.npz
train "events behind the last" "offsets_end.npz: item 1: offsets 2..3, $offsets" offsets_end.npz
train "whole times of no unit" \
    "whole.npz: item 0: times are whole numbers of no unit: --time-unit s, ms, us, ns or ticks says it" whole.npz
train "a negative label" "label.npz: item 1: label -1, allowed 0 and more" label.npz
train "a label without a key" "label_key.npz: item 1: label 2, allowed 0..1, which have keys" label_key.npz
train "one label" "label_one.npz: one label (\`3\`), allowed is 2 or more" label_one.npz
train "labels that are no whole numbers" \
    "label_real.npz: labels, speakers, splits: allowed whole numbers or text, as many as labels (2)" label_real.npz
train "no labels" "no_labels.npz: no array \`labels\`" no_labels.npz
train "none of the arrays" \
    "nothing.npz: no array \`x\`, nor \`times\`, \`units\` and \`offsets\`, nor \`times_0\`, \`units_0\`, .." nothing.npz
train "a pickle" "pickle.npz: times: Python objects, a pickle, which is never read; allowed numbers or text" pickle.npz
train "an entry that is no array" "not_npy.npz: times: not a .npy array: no such head" not_npy.npz
train "1e9 bytes of events in a small file" \
    "~bomb.npz: times: 10000001[0-9]* bytes unpacked, allowed is 64 times the file and 16 MiB, of which [0-9]+ are left" bomb.npz
train "2e8 values in a small file" \
    "~bomb_array.npz: x: 2000001[0-9]* bytes unpacked, allowed is 64 times the file and 16 MiB, of which [0-9]+ are left" \
    bomb_array.npz
train "1e9 events that are promised" \
    "promise.npz: times: shape (1000000000,) of 8 bytes each, only 32 bytes are there" promise.npz
train "an item without its arrays" "each_missing.npz: item 1: no array \`times_1\`" each_missing.npz
train "more arrays than labels" "each_more.npz: \`times_2\`, but 2 labels" each_more.npz
train "a zip that is cut" "~cut.npz: not a .npz file, or damaged: .*" cut.npz
train "a zip with a wrong checksum" \
    "~crc.npz: times: damaged: it does not unpack to the [0-9]+ bytes that it promises" crc.npz
train "no zip" "~not.npz: not a .npz file, or damaged: .*" not.npz
train "no clips, ticks, inputs" "dims.npy: 2 dimensions, allowed numbers in 3: clips, ticks, inputs" dims.npy
train "Fortran order" "fortran.npy: in Fortran order, allowed rows one after the other (numpy.ascontiguousarray)" fortran.npy
train "a pickled array" "pickle.npy: Python objects, a pickle, which is never read; allowed numbers or text" pickle.npy
train "an array that is not there" \
    "big.npy: shape (1000000,1000,1000) of 1 bytes each, only 24 bytes are there" big.npy
train "a negative value" "negative.npy: item 1: value 11 is -1, allowed 0 and more" negative.npy
train "a value that is none" "nan.npy: item 1: value 11 is nan, allowed 0 and more" nan.npy
train "too many inputs" "inputs.npy: item 0: 5000 inputs, allowed 1..4096" inputs.npy
train "too many ticks" "ticks.npy: item 0: 70000 ticks, allowed 1..65535" ticks.npy
train "complex numbers" "complex.npy: type \`<c8\`, allowed b1, i1..i8, u1..u8, f2, f4, f8, U or S of up to 1024" complex.npy
train "more labels than clips" "more.npy: 3 labels, allowed 2, one a clip" more.npy
train "fewer labels than clips" "csv_labels.csv: 1 labels, allowed 2, one a clip" csv.npy
train "no labels beside it" \
    "alone.npy: no labels: allowed alone_labels.npy, .csv, or labels.npy, .csv beside it" alone.npy
train "AEDAT4" "~tape.aedat4: AEDAT4 is not read: .*" tape.aedat4
train "packed as a whole" "shd_train.h5.gz: compressed as a whole: gunzip first" shd_train.h5.gz
train "no HDF5" "not.h5: not an HDF5 file, or damaged" not.h5
train "UTF-16" "utf16.csv: not UTF-8 text (UTF-16?): a 0 byte in it" utf16.csv
train "a unit of a hundred digits" "~huge.csv:2: unit \`9{40}\`, allowed whole numbers" huge.csv
expect "nothing of a pickle ran" "" "$(find . -name ran)"

# Options of one kind of data with another; data that the net does not fit.
refuse "ticks of recordings" "train: --ticks: allowed of events and arrays, clips are recordings" train -o run -d clips --ticks 9
printf 'item,time,unit,label\na,0,16,high\nb,0,1,low\n' >two.csv
refuse "a unit beyond the net's inputs" "predict: two.csv: item a: event 0: unit 16, allowed 0..15, the net's inputs" \
    predict good/net.nir -d two.csv -q
printf 'item,time,unit,label\na,0,1,high\nb,0,1,other\n' >two.csv
refuse "a label beyond the net's" \
    "predict: two.csv: item b: label \`other\`, allowed the 2 of the net (--labels names them, and passes over others)" \
    predict good/net.nir -d two.csv -q
refuse "units of a net" "predict: --units: of training; the net has its inputs" predict good/net.nir -d two.csv --units 16 -q

if "$python" -c 'import h5py, numpy' 2>/dev/null; then
    "$python" - <<'EOF' || exit 2
import h5py, numpy as np

def shd(path, times, units=((0, 1), (2, 3)), labels=(0, 1), kind=np.float32, keys=None, **pack):
    with h5py.File(path, "w") as f:
        n = len(times)
        t = f.create_dataset("spikes/times", (n,), dtype=h5py.vlen_dtype(kind), **pack)
        u = f.create_dataset("spikes/units", (len(units),), dtype=h5py.vlen_dtype(np.int32), **pack)
        for i in range(n): t[i] = np.array(times[i], kind)
        for i in range(len(units)): u[i] = np.array(units[i], np.int32)
        f["labels"] = np.array(labels)
        if keys: f["extra/keys"] = np.array(keys, "S")

good = ((0, .5), (.1, .2))
shd("falls.h5", ((0, .5), (.25, .125)))
shd("negative.h5", ((-.5, .5), (.1, .2)))
shd("nan.h5", ((0, np.nan), (.1, .2)))
shd("unit.h5", good, ((0, 1), (2, 70000)))
shd("lengths.h5", good, ((0, 1), (2,)))
shd("labels.h5", good, labels=(0, 1, 2))
shd("keys.h5", good, labels=(0, 5), keys=("a", "b"))
shd("twice.h5", good, labels=(0, 1), keys=("a", "a"))
shd("whole.h5", ((0, 1), (2, 3)), kind=np.int64)
shd("real_labels.h5", good, labels=(0., 1.))
with h5py.File("bomb.h5", "w") as f:
    for name in ("spikes/times", "spikes/units"):
        f.create_dataset(name, (10**9,), dtype=h5py.vlen_dtype(np.uint16), chunks=(10**6,), compression="gzip")
    f["labels"] = [0]
with h5py.File("flat.h5", "w") as f:
    f["times"] = [0.]
EOF
    train "SHD: times that fall" "falls.h5: item 1: event 1: time 0.125 behind one of 0.25, allowed ascending times" falls.h5
    train "SHD: a negative time" "negative.h5: item 0: event 0: time -0.5, allowed 0 and more" negative.h5
    train "SHD: a time that is none" "nan.h5: item 0: event 1: time nan, allowed 0 and more" nan.h5
    train "SHD: a unit that no layer has" "unit.h5: item 1: event 1: unit 70000, allowed 0..4095" unit.h5
    train "SHD: more times than units" "lengths.h5: item 1: 2 times, 1 units, allowed as many" lengths.h5
    train "SHD: more labels than items" "labels.h5: /labels: 3 items, allowed 2, as many as /spikes/times" labels.h5
    train "SHD: a label without a key" "keys.h5: item 1: label 5, allowed 0..1, which have keys" keys.h5
    train "SHD: a key twice" "twice.h5: /extra/keys: key 1: label \"a\": twice" twice.h5
    train "SHD: whole times of no unit" \
        "whole.h5: times are whole numbers of no unit: --time-unit s, ms, us, ns or ticks says it" whole.h5
    train "SHD: labels that are no whole numbers" "real_labels.h5: /labels: allowed whole numbers" real_labels.h5
    train "SHD: 1e9 items in a small file" "bomb.h5: /spikes/times: 1000000000 items, allowed up to 10000000" bomb.h5
    train "another layout" "flat.h5: no /spikes/times: not in the layout of SHD" flat.h5
else
    left_out "HDF5 files that are refused" "no Python with h5py and numpy (scripts/install)"
fi
finish
