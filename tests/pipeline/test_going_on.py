"""Epochs that are begun before the one before them is over."""

import threading

import numpy as np
import pytest
from fakes import Counting, firsts, taken
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters import adapt
from penstock.adapters.py_dataset import PyDatasetSource
from penstock.pipeline import Batch, Executor, Order, Position, PyDataset, Recipe, Resident, Threads


class Plain(PyDataset):
    """Batch i is (i, i); knows which batches were made, and has no hooks."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches
        self.made = []
        self.all_made = threading.Event()

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        self.made.append(index)
        if len(self.made) == 2 * self.batches:
            self.all_made.set()
        return np.full(2, index)


def recipe(data, executor: Executor = Threads(2), shuffle=False):  # noqa: B008 # a value
    source = PyDatasetSource(data)
    return Recipe(source, Order(len(source), 1, shuffle), executor)


def going_on(run, epochs):
    """The firsts of epochs, each but the last of which knows how many follow."""
    seen = []
    for epoch in range(epochs):
        with run.epoch(epoch, epochs_after=epochs - epoch - 1) as batches:
            seen.append(firsts(batches))
    return seen


def test_the_next_epoch_is_begun_before_it_is_asked_for():
    data = Plain(4)
    with recipe(data, Threads(1)).run() as run, run.epoch(0, epochs_after=1) as batches:
        assert firsts(batches) == [0, 1, 2, 3]
        assert data.all_made.wait(60)


def test_an_epoch_that_nobody_announced_is_not_begun():
    data = Plain(4)
    with recipe(data).run() as run:
        taken(run, 0)
    assert sorted(data.made) == [0, 1, 2, 3]


def test_no_epoch_is_begun_before_the_hooks_of_the_last():
    data = Counting(4)
    with recipe(data).run() as run:
        assert going_on(run, 3) == [[0, 1, 2, 3]] * 3
    assert data.lifecycle() == " ".join(["begin 0 1 2 3 end"] * 3)


@given(
    st.integers(1, 6),
    st.one_of(st.none(), st.integers(1, 8)),
    st.sampled_from([Threads(1), Threads(3, ahead=2), Threads(2, ahead=30)]),
    st.booleans(),
    st.booleans(),
)
def test_batches_are_the_same_as_if_each_epoch_were_waited_for(length, steps, executor, restarts, shuffle):
    with recipe(Plain(length), executor, shuffle).run(steps, restarts=restarts) as run:
        expected = [taken(run, epoch) for epoch in range(4)]
    with recipe(Plain(length), executor, shuffle).run(steps, restarts=restarts) as run:
        assert going_on(run, 4) == expected


def test_after_a_break_the_next_epoch_is_whole():
    with recipe(Plain(5)).run() as run:
        with run.epoch(0, epochs_after=2) as batches:
            assert firsts([next(batches), next(batches)]) == [0, 1]
        assert going_on(run, 3)[1:] == [[0, 1, 2, 3, 4]] * 2


def test_after_an_exception_nothing_is_left_and_epochs_go_on():
    before = threading.active_count()
    with recipe(Plain(5)).run() as run:
        with pytest.raises(ZeroDivisionError), run.epoch(0, epochs_after=2) as batches:
            next(batches)
            raise ZeroDivisionError
        assert threading.active_count() == before
        assert taken(run, 1) == [0, 1, 2, 3, 4]
    assert threading.active_count() == before


def test_a_run_that_restarts_gives_the_first_epoch_again():
    data = Counting(4)
    with recipe(data, shuffle=True).run(3, restarts=True) as run:
        first, *others = [taken(run, epoch) for epoch in range(3)]
    assert others == [first] * 2
    assert data.events.count("begin") == data.events.count("end") == 3


@given(st.integers(1, 6), st.one_of(st.none(), st.integers(1, 8)), st.integers(0, 3), st.data())
def test_a_run_may_begin_anywhere(length, steps, epoch, data):
    position = Position(data.draw(st.integers(0, 3)), data.draw(st.integers(0, length - 1)))
    stream = [(p, b) for p in range(40) for b in range(length)]
    first = stream.index((position.epoch, position.batch))
    order = Order(length, 1, shuffle=True)
    with Recipe(Resident(Batch(np.arange(length))), order).run(steps, begins=position) as run:
        seen = [taken(run, number) for number in range(epoch, epoch + 3)]
    sizes = [steps] * 3 if steps else [length - position.batch, length, length]
    assert [len(each) for each in seen] == sizes
    expected = [int(np.arange(length)[order.rows(p, b)][0]) for p, b in stream[first : first + sum(sizes)]]
    assert sum(seen, []) == expected


def test_the_first_batch_can_be_made_alone():
    data = Plain(4)
    with recipe(data, Threads(1)).run() as run, run.epoch(0) as batches:
        first = batches.alone()
        assert first is not None
        assert data.made == [0]
        assert firsts([first, *batches]) == [0, 1, 2, 3]


def test_streams_wait_for_each_epoch():
    with Recipe(adapt(lambda: iter([np.zeros(2), np.ones(2)])), executor=Threads(1)).run() as run:
        assert going_on(run, 2) == [[0, 1]] * 2
