"""What every Source promises; a new one is one more row."""

import threading

import numpy as np
import pytest
from fakes import Counting
from inputs import OF_ROWS

from penstock.adapters import adapt
from penstock.pipeline import Batch, Part, Resident, Source, leaves

SOURCES = {
    "Resident": lambda folder: Resident(Batch(np.arange(30).reshape(10, 3), np.arange(10))),
    "part of a Resident": lambda folder: Resident(Batch(np.arange(30))).part(3, 17),
    "Part": lambda folder: Part(Resident(Batch(np.arange(30).reshape(15, 2), np.arange(15))), 4, 13),
    "PyDataset": lambda folder: adapt(Counting(9)),
} | {name: lambda folder, given=given: adapt(*given(folder)[0]) for name, given in OF_ROWS.items()}


def arrays(batch):
    return [leaf for part in batch.as_tuple() for leaf in leaves(part)]


def equal(one, other):
    return one.rows == other.rows and all(map(np.array_equal, arrays(one), arrays(other)))


def each_row(source):
    return [source.fetch(slice(row, row + 1)) for row in range(len(source))]


def names_rows_by_slices_and_by_arrays_alike(source):
    for row, batch in enumerate(each_row(source)):
        assert equal(source.fetch(np.array([row])), batch)


def gives_the_same_rows_again(source):
    assert all(map(equal, each_row(source), each_row(source)))


def gives_several_rows_in_the_order_asked_for(source):
    if source.batched:
        return
    rows = np.random.default_rng(0).permutation(len(source))[:5]
    several, single = source.fetch(rows), each_row(source)
    assert several.rows == 5
    for place, row in enumerate(rows):
        assert all(np.array_equal(a[place], b[0]) for a, b in zip(arrays(several), arrays(single[row]), strict=True))


def gives_as_many_rows_as_it_says(source):
    if not source.batched:
        assert all(len(leaf) == 4 for leaf in arrays(source.fetch(slice(2, 6))))
        assert source.fetch(slice(2, 6)).rows == 4


def keeps_dtypes_in_native_byte_order(source):
    for rows in (slice(0, 1), np.array([0])):
        assert all(leaf.dtype.isnative and leaf.flags.c_contiguous for leaf in arrays(source.fetch(rows)))


def gives_arrays_of_the_receivers_own_unless_it_lends(source):
    if source.lends:
        return
    before = each_row(source)
    for rows in (slice(0, len(source)), np.arange(len(source))):
        for leaf in arrays(source.fetch(rows)):
            leaf[:] = 99
    assert all(map(equal, each_row(source), before))


def is_fetched_from_by_several_threads_at_once(source):
    expected, wrong, go = each_row(source), [], threading.Barrier(4)

    def fetch():
        go.wait(60)
        wrong.extend(row for row in range(len(source)) if not equal(source.fetch(slice(row, row + 1)), expected[row]))

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


CHECKS = [
    names_rows_by_slices_and_by_arrays_alike,
    gives_the_same_rows_again,
    gives_several_rows_in_the_order_asked_for,
    gives_as_many_rows_as_it_says,
    keeps_dtypes_in_native_byte_order,
    gives_arrays_of_the_receivers_own_unless_it_lends,
    is_fetched_from_by_several_threads_at_once,
]


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_source(make, check, tmp_path):
    source = make(tmp_path)
    assert isinstance(source, Source)
    check(source)
