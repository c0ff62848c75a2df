"""Generators, iterables and functions through adapters."""

import threading
from itertools import islice

import numpy as np
import pytest
from fakes import counted, epochs, firsts

from penstock.adapters import Loader, recipe


@pytest.mark.parametrize("workers", [0, 1])
class TestAGeneratorObject:
    def test_is_used_up_by_its_first_epoch(self, workers):
        loader = Loader(counted(3), workers=workers)
        assert firsts(loader) == [0, 1, 2]
        with pytest.raises(ValueError, match="pass a function that returns the generator, or steps_per_epoch"):
            list(loader)

    def test_goes_on_after_a_break_without_a_batch_lost(self, workers):
        loader = Loader(counted(50), workers=workers)
        assert firsts(islice(loader, 3)) == [0, 1, 2]
        assert firsts(loader) == list(range(3, 50))

    def test_says_that_it_cannot_begin_anew(self, workers):
        assert not recipe(counted(), workers=workers).restartable
        assert recipe(counted, workers=workers).restartable


def test_nothing_is_pulled_before_it_is_asked_for():
    pulled = []

    def batches():
        for index in range(5):
            pulled.append(index)
            yield np.full(2, index)

    loader = Loader(batches())
    iterator = iter(loader)
    assert pulled == []
    next(iterator)
    assert pulled == [0]


@pytest.mark.parametrize(("workers", "thread"), [(0, threading.main_thread().name), (1, "penstock-0")])
def test_user_code_runs_where_it_was_asked_to(workers, thread):
    names = set()

    def batches():
        names.add(threading.current_thread().name)
        yield np.zeros(2)
        names.add(threading.current_thread().name)

    assert len(list(Loader(batches, workers=workers))) == 1
    assert names == {thread}


@pytest.mark.parametrize("asked_for", [{"workers": 4}, {"workers": 1, "use_multiprocessing": True}])
def test_one_thread_pulls_whatever_was_asked_for_and_says_so_once(asked_for):
    with pytest.warns(UserWarning, match="read by one thread, whatever the workers") as warned:
        loader = Loader(counted, **asked_for)
    assert len(warned) == 1
    assert firsts(loader) == [0, 1, 2, 3, 4]


def test_shuffling_has_no_effect_and_says_so():
    with pytest.warns(UserWarning, match="shuffle=True has no effect"):
        loader = Loader(counted, shuffle=True)
    assert firsts(loader) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("given", [{"batch_size": 2}, {"drop_remainder": True}])
def test_there_is_no_batch_size_to_choose(given):
    with pytest.raises(ValueError, match=f"{next(iter(given))} must not be given where x brings whole batches"):
        Loader(counted, **given)


def test_a_function_must_return_something_to_iterate_over():
    with pytest.raises(TypeError, match=r"x\(\) must return a generator or another iterable, but returned a int"):
        list(Loader(lambda: 3))


@pytest.mark.parametrize("workers", [0, 1])
def test_lists_arrays_and_dicts_are_batches_too(workers):
    items = [[np.zeros(2), np.ones(2)], np.zeros(2), {"a": np.zeros(2)}]
    assert [len(batch) for batch in Loader(iter(items), workers=workers)] == [2, 1, 1]


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_comes_after_the_batches_before_it(workers):
    def faulty():
        yield from counted(3)
        raise KeyError("four")

    seen = []
    with pytest.raises(KeyError, match="four") as caught:
        seen.extend(Loader(faulty, workers=workers))
    assert firsts(seen) == [0, 1, 2]
    assert caught.value.__notes__ == ["while making batch 3 of epoch 0"]


def test_a_run_with_steps_ends_early_with_its_stream():
    assert epochs(recipe(counted(5)), [0, 1, 2], steps=2) == [[0, 1], [2, 3], [4]]
