"""The stream of a loader is one and the same, whoever makes it, however often it is broken off and gone on with."""

import json
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.adapters import Loader
from penstock.pipeline import Order, PyDataset

SEED = 11
SHUFFLES = st.sampled_from([False, True, "batch"])


@dataclass(frozen=True)
class Leg:
    """One `for` over a loader of its own, left after `stop` batches."""

    options: dict[str, Any]
    stop: int


def legs(*, processes: bool, most: int):
    threads = st.fixed_dictionaries({"workers": st.integers(0, 4), "max_queue_size": st.integers(1, 6)})
    own = st.fixed_dictionaries(
        {
            "workers": st.integers(1, 3),
            "max_queue_size": st.integers(1, 6),
            "use_multiprocessing": st.just(True),
            "max_queue_bytes": st.sampled_from([1, 2**30]),
        }
    )
    return st.lists(st.builds(Leg, own if processes else threads, st.integers(0, 9)), min_size=1, max_size=most)


class Uneven(PyDataset):
    """Batches that take their makers very different times, with random numbers in them."""

    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return self.batches

    def __getitem__(self, index):
        np.sort(np.arange(10_000 * (index % 3), 0, -1))
        return np.full((1 + index % 2, 2), index), self.rng(index).integers(2**30, size=3)


def noisy(batch, rng):
    return (batch[0] + rng.integers(2**20), *batch[1:])


def values(batches):
    return [[leaf.tolist() for leaf in batch] for batch in batches]


def check(make, reference, journey):
    """Each leg goes on where the one before was left: together they give one `reference(epoch)` after another."""
    epoch, at, state = 0, 0, None
    for leg in journey:
        with make(**leg.options) as loader:
            if state is not None:
                loader.load_state_dict(json.loads(state))
            whole = reference(epoch)
            assert values(islice(loader, leg.stop)) == whole[at : at + leg.stop]
            epoch, at = (epoch + 1, 0) if at + leg.stop > len(whole) else (epoch, at + leg.stop)
            state = json.dumps(loader.state_dict())
            assert len(state) <= 1024


def check_rows(total_rows, batch_size, shuffle, count, journey):
    rows, batch_size = np.arange(total_rows), batch_size * count
    options = {"batch_size": batch_size, "shuffle": shuffle, "seed": SEED, "drop_remainder": True}
    order = Order(total_rows, batch_size, shuffle, SEED, drop_remainder=True)
    if len(order) == 0:
        return

    def reference(epoch):
        whole = (rows[order.rows(epoch, step)] for step in range(len(order)))
        return [[part.tolist()] for part in (np.split(batch, count)[count - 1] for batch in whole)]

    check(lambda **how: Loader(rows, shard=(count - 1, count), **options, **how), reference, journey)


def check_data_set(batches, shuffle, journey):
    def make(**how):
        return Loader(Uneven(batches), shuffle=shuffle, seed=SEED, **how).map(noisy, rng=True)

    def reference(epoch):
        with make(workers=0).epoch(epoch) as whole:
            return values(whole)

    check(make, reference, journey)


def check_generator(batches, journey):
    def start():
        return ((np.full(2, index), np.arange(index)) for index in range(batches))

    def make(**how):
        return Loader(start, seed=SEED, workers=min(1, how["workers"])).map(noisy, rng=True)

    def reference(epoch):
        with Loader(start, seed=SEED).map(noisy, rng=True).epoch(epoch) as whole:
            return values(whole)

    check(make, reference, journey)


# How long an example takes depends on who else uses the machine.
untimed = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
few = settings(untimed, max_examples=8)
rows = st.integers(1, 40), st.integers(1, 5), SHUFFLES, st.integers(1, 3)


@untimed
@given(*rows, legs(processes=False, most=5))
def test_rows_in_threads(total_rows, batch_size, shuffle, count, journey):
    check_rows(total_rows, batch_size, shuffle, count, journey)


@few
@given(*rows, legs(processes=True, most=3))
def test_rows_in_processes(total_rows, batch_size, shuffle, count, journey):
    check_rows(total_rows, batch_size, shuffle, count, journey)


@untimed
@given(st.integers(1, 8), SHUFFLES, legs(processes=False, most=4))
def test_a_data_set_in_threads(batches, shuffle, journey):
    check_data_set(batches, shuffle, journey)


@few
@given(st.integers(1, 8), SHUFFLES, legs(processes=True, most=3))
def test_a_data_set_in_processes(batches, shuffle, journey):
    check_data_set(batches, shuffle, journey)


@untimed
@given(st.integers(1, 8), legs(processes=False, most=4))
def test_a_generator(batches, journey):
    check_generator(batches, journey)
