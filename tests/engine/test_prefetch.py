"""Batches as arrays on the device, for loops written by hand."""

import jax
import numpy as np
import pytest

import penstock as ps

X = np.arange(40, dtype=np.float32).reshape(20, 2)
Y = np.arange(20, dtype=np.int32)


def values(batches):
    return [[np.asarray(leaf) for leaf in jax.tree.leaves(batch)] for batch in batches]


def assert_equal(one, other):
    assert len(one) == len(other)
    assert all(np.array_equal(a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize("options", [{}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}], ids=str)
def test_batches_are_those_of_the_loader_on_the_device(options):
    expected = values(ps.Loader(X, Y, batch_size=3, shuffle=True))
    with ps.Loader(X, Y, batch_size=3, shuffle=True, **options) as loader:
        batches = list(ps.prefetch_to_device(loader))
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(batches))
    assert_equal(values(batches), expected)


def test_what_the_device_reads_is_not_written_again():
    """Far more batches than there are slots, of which some are kept; two workers go on filling slots."""
    data = np.repeat(np.arange(400, dtype=np.int32)[:, None], 4096, axis=1)
    sums, kept = [], []
    with ps.Loader(data, batch_size=2, workers=2, use_multiprocessing=True, max_queue_size=3) as loader:
        for number, (x,) in enumerate(ps.prefetch_to_device(loader)):
            sums.append(x.sum())
            kept += [(number, x)] * (number % 20 == 0)
    assert [int(total) for total in sums] == [4096 * (4 * number + 1) for number in range(200)]
    assert all(np.array_equal(x, data[2 * number : 2 * number + 2]) for number, x in kept)


def test_two_batches_are_on_their_way():
    made = []
    loader = ps.Loader(X, batch_size=3).map(lambda batch: made.append(0) or batch)
    batches = ps.prefetch_to_device(loader)
    next(batches)
    assert len(made) == 3
    next(batches)
    assert len(made) == 4


def test_the_state_is_that_of_what_was_given():
    loader, other = (ps.Loader(X, batch_size=3) for _ in range(2))
    batches = ps.prefetch_to_device(loader)
    given = [next(batches), next(batches)]
    other.load_state_dict(loader.state_dict())
    assert_equal(values([*given, *ps.prefetch_to_device(other)]), values(ps.Loader(X, batch_size=3)))
    list(batches)
    assert (loader.state_dict()["epoch"], loader.state_dict()["batch"]) == (1, 0)


def test_an_error_comes_after_the_batches_before_it():
    def fails(batch):
        return batch if batch[0][0, 0] < 12 else 1 // 0

    batches, seen = ps.prefetch_to_device(ps.Loader(X, batch_size=3).map(fails)), []
    with pytest.raises(ZeroDivisionError):
        seen.extend(batches)
    assert len(values(seen)) == 2


def test_arrays_lie_where_the_sharding_says():
    mesh = jax.make_mesh((1,), ("rows",))
    sharding = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("rows"))
    x, y = next(ps.prefetch_to_device(ps.Loader(X, Y, batch_size=4), sharding))
    assert x.sharding == y.sharding == sharding
