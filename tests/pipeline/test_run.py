"""Epochs of a run: their batches, the passes over the data that they make, and the hooks."""

import numpy as np
import pytest
from fakes import Counting, counted, epochs, firsts, taken
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters import adapt
from penstock.adapters.py_dataset import PyDatasetSource
from penstock.pipeline import Batch, Executor, Inline, Order, Recipe, Resident, Shuffle, Threads

EXECUTORS = st.sampled_from([Inline(), Threads(1), Threads(3, ahead=2)])


def recipe(data: Counting, executor: Executor = Inline(), shuffle: Shuffle = False):  # noqa: B008 # a value
    source = PyDatasetSource(data)
    return Recipe(source, Order(len(source), 1, shuffle), executor)


def stream(x, executor: Executor = Inline()):  # noqa: B008 # a value
    return Recipe(adapt(x), executor=executor)


@pytest.mark.parametrize("executor", [Inline(), Threads(1), Threads(4)], ids=repr)
class TestHooks:
    def test_an_epoch_is_begin_all_batches_end(self, executor):
        data = Counting()
        assert epochs(recipe(data, executor), [0, 1]) == [[0, 1, 2, 3]] * 2
        assert data.lifecycle() == "begin 0 1 2 3 end begin 0 1 2 3 end"

    def test_an_epoch_left_early_ends(self, executor):
        data = Counting(1000)
        with recipe(data, executor).run() as run:
            with run.epoch(0) as batches:
                next(batches)
            events = data.events
            assert (events[0], events[-1], events.count("end")) == ("begin", "end", 1)
            with run.epoch(1):
                pass
        assert events[-2:] == ["begin", "end"]

    def test_an_epoch_left_by_an_exception_does_not_end(self, executor):
        data = Counting()
        with pytest.raises(ZeroDivisionError), recipe(data, executor).run() as run, run.epoch(0) as batches:
            next(batches)
            raise ZeroDivisionError
        assert data.events[0] == "begin"
        assert "end" not in data.events

    def test_a_run_goes_on_after_an_exception(self, executor):
        data = Counting()
        with recipe(data, executor).run() as run:
            with pytest.raises(ZeroDivisionError), run.epoch(0):
                raise ZeroDivisionError
            assert taken(run, 1) == [0, 1, 2, 3]
        assert data.lifecycle() == "begin begin 0 1 2 3 end"

    def test_hooks_count_passes_where_epochs_have_other_lengths(self, executor):
        data = Counting()
        assert epochs(recipe(data, executor), [0, 1, 2], steps=3) == [[0, 1, 2], [3, 0, 1], [2, 3, 0]]
        assert data.lifecycle() == "begin 0 1 2 3 end begin 0 1 2 3 end begin 0 end"

    def test_a_pass_that_ends_with_an_epoch_ends_there(self, executor):
        data = Counting()
        with recipe(data, executor).run(2) as run:
            assert taken(run, 0) == [0, 1]
            assert data.lifecycle() == "begin 0 1"
            assert taken(run, 1) == [2, 3]
            assert data.lifecycle() == "begin 0 1 2 3 end"

    def test_an_epoch_may_span_several_passes(self, executor):
        data = Counting(2)
        assert epochs(recipe(data, executor), [0], steps=5) == [[0, 1, 0, 1, 0]]
        assert data.lifecycle() == "begin 0 1 end begin 0 1 end begin 0 end"

    def test_an_exception_between_epochs_ends_no_pass(self, executor):
        data = Counting()
        with pytest.raises(ZeroDivisionError), recipe(data, executor).run(3) as run:
            taken(run, 0)
            raise ZeroDivisionError
        assert data.lifecycle() == "begin 0 1 2"


class Shrinking(Counting):
    """One batch fewer after each epoch."""

    def on_epoch_end(self):
        super().on_epoch_end()
        assert self.batches is not None
        self.batches -= 1


def test_a_hook_may_change_the_length():
    assert epochs(recipe(Shrinking(4)), [0, 1, 2]) == [[0, 1, 2, 3], [0, 1, 2], [0, 1]]


def test_passes_are_counted_as_they_come_where_a_hook_changes_the_length():
    assert epochs(recipe(Shrinking(4)), [0, 1], steps=4) == [[0, 1, 2, 3], [0, 1, 2, 0]]


def test_data_that_have_become_empty_are_an_error():
    with pytest.raises(ValueError, match="at least one batch, but have 0 rows"):
        epochs(recipe(Shrinking(1)), [0, 1])


def test_random_numbers_and_order_follow_the_pass():
    class Noisy(Counting):
        def __getitem__(self, index):
            return self.rng(index).integers(1000, size=1)

    whole, split = (epochs(recipe(Noisy(), Threads(3), shuffle=True), range(4), steps) for steps in (None, 2))
    assert split == [whole[0][:2], whole[0][2:], whole[1][:2], whole[1][2:]]
    assert len({tuple(epoch) for epoch in whole}) == 4


@given(st.integers(1, 6), st.integers(1, 8), st.integers(0, 30), st.integers(0, 8), EXECUTORS)
def test_batch_g_of_a_run_is_batch_g_of_all_passes(length, steps, epoch, start, executor):
    start = min(start, steps)
    expected = [g % length for g in range(epoch * steps + start, (epoch + 1) * steps)]
    with recipe(Counting(length), executor).run(steps) as run:
        assert taken(run, epoch, start) == expected


@given(st.integers(1, 6), st.integers(0, 6), st.sampled_from([True, False, "batch"]), EXECUTORS)
def test_an_epoch_can_begin_at_any_batch(length, start, shuffle, executor):
    start = min(start, length)
    with recipe(Counting(length), executor, shuffle).run() as run:
        assert taken(run, 7, start) == taken(run, 7)[start:]


def test_the_length_of_an_epoch_is_known_where_it_can_be():
    with recipe(Counting()).run() as run, run.epoch(0, 1) as batches:
        assert batches.length == 3
    with recipe(Counting()).run(6) as run, run.epoch(0) as batches:
        assert batches.length == 6
    with stream(counted).run() as run, run.epoch(0) as batches:
        assert batches.length is None


def test_an_epoch_that_has_ended_ends_again():
    with recipe(Counting()).run() as run, run.epoch(0) as batches:
        assert firsts(batches) == [0, 1, 2, 3]
        assert firsts(batches) == []
        assert batches.ready(0)


def test_batches_are_only_taken_within_their_epoch():
    with recipe(Counting()).run() as run:
        with run.epoch(0) as batches:
            next(batches)
        with pytest.raises(RuntimeError, match="inside the `with` block"):
            next(batches)


def test_an_error_is_raised_in_its_place_and_the_epoch_can_go_on():
    class Faulty(Counting):
        def __getitem__(self, index):
            return super().__getitem__(index if index != 2 else 1 // 0)

    for executor in (Inline(), Threads(2)):
        with recipe(Faulty(), executor).run(4) as run, run.epoch(0) as batches:
            assert firsts([next(batches), next(batches)]) == [0, 1]
            with pytest.raises(ZeroDivisionError) as caught:
                next(batches)
            assert firsts(batches) == [3]
        assert caught.value.__notes__ == ["in Faulty.__getitem__(2)", "while making batch 2 of epoch 0"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [((-1,), "epoch must be"), ((0, -1), "start must be"), ((0, 5), "start must be at most 4"), ((0.5,), "epoch must")],
)
def test_epochs_are_checked_at_the_door(arguments, message):
    with recipe(Counting()).run() as run, pytest.raises(ValueError, match=message), run.epoch(*arguments):
        raise AssertionError("not reached")


@pytest.mark.parametrize("steps", [0, -2, 1.5])
def test_steps_per_epoch_are_checked_at_the_door(steps):
    with pytest.raises(ValueError, match="steps_per_epoch .* must be a whole number of at least 1"):
        recipe(Counting()).run(steps)


@pytest.mark.parametrize("executor", [Inline(), Threads(1)], ids=repr)
class TestStreams:
    def test_every_epoch_begins_anew_where_it_can(self, executor):
        assert epochs(stream(counted, executor), [0, 1]) == [[0, 1, 2, 3, 4]] * 2

    def test_a_generator_goes_on_where_it_was_left(self, executor):
        with stream(counted(), executor).run() as run:
            with run.epoch(0) as batches:
                assert firsts([next(batches), next(batches)]) == [0, 1]
            assert taken(run, 1) == [2, 3, 4]
            with pytest.raises(ValueError, match="has come to its end.*pass a function"):
                taken(run, 2)

    def test_with_steps_a_stream_goes_on_from_epoch_to_epoch(self, executor):
        for x in (counted(7), lambda: counted(7)):
            assert epochs(stream(x, executor), [0, 1, 2], steps=3) == [[0, 1, 2], [3, 4, 5], [6]]

    def test_one_that_ends_where_an_epoch_ends_begins_anew_if_it_can(self, executor):
        assert epochs(stream(counted, executor), [0, 1], steps=5) == [[0, 1, 2, 3, 4]] * 2
        assert epochs(stream(counted(), executor), [0, 1], steps=5) == [[0, 1, 2, 3, 4], []]

    def test_nothing_that_was_pulled_ahead_is_lost_between_epochs_or_runs(self, executor):
        data = stream(counted(), executor)
        with data.run() as run, run.epoch(0) as batches:
            assert batches.ready(60)
            assert firsts([next(batches)]) == [0]
        assert epochs(data, [0]) == [[1, 2, 3, 4]]

    def test_a_start_drops_batches(self, executor):
        with stream(counted, executor).run() as run:
            assert taken(run, 0, start=3) == [3, 4]
            assert taken(run, 0, start=5) == []
            with pytest.raises(ValueError, match="start must be at most 5, where the batches of x end, but is 9"):
                taken(run, 0, start=9)

    def test_an_empty_one_is_an_error(self, executor):
        with pytest.raises(ValueError, match="must yield at least one batch"):
            epochs(stream(lambda: iter(()), executor), [0])

    def test_an_error_of_the_generator_comes_in_its_place(self, executor):
        def faulty():
            yield from counted(2)
            raise KeyError("three")

        with stream(faulty(), executor).run() as run:
            with run.epoch(0) as batches:
                assert firsts([next(batches)]) == [0]
                batches.ready(60)
            with run.epoch(1) as batches:
                assert firsts([next(batches)]) == [1]
                with pytest.raises(KeyError, match="three"):
                    next(batches)
                assert list(batches) == []


def test_arrays_never_run_out():
    order = Order(6, 4, shuffle=True, seed=1)
    with Recipe(Resident(Batch(np.arange(6))), order).run(3) as run, run.epoch(0) as batches:
        seen = [row for batch in batches for row in batch.x]
    assert seen == [*np.r_[order.rows(0, 0, 2)], *np.r_[order.rows(1, 0)]]
