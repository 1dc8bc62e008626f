"""A net on virtual chips as a function of JAX: forward in the chip's integers, backward spiketwin's own.

    layer = spiketwin.jax.Layer(net, ticks=100, output="counts")
    params = layer.parameters()                                  # a dict of arrays: the net's values now
    def loss(params, events, labels, k):
        counts = layer(params, events, k)                        # of freshly drawn chips k, k + 1, ..
        return optax.softmax_cross_entropy_with_integer_labels(0.2 * counts, labels).mean()
    gradient = jax.jit(jax.grad(loss))(params, events, labels, layer.training(step, clips=len(events)))
    params = layer.hold(..)                                      # into what the chip can store
    layer.store(params).save("net.nir")                          # predict, cosim and report take it
"""

import threading
from collections import OrderedDict

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.buffer_callback import buffer_callback

from . import _core

__all__ = ["Layer"]

_TAPES = 16  # batches on their way at once; of an older one the way back runs forward again, to the same bits


class Layer:
    """All ticks of clips through virtual chips of a net, a pure function of (params, events, k).

    net             spiketwin.Net: shapes, chip and first values; it is copied
    ticks           of a clip
    output          "spikes": (clips, ticks, n_out), spikes of each tick; "counts": (clips, n_out), over all ticks
    clips_per_chip  a chip every so many clips; 0: one for a batch
    neurons         thresholds, leaks, biases, .. are parameters too
    surrogate, reset_grad, jitter    as spiketwin.Through's
    seed            of all chips

    layer(params, events, k): params a dict of float32 arrays (parameters()); events (clips, ticks, n_in), uint8 or bool
    input words (net.chip.input), which have no gradient, or float32 real values, taken to the nearest word; k, an integer,
    the first chip, 0 the nominal one. float32. Under jit, grad, and vmap, which runs one batch after the other; forward
    mode (jvp) there is none. It runs on the CPU: a graph on another device is refused by JAX.
    """

    def __init__(self, net, ticks, output="spikes", clips_per_chip=0, neurons=False, surrogate=None, reset_grad=1.0,
                 jitter=True, seed=1):
        if output not in ("spikes", "counts"):
            raise _core.Error(f"output: {output}, allowed spikes, counts")
        self.net, self.ticks, self.output, self.seed = net.copy(), ticks, output, seed
        self.clips_per_chip = clips_per_chip
        self._counts = output == "counts"
        self._through = _core.Through(self.net, ticks=ticks, clips_per_chip=clips_per_chip, surrogate=surrogate,
                                      reset_grad=reset_grad, neurons=neurons, jitter=jitter)
        self._first = self.net.values.copy()
        self._parts = {}  # of the net's own memory
        self._places, self._lock, self._tapes, self._n_tapes = {}, threading.Lock(), OrderedDict(), 0
        self._n_in, self._n_out = self.net.layers[0].n_in, self.net.layers[-1].n_out
        for l, y in enumerate(self.net.layers):
            for name, array in {"weights": y.weights, **(y.values if neurons else {})}.items():
                at = (array.ctypes.data - self.net.values.ctypes.data) // array.itemsize
                self._places[f"{name}_{l}"] = (at, array.shape)
                self._parts[f"{name}_{l}"] = array
        run = jax.custom_vjp(lambda params, events, k: self._call_forward(params, events, k)[0])
        run.defvjp(self._call_forward_kept, self._call_back)
        self._run = run

    def parameters(self):
        """The values of the net as a dict of arrays: weights_0, .. (n_source, n_out), membrane units, and those of neurons."""
        return {name: jnp.asarray(self._first[at:at + int(np.prod(shape))].reshape(shape).copy())
                for name, (at, shape) in self._places.items()}

    def store(self, params):
        """A spiketwin.Net with these values."""
        net = self.net.copy()
        net.values[:] = self._first
        for name, (at, shape) in self._places.items():
            net.values[at:at + int(np.prod(shape))] = np.asarray(params[name]).ravel()
        return net

    def hold(self, params):
        """Params brought into what the chip can store: for after a step of an optimiser, outside of jit."""
        net = self.store(params)
        net.hold()
        return {name: jnp.asarray(net.values[at:at + int(np.prod(shape))].reshape(shape).copy())
                for name, (at, shape) in self._places.items()}

    def training(self, step, clips):
        """The first chip k of a step of training, 2^31 and above, which no prediction runs; another for each of `clips`."""
        each = -(-clips // (self.clips_per_chip or clips))
        return np.uint32(_core.TRAINING + step * each % (_core.TRAINING - 65536))

    def __call__(self, params, events, k=0):
        if set(params) != set(self._places):
            raise _core.Error(f"params: {', '.join(sorted(params))}, allowed {', '.join(sorted(self._places))}")
        for name, (_, shape) in self._places.items():
            if jnp.shape(params[name]) != shape:
                raise _core.Error(f"params: {name}: {jnp.shape(params[name])}, allowed {shape}")
        params = {name: jnp.asarray(x, jnp.float32) for name, x in params.items()}
        events = jnp.asarray(events)
        if events.dtype not in (jnp.uint8, jnp.bool_, jnp.float32):
            raise _core.Error("events: allowed uint8 or bool, input words (Chip.input), or float32, real values")
        if events.ndim != 3 or events.shape[1:] != (self.ticks, self._n_in):
            raise _core.Error(f"events: {events.shape}, allowed (clips, {self.ticks}, {self._n_in})")
        return self._run(params, events, jnp.asarray(k, jnp.uint32))

    # --- on the host

    def _take(self, params):
        """The values of the batch into the net; what is no parameter stays as it was."""
        for name, part in self._parts.items():
            part[...] = np.asarray(params[name])

    def _shown(self, events):
        """What stays as it is until the way back: words as a copy, since JAX's buffer ends with the call."""
        return np.array(events) if events.dtype != np.float32 else events

    def _host_forward(self, context, out, params, events, k):
        with self._lock:
            self._take(params)
            counts, spikes, tape = self._through.forward(self._shown(np.asarray(events)), int(np.asarray(k)), self.seed,
                                                         self._counts, not self._counts)
            self._n_tapes = (self._n_tapes + 1) % 2**31
            self._tapes[self._n_tapes] = tape
            if len(self._tapes) > _TAPES:
                self._tapes.popitem(last=False)
            np.asarray(out[0])[...] = counts if self._counts else spikes
            np.asarray(out[1])[...] = self._n_tapes

    def _host_back(self, context, out, params, events, k, number, gradient):
        split, shown = out
        with self._lock:
            tape = self._tapes.pop(int(np.asarray(number)), None)
            if tape is None:  # else the chips are on it
                self._take(params)
                shown_again = self._shown(np.asarray(events))
                tape = self._through.forward(shown_again, int(np.asarray(k)), self.seed, False, False)[2]
            gradient = np.asarray(gradient)
            values, inputs = tape.back(gradient if self._counts else None, None if self._counts else gradient,
                                       shown is not None)
        for name, (at, shape) in self._places.items():
            to = np.asarray(split[name])
            to[...] = values[at:at + to.size].reshape(shape)
        if shown is not None:
            np.asarray(shown)[...] = inputs

    # --- in the graph

    def _call_forward(self, params, events, k):
        clips = events.shape[0]
        shape = (clips, self._n_out) if self._counts else (clips, self.ticks, self._n_out)
        like = jax.ShapeDtypeStruct(shape, jnp.float32), jax.ShapeDtypeStruct((), jnp.int32)
        return buffer_callback(self._host_forward, like, vmap_method="sequential")(params, events, k)

    def _call_forward_kept(self, params, events, k):
        out, number = self._call_forward(params, events, k)
        return out, (params, events, k, number)

    def _call_back(self, kept, gradient):
        params, events, k, number = kept
        real = events.dtype == jnp.float32
        like = ({name: jax.ShapeDtypeStruct(shape, jnp.float32) for name, (_, shape) in self._places.items()},
                jax.ShapeDtypeStruct(events.shape, jnp.float32) if real else None)
        values, shown = buffer_callback(self._host_back, like, vmap_method="sequential")(params, events, k, number, gradient)
        return values, shown if real else np.zeros(events.shape, jax.dtypes.float0), np.zeros((), jax.dtypes.float0)
