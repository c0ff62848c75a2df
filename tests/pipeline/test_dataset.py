"""PyDataset by itself."""

from itertools import islice

import numpy as np
import pytest
from fakes import Counting, firsts

from penstock.pipeline import PyDataset, Sequence, Task, perform


class Forgetful(PyDataset):
    """Does not call `super().__init__`."""

    def __init__(self):
        self.values = [1, 2]

    def __len__(self):
        return len(self.values)

    def __getitem__(self, index):
        return np.full(1, self.values[index])


def test_sequence_is_its_name_of_old():
    assert Sequence is PyDataset


def test_iterates_over_its_batches():
    assert firsts(Counting(3)) == [0, 1, 2]
    assert firsts(islice(Counting(None), 4)) == [0, 1, 2, 3]


def test_defaults_hold_where_the_constructor_was_not_called():
    data = Forgetful()
    assert (data.workers, data.use_multiprocessing, data.max_queue_size) == (1, False, 10)
    data.workers = 3
    assert (data.workers, PyDataset.workers) == (3, 1)


def test_the_number_of_batches_is_the_length():
    assert Forgetful().num_batches == 2


def test_no_number_of_workers_means_one():
    assert Counting(workers=None).workers == 1


@pytest.mark.parametrize(
    ("use", "missing"), [(lambda data: data.num_batches, "__len__"), (lambda data: data[0], "__getitem__")]
)
def test_what_a_subclass_must_define_is_named(use, missing):
    with pytest.raises(NotImplementedError, match=f"PyDataset must define {missing}"):
        use(PyDataset())


def draw(data, index, task=None):
    return perform(lambda _: data.rng(index).integers(2**60), task) if task else data.rng(index).integers(2**60)


def test_random_numbers_follow_seed_epoch_and_index_alone():
    data, keys = (
        Counting(),
        [(seed, epoch, index) for seed in (0, 1, -1) for epoch in (0, 1) for index in (0, 1, 2**40)],
    )
    drawn = [draw(data, index, Task(seed, epoch, step=9)) for seed, epoch, index in keys]
    assert len(set(drawn)) == len(keys)
    assert drawn == [draw(Counting(2), index, Task(seed, epoch, step=0)) for seed, epoch, index in keys]


def test_outside_a_run_seed_and_epoch_are_0():
    assert draw(Counting(), 5) == draw(Counting(), 5, Task(seed=0, epoch=0, step=1))
