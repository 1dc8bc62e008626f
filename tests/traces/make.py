#!/usr/bin/env python3
"""Traces of SC-NeuroCore's, Xylo's and DynapSim's laws at widths, shapes and corners that no published trace has.

    make.py DIR    writes DIR/scneurocore, DIR/xylo and DIR/dynapsim, in the formats of ../shared/data

The laws are written here once more, in Python's own integers (DynapSim's in its doubles), from their
descriptions; nothing of model/ is used. Seeds are fixed: the same files every time.
"""
import json
import math
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


def moved(version, v, shift, isyn, bias):
    """Xylo's membrane after its tick. v1 saturates what has decayed and the sum; v2 the increment and the sum."""
    if version == 1:
        return saturate(saturate(decayed(v, shift)) + isyn)
    return saturate(v + saturate(saturate(isyn + decayed(v, shift) - v) + bias))


def write_xylo(folder, name, version, seed, n_in, n_hidden, n_out, synapses, shift, aliases, ticks=120, strong=False):
    """strong: thresholds, inputs and leaks that take the increment out of 16 bits."""
    name = f"{name}_v{version}"
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
    if version == 1:  # has no biases
        p["bias"], p["bias_out"] = [0] * n_hidden, [0] * n_out
    if strong:
        p["threshold"], p["threshold_out"] = [32767] * n_hidden, [30000] * n_out
        p["dash_mem"], p["dash_mem_out"] = [1 + n % 3 for n in range(n_hidden)], [1] * n_out
        p["w_in"] = [[[rng.choice([-128, 127]) for _ in range(n_hidden)] for _ in range(n_in)] for _ in range(synapses)]
        if version == 2:
            p["bias"] = [rng.choice([-32768, -20000, 0, 20000, 32767]) for _ in range(n_hidden)]
    (folder / f"{name}.json").write_text(json.dumps({"name": name, "parameters": p}))
    u = [[0] * n_hidden for _ in range(synapses)]
    v, uo, vo, before, rows, parted = [0] * n_hidden, [0] * n_out, [0] * n_out, [0] * n_hidden, [], 0
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
            isyn, shift, bias = sum(u[s][n] for s in range(synapses)), p["dash_mem"][n], p["bias"][n]
            parted += moved(1, v[n], shift, isyn + bias, 0) != moved(2, v[n], shift, isyn, bias)
            v[n] = moved(version, v[n], shift, isyn, bias)
            while v[n] >= p["threshold"][n] and own[n] < 31:
                v[n], own[n] = v[n] - p["threshold"][n], own[n] + 1
        spikes_out = [0] * n_out
        for n in range(n_out):
            for m in range(n_hidden):
                uo[n] = saturate(uo[n] + (p["w_out"][m][n] << p["shift_out"]) * before[m])
            uo[n] = decayed(uo[n], p["dash_syn_out"][n][0])
            vo[n] = moved(version, vo[n], p["dash_mem_out"][n], uo[n], p["bias_out"][n])
            if vo[n] >= p["threshold_out"][n]:
                vo[n], spikes_out[n] = vo[n] - p["threshold_out"][n], 1
        before = [own[n] + sum(own[m] for m in aliases if aliases[m] == n) for n in range(n_hidden)]
        for n in range(n_hidden):
            row += [u[0][n]] + ([u[1][n]] if synapses > 1 else []) + [v[n], before[n]]
        for n in range(n_out):
            row += [uo[n], vo[n], spikes_out[n]]
        rows.append(row)
    if strong and parted < ticks // 10:
        sys.exit(f"make.py: {name}: v1 and v2 part in {parted} words: it shows no difference")
    head = ["tick"] + [f"in_{i}" for i in range(n_in)]
    for n in range(n_hidden):
        head += [f"isyn_{n}"] + ([f"isyn2_{n}"] if synapses > 1 else []) + [f"vmem_{n}", f"spikes_{n}"]
    for n in range(n_out):
        head += [f"isyn_out_{n}", f"vmem_out_{n}", f"spikes_out_{n}"]
    with open(folder / f"{name}.csv", "w") as f:
        f.write(f"# trace={name}, made by tests/traces/make.py\n" + ",".join(head) + "\n")
        f.writelines(",".join(map(str, row)) + "\n" for row in rows)


NOMINAL = dict(Idc=5e-13, If_nmda=5e-13, Igain_ahp=2.84e-11, Igain_mem=2.13e-11, Igain_syn=8.69e-9, Ipulse_ahp=3.5e-7,
               Ipulse=3.5e-8, Iref=1.05e-9, Ispkthr=1e-7, Itau_ahp=2.84e-11, Itau_mem=5.32e-12, Itau_syn=8.69e-11,
               Iw_ahp=5e-13, C_ahp=4e-11, C_syn=2.45e-11, C_pulse_ahp=5e-13, C_pulse=5e-13, C_ref=1.5e-12, C_mem=3e-12,
               Io=5e-13, kappa_n=0.75, kappa_p=0.66, Ut=0.025, Vth=0.7)


def dynapsim_tick(c, s, iw, dt):
    """One neuron, one tick: s is changed. Iw in A; s["spikes"] is of the tick before."""
    kappa = (c["kappa_n"] + c["kappa_p"]) / 2
    at_least_io = lambda name: max(c[name], c["Io"])
    tau = lambda cap, name: c["Ut"] / kappa * c[cap] / at_least_io(name)
    pulse = lambda cap, name: c["Vth"] * c[cap] / c[name]
    syn, ahp = tau("C_syn", "Itau_syn"), tau("C_ahp", "Itau_ahp")
    target = max(at_least_io("Igain_syn") / at_least_io("Itau_syn") * iw, c["Io"])
    s["isyn"] = s["isyn"] * math.exp(-dt / syn) - math.expm1(-pulse("C_pulse", "Ipulse") / syn) * target
    kick = -math.expm1(-pulse("C_pulse_ahp", "Ipulse_ahp") / ahp) * at_least_io("Igain_ahp") / at_least_io("Itau_ahp")
    s["iahp"] = max(s["iahp"] * math.exp(-dt / ahp) + kick * c["Iw_ahp"] * s["spikes"], c["Io"])
    itau, gain = at_least_io("Itau_mem"), at_least_io("Igain_mem")
    leak = itau + s["iahp"]
    given = max((s["isyn"] - leak + c["Idc"]) if s["timer_ref"] == 0 else 0, c["Io"])
    feedback = c["Io"] * math.exp(kappa**2 / (kappa + 1) * s["vmem"] / c["Ut"])
    rate = s["imem"] / (c["Ut"] / kappa * c["C_mem"] / leak * (s["imem"] + gain))
    change = gain / itau * (given - leak) + feedback / leak * (s["imem"] + gain) - s["imem"] * (1 + s["iahp"] / itau)
    s["imem"] = max(s["imem"] + dt * rate * change, c["Io"])
    s["vmem"] = c["Ut"] / kappa * math.log(s["imem"] / c["Io"])
    s["spikes"] = max(math.ceil(math.log(s["imem"] / c["Ispkthr"])), 0)
    s["timer_ref"] = pulse("C_ref", "Iref") if s["spikes"] else max(s["timer_ref"] - dt, 0)
    if s["spikes"]:
        s["imem"] = c["Io"]


def write_dynapsim(folder, name, seed, n_in, n_out, recurrent, dt, iscale, rate, ticks=400, **other):
    rng = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    chip = [{k: v * rng.uniform(0.8, 1.2) * other.get(k, 1) for k, v in NOMINAL.items()} for _ in range(n_out)]
    w_in = [[rng.gauss(1, 5) for _ in range(n_out)] for _ in range(n_in)]
    w_rec = [[rng.gauss(0, 4) for _ in range(n_out)] for _ in range(n_out)] if recurrent else None
    state = [dict(isyn=5e-13, iahp=5e-13, imem=5e-13, vmem=0.0, spikes=0, timer_ref=0.0) for _ in range(n_out)]
    start = {k: [s[k] for s in state] for k in state[0]}
    events, rows = [], []
    for t in range(ticks):
        x = [sum(rng.random() < rate for _ in range(3)) for _ in range(n_in)]
        events += [(t, i, n) for i, n in enumerate(x) if n]
        before = [s["spikes"] for s in state]
        for n in range(n_out):
            iw = sum(x[i] * w_in[i][n] for i in range(n_in))
            iw += sum(before[m] * w_rec[m][n] for m in range(n_out)) if recurrent else 0
            dynapsim_tick(chip[n], state[n], iscale * iw, dt)
        rows.append([t] + [s[k] for s in state for k in ("isyn", "iahp", "imem", "vmem", "spikes")])
    parameters = {k: [c[k] for c in chip] for k in NOMINAL}
    (folder / f"{name}.json").write_text(json.dumps(dict(
        name=name, ticks=ticks, n_inputs=n_in, n_neurons=n_out, parameters=dict(parameters, Iscale=iscale, dt=dt),
        w_in=w_in, w_rec=w_rec, initial_state=start)))
    with open(folder / f"{name}.events.csv", "w") as f:
        f.write("tick,channel,count\n")
        f.writelines(",".join(map(str, e)) + "\n" for e in events)
    head = ["tick"] + [f"{k}_{n}" for n in range(n_out) for k in ("isyn", "iahp", "imem", "vmem", "spikes")]
    with open(folder / f"{name}.csv", "w") as f:
        f.write(f"# trace={name}, made by tests/traces/make.py\n" + ",".join(head) + "\n")
        f.writelines(",".join(map(repr, row)) + "\n" for row in rows)


if __name__ == "__main__":
    root = pathlib.Path(sys.argv[1])
    write_lif(root / "scneurocore")
    write_xylo(root / "xylo", "wide_one_synapse", 2, 2, 5, 17, 3, 1, 2, {})
    write_xylo(root / "xylo", "two_synapses_aliases", 2, 3, 3, 6, 2, 2, 0, {1: 4, 5: 0})
    for version in (1, 2):
        write_xylo(root / "xylo", "saturating", version, 4, 4, 8, 2, 1, 7, {})
        write_xylo(root / "xylo", "strong", version, 8, 4, 6, 2, 2, 7, {}, strong=True)
    write_dynapsim(root / "dynapsim", "mismatched", 5, 20, 5, True, 1e-3, 1e-8, 0.02)
    write_dynapsim(root / "dynapsim", "finer_ticks", 6, 3, 2, False, 2e-4, 2e-8, 0.02, Iw_ahp=4000)
    write_dynapsim(root / "dynapsim", "no_events", 7, 1, 1, False, 1e-3, 1e-8, 0, Idc=90)
