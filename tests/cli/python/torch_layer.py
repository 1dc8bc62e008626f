# spiketwin.torch.Layer: the gradients of training's own step, those of the inputs, what it refuses, and that it learns.
import sys

import numpy as np
import torch

import spiketwin as st
import spiketwin.torch
from checks import expect, message, net_and_words

torch.manual_seed(1)
rng = np.random.default_rng(1)
B, T = 50, 60


def net_of(name):
    net, words, real = net_and_words(rng, B, T, name)
    return net, words, torch.from_numpy(real)


# --- the same numbers as the parts that it is made of, on chips of three laws
for name in "fpga-q8.8", "xylo-v2", "h1v2":
    net, words, real = net_of(name)
    labels = (np.arange(B) % 4).astype(np.int32)
    step = st.Step(net, T, B, clips_per_chip=16)
    _, wanted = step.gradient(words, labels, st.TRAINING)
    layer = st.torch.Layer(net, T, output="counts", clips_per_chip=16, jitter=False)
    counts = layer(torch.from_numpy(words))
    torch.nn.functional.cross_entropy(0.2 * counts, torch.from_numpy(labels).long()).backward()
    got = np.concatenate([p.grad.numpy().ravel() for p in layer.parameters()])
    at = np.concatenate([wanted[a:a + p.numel()] for a, p in layer._places])
    expect(f"{name}: the gradient of `spiketwin train`", True, bool(abs(got - at).max() <= 1e-5 * abs(at).max() > 0))
    twin = net.virtual(st.TRAINING)
    expect(f"{name}: the counts of the chip that was drawn", twin.counts(words[:16]).tolist(), counts[:16].int().tolist())
    spiking = st.torch.Layer(net, T, clips_per_chip=16, jitter=False)
    spikes = spiking(torch.from_numpy(words))
    expect(f"{name}: its spikes", twin.run(words[:16])[0][-1].tolist(), spikes[:16].int().tolist())
    layer.zero_grad()
    torch.nn.functional.cross_entropy(0.2 * spikes.sum(1), torch.from_numpy(labels).long()).backward()
    got2 = np.concatenate([p.grad.numpy().ravel() for p in spiking.parameters()])
    expect(f"{name}: the gradient by way of spikes is the same, bit for bit", got.tobytes(), got2.tobytes())
    expect(f"{name}: the next batch has other chips", True, layer.drawn == 4 and spiking.drawn == 4)
    layer.eval()
    layer.chip = 5
    expect(f"{name}: eval() runs the chip that it is told", net.virtual(5).counts(words).tolist(),
           layer(torch.from_numpy(words)).int().tolist())

# --- real values are the words they are, and get a gradient; the way back may be asked for a weight of each tick
net, words, real = net_of("fpga-q8.8")
layer = st.torch.Layer(net, T, clips_per_chip=16, neurons=True)
through = st.Through(net, T, clips_per_chip=16, neurons=True)
weight = torch.from_numpy(rng.normal(0, 1, (B, T, 4)).astype(np.float32))
real.requires_grad_()
spikes = layer(real)
(spikes * weight).sum().backward()
_, wanted, tape = through.forward(words, st.TRAINING, spikes=True)
values, inputs = tape.back(spikes=weight.numpy(), inputs=True)
expect("real values are their words", wanted.tolist(), spikes.tolist())
expect("none was rounded", 0, layer.rounded)
expect("gradient of the inputs", inputs.tobytes(), real.grad.numpy().tobytes())
expect("gradient of all values", True,
       all((values[at:at + p.numel()].reshape(p.shape) == p.grad.numpy()).all() for at, p in layer._places))
expect("which are the weights and the values of neurons", ["bias_0", "bias_1", "leak_0", "leak_1", "threshold_0", "threshold_1",
                                                           "weights_0", "weights_1"], sorted(n for n, _ in layer.named_parameters()))
expect("thresholds have a gradient", True, bool(layer.threshold_0.grad.abs().max() > 0))
expect("and the inputs", True, bool(real.grad.abs().max() > 0))
with torch.no_grad():
    layer(real + 0.01)
expect("what lies between words is counted", real.numel(), layer.rounded)
st.set_threads(1)
_, again, tape = st.Through(net, T, clips_per_chip=16, neurons=True).forward(words, st.TRAINING, spikes=True)
expect("threads change nothing", values.tobytes(), tape.back(spikes=weight.numpy(), inputs=True)[0].tobytes())

# --- what an optimiser writes is the net's
before = net.virtual(1).hash
optimiser = torch.optim.SGD(layer.parameters(), 1e6)
optimiser.step()
layer.hold()
expect("a step moves the net", True, net.virtual(1).hash != before)
low, high = net.chip.weight_range
expect("hold() brings it into the chip's range", True, all(low <= y.weights.min() and y.weights.max() <= high for y in net.layers))
state = {k: v.clone() for k, v in layer.state_dict().items()}
net.layers[0].weights[:] = 0
layer.load_state_dict(state)
expect("load_state_dict writes into the net", state["weights_0"].tolist(), net.layers[0].weights.tolist())

# --- two batches on their way at once, and one that goes back twice
layer = st.torch.Layer(net_of("fpga-q8.8")[0], T, output="counts", clips_per_chip=16)
x = torch.from_numpy(words)
a, b = layer(x), layer(x[:20].contiguous())
b.sum().backward()
one = [p.grad.clone() for p in layer.parameters()]
layer.zero_grad()
a.sum().backward(retain_graph=True)
first = [p.grad.clone() for p in layer.parameters()]
layer.zero_grad()
a.sum().backward()
expect("a batch goes back again", True, all((p.grad == q).all() for p, q in zip(layer.parameters(), first)))
expect("and is another than the one after it", False, all((p == q).all() for p, q in zip(one, first)))

# --- refusals
net, words, real = net_of("fpga-q8.8")
layer = st.torch.Layer(net, T)
for name, wanted, call in [
    ("shape", "events: (50, 59, 16), allowed (clips, 60, 16)", lambda: layer(torch.from_numpy(words[:, 1:]))),
    ("kind", "events: allowed uint8 or bool, input words (Chip.input), or float32, real values", lambda: layer(real.double())),
    ("a value that is no word", "clip 0, tick 0, input 0: -1, allowed 0..15.9375 (input words of fpga-q8.8)", lambda: layer(real * 0 - 1)),
    ("not a number", True, lambda: layer(real * float("nan"))),
    ("output", "output: volts, allowed spikes, counts", lambda: st.torch.Layer(net, T, output="volts")),
    ("ticks", "0 ticks, 0 clips a chip: allowed 1 and more, 0 and more", lambda: st.torch.Layer(net, 0)),
    ("a law that is not trained", "izhikevich: izhikevich, allowed the law lif with inputs without a sign: nothing else is trained",
     lambda: st.torch.Layer(st.Net.random(st.Chip("izhikevich"), [{"weights": np.zeros((2, 2))}], 1), T)),
]:
    got = message(call)
    expect(f"{name} is refused", wanted, got if wanted is not True else "nan, allowed" in got)
with torch.no_grad():
    layer.weights_0[0, 0] = float("nan")
expect("a net that is no net is refused", "value 0 of the net is nan, must be finite", message(lambda: layer(real)))
layer.weights_0 = torch.nn.Parameter(torch.zeros(36, 20))
layer._places[0] = (0, layer.weights_0)
expect("so is a parameter that is not the net's", "a parameter is no longer the net's memory", message(lambda: layer(real)).split(":")[0])
layer = st.torch.Layer(net_of("fpga-q8.8")[0], T, output="counts")
x = torch.from_numpy(words.copy())
out = layer(x)
x[0, 0, 0] = 1
try:
    out.sum().backward()
    print("FAILED words that were written into are found: nothing")
except RuntimeError as e:
    expect("words that were written into are found", True, "modified by an inplace operation" in str(e))

# --- it learns: which half of the inputs fires more, readout plain torch, through a fresh chip each step
net = st.Net.random(st.Chip("fpga-q8.8"), [{"weights": np.zeros((16, 24))}], 2)
net.layers[0].weights[:] = rng.normal(0.3, 1.2, (16, 24))
layer, readout = st.torch.Layer(net, 30, output="counts", clips_per_chip=16), torch.nn.Linear(24, 2)
optimiser = torch.optim.Adam([{"params": layer.parameters(), "lr": 0.03}, {"params": readout.parameters(), "lr": 0.01}])
losses = []
for i in range(120):
    y = torch.from_numpy(rng.integers(0, 2, 64))
    p = torch.where((torch.arange(16)[None, :] < 8) == (y[:, None] == 0), 0.16, 0.12)
    x = (torch.rand(64, 30, 16) < p[:, None, :]).to(torch.uint8) * 16
    loss = torch.nn.functional.cross_entropy(readout(layer(x) / 10), y)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    layer.hold()
    losses.append(loss.item())
early, late = np.mean(losses[:15]), np.mean(losses[-15:])
expect(f"it learns: loss {early:.2f}, then {late:.2f}", True, bool(late < 0.8 * early))
sys.stdout.flush()
