"""Batches are counted across epochs, however many are told of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.engine.callbacks.batch_counter import BatchCounter


def due(counter, epochs, told=lambda counter, batch: True):
    """The batches (counted from 1 in all) after which something was due; each epoch's last is told."""
    found = []
    for length in epochs:
        counter.begin_epoch()
        for batch in range(length):
            if (told(counter, batch) or batch == length - 1) and counter.reach(batch):
                found.append(counter.total)
    return found


@given(st.lists(st.integers(1, 9), max_size=6), st.integers(1, 12))
def test_who_is_told_only_where_it_asked_misses_nothing(epochs, every):
    wanted = list(range(every, sum(epochs) + 1, every))
    assert due(BatchCounter(every), epochs) == wanted
    assert due(BatchCounter(every), epochs, lambda counter, batch: counter.next_due(batch) == batch) == wanted


@pytest.mark.parametrize(("told", "wanted"), [((2, 5, 8, 9), [3, 6, 9]), ((3, 7, 9), [4, 8])])
def test_executions_of_several_batches_are_due_at_their_end(told, wanted):
    assert due(BatchCounter(3), [10], lambda counter, batch: batch in told) == wanted


def test_nothing_is_due_without_a_number():
    assert BatchCounter(None).next_due(3) is None
    assert due(BatchCounter(None), [3, 3]) == []
