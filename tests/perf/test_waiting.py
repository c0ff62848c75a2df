"""Waiting is measured where batches are handed over, and changes nothing."""

import numpy as np
import pytest

import penstock as ps
from penstock.perf.waiting import WatchedLoading
from penstock.pipeline import Batch, Loading, Resident

X = np.arange(100.0)


def batches(loading):
    with ps.Loader(Resident(Batch(X), loading), batch_size=8, shuffle=True) as loader:
        return [x for _ in range(2) for (x,) in loader]


@pytest.mark.parametrize("workers", [0, 2])
def test_watched_batches_are_the_same(workers):
    watched = WatchedLoading(workers)
    np.testing.assert_array_equal(np.concatenate(batches(watched)), np.concatenate(batches(Loading(workers))))
    assert watched.waited.seconds > 0


def test_the_time_of_the_calling_thread_counts_as_waiting():
    class Counting(Resident):
        def fetch(self, rows):
            ticks.append(watched.waited.seconds)
            return super().fetch(rows)

    ticks, watched = [], WatchedLoading(workers=0)
    with ps.Loader(Counting(Batch(X), watched), batch_size=50) as loader:
        assert len(list(loader)) == 2
    assert ticks[0] == 0 < ticks[1] < watched.waited.seconds
