"""What `fit` is given to work with."""

import numpy as np
import pytest
from fakes import Counting, counted

from penstock.adapters import Loader, recipe
from penstock.pipeline import Inline, Threads

X = np.arange(10)


def test_steps_without_a_batch_size_split_the_rows():
    assert recipe(X, steps=4).length == 4
    assert recipe(X, steps=4, batch_size=1).length == 10
    assert recipe(Counting(4), steps=2).length == 4


@pytest.mark.parametrize(
    ("x", "workers", "executor"),
    [
        (X, None, Inline()),
        (X, 2, Threads(2)),
        (counted, None, Inline()),
        (counted, 1, Threads(1)),
        (Counting(), None, Threads(1)),
        (Counting(workers=3, max_queue_size=4), None, Threads(3, 4)),
        (Counting(workers=3), 0, Inline()),
    ],
)
def test_who_makes_the_batches(x, workers, executor):
    assert recipe(x, workers=workers).executor == executor
    assert Loader(x, workers=workers).recipe.executor == executor


def test_a_loader_brings_order_seed_and_batch_size():
    loader = Loader(X, batch_size=3, shuffle="batch", seed=7, workers=2)
    assert recipe(loader, shuffle=True, seed=1) == loader.recipe
    assert recipe(loader, workers=0).executor == Inline()
    assert recipe(loader, max_queue_size=3).executor == Threads(2, 3)


@pytest.mark.parametrize("name", ["y", "sample_weight", "batch_size"])
def test_a_loader_takes_nothing_beside_it_that_it_has(name):
    with pytest.raises(ValueError, match=f"{name} must not be given where x is a Loader, which has its own"):
        recipe(Loader(X), **{name: 3})


def test_no_shuffle_means_wherever_there_is_something_to_shuffle():
    for x, shuffle in ((X, True), (Counting(), True), (Counting(None), False)):
        order = recipe(x, shuffle=None).order
        assert order is not None and order.shuffle is shuffle
    assert recipe(counted, shuffle=None).order is None


def test_what_is_known_of_the_length():
    assert [(r.length, r.endless) for r in map(recipe, (X, Counting(4), Counting(None), counted))] == [
        (1, False),
        (4, False),
        (None, True),
        (None, False),
    ]
