"""A digital twin for spiking neural chips: one bit-accurate integer model, under NumPy, torch and JAX.

    chip = spiketwin.Chip("fpga-q8.8")
    net = spiketwin.Net.load("run/net.nir")
    spikes, states = net.virtual(k=7).run(events)       # the integers of chip 7, every tick
    result = spiketwin.predict(net, "speech_commands", n=1000)

The same bits as the program `spiketwin`; docs/python.md.
"""

from ._core import (TRAINING, Chip, DpiChip, DpiNet, Error, Layer, Net, Step, Tape, Through, VirtualChip, VirtualDpiChip, ablate, faults, folder,
                    identify, predict, quantise, replay, set_threads, threads, train)

__all__ = ["TRAINING", "Chip", "DpiChip", "DpiNet", "Error", "Layer", "Net", "Step", "Tape", "Through", "VirtualChip",
           "VirtualDpiChip", "ablate", "faults", "folder", "identify",
           "predict", "quantise", "replay", "set_threads", "threads", "train"]
