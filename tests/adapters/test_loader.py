"""Loader, as its users see it."""

import os
import threading

import numpy as np
import pytest
from fakes import Counting, counted, firsts

from penstock.adapters import Loader
from penstock.pipeline import Processes, PyDataset, Threads

X, Y = np.arange(10), np.arange(10) * 2


def test_batches_are_tuples_as_short_as_what_they_hold():
    assert [len(next(iter(Loader(*data)))) for data in ((X,), (X, Y), (X, Y, Y), (X, None, Y))] == [1, 2, 3, 3]


def test_rows_come_in_batches_of_32_unless_told_otherwise():
    assert [len(x) for (x,) in Loader(np.zeros(70))] == [32, 32, 6]
    assert [len(x) for (x,) in Loader(np.zeros(70), batch_size=50, drop_remainder=True)] == [50]


def test_the_length_is_the_batches_of_an_epoch():
    assert len(Loader(X, batch_size=4)) == 3
    assert len(Loader(X, batch_size=4, drop_remainder=True)) == 2
    assert len(Loader(Counting(7))) == 7
    with pytest.raises(TypeError, match="length of this Loader is unknown"):
        len(Loader(counted))


def test_the_length_follows_the_data_set():
    data = Counting(4)
    loader = Loader(data, workers=0)
    data.batches = 2
    assert (len(loader), firsts(loader)) == (2, [0, 1])


def test_the_kth_for_runs_epoch_k():
    loader = Loader(X, batch_size=3, shuffle=True, seed=5)
    epochs = []
    for number in range(3):
        with loader.epoch(number) as batches:
            epochs.append(firsts(batches))
    assert [firsts(loader) for _ in range(3)] == epochs
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_after_a_break_the_next_for_runs_the_next_epoch():
    loader, other = (Loader(X, batch_size=3, shuffle=True, seed=5) for _ in range(2))
    for _ in loader:
        break
    list(other)
    assert firsts(loader) == firsts(other)


def test_an_epoch_by_number_moves_nothing():
    loader = Loader(X, batch_size=3, shuffle=True)
    expected = firsts(Loader(X, batch_size=3, shuffle=True))
    with loader.epoch(7) as batches:
        next(batches)
        assert firsts(loader) == expected
        next(batches)


@pytest.mark.parametrize("workers", [0, 2])
def test_a_new_iterator_ends_the_one_before_it(workers):
    data = Counting(workers=workers)
    loader = Loader(data)
    first = iter(loader)
    next(first)
    assert firsts(loader) == [0, 1, 2, 3]
    assert [event for event in data.events if not event.isdigit()] == ["begin", "end", "begin", "end"]
    with pytest.raises(RuntimeError, match=r"a newer iterator of the Loader, or close\(\), has ended this one"):
        next(first)


@pytest.mark.parametrize("workers", [0, 1, 3])
def test_close_ends_what_runs_and_the_loader_can_be_used_again(workers):
    before = threading.active_count()
    with Loader(Counting(100), workers=workers) as loader:
        batches = iter(loader)
        next(batches)
    assert threading.active_count() == before
    with pytest.raises(RuntimeError, match="has ended this one"):
        next(batches)
    assert firsts(loader) == list(range(100))


def test_batches_of_an_epoch_end_with_its_block():
    with Loader(X).epoch(0) as batches:
        pass
    with pytest.raises(RuntimeError, match="inside the `with` block"):
        next(batches)


def test_nothing_is_loaded_of_an_epoch_that_was_not_asked_for():
    data = Counting(4)
    loader = Loader(data, workers=2)
    list(loader)
    assert data.lifecycle() == "begin 0 1 2 3 end"


def test_an_epoch_begins_at_any_batch():
    loader = Loader(X, Y, batch_size=2, shuffle=True)
    with loader.epoch(3) as whole, loader.epoch(3, start=2) as rest:
        assert firsts(whole)[2:] == firsts(rest)


def test_a_loader_of_a_loader_keeps_its_order():
    loader = Loader(X, batch_size=3, shuffle=True, seed=2)
    assert firsts(Loader(loader, workers=2)) == firsts(loader)
    with pytest.raises(ValueError, match="batch_size must not be given where x is a Loader"):
        Loader(loader, batch_size=2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, but is 0"),
        ({"shuffle": "rows"}, 'shuffle must be True, False or "batch"'),
        ({"seed": 0.5}, "seed must be a whole number, but is 0.5"),
        ({"workers": -1}, "workers must be a whole number of at least 0, but is -1"),
        ({"workers": 2.0}, "workers must be a whole number of at least 0, but is 2.0"),
        ({"max_queue_size": 0}, "max_queue_size must be a whole number of at least 1, but is 0"),
        ({"timeout": 0, "workers": 1}, "timeout must be a finite number of seconds above 0, or None, but is 0"),
        (
            {"timeout": float("inf"), "workers": 1},
            "timeout must be a finite number of seconds above 0, or None, but is inf",
        ),
        ({"timeout": 1.0}, "timeout needs workers that can be waited for, but workers is 0"),
        ({"on_worker_death": "ignore"}, 'on_worker_death must be "retry" or "raise", but is \'ignore\''),
        ({"max_retries": -1}, "max_retries must be a whole number of at least 0, but is -1"),
        ({"max_queue_bytes": 0}, "max_queue_bytes must be a whole number of at least 1, but is 0"),
        ({"batch_size": 11, "drop_remainder": True}, "x has 10 rows, which is less than one batch of 11"),
    ],
)
def test_arguments_are_checked_at_the_door(arguments, message):
    with pytest.raises(ValueError, match=message):
        Loader(X, **arguments)


@pytest.mark.parametrize("x", [np.zeros((0, 3)), Counting(0)], ids=lambda x: type(x).__name__)
def test_data_without_rows_are_refused_at_the_door(x):
    with pytest.raises(ValueError, match="x must not be empty, but has no rows"):
        Loader(x)


def test_what_processes_are_told_reaches_them():
    options = {"timeout": 2.0, "on_worker_death": "raise", "max_retries": 1, "max_queue_bytes": 9}
    loader = Loader(Loader(X, workers=1, use_multiprocessing=True, **options), max_queue_size=4)
    expected = Processes(1, ahead=4, ahead_bytes=9, timeout=2.0, on_worker_death="raise", max_retries=1)
    assert loader.recipe.executor == expected


def test_what_threads_are_told_reaches_them():
    loader = Loader(Loader(X, workers=2, timeout=2.0, max_queue_bytes=9), max_queue_size=4)
    assert loader.recipe.executor == Threads(2, ahead=4, ahead_bytes=9, timeout=2.0)


def test_process_workers_stay_warm_until_the_loader_is_closed():
    class Who(PyDataset):
        def __len__(self):
            return 8

        def __getitem__(self, index):
            return np.array([os.getpid()])

    with Loader(Who(), workers=2, use_multiprocessing=True) as loader:
        first, second = ({int(x[0]) for (x,) in loader} for _ in range(2))
        assert len(first | second) <= 2
        assert all(os.path.exists(f"/proc/{pid}") for pid in first)
    assert os.getpid() not in first
    assert not any(os.path.exists(f"/proc/{pid}") for pid in first)
