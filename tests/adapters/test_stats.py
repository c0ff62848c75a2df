"""Where the time of a loader goes."""

import json
import threading

import numpy as np
import pytest
from fakes import Counting, counted, firsts

from penstock.adapters import Loader

EXECUTORS = [{"workers": 0}, {"workers": 2}, {"workers": 2, "use_multiprocessing": True}]


def same(batch):
    return batch


@pytest.mark.parametrize("options", EXECUTORS, ids=str)
def test_stages_and_waiting_are_counted(options):
    with Loader(Counting(6), trace=True, **options).map(same).map(same) as loader:
        assert [firsts(loader) for _ in range(2)] == [[0, 1, 2, 3, 4, 5]] * 2
        stats = loader.stats()
    assert stats["batches"] == 12
    assert list(stats["stage_seconds"]) == ["load", "copy", "map 1", "map 2"]
    assert all(seconds > 0 for seconds in stats["stage_seconds"].values())
    assert 0 < stats["waiting_seconds"] <= stats["seconds"]
    assert stats["wait_share"] == stats["waiting_seconds"] / stats["seconds"]
    assert 0 <= stats["ready_share"] <= 1
    assert json.loads(json.dumps(stats)) == stats


def test_batches_keep_their_weights():
    data = np.arange(6)
    traced = Loader(data, data, data, batch_size=2, trace=True)
    assert [[list(leaf) for leaf in batch] for batch in traced] == [[[i, i + 1]] * 3 for i in (0, 2, 4)]
    assert [len(batch) for batch in Loader(data, batch_size=2, trace=True)] == [1, 1, 1]


def test_batches_of_a_generator_are_counted_once():
    loader = Loader(counted(6), workers=1, trace=True).map(same)
    batches = iter(loader)
    next(batches)
    assert len([*loader]) == 5
    assert loader.stats()["batches"] == 6


def test_what_is_ready_when_asked_for_is_told():
    made = threading.Event()

    class Known(Counting):
        def __getitem__(self, index):
            if index == 4:
                made.set()
            return super().__getitem__(index)

    loader = Loader(Known(5), workers=1, trace=True)
    batches = iter(loader)
    next(batches)
    assert made.wait(60)
    next(batches), next(batches), next(batches)
    assert loader.stats()["ready_share"] >= 3 / 4


def test_nothing_is_told_that_was_not_measured():
    with pytest.raises(RuntimeError, match="nothing was measured; give trace=True"):
        Loader(np.zeros(3)).stats()
