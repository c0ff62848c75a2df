"""The global random generators of a worker process, seeded for each batch."""

import random

import numpy as np

from .philox import philox

_USE = 1  # that of `PyDataset.rng` is 0; those of transforms come after


def reseed(seed: int, epoch: int, index: int) -> None:
    """Make `random` and `numpy.random` go on as a function of (seed, epoch, index), whatever was drawn before."""
    words = philox(seed, epoch, index=index, use=_USE).random_raw(2)
    random.seed(int(words[0]))
    np.random.seed(int(words[1]) & 0xFFFFFFFF)
