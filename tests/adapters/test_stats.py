"""Where the time of a loader goes."""

import json
import os

import numpy as np
import pytest
from fakes import Counting, counted, firsts

from penstock.adapters import Loader
from penstock.pipeline import trace

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


class Telling(Counting):
    """Tells by a pipe when the last batch is begun; one worker has then made those before it."""

    def __init__(self, batches, path, **loading):
        super().__init__(batches, **loading)
        self.path = path
        os.mkfifo(path)

    def __getitem__(self, index):
        if index == self.batches - 1:
            self.path.write_text("begun")
        return super().__getitem__(index)

    def wait(self):
        assert self.path.read_text() == "begun"


@pytest.mark.parametrize("processes", [False, True])
def test_what_stands_ready_when_asked_for_is_told(processes, tmp_path):
    data = Telling(5, tmp_path / "begun", workers=1, use_multiprocessing=processes)
    with Loader(data, trace=True) as loader:
        batches = iter(loader)
        next(batches)
        data.wait()
        next(batches)
        assert loader.stats()["ready_share"] == 1 / 2
        assert loader.stats()["ready_batches"] in (3 / 2, 4 / 2)
        assert firsts(batches) == [2, 3, 4]
        assert loader.stats()["ready_share"] >= 3 / 5


class Clock:
    """Each look at it takes a second."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        self.now += 1
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(trace, "perf_counter", clock)
    return clock


def test_time_between_batches_and_epochs_of_a_run_counts_and_time_between_runs_does_not(clock):
    loader = Loader(Counting(2), workers=1, trace=True)
    for _ in range(2):
        with loader.recipe.run() as run:
            for epoch in range(2):
                with run.epoch(epoch) as batches:
                    for _ in batches:
                        clock.now += 10
                clock.now += 100
        clock.now += 1000
    stats = loader.stats()
    assert stats["waiting_seconds"] == 2 * 4
    assert stats["seconds"] == 2 * (4 * (1 + 10 + 1) + 2 * 100)


def test_nothing_stands_ready_where_nobody_works_ahead():
    loader = Loader(Counting(3), workers=0, trace=True)
    assert firsts(loader) == [0, 1, 2]
    assert loader.stats()["ready_share"] == loader.stats()["ready_batches"] == 0


def test_to_ask_whether_a_batch_is_ready_is_waiting_too():
    loader = Loader(Counting(3), workers=1, trace=True)
    with loader.recipe.run() as run, run.epoch(0) as batches:
        assert batches.ready(60)
        waited = loader.stats()["waiting_seconds"]
        assert waited > 0
        assert next(batches) is not None
        assert loader.stats()["waiting_seconds"] > waited
        assert loader.stats()["ready_share"] == 0


def test_nothing_is_told_that_was_not_measured():
    with pytest.raises(RuntimeError, match="nothing was measured; give trace=True"):
        Loader(np.zeros(3)).stats()
