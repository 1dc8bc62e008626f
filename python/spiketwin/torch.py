"""A net on virtual chips as a layer of torch: forward in the chip's integers, backward spiketwin's own.

    layer = spiketwin.torch.Layer(net, ticks=100)
    optimiser = torch.optim.Adam([*layer.parameters(), *readout.parameters()], 1e-3)
    loss(readout(layer(events).sum(1)), labels).backward()      # through a freshly drawn chip
    optimiser.step()
    layer.hold()                                                # back into what the chip can store
    layer.net.save("net.nir")                                   # predict, cosim and report take it
"""

import torch
from torch.autograd.function import once_differentiable

from . import _core

__all__ = ["Layer"]


class _Through(torch.autograd.Function):
    @staticmethod
    def forward(ctx, layer, k, events, *parameters):
        through, counts = layer._through(events), layer.output == "counts"
        shown = events.detach()
        count, spikes, tape = through.forward(shown.numpy(), k, layer.seed, counts, not counts)
        layer.__dict__.update(rounded=tape.rounded, clamped=tape.clamped)  # past what a Module does for each attribute
        ctx.layer, ctx.tape = layer, tape
        if not shown.is_floating_point():  # the tape reads them on the way back: torch sees to it that none wrote there
            ctx.save_for_backward(shown)
        return torch.from_numpy(count if counts else spikes)

    @staticmethod
    @once_differentiable
    def backward(ctx, gradient):
        ctx.saved_tensors
        gradient = gradient.to(torch.float32).contiguous().numpy()
        counts = ctx.layer.output == "counts"
        values, inputs = ctx.tape.back(gradient if counts else None, None if counts else gradient, ctx.needs_input_grad[2])
        values = torch.from_numpy(values)
        return (None, None, None if inputs is None else torch.from_numpy(inputs),
                *[values.as_strided(shape, stride, at) for at, shape, stride in ctx.layer._within])


class Layer(torch.nn.Module):
    """All ticks of clips through virtual chips of a net.

    net             spiketwin.Net; its arrays are this module's parameters: no copy, and what an optimiser writes is the
                    net's. Held on the CPU.
    ticks           of a clip
    output          "spikes": (clips, ticks, n_out), spikes of each tick; "counts": (clips, n_out), over all ticks
    clips_per_chip  in training a freshly drawn chip every so many clips; 0: one for a batch
    neurons         thresholds, leaks, biases, .. are learnt too (of shifts, rest and reset: nothing)
    surrogate, reset_grad, jitter    as spiketwin.Through's
    seed            of all chips

    Input: (clips, ticks, n_in). uint8 or bool are the chip's input words (net.chip.input); float32 are real values, taken
    to the nearest word (`rounded` counts those that are none), and get a gradient.

    train() draws chips 2^31, 2^31 + 1, .. that no prediction runs; eval() runs the one chip `chip`, 0 the nominal one.
    """

    def __init__(self, net, ticks, output="spikes", clips_per_chip=0, neurons=False, surrogate=None, reset_grad=1.0,
                 jitter=True, seed=1):
        super().__init__()
        if output not in ("spikes", "counts"):
            raise _core.Error(f"output: {output}, allowed spikes, counts")
        self.net, self.ticks, self.output, self.seed = net, ticks, output, seed
        self.clips_per_chip = clips_per_chip
        self.chip = 0
        self.drawn = 0  # chips that training drew so far
        self.rounded = self.clamped = 0  # of the last batch
        self._options = dict(ticks=ticks, surrogate=surrogate, reset_grad=reset_grad, neurons=neurons, jitter=jitter)
        self._throughs = {each: _core.Through(net, clips_per_chip=each, **self._options) for each in {0, clips_per_chip}}
        values, self._places, self._addresses, self._within = net.values, [], [], []
        for l, y in enumerate(net.layers):
            learnt = {"weights": y.weights, **(y.values if neurons else {})}
            for name, array in learnt.items():
                parameter = torch.nn.Parameter(torch.from_numpy(array))
                self.register_parameter(f"{name}_{l}", parameter)
                at = (array.ctypes.data - values.ctypes.data) // values.itemsize
                self._places.append((at, parameter))
                self._within.append((at, parameter.shape, parameter.stride()))
                self._addresses.append(array.ctypes.data)

    def _through(self, events):
        if events.device.type != "cpu":
            raise _core.Error(f"events: on {events.device}, allowed on the CPU, where the chip's integers run")
        for address, (_, parameter) in zip(self._addresses, self._places):
            if parameter.data_ptr() != address:
                raise _core.Error("a parameter is no longer the net's memory: a Layer stays on the CPU, in float32, and is "
                                  "not copied (spiketwin.torch.Layer(net.copy(), ..) makes another)")
        return self._throughs[self.clips_per_chip if self.training else 0]

    def forward(self, events):
        k = self.chip
        if self.training:
            each = self.clips_per_chip or events.shape[0]
            k = _core.TRAINING + self.drawn % (_core.TRAINING - 65536)
            self.__dict__["drawn"] += -(-events.shape[0] // each) if each else 0
        return _Through.apply(self, k, events, *[p for _, p in self._places])

    def hold(self):
        """Brings every value into what the chip can store: for after a step of an optimiser."""
        self.net.hold()

    def extra_repr(self):
        return f"{self.net!r}, ticks={self.ticks}, output={self.output!r}, clips_per_chip={self.clips_per_chip}"
