"""Functions on batches, and batches that workers build in place."""

import random

import numpy as np
import pytest
from fakes import Counting, epochs, firsts

from penstock.adapters.py_dataset import PyDatasetSource
from penstock.pipeline import Batch, Inline, Order, Processes, PyDataset, Recipe, Resident, Threads, collate, empty
from penstock.pipeline.building import SITE, Site


@pytest.fixture
def site():
    """What a worker process has where it makes a batch."""
    site = Site(np.empty(2**16, np.uint8))
    token = SITE.set(site)
    yield site
    SITE.reset(token)


def test_samples_are_stacked_leaf_by_leaf():
    x, y = collate([({"a": np.full(3, i), "b": (i,)}, float(i)) for i in range(4)])
    assert x["a"].tolist() == [[i] * 3 for i in range(4)]
    assert (x["b"][0].tolist(), y.tolist()) == ([0, 1, 2, 3], [0.0, 1.0, 2.0, 3.0])


def test_samples_get_the_dtype_that_holds_them_all():
    assert collate([np.int8([1]), np.int16([300])]).dtype == np.int16


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([], "samples must hold at least one sample"),
        ([(1, 2), (1,)], "samples must have the same structure, but sample 0 is .*, 1 is "),
        ([np.zeros(2), np.zeros(3)], r"must have the same shape, but theirs are \[\(2,\), \(3,\)\]"),
    ],
)
def test_samples_that_do_not_fit_together_are_refused(samples, message):
    with pytest.raises(ValueError, match=message):
        collate(samples)


def test_a_worker_builds_stacked_samples_where_they_cross(site):
    x, y = collate([(np.full(3, i), i) for i in range(4)])
    assert np.shares_memory(x, site.root)
    assert np.shares_memory(y, site.root)


@pytest.mark.parametrize("rows", [slice(2, 5), np.array([7, 0])], ids=str)
def test_a_worker_gathers_rows_of_arrays_where_they_cross(site, rows):
    data = np.arange(30.0).reshape(10, 3)
    batch = Resident(Batch(data)).fetch(rows)
    assert np.shares_memory(batch.x, site.root)
    assert np.array_equal(batch.x, data[rows])


def test_what_has_no_room_is_built_elsewhere(site):
    data = np.zeros((2, 2**16))
    assert not np.shares_memory(Resident(Batch(data)).fetch(slice(0, 2)).x, site.root)


class Drawing(PyDataset):
    """Batches of the global generators."""

    def __init__(self):
        super().__init__()

    def __len__(self):
        return 8

    def __getitem__(self, index):
        image = empty((2, 3))
        image[:] = np.random.random() * 2**30
        image[1] = random.randrange(2**30)
        return image


def drawn(executor, shuffle=False, seed=0):
    source = PyDatasetSource(Drawing())
    with Recipe(source, Order(8, 1, shuffle, seed), executor).run() as run:
        return [[batch.x[:, 0].tolist() for batch in run_epoch] for run_epoch in map(taken, [run] * 2, range(2))]


def taken(run, epoch):
    with run.epoch(epoch) as batches:
        return [Batch(batch.x.copy()) for batch in batches]


def test_processes_draw_from_the_global_generators_as_seed_epoch_and_index_say():
    one, other = drawn(Processes(1)), drawn(Processes(3))
    assert one == other
    assert len({number for epoch in one for pair in epoch for number in pair}) == 32
    assert drawn(Processes(2), seed=1) != one
    # The same index draws the same, wherever it comes in the order.
    assert sorted(drawn(Processes(2), shuffle=True)[0]) == sorted(one[0])


def test_generators_that_a_batch_is_the_first_to_load_are_seeded_before_it_draws():
    recipe = Recipe(PyDatasetSource(Drawing()), Order(8, 1), Processes(1))
    with recipe.run() as run, run.epoch(0, start=5) as batches:
        assert next(batches).x[:, 0].tolist() == drawn(Processes(1))[0][5]


@pytest.mark.parametrize("executor", [Inline(), Threads(1)], ids=repr)
def test_nobody_else_seeds_the_global_generators(executor):
    random.seed(5)
    np.random.seed(5)
    expected = np.random.random(), random.random()
    random.seed(5)
    np.random.seed(5)
    source = PyDatasetSource(Counting(3))
    assert epochs(Recipe(source, Order(3, 1), executor), [0]) == [[0, 1, 2]]
    assert (np.random.random(), random.random()) == expected


def test_firsts_of_a_batch_that_was_built_in_place_are_those_of_any():
    data = np.arange(40)
    order = Order(40, 4, shuffle=True)
    recipe = Recipe(Resident(Batch(data)), order)
    with recipe.run() as run, recipe.run(executor=Processes(2)) as other:
        for epoch in range(2):
            with run.epoch(epoch) as here, other.epoch(epoch) as there:
                assert firsts(here) == firsts(there)
