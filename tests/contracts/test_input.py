"""What a Loader promises of every kind of input; a new one is one more row."""

import threading
from itertools import islice

import numpy as np
import pytest
from fakes import Counting
from hypothesis import given
from hypothesis import strategies as st
from inputs import OF_BATCHES, OF_ROWS

from penstock.adapters import Loader
from penstock.pipeline import leaves, map_leaves

INPUTS = OF_ROWS | OF_BATCHES
WORKERS = (0, 1, 4)


def copied(batches):
    """The values of each batch at the moment it is given."""
    return [[leaf.copy() for leaf in leaves(batch)] for batch in batches]


def assert_equal(one, other):
    assert len(one) == len(other)
    for a, b in zip(one, other, strict=True):
        assert all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def loaders(given, folder, **keywords):
    """One Loader for each number of workers, and one with processes; of many workers, those of a stream are one."""
    arguments, own = given(folder)
    threads = [Loader(*arguments, **own, **keywords, workers=workers) for workers in WORKERS]
    return [*threads, Loader(*arguments, **own, **keywords, workers=2, use_multiprocessing=True)]


@pytest.fixture(params=INPUTS.values(), ids=INPUTS)
def given_input(request):
    return request.param


@pytest.mark.filterwarnings("ignore:x gives its batches one after the other:UserWarning")
class TestEveryInput:
    def test_workers_make_no_difference(self, given_input, tmp_path):
        inline, *others = [[copied(loader) for _ in range(3)] for loader in loaders(given_input, tmp_path)]
        for other in others:
            for epoch, expected in zip(other, inline, strict=True):
                assert_equal(epoch, expected)

    def test_batches_are_writable_and_the_receivers_own(self, given_input, tmp_path):
        for loader in loaders(given_input, tmp_path):
            expected = copied(loader)
            for batch in loader:
                map_leaves(lambda leaf: leaf.fill(0), batch)
            assert_equal(copied(loader), expected)

    def test_batches_stay_as_they_were_given(self, given_input, tmp_path):
        for loader in loaders(given_input, tmp_path):
            kept = list(loader)
            assert_equal(copied(kept), copied(loader))

    def test_an_epoch_can_begin_at_any_batch(self, given_input, tmp_path):
        for loader in loaders(given_input, tmp_path):
            whole = copied(loader)
            for start in (0, 1, len(whole)):
                with loader.epoch(0, start) as batches:
                    assert_equal(copied(batches), whole[start:])

    def test_break_leaves_no_thread(self, given_input, tmp_path):
        before = threading.active_count()
        for loader in loaders(given_input, tmp_path):
            for _ in loader:
                break
            assert threading.active_count() == before

    def test_an_exception_leaves_no_thread(self, given_input, tmp_path):
        before = threading.active_count()
        for loader in loaders(given_input, tmp_path):
            with pytest.raises(ZeroDivisionError), loader.epoch(0) as batches:
                next(batches)
                raise ZeroDivisionError
            assert threading.active_count() == before


@pytest.mark.parametrize("given_input", OF_ROWS.values(), ids=OF_ROWS)
@pytest.mark.parametrize("shuffle", [True, "batch"])
def test_workers_make_no_difference_to_shuffled_rows(given_input, shuffle, tmp_path):
    inline, *others = [
        [copied(loader) for _ in range(2)] for loader in loaders(given_input, tmp_path, shuffle=shuffle, batch_size=8)
    ]
    assert not all(map(np.array_equal, inline[0][0], inline[1][0]))
    for other in others:
        for epoch, expected in zip(other, inline, strict=True):
            assert_equal(epoch, expected)


@given(st.integers(1, 12), st.integers(0, 6), st.integers(1, 12), st.integers(1, 13), st.booleans())
def test_each_batch_comes_once_in_order_whatever_the_workers_queue_and_stop(length, workers, queue, stop, shuffle):
    data = Counting(length)
    loader = Loader(data, workers=workers, max_queue_size=queue, shuffle=shuffle, seed=3)
    expected = [int(batch[0][0]) for batch in Loader(Counting(length), shuffle=shuffle, seed=3, workers=0)]
    assert sorted(expected) == list(range(length))
    seen = [int(batch[0][0]) for batch in islice(loader, stop)]
    assert seen == expected[:stop]
    assert (data.events.count("begin"), data.events.count("end")) == (1, 1)
    assert data.events[-1] == "end"
