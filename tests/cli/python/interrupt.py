# Ctrl-C in calls that would last for hours: each ends where it is, with KeyboardInterrupt, and what it worked on is as before.
import os
import signal
import threading
import time
import warnings

import numpy as np
import spiketwin as st
from checks import expect

warnings.simplefilter("ignore")  # of chips that never fire: it is not of what they say
rng = np.random.default_rng(1)
words = (rng.random((200, 50, 16)) < 0.2).astype(np.uint8) * 16
labels = np.arange(200) % 2
speakers = [f"s{i // 5}" for i in range(200)]
chip, dpi = st.Chip("fpga-q8.8"), st.DpiChip()
net = st.Net.random(chip, [{"weights": np.zeros((16, 200)), "own": np.zeros((200, 200))}, {"weights": np.zeros((200, 2))}], 1, ["a", "b"])
se2 = st.DpiNet.from_arrays(dpi, rng.normal(4, 4, (16, 50)), labels=["a", "b"])
many = np.tile(words // 16, (500, 4, 1))  # events: silence would be over before the half second is


def stopped(name, call):
    """Whether Ctrl-C, half a second after the call began, ends it soon."""
    timer = threading.Timer(0.5, lambda: os.kill(os.getpid(), signal.SIGINT))
    start = time.monotonic()
    timer.start()
    try:
        call()
        how = "its end"
    except KeyboardInterrupt:
        how = "KeyboardInterrupt" if time.monotonic() - start < 30 else "late"
    except BaseException as e:  # whatever else came of it
        how = repr(e)
    timer.cancel()
    expect(f"{name}: Ctrl-C ends it", "KeyboardInterrupt", how)


before = net.virtual(1).hash, se2.virtual(1).hash
stopped("predict", lambda: st.predict(net, words, labels, n=100000))
stopped("predict of a DYNAP-SE2 net", lambda: st.predict(se2, words // 16, labels, n=100000))
stopped("train", lambda: st.train(chip, words, labels, hidden=[256], recurrent=True, speakers=speakers, epochs=100000))
stopped("counts", lambda: net.virtual(1).counts(many))
stopped("counts of a DYNAP-SE2 net", lambda: se2.virtual(1).counts(many))
expect("nets are as they were", before, (net.virtual(1).hash, se2.virtual(1).hash))
expect("and are predicted as ever", (8,), st.predict(net, words, labels, n=8)["k"].shape)
