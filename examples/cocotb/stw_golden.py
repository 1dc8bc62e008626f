"""The golden model for cocotb, or any Python: libstw_golden.so through ctypes (cosim/golden/golden.h)."""

import ctypes

END, CLIP, TICK = 0, 1, 2

_HANDLE, _INT, _LONG, _TEXT = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_char_p
_FUNCTIONS = {  # name: result, arguments after the handle
    "close": (None, []),
    "error": (_TEXT, []),
    "image": (_TEXT, []),
    "layers": (_INT, []),
    "sources": (_INT, []),
    "neurons": (_INT, [_INT]),
    "write": (_INT, [_INT, _INT, _TEXT, _LONG]),
    "write_weight": (_INT, [_INT, _INT, _INT, _LONG]),
    "least": (_LONG, [_INT, _TEXT]),
    "most": (_LONG, [_INT, _TEXT]),
    "rest": (_INT, []),
    "event": (_INT, [_INT, _INT]),
    "tick": (_INT, [_INT]),
    "vectors": (_INT, [_TEXT]),
    "read": (_INT, []),
    "x": (_INT, [_INT]),
    "jitter": (_INT, []),
    "stage": (_LONG, [_INT, _INT, _TEXT]),
    "state": (_LONG, [_INT, _INT, _TEXT]),
    "spike": (_INT, [_INT, _INT]),
    "check": (_INT, [_INT, _INT, _TEXT, _LONG]),
    "words": (_LONG, []),
    "differ": (_LONG, []),
    "report": (_TEXT, []),
    "verdict": (_INT, []),
    "words_of": (_INT, []),
    "word_name": (_TEXT, [_INT]),
    "reached": (_TEXT, []),
    "corners": (_INT, []),
    "corner": (_TEXT, [_INT]),
    "corner_count": (_LONG, [_INT]),
}


class Golden:
    """One chip. `golden.tick(jitter)` is stw_tick(h, jitter), and so on for every function; what
    goes wrong is raised as RuntimeError."""

    def __init__(self, library, folder):
        self._library = ctypes.CDLL(library)
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(self._library, "stw_" + name)
            function.restype, function.argtypes = result, [_HANDLE, *arguments]
        self._library.stw_open.restype = _HANDLE
        self._library.stw_open.argtypes = [_TEXT]
        self._handle = self._library.stw_open(folder.encode())
        self._raise()

    def _raise(self):
        error = self._library.stw_error(self._handle).decode()
        if error:
            raise RuntimeError(error)

    def __getattr__(self, name):
        if name not in _FUNCTIONS:
            raise AttributeError(name)
        function = getattr(self._library, "stw_" + name)

        def call(*arguments):
            if not self._handle:
                raise RuntimeError(f"stw_{name}: the chip is closed")
            encoded = [a.encode() if isinstance(a, str) else a for a in arguments]
            result = function(self._handle, *encoded)
            if name == "close":
                self._handle = None
            else:
                self._raise()
            return result.decode() if isinstance(result, bytes) else result

        return call
