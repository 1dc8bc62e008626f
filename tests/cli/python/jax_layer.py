# spiketwin.jax.Layer: the forward of the drawn chip, the gradients of training's own step, jit, grad, vmap, what it refuses.
import faulthandler
import functools
import os

os.environ["JAX_PLATFORMS"] = "cpu"
os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # where JAX has one thread, a callback that waits for it waits for ever
faulthandler.dump_traceback_later(400, exit=True)
import jax
import jax.numpy as jnp
import numpy as np

import spiketwin as st
import spiketwin.jax
from checks import expect, message, net_and_words

rng = np.random.default_rng(1)
B, T = 50, 60
net_of = functools.partial(net_and_words, rng, B, T)


def cross_entropy(counts, labels):
    return -jnp.take_along_axis(jax.nn.log_softmax(0.2 * counts), labels[:, None], 1).mean()


def flat(tree, layer):
    """A dict of parameters as one vector, in the order of the net's memory."""
    return np.concatenate([np.asarray(tree[name]).ravel() for name in sorted(tree, key=lambda n: layer._places[n][0])])


# --- the same numbers as the parts that it is made of, on chips of three laws; under jit and without
labels = (np.arange(B) % 4).astype(np.int32)
for name in "fpga-q8.8", "xylo-v2", "h1v2":
    net, words, real = net_of(name)
    _, wanted = st.Step(net, T, B, clips_per_chip=16).gradient(words, labels, st.TRAINING)
    layer = st.jax.Layer(net, T, output="counts", clips_per_chip=16, jitter=False)
    spiking = st.jax.Layer(net, T, clips_per_chip=16, jitter=False)
    params, k = layer.parameters(), layer.training(0, B)
    wanted = np.concatenate([wanted[at:at + int(np.prod(shape))] for at, shape in sorted(layer._places.values())])

    def loss(params, words, k):
        return cross_entropy(layer(params, words, k), labels)

    def loss_of_spikes(params, words, k):
        return cross_entropy(spiking(params, words, k).sum(1), labels)

    got = flat(jax.grad(loss)(params, words, k), layer)
    jitted = flat(jax.jit(jax.grad(loss))(params, words, k), layer)
    expect(f"{name}: the gradient of `spiketwin train`", True, bool(abs(got - wanted).max() <= 1e-5 * abs(wanted).max() > 0))
    expect(f"{name}: under jit", True, bool(abs(jitted - wanted).max() <= 1e-5 * abs(wanted).max()))
    by_spikes = flat(jax.jit(jax.grad(loss_of_spikes))(params, words, k), layer)
    expect(f"{name}: by way of spikes", True, bool(abs(by_spikes - wanted).max() <= 1e-5 * abs(wanted).max()))
    twin = net.virtual(int(k))
    counts, spikes = jax.jit(layer)(params, words, k), spiking(params, words, k)
    expect(f"{name}: the counts of the chip that was drawn", twin.counts(words[:16]).tolist(), counts[:16].astype(int).tolist())
    expect(f"{name}: its spikes", twin.run(words[:16])[0][-1].tolist(), spikes[:16].astype(int).tolist())
    expect(f"{name}: clips of the chip behind it", net.virtual(int(k) + 1).counts(words[16:32]).tolist(), counts[16:32].astype(int).tolist())
    one = st.jax.Layer(net, T, output="counts", jitter=False)
    expect(f"{name}: the chip that it is told", net.virtual(5).counts(words).tolist(), one(params, words, 5).astype(int).tolist())
    expect(f"{name}: another step has other chips", True, layer.training(1, B) == k + 4 and one.training(1, B) == k + 1)

# --- vmap is one after the other: over chips, over batches, over nets, forward and back
net, words, real = net_of("fpga-q8.8")
layer = st.jax.Layer(net, T, output="counts", jitter=False)
params = layer.parameters()
chips = np.arange(1, 4, dtype=np.uint32)
expect("vmap over chips", [net.virtual(int(c)).counts(words).tolist() for c in chips],
       jax.vmap(layer, (None, None, 0))(params, words, chips).astype(int).tolist())
batches = words[:48].reshape(3, 16, T, 16)
expect("vmap over batches", np.stack([net.virtual(2).counts(b) for b in batches]).tolist(),
       jax.jit(jax.vmap(layer, (None, 0, None)))(params, batches, 2).astype(int).tolist())


def total(params, words, k):
    return (layer(params, words, k) ** 2).sum()


each = [flat(jax.grad(total)(params, words, c), layer) for c in chips]
together = jax.jit(jax.vmap(jax.grad(total), (None, None, 0)))(params, words, chips)
expect("vmap of grad", True, all((flat({n: x[i] for n, x in together.items()}, layer) == each[i]).all() for i in range(3)))
summed = flat(jax.grad(lambda p: jax.vmap(total, (None, None, 0))(p, words, chips).sum())(params), layer)
expect("grad of vmap", True, bool(np.allclose(summed, sum(each), rtol=1e-5, atol=1e-5 * abs(summed).max())))
expect("and they differ", True, bool((each[0] != each[1]).any()))

# --- real values are the words they are, and get a gradient; all values of neurons
layer = st.jax.Layer(net, T, clips_per_chip=16, neurons=True)
params = layer.parameters()
weight = rng.normal(0, 1, (B, T, 4)).astype(np.float32)
through = st.Through(net, T, clips_per_chip=16, neurons=True)
_, wanted, tape = through.forward(words, st.TRAINING, spikes=True)
values, inputs = tape.back(spikes=weight, inputs=True)
g, gx = jax.jit(jax.grad(lambda p, x: (layer(p, x, st.TRAINING) * weight).sum(), (0, 1)))(params, real)
expect("real values are their words", wanted.tolist(), layer(params, real, st.TRAINING).tolist())
expect("gradient of the inputs", inputs.tobytes(), np.asarray(gx).tobytes())
expect("gradient of all values", True, all((values[at:at + int(np.prod(s))].reshape(s) == np.asarray(g[n])).all() for n, (at, s) in layer._places.items()))
expect("which are the weights and the values of neurons", ["bias_0", "bias_1", "leak_0", "leak_1", "threshold_0", "threshold_1", "weights_0", "weights_1"], sorted(params))
expect("and are not 0", True, bool(abs(inputs).max() > 0 and abs(np.asarray(g["threshold_0"])).max() > 0))

# --- more batches on their way than are kept, in any order; params of the time of their way forward
layer = st.jax.Layer(net, T, output="counts", clips_per_chip=16)
params = layer.parameters()
ways = [jax.vjp(lambda p, k=k: layer(p, words, k), params) for k in range(1, 25)]
layer({n: 0 * x for n, x in params.items()}, words, 1)
one = np.ones((B, 4), np.float32)
first = [flat(back(one)[0], layer) for _, back in ways]
again = [flat(back(one)[0], layer) for _, back in reversed(ways)][::-1]
expect("any number of batches are on their way", True, all((a == b).all() for a, b in zip(first, again)))
fresh = [flat(jax.grad(lambda p: layer(p, words, k).sum())(params), layer) for k in (1, 24)]
expect("and are the same as alone", True, bool((fresh[0] == first[0]).all() and (fresh[1] == first[23]).all()))
expect("checkpointed", True, bool((flat(jax.grad(jax.checkpoint(lambda p: layer(p, words, 1).sum()))(params), layer) == fresh[0]).all()))
st.set_threads(1)
expect("threads change nothing", True, bool((flat(jax.grad(lambda p: st.jax.Layer(net, T, output="counts", clips_per_chip=16)(p, words, 1).sum())(params), layer) == fresh[0]).all()))
st.set_threads(2)

# --- a batch that JAX does not copy at once
big = (rng.random((1024, 125, 64)) < 0.1).astype(np.uint8)
wide = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((64, 8))}], 1)
of_wide = st.jax.Layer(wide, 125, output="counts", jitter=False)
counts, g = jax.jit(jax.value_and_grad(lambda p, x: of_wide(p, x * jnp.float32(1), 3).sum()))(of_wide.parameters(), big)
expect("a large batch", float(wide.virtual(3).counts(big * 16).sum()), float(counts))

# --- a net in and out; the given one stays as it is
before = net.virtual(1).hash
moved = {n: x + 1e6 for n, x in params.items()}
held = layer.hold(moved)
low, high = net.chip.weight_range
expect("hold() brings it into the chip's range", True, all(low <= x.min() and x.max() <= high for x in held.values()))
stored = layer.store(held)
expect("store() is a net with them", True, all((np.asarray(held[f"weights_{l}"]) == y.weights).all() for l, y in enumerate(stored.layers)))
expect("and the net that was given stays", before, net.virtual(1).hash)
expect("parameters() are its values", before, layer.store(layer.parameters()).virtual(1).hash)

# --- refusals
for name, wanted, call in [
    ("shape", "events: (50, 59, 16), allowed (clips, 60, 16)", lambda: layer(params, words[:, 1:])),
    ("kind", "events: allowed uint8 or bool, input words (Chip.input), or float32, real values", lambda: layer(params, words.astype(np.int32))),
    ("output", "output: volts, allowed spikes, counts", lambda: st.jax.Layer(net, T, output="volts")),
    ("parameters", "params: weights_0, allowed weights_0, weights_1", lambda: layer({"weights_0": params["weights_0"]}, words)),
    ("their shape", "params: weights_0: (35, 20), allowed (36, 20)", lambda: layer({**params, "weights_0": params["weights_0"][1:]}, words)),
    ("a law that is not trained", "izhikevich: izhikevich, allowed the law lif with inputs without a sign: nothing else is trained",
     lambda: st.jax.Layer(st.Net.random(st.Chip("izhikevich"), [{"weights": np.zeros((2, 2))}], 1), T)),
]:
    expect(f"{name} is refused", wanted, message(call))
for name, wanted, call in [
    ("a value that is no word", "clip 0, tick 0, input 0: -1, allowed 0..15.9375 (input words of fpga-q8.8)", lambda: layer(params, real * 0 - 1)),
    ("a net that is no net", "value 0 of the net is nan, must be finite", lambda: layer({n: x * np.nan for n, x in params.items()}, words)),
    ("forward mode", "forward-mode", lambda: jax.jvp(lambda p: layer(p, words), (params,), (params,))),
]:
    try:
        jax.block_until_ready(call())
        print("FAILED", name, "is refused: nothing")
    except Exception as e:  # JAX puts what a callback throws into an error of its own
        expect(f"{name} is refused", True if wanted in str(e) else str(e)[-300:], True)

# --- it learns: which half of the inputs fires more, readout plain JAX, through a fresh chip each step
net = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((16, 24))}], 2)
net.layers[0].weights[:] = rng.normal(0.3, 1.2, (16, 24))
layer = st.jax.Layer(net, 30, output="counts", clips_per_chip=16)
params = {"chip": layer.parameters(), "readout": jnp.zeros((24, 2)), "bias": jnp.zeros(2)}


@jax.jit
def step(params, x, y, k):
    def of(p):
        logits = layer(p["chip"], x, k) @ p["readout"] + p["bias"]
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), y[:, None], 1).mean()
    return jax.value_and_grad(of)(params)


losses = []
for i in range(120):
    y = rng.integers(0, 2, 64)
    p = np.where((np.arange(16)[None] < 8) == (y[:, None] == 0), 0.16, 0.12)
    x = ((rng.random((64, 30, 16)) < p[:, None]) * 16).astype(np.uint8)
    loss, g = step(params, x, y, layer.training(i, 64))
    params = {"chip": layer.hold({n: w - 2.0 * g["chip"][n] for n, w in params["chip"].items()}),
              "readout": params["readout"] - 0.02 * g["readout"], "bias": params["bias"] - 0.02 * g["bias"]}
    losses.append(float(loss))
expect(f"it learns: {np.mean(losses[:10]):.3f} to {np.mean(losses[-10:]):.3f} nats", True, np.mean(losses[-10:]) < 0.6 * np.mean(losses[:10]))
expect("and the chip's weights with it", True, bool((params["chip"]["weights_0"] != layer.parameters()["weights_0"]).any()))
