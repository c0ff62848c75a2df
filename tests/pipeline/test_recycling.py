"""Memory of arrays that are gone is used again, and never while somebody looks at it."""

from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from penstock.adapters import Loader
from penstock.pipeline.recycling import LEAST, Recycling

FLOAT = np.dtype("float32")
SHAPE = (LEAST // 4,)


@pytest.fixture
def recycling():
    return Recycling()


def address(array):
    return array.ctypes.data


def test_the_memory_of_an_array_that_is_gone_is_used_again(recycling):
    first = recycling.empty(SHAPE, FLOAT)
    place = address(first)
    assert first.shape == SHAPE and first.dtype == FLOAT and first.flags.writeable
    second = recycling.empty(SHAPE, FLOAT)
    assert address(second) != place
    del first
    assert address(recycling.empty((2, SHAPE[0] // 2), FLOAT)) == place


@pytest.mark.parametrize(
    "look",
    [
        lambda array: array[5:7],
        lambda array: memoryview(array),
        lambda array: array.reshape(2, -1).T,
        jax.device_put,
        jax.dlpack.from_dlpack,
        jnp.asarray,
    ],
)
def test_memory_is_not_used_again_while_somebody_looks_at_it(recycling, look):
    array = recycling.empty(SHAPE, FLOAT)
    array[:] = 1
    seen = look(array)
    del array
    for _ in range(20):
        recycling.empty(SHAPE, FLOAT)[:] = -1
    assert np.all(np.asarray(seen) == 1)


def test_arrays_that_are_kept_are_apart_and_mostly_ordinary(recycling):
    kept = [recycling.empty(SHAPE, FLOAT) for _ in range(30)]
    for number, array in enumerate(kept):
        array[:] = number
    assert [array[-1] for array in kept] == list(range(30))
    assert sum(array.flags.owndata for array in kept) >= 20


def test_small_and_large_arrays_and_objects_are_ordinary(recycling):
    for shape, dtype in [((3,), FLOAT), ((2**20 * 2,), FLOAT), ((LEAST,), np.dtype(object)), ((0, 5), FLOAT)]:
        assert recycling.empty(shape, dtype).flags.owndata


def test_after_other_sizes_memory_is_used_again(recycling):
    for number in range(20):
        recycling.empty((SHAPE[0] + 4096 * number,), FLOAT)
    places = {address(recycling.empty(SHAPE, FLOAT)) for _ in range(5)}
    assert len(places) == 1


def test_threads_share_it_without_sharing_memory(recycling):
    def work(number):
        for _ in range(200):
            array = recycling.empty(SHAPE, FLOAT)
            array[:] = number
            assert np.all(array == number)
        return number

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == list(range(4))


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_that_jax_borrowed_stay_as_they_are(workers):
    x = np.arange(64 * 40_000, dtype="float32").reshape(64, 40_000)
    loader = Loader(x, batch_size=2, shuffle=True, workers=workers)
    sums = [jax.device_put(batch).sum(axis=1) for _ in range(3) for (batch,) in loader]
    rows = sorted(float(value) for pair in sums for value in pair)
    assert np.allclose(rows, sorted(np.repeat(jnp.asarray(x).sum(axis=1), 3)))
