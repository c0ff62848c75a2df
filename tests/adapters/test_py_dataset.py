"""PyDatasets through adapters."""

from itertools import islice

import numpy as np
import pytest
from fakes import Counting, epochs, firsts

from penstock.adapters import Loader, adapt, recipe
from penstock.pipeline import Processes, PyDataset


class Giving(PyDataset):
    """One batch, which is `item`."""

    def __init__(self, item, **loading):
        super().__init__(**loading)
        self.item = item

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.item


class Reusing(Counting):
    """Writes each batch over the one before."""

    scratch = np.zeros(2)

    def __getitem__(self, index):
        self.scratch[:] = index
        return self.scratch


@pytest.mark.parametrize("workers", [0, 1])
def test_an_array_that_the_data_set_writes_over_can_be_kept(workers):
    assert firsts(list(Loader(Reusing(9), workers=workers))) == list(range(9))


def test_fit_takes_batches_as_they_are_where_nothing_works_ahead():
    def shares(workers):
        data = Giving(np.ones(2), workers=workers)
        with recipe(data).run() as run, run.epoch(0) as batches:
            return np.shares_memory(next(batches).x, data.item)

    assert (shares(workers=0), shares(workers=1)) == (True, False)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (None, "batch 0 is None; return x"),
        ((None,), "its x is None"),
        ((1, 2, 3, 4), "tuple of length 4"),
        (np.array(3), "without an axis"),
        ("a", "holds a str"),
    ],
)
def test_what_is_no_batch_is_an_error_that_names_the_index(item, message):
    with pytest.raises(ValueError, match=message) as caught:
        list(Loader(Giving(item, workers=0)))
    assert caught.value.__notes__[0] == "in Giving.__getitem__(0)"


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_an_error_names_index_batch_and_epoch_and_the_loader_can_be_used_again(workers):
    class Faulty(Counting):
        broken = True

        def __getitem__(self, index):
            if self.broken and index == 3:
                raise KeyError("no third")
            return super().__getitem__(index)

    data = Faulty(5)
    loader, seen = Loader(data, shuffle=True, seed=1, workers=workers), []
    with pytest.raises(KeyError, match="no third") as caught:
        seen.extend(loader)
    step = len(seen)
    assert caught.value.__notes__ == ["in Faulty.__getitem__(3)", f"while making batch {step} of epoch 0"]
    assert caught.traceback[-1].name == "__getitem__"
    assert "end" not in data.events
    Faulty.broken = False
    assert sorted(firsts(loader)) == [0, 1, 2, 3, 4]


def test_an_endless_one_goes_on_for_ever():
    loader = Loader(Counting(None), workers=2)
    with pytest.raises(TypeError, match="length of this Loader is unknown"):
        len(loader)
    assert firsts(islice(loader, 20)) == list(range(20))
    data = recipe(Counting(None))
    assert (data.length, data.endless) == (None, True)
    assert epochs(data, [0, 1], steps=3) == [[0, 1, 2], [3, 4, 5]]


def test_an_endless_one_cannot_be_shuffled():
    with pytest.warns(UserWarning, match="shuffle=True has no effect"):
        loader = Loader(Counting(None), shuffle=True, workers=0)
    assert firsts([next(iter(loader))]) == [0]


def test_batches_are_shuffled_whole():
    orders = [firsts(Loader(Counting(20), shuffle=shuffle, workers=0)) for shuffle in (True, "batch", False)]
    assert [sorted(order) for order in orders] == [list(range(20))] * 3
    assert orders[0] == orders[1] != orders[2]


def test_what_it_says_of_workers_holds_unless_told_otherwise():
    data = Counting(workers=3, max_queue_size=7)
    assert adapt(data).loading == Loader(data).plan.loading
    assert Loader(data, workers=0).recipe.inline
    assert Loader(data, max_queue_size=2).plan.loading.max_queue_size == 2


def test_a_constructor_that_forgets_its_base_is_told_what_holds():
    class Forgetful(Counting):
        max_queue_size = 3

        def __init__(self):
            self.batches, self.events = 2, []

    with pytest.warns(
        UserWarning, match=r"does not call super\(\).*workers=1.*max_queue_size=3 are what its class says"
    ):
        loader = Loader(Forgetful())
    assert firsts(loader) == [0, 1]


def test_it_may_ask_for_processes_and_be_overruled():
    data = Counting(use_multiprocessing=True)
    with Loader(data) as loader:
        assert isinstance(loader.recipe.executor, Processes)
        assert firsts(loader) == [0, 1, 2, 3]
    assert firsts(Loader(data, workers=0)) == firsts(Loader(data, use_multiprocessing=False)) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("loading", "message"),
    [
        ({"workers": -1}, "workers must be"),
        ({"max_queue_size": 0}, "max_queue_size must be"),
        ({"workers": 1.5}, "1.5"),
    ],
)
def test_its_own_loading_is_checked_at_the_door(loading, message):
    with pytest.raises(ValueError, match=message):
        Loader(Counting(**loading))
