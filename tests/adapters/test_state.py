"""The state of a Loader: where it stands, and going on there."""

import json
from itertools import islice

import numpy as np
import pytest
from fakes import Counting, counted, firsts
from hypothesis import given
from hypothesis import strategies as st

from penstock.adapters import Loader

X = np.arange(50)


class Resumable:
    """An iterator that keeps its own state."""

    def __init__(self, batches=9):
        self.next, self.batches = 0, batches

    def __iter__(self):
        return self

    def __next__(self):
        if self.next == self.batches:
            raise StopIteration
        self.next += 1
        return np.array([self.next - 1])

    def state_dict(self):
        return {"next": self.next}

    def load_state_dict(self, state):
        self.next = state["next"]


class Restartable:
    """An iterable whose next iterator goes on where a state says."""

    def __init__(self):
        self.start = self.given = 0

    def __iter__(self):
        start, self.start = self.start, 0
        for number in range(start, 9):
            self.given = number + 1
            yield np.array([number])

    def state_dict(self):
        return {"given": self.given}

    def load_state_dict(self, state):
        self.start = state["given"]


KINDS = {
    "arrays": lambda: (X,),
    "PyDataset": lambda: (Counting(9),),
    "generator": lambda: (counted(9),),
    "function that returns a generator": lambda: (lambda: counted(9),),
    "iterator with a state": lambda: (Resumable(),),
    "iterable with a state": lambda: (Restartable(),),
    "function that returns iterators with a state": lambda: (Resumable,),
}
kinds = pytest.mark.parametrize("data", KINDS.values(), ids=KINDS)


def loader_of(data, workers=0, **options):
    options |= {"shuffle": True, "batch_size": 6, "seed": 4} if data is KINDS["arrays"] else {}
    return Loader(*data(), workers=workers, **options)


def passed_on(loader):
    text = json.dumps(loader.state_dict())
    assert len(text) <= 1024
    return json.loads(text)


def taken(loader, batches):
    """The first of so many batches, before a `break`."""
    return firsts(islice(iter(loader), batches))


@kinds
@pytest.mark.parametrize(("workers", "workers_after"), [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("stop", [0, 1, 4, 9])
def test_a_loader_goes_on_after_the_last_batch_that_was_given(data, workers, workers_after, stop):
    whole = firsts(loader_of(data))
    left = loader_of(data, workers)
    assert taken(left, stop) == whole[:stop]
    other = loader_of(data, workers_after)
    other.load_state_dict(passed_on(left))
    assert firsts(other) == whole[stop:]


@kinds
def test_the_state_can_be_taken_while_the_loop_runs(data):
    loader, other = loader_of(data, 1), loader_of(data)
    whole = firsts(loader_of(data))
    for number, _ in enumerate(loader, 1):
        if number == 3:
            state = passed_on(loader)
    other.load_state_dict(state)
    assert firsts(other) == whole[3:]


def test_after_a_whole_epoch_comes_the_next():
    loader, other = (Loader(X, batch_size=6, shuffle=True) for _ in range(2))
    list(loader)
    other.load_state_dict(passed_on(loader))
    assert firsts(other) == firsts(loader)


def test_the_epoch_after_that_which_was_gone_on_with_is_whole():
    loader, other = (Loader(X, batch_size=6, shuffle=True) for _ in range(2))
    list(loader)
    assert len(taken(loader, 4)) == 4
    state = passed_on(loader)
    third = firsts(loader)
    other.load_state_dict(state)
    assert len(firsts(other)) == 5
    assert firsts(other) == third


def test_a_state_that_was_loaded_is_the_state_until_a_batch_is_given():
    loader, other = Loader(X, batch_size=6), Loader(X, batch_size=6)
    taken(loader, 2)
    other.load_state_dict(loader.state_dict())
    assert other.state_dict() == loader.state_dict()
    iter(other)
    assert other.state_dict() == loader.state_dict()


def test_an_epoch_by_number_leaves_the_state_alone():
    loader = Loader(X, batch_size=6)
    taken(loader, 2)
    state = loader.state_dict()
    with loader.epoch(7, start=3) as batches:
        next(batches)
        assert loader.state_dict() == state
    assert loader.state_dict() == state


def test_a_batch_that_failed_is_made_again():
    class Faulty(Counting):
        faulty = True

        def __getitem__(self, index):
            return super().__getitem__(index if index != 2 or not self.faulty else 1 // 0)

    for workers in (0, 2):
        data = Faulty(workers=workers)
        loader = Loader(data)
        with pytest.raises(ZeroDivisionError):
            firsts(loader)
        data.faulty = False
        loader.load_state_dict(loader.state_dict())
        assert firsts(loader) == [2, 3]


def test_a_generator_goes_on_in_its_second_epoch():
    def loader():
        return Loader(counted(9), workers=1)

    left, other = loader(), loader()
    assert (taken(left, 3), taken(left, 2)) == ([0, 1, 2], [3, 4])
    assert left.state_dict()["epoch"] == 1
    other.load_state_dict(passed_on(left))
    assert firsts(other) == [5, 6, 7, 8]


def test_a_generator_cannot_go_back():
    loader = Loader(counted(9))
    taken(loader, 3)
    state = loader.state_dict()
    taken(loader, 3)
    loader.load_state_dict(state)
    with pytest.raises(ValueError, match="that after 3 batches, but 6 have been taken from the generator"):
        firsts(loader)


def test_a_state_of_its_own_goes_only_to_who_can_take_it():
    loader, other = Loader(Resumable()), Loader(counted(9))
    taken(loader, 3)
    other.load_state_dict(loader.state_dict())
    with pytest.raises(ValueError, match="x has no load_state_dict to take it"):
        firsts(other)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((X,), {"seed": 1}, "state is that of a Loader with seed=0, but this one has seed=1"),
        ((X[:-1],), {}, "with rows=50, but this one has rows=49"),
        ((X,), {"batch_size": 5}, "with batch_size=6, but this one has batch_size=5"),
        ((X,), {"shuffle": True}, "with shuffle=False, but this one has shuffle=True"),
        ((X,), {"drop_remainder": True}, "with drop_remainder=False, but this one has drop_remainder=True"),
        ((counted(9),), {"batch_size": None}, "with rows=50, but this one has rows=None"),
    ],
)
def test_the_state_of_another_loader_is_refused(arguments, options, message):
    state = Loader(X, batch_size=6).state_dict()
    with pytest.raises(ValueError, match=message):
        Loader(*arguments, **{"batch_size": 6} | options).load_state_dict(state)


@pytest.mark.parametrize("state", [None, {}, {"version": 2}, "state"])
def test_what_is_no_state_is_refused(state):
    with pytest.raises(ValueError, match=r"state must be what state_dict\(\) of a Loader returned"):
        Loader(X).load_state_dict(state)


@given(st.integers(1, 40), st.integers(1, 6), st.sampled_from([1, 2, 3]), st.sampled_from([1, 2, 3]), st.data())
def test_a_state_goes_from_any_number_of_shards_to_any_other(total_rows, part, before, after, data):
    options = {"batch_size": 6 * part, "shuffle": True, "drop_remainder": True}
    total_rows += 6 * part
    whole = [batch[0] for batch in Loader(np.arange(total_rows), **options)]
    stop = data.draw(st.integers(0, len(whole)))
    loader = Loader(np.arange(total_rows), shard=(0, before), **options)
    taken(loader, stop)
    shards = [Loader(np.arange(total_rows), shard=(index, after), **options) for index in range(after)]
    for shard in shards:
        shard.load_state_dict(loader.state_dict())
    rest = [np.concatenate([part[0] for part in parts]) for parts in zip(*shards, strict=True)]
    assert len(rest) == len(whole) - stop
    assert all(map(np.array_equal, rest, whole[stop:]))


def test_the_state_of_shards_of_a_data_set_counts_the_batches_of_all():
    loader, alone, four = (Loader(Counting(8), shard=shard) for shard in ((1, 2), None, (2, 4)))
    assert taken(loader, 2) == [1, 3]
    alone.load_state_dict(loader.state_dict())
    four.load_state_dict(loader.state_dict())
    assert (firsts(alone), firsts(four)) == ([4, 5, 6, 7], [6])
    taken(loader, 3)
    with pytest.raises(ValueError, match="before batch 6, in the middle of 4 batches that 4 shards take at once"):
        four.load_state_dict(loader.state_dict())
