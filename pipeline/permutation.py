"""A random permutation of range(total), any stretch of which can be drawn by itself."""

from functools import lru_cache

import numpy as np

from .philox import philox

TRUE_SHUFFLE_UP_TO = 2**20  # 8 MiB of positions; above it, they are computed for the stretch that is asked for
_BLOCK = 8192  # one draw costs about 250 us whatever it yields, so short stretches are cut from a kept block
_ROUNDS = 8
_SEED_WORDS = 4
_HIGH = np.uint64(32)


def permuted(total: int, seed: int, epoch: int, start: int, stop: int) -> np.ndarray:
    """What stands at the positions start <= i < stop of the permutation that (seed, epoch) draws: int64, read-only.

    Up to 2**20 a true shuffle, as NumPy draws it; above, a Feistel network over pairs, in memory that does not grow
    with `total`.
    """
    if total <= TRUE_SHUFFLE_UP_TO:
        return _shuffled(total, seed, epoch)[start:stop]
    if stop - start >= _BLOCK:
        return computed(total, seed, epoch, start, stop)
    number, offset = divmod(start, _BLOCK)
    drawn = _block(total, seed, epoch, number)
    if offset + stop - start > _BLOCK:
        drawn = np.concatenate([drawn, _block(total, seed, epoch, number + 1)])
    return drawn[offset : offset + stop - start]


@lru_cache(maxsize=2)
def _shuffled(total: int, seed: int, epoch: int) -> np.ndarray:
    # SFC64 draws a shuffle a quarter faster than Philox, which is here where streams must be found by their index.
    bits = np.random.SFC64(philox(seed, epoch).random_raw(_SEED_WORDS))
    return _read_only(np.random.Generator(bits).permutation(total))


@lru_cache(maxsize=4)
def _block(total: int, seed: int, epoch: int, number: int) -> np.ndarray:
    return _read_only(computed(total, seed, epoch, number * _BLOCK, min(total, (number + 1) * _BLOCK)))


def _read_only(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def computed(total: int, seed: int, epoch: int, start: int, stop: int) -> np.ndarray:
    """The same positions for a total of any size, by a Feistel network over pairs.

    Positions below `total` go round the network until they land below `total`, which keeps it a bijection there.
    """
    keys = _keys(seed, epoch)
    width = int(np.ceil(np.sqrt(total)))
    height = -(-total // width)
    drawn = _mixed(np.arange(start, stop, dtype=np.uint64), height, width, keys)
    beyond = np.flatnonzero(drawn >= total)
    while beyond.size:
        drawn[beyond] = _mixed(drawn[beyond], height, width, keys)
        beyond = beyond[drawn[beyond] >= total]
    return drawn.view(np.int64)


@lru_cache(maxsize=4)
def _keys(seed: int, epoch: int) -> np.ndarray:
    """For each round a word to add and two odd multipliers."""
    keys = philox(seed, epoch).random_raw((_ROUNDS, 3))
    keys[:, 1:] |= np.uint64(1)
    return keys


def _mixed(positions: np.ndarray, height: int, width: int, keys: np.ndarray) -> np.ndarray:
    """A bijection on range(height * width), whatever the rounds do.

    Each round adds to one half, modulo its range, what a hash makes of the other. Luby and Rackoff, How to Construct
    Pseudorandom Permutations from Pseudorandom Functions (1988).
    """
    ranges = np.uint64(height), np.uint64(width)
    changed, other = positions // ranges[1], positions % ranges[1]
    for number, key in enumerate(keys):
        size = ranges[number % 2]
        changed += _hashed(other, key, size)
        np.subtract(changed, size, out=changed, where=changed >= size)
        changed, other = other, changed
    # After an even number of rounds the halves stand where they stood.
    changed *= ranges[1]
    changed += other
    return changed


def _hashed(values: np.ndarray, key: np.ndarray, size: np.uint64) -> np.ndarray:
    """A hash of each value in range(size): two multiplications, of which the high bits count."""
    hashed = values + key[0]
    hashed *= key[1]
    hashed ^= hashed >> _HIGH
    hashed *= key[2]
    hashed >>= _HIGH
    hashed *= size
    hashed >>= _HIGH
    return hashed
