"""Random bits as a pure function of seed, epoch and index."""

import numpy as np

_WORD = (1 << 64) - 1


def philox(seed: int, epoch: int, *, index: int | None = None, use: int = 0) -> "np.random.Philox":
    """A bit generator keyed by (seed, epoch): one stream for the epoch itself, and one for each index and use in it.

    Philox: Salmon et al., Parallel Random Numbers: As Easy as 1, 2, 3 (2011). The lowest word of its counter runs; the
    next two name the stream.
    """
    stream = [0, 0] if index is None else [1 + use, index & _WORD]
    key = np.array([seed & _WORD, epoch & _WORD], np.uint64)
    return np.random.Philox(key=key, counter=np.array([0, *stream, 0], np.uint64))
