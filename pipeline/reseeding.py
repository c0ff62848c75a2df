"""The global random generators of a worker process, seeded for each batch."""

import random
from hashlib import blake2b
from struct import Struct

import numpy as np

_KEY = Struct("<QQQ")
_WORD = (1 << 64) - 1


def reseed(seed: int, epoch: int, index: int) -> None:
    """Make `random` and `numpy.random` go on as a function of (seed, epoch, index), whatever was drawn before."""
    # Not a generator of NumPy's: to make one takes longer than to seed both.
    digest = blake2b(_KEY.pack(seed & _WORD, epoch & _WORD, index & _WORD), digest_size=12).digest()
    random.seed(int.from_bytes(digest[:8], "little"))
    np.random.seed(int.from_bytes(digest[8:], "little"))
