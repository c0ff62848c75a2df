"""JAX reads slots long after Python has let go of them; none is written before."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from penstock.pipeline import Batch, Processes, Task
from penstock.pipeline.slots import Slots

BATCHES = 2000
POISON = 251


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def value(step):
    return step % 241


def numbered(task):
    return Batch(
        {"a": np.full((64, 16), value(task.step), np.float32)}, np.full(3, value(task.step), np.int32), rows=64
    )


def misaligned(task):
    """Bytes behind an odd number of bytes of the same array: JAX copies them, in its own time."""
    return Batch({"a": np.full(1 + 64 * 16, value(task.step), np.uint8)}, rows=1)


@pytest.fixture
def poisoned(monkeypatch):
    """A slot is filled with poison as soon as it is free."""
    give_back, take_back = Slots.give_back, Slots._take_back

    def poison(slot):
        np.frombuffer(slot.window, np.uint8, slot.region.capacity, slot.region.start)[:] = POISON
        poisoned.append(slot.region.offset)

    def poison_released(self):
        free = len(self._free)
        take_back(self)
        for slot in self._free[free:]:
            poison(slot)

    def poison_given_back(self, slot):
        poison(slot)
        give_back(self, slot)

    poisoned = []
    monkeypatch.setattr(Slots, "_take_back", poison_released)
    monkeypatch.setattr(Slots, "give_back", poison_given_back)
    yield poisoned
    assert len(poisoned) >= 1


@jax.jit
def total(array):
    # Long enough for the consumer to be several batches on.
    return jax.lax.fori_loop(0, 20, lambda _, a: a + 0 * jnp.sin(a), array.astype(jnp.float32)).sum() / array.size


def sums_by_device_put(batch):
    return total(jax.device_put(batch.x["a"]))


def sums_by_jit(batch):
    return total(batch.x["a"])


def sums_of_misaligned(batch):
    return total(jax.device_put(batch.x["a"][1:]))


def sums_by_dlpack(batch):
    return total(jax.dlpack.from_dlpack(batch.x["a"]))


def sums_of_parts(batch):
    return total(jax.device_put(batch.x["a"][3:5, ::2]))


MODES = [
    (sums_by_device_put, numbered),
    (sums_by_jit, numbered),
    (sums_of_misaligned, misaligned),
    (sums_by_dlpack, numbered),
    (sums_of_parts, numbered),
]


@pytest.mark.parametrize(("mode", "work"), MODES, ids=lambda value: value.__name__)
def test_released_slots_hold_poison_that_no_result_shows(mode, work, poisoned):
    with Processes(2, ahead=4).map(work, tasks(BATCHES)) as results:
        sums = [mode(batch) for batch in results]
    assert [float(found) for found in sums] == [value(step) for step in range(BATCHES)]
    assert len(poisoned) > BATCHES / 2


def test_arrays_that_are_kept_stay_as_they_are(poisoned):
    with Processes(2, ahead=4, ahead_bytes=100 * 8192).map(numbered, tasks(BATCHES)) as results:
        kept = [jax.device_put(batch.x["a"]) for batch in results]
    assert all((np.asarray(array) == value(step)).all() for step, array in enumerate(kept))


def test_the_poison_is_found_where_leases_are_ignored(poisoned, monkeypatch):
    """The test itself: a lease that ends at once gives poison."""

    def leased(self, slot):
        root = slot.root()
        self._free.append(slot)
        return root

    monkeypatch.setattr(Slots, "leased", leased)
    with Processes(1, ahead=2).map(numbered, tasks(50)) as results:
        kept = [batch.x["a"] for batch in results]
    assert any(array[0, 0] != value(step) for step, array in enumerate(kept))
    poisoned.append(0)


def test_thirty_epochs_while_jax_computes():
    """No deadlock: workers are not forked from a process that runs JAX."""

    @jax.jit
    def burn(matrix):
        return jax.lax.fori_loop(0, 40, lambda _, m: m @ m / jnp.linalg.norm(m), matrix)

    running = burn(jnp.ones((128, 128)))
    for epoch in range(30):
        with Processes(2).map(numbered, tasks(6)) as results:
            for step, batch in enumerate(results):
                running = burn(running + 0 * batch.x["a"][0, 0])
                assert batch.y.tolist() == [step] * 3, epoch
    assert np.isfinite(np.asarray(running)).all()


def accelerator(task):
    import os

    import jax

    return Batch(np.array([jax.default_backend() == "cpu", os.environ["OPENBLAS_NUM_THREADS"] == "1"]), rows=1)


def test_workers_never_initialise_an_accelerator():
    with Processes(1).map(partial(accelerator), tasks(1)) as results:
        assert next(results).x.all()
