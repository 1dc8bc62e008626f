#!/usr/bin/env python3
"""Traces of SC-NeuroCore's and Xylo's laws at widths, shapes and corners that no published trace has.

    make.py DIR    writes DIR/scneurocore and DIR/xylo, in the formats of ../shared/data

The laws are written here once more, in Python's own integers, from their descriptions; nothing of
model/ is used. Seeds are fixed: the same files every time.
"""
import json
import pathlib
import random
import sys


def wrap(x, bits):
    return (x + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)


def saturate(x):
    return max(-32768, min(32767, x))


def lif_set(rng, name, width, fraction, rest, reset, threshold, period, ticks=600):
    top, one = 2 ** (width - 1), 2**fraction
    corners = [0, 1, -1, one, -one, top - 1, -top]
    wild = lambda: rng.choice(corners) if rng.random() < 0.5 else rng.randrange(-top, top)
    calm = lambda scale: int(rng.gauss(0, 1) * one * scale)
    v, rc, rows = rest, 0, []
    for t in range(ticks):
        if t % 3:
            leak, gain, current, noise = one // 8, one, calm(0.4), calm(0.05)
        else:
            leak, gain, current, noise = wild(), wild(), wild(), wild()
        noise = max(-top, min(top - 1, noise))
        current = max(-top, min(top - 1, current))
        spike = 0
        if rc > 0:
            rc, v = rc - 1, rest
        else:
            v = wrap(v + (rest - v) * leak // one + current * gain // one + noise, width)
            if v >= threshold:
                spike, v, rc = 1, reset, period
        rows.append((t, leak, gain, current, noise, spike, v, rc))
    params = dict(name=name, file=name + ".csv", ticks=ticks, data_width=width, fraction=fraction, v_rest=rest,
                  v_reset=reset, v_threshold=threshold, refractory_period=period)
    return params, rows


def write_lif(folder):
    rng = random.Random(1)
    folder.mkdir(parents=True)
    sets = []
    for name, *of in [("w4", 4, 1, 0, 0, 2, 1), ("w8", 8, 4, -3, -5, 40, 0), ("w12", 12, 8, 0, 0, 256, 3),
                      ("w16f0", 16, 0, 7, -7, 900, 2), ("w24", 24, 12, 100, 50, 4096, 255),
                      ("w32", 32, 16, 0, 0, 65536, 2), ("w32_low", 32, 16, -9999, -65536, -100, 1)]:
        params, rows = lif_set(rng, name, *of)
        sets.append(params)
        with open(folder / params["file"], "w") as f:
            f.write("t,leak_k,gain_k,I_t,noise_in,spike,v,refractory_counter\n")
            f.writelines(",".join(map(str, row)) + "\n" for row in rows)
    sets.append(dict(sets[0], name="not_there", file="not_there.csv"))
    (folder / "params.json").write_text(json.dumps({"sets": sets}, indent=1))


def decayed(x, shift):
    step = x >> shift
    return x - (1 if step == 0 and x > 0 else step)


def write_xylo(folder, name, seed, n_in, n_hidden, n_out, synapses, shift, aliases, ticks=120):
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    code = lambda: (rng.randrange(-128, 128) if rng.random() < 0.2 else rng.randrange(-25, 60)) // (9 if aliases else 1)
    p = dict(w_in=[[[code() for _ in range(n_hidden)] for _ in range(n_in)] for _ in range(synapses)],
             w_rec=[[[code() // 3 for _ in range(n_hidden)] for _ in range(n_hidden)] for _ in range(synapses)],
             w_out=[[code() for _ in range(n_out)] for _ in range(n_hidden)],
             shift_in=shift, shift_rec=shift // 2, shift_out=shift,
             threshold=[rng.randrange(1, 900) for _ in range(n_hidden)],
             threshold_out=[rng.randrange(1, 900) for _ in range(n_out)],
             dash_mem=[rng.randrange(0, 8) for _ in range(n_hidden)], dash_mem_out=[rng.randrange(1, 8) for _ in range(n_out)],
             dash_syn=[[rng.randrange(0, 8) for _ in range(synapses)] for _ in range(n_hidden)],
             dash_syn_out=[[rng.randrange(1, 8)] for _ in range(n_out)],
             bias=[rng.randrange(-20, 20) for _ in range(n_hidden)], bias_out=[rng.randrange(-20, 20) for _ in range(n_out)],
             aliases=[[aliases[n]] if n in aliases else [] for n in range(n_hidden)])
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "parameters": p}))
    u = [[0] * n_hidden for _ in range(synapses)]
    v, uo, vo, before, rows = [0] * n_hidden, [0] * n_out, [0] * n_out, [0] * n_hidden, []
    for t in range(ticks):
        x = [rng.choice([0, 0, 0, 1, 2, 15, 40]) for _ in range(n_in)]
        heard, own = [min(15, i) for i in x], [0] * n_hidden
        row = [t] + x
        for n in range(n_hidden):
            for s in range(synapses):
                for i in range(n_in):
                    u[s][n] = saturate(u[s][n] + (p["w_in"][s][i][n] << p["shift_in"]) * heard[i])
                for m in range(n_hidden):
                    u[s][n] = saturate(u[s][n] + (p["w_rec"][s][m][n] << p["shift_rec"]) * before[m])
                u[s][n] = decayed(u[s][n], p["dash_syn"][n][s])
            v[n] = saturate(decayed(v[n], p["dash_mem"][n]) + sum(u[s][n] for s in range(synapses)) + p["bias"][n])
            while v[n] >= p["threshold"][n] and own[n] < 31:
                v[n], own[n] = v[n] - p["threshold"][n], own[n] + 1
        spikes_out = [0] * n_out
        for n in range(n_out):
            for m in range(n_hidden):
                uo[n] = saturate(uo[n] + (p["w_out"][m][n] << p["shift_out"]) * before[m])
            uo[n] = decayed(uo[n], p["dash_syn_out"][n][0])
            vo[n] = saturate(decayed(vo[n], p["dash_mem_out"][n]) + uo[n] + p["bias_out"][n])
            if vo[n] >= p["threshold_out"][n]:
                vo[n], spikes_out[n] = vo[n] - p["threshold_out"][n], 1
        before = [own[n] + sum(own[m] for m in aliases if aliases[m] == n) for n in range(n_hidden)]
        for n in range(n_hidden):
            row += [u[0][n]] + ([u[1][n]] if synapses > 1 else []) + [v[n], before[n]]
        for n in range(n_out):
            row += [uo[n], vo[n], spikes_out[n]]
        rows.append(row)
    head = ["tick"] + [f"in_{i}" for i in range(n_in)]
    for n in range(n_hidden):
        head += [f"isyn_{n}"] + ([f"isyn2_{n}"] if synapses > 1 else []) + [f"vmem_{n}", f"spikes_{n}"]
    for n in range(n_out):
        head += [f"isyn_out_{n}", f"vmem_out_{n}", f"spikes_out_{n}"]
    with open(folder / f"{name}.csv", "w") as f:
        f.write(f"# trace={name}, made by tests/traces/make.py\n" + ",".join(head) + "\n")
        f.writelines(",".join(map(str, row)) + "\n" for row in rows)


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    write_lif(root / "scneurocore")
    write_xylo(root / "xylo", "wide_one_synapse", 2, 5, 17, 3, 1, 2, {})
    write_xylo(root / "xylo", "two_synapses_aliases", 3, 3, 6, 2, 2, 0, {1: 4, 5: 0})
    write_xylo(root / "xylo", "saturating", 4, 4, 8, 2, 1, 7, {})
