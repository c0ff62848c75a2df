"""Where the bytes of data sets and batches are, and what happens when there is no room for more."""

import os
import resource
import signal
from functools import partial

import numpy as np
import pytest
from fakes import firsts

import penstock.pipeline.memory
from penstock.pipeline import Batch, Processes, Task, empty
from penstock.pipeline.slots import Slots

MIB = 2**20


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def numbered(size, task):
    return Batch(np.full(size, task.step % 256, np.uint8), rows=1)


def private_bytes():
    with open("/proc/self/smaps_rollup") as lines:
        return 1024 * sum(int(line.split()[1]) for line in lines if line.startswith("Private"))


def test_an_address_space_without_room_is_an_error_with_sizes(monkeypatch):
    monkeypatch.setattr("penstock.pipeline.arena._WINDOW", 2**47)
    slots = Slots(budget=MIB)
    for _ in range(2):
        with pytest.raises(MemoryError, match=r"4,096 bytes .* beside 0 in use, .* \(Cannot allocate memory\)"):
            slots.take()
    assert os.fstat(slots.arena.fd).st_blocks == 0
    slots.close()


class Holds:
    def __init__(self, array):
        self.array = array

    def __call__(self, task):
        if task.step >= 4:
            self.array[task.step] = task.step
        return Batch(np.array([private_bytes(), *self.array[:8].tolist(), self.array.sum()]), rows=1)


def test_workers_share_the_arrays_of_a_data_set_until_they_write():
    array = np.ones(200 * MIB, np.uint8)
    with Processes(4).map(Holds(array), tasks(8)) as results:
        found = [batch.x for batch in results]
    assert all(x[0] < 60 * MIB for x in found)
    assert all(x[-1] >= 200 * MIB for x in found)
    assert array[:8].tolist() == [1] * 8


def test_what_a_worker_writes_stays_there():
    array = np.ones(1000)
    with Processes(1).standing() as executor:
        for _ in range(2):
            with executor.map(Holds(array), tasks(8)) as results:
                assert [batch.x[1:9] for batch in results][-1].tolist() == [1, 1, 1, 1, 4, 5, 6, 7]
        array[0] = 9
        with executor.map(Holds(array), tasks(1)) as results:
            assert next(results).x[1:9].tolist() == [9, 1, 1, 1, 1, 1, 1, 1]


@pytest.mark.parametrize("form", ["F", "empty", "strided", "read-only", "big-endian"])
def test_arrays_of_every_form_travel(form):
    array = np.arange(12.0).reshape(3, 4)
    array = {
        "F": np.asfortranarray(array),
        "empty": np.zeros((0, 4)),
        "strided": array[:, ::2],
        "read-only": np.broadcast_to(array, (3, 3, 4)),
        "big-endian": array.astype(">f8"),
    }[form]
    with Processes(1).map(lambda task: Batch(array, array[:0], rows=1), tasks(1)) as results:
        batch = next(results)
    assert batch.x.dtype == array.dtype
    assert batch.x.flags.writeable
    np.testing.assert_array_equal(batch.x, array)
    np.testing.assert_array_equal(batch.y, array[:0])


def test_batches_of_any_size_and_kind_arrive_whole():
    sizes = [1, 5000, 10, 3 * MIB, 100, 4 * MIB, 0, 7]

    def work(task):
        words = np.array([f"word {task.step}" * size for size in range(3)], dtype=object)
        x = {"a": np.full(sizes[task.step], task.step, np.uint8), "words": words, "text": np.array(["ab", "c"])}
        return Batch(x, [np.array([[task.step]])], rows=2)

    with Processes(2).map(work, tasks(len(sizes))) as results:
        for step, batch in enumerate(results):
            assert batch.x["a"].tobytes() == bytes([step]) * sizes[step]
            assert batch.x["words"].tolist() == [f"word {step}" * size for size in range(3)]
            assert batch.x["text"].tolist() == ["ab", "c"]
            assert (batch.y[0].tolist(), batch.rows) == ([[step]], 2)


def test_more_layouts_than_are_remembered():
    def work(task):
        return Batch(np.full(1 + task.step % 1200, task.step), rows=1)

    with Processes(1).map(work, tasks(2500)) as results:
        assert all(batch.x.tolist() == [step] * (1 + step % 1200) for step, batch in enumerate(results))


def test_arrays_built_in_place_are_where_they_were_built():
    def work(task):
        x, y = empty((4, 100), "float32"), empty(4, "int64")
        x[:], y[:] = task.step, task.step
        return Batch(x, {"whole": y, "turned": x.T, "part": x[1:3]}, rows=4)

    with Processes(2).map(work, tasks(30)) as results:
        for step, batch in enumerate(results):
            assert (batch.x == step).all() and (batch.y["whole"] == step).all()
            assert (batch.y["turned"] == step).all() and batch.y["turned"].shape == (100, 4)
            assert (batch.y["part"] == step).all() and batch.y["part"].shape == (2, 100)


def test_batches_that_are_kept_stay_as_they_are_and_beyond_the_budget_are_copies():
    with Processes(2, ahead_bytes=10 * 4096).map(partial(numbered, 3000), tasks(60)) as results:
        batches = list(results)
    assert all((batch.x == step).all() for step, batch in enumerate(batches))
    # A copy is an array of NumPy's own.
    assert 40 <= sum(batch.x.base is None for batch in batches) <= 58


def test_three_slots_are_enough_for_who_keeps_two():
    """Nobody waits for a lease to end."""
    kept = []
    with Processes(1, ahead=2, ahead_bytes=3 * 4096).map(partial(numbered, 3000), tasks(20)) as results:
        for batch in results:
            kept = [*kept[-1:], batch]
    assert firsts(kept) == [18, 19]


def test_many_kept_batches_cost_no_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(300, hard), hard))
    try:
        with Processes(1).map(partial(numbered, 1000), tasks(600)) as results:
            kept = list(results)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(kept) == 600


def test_nothing_grows_over_a_thousand_batches(find_workers):
    def look(executor):
        slots = executor._workers.slots
        return slots.arena.size, len(os.listdir("/proc/self/fd")), find_workers()

    with Processes(2).standing() as executor:
        with executor.map(partial(numbered, 50_000), tasks(50)) as results:
            assert sum(1 for _ in results) == 50
        before, memory = look(executor), private_bytes()
        for _ in range(4):
            with executor.map(partial(numbered, 50_000), tasks(250)) as results:
                assert sum(1 for _ in results) == 250
        assert look(executor) == before
        assert private_bytes() - memory < 4 * MIB
        # Ten ahead, one in the consumer's hands, and one spare.
        assert before[0] <= 12 * 1.2 * 53_248


def grows(task):
    return Batch(np.full(MIB if task.step >= 4 else 10, task.step, np.uint8), rows=1)


def test_too_little_memory_for_a_larger_batch_fails_that_batch_with_sizes(monkeypatch):
    with Processes(2).standing() as executor:
        with executor.map(grows, tasks(8)) as results:
            made = firsts([next(results)])
            monkeypatch.setattr(penstock.pipeline.memory, "available_bytes", lambda: 100_000)
            made += firsts(next(results) for _ in range(3))
            with pytest.raises(MemoryError, match=r"1,0\d\d,\d\d\d bytes .* 100,000 are available; make") as caught:
                next(results)
            monkeypatch.undo()
            assert caught.value.__notes__ == ["while making batch 4 of epoch 0"]
        with executor.map(grows, tasks(8)) as results:
            assert firsts(results) == list(range(8))
    assert made == [0, 1, 2, 3]


def test_too_little_memory_for_work_ahead_means_less_of_it(monkeypatch):
    with Processes(2, ahead=8).map(partial(numbered, 10_000), tasks(50)) as results:
        made = firsts(next(results) for _ in range(2))
        monkeypatch.setattr(penstock.pipeline.memory, "available_bytes", lambda: 0)
        made += firsts(results)
    assert made == list(range(50))


def test_a_limit_of_the_system_is_an_error_with_sizes():
    """RLIMIT_FSIZE holds for shared memory too."""
    previous = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Processes(1).map(partial(numbered, 2 * MIB), tasks(3)) as results:
        resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, previous[1]))
        try:
            with pytest.raises(MemoryError, match=r"bytes of shared memory are needed .*\(File too large\)"):
                next(results)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, previous)
    assert signal.getsignal(signal.SIGXFSZ) == signal.SIG_IGN


def test_a_data_set_too_large_to_show_is_an_error_with_sizes(monkeypatch):
    monkeypatch.setattr(penstock.pipeline.memory, "available_bytes", lambda: 100_000)
    with Processes(1).map(Holds(np.zeros(MIB)), tasks(3)) as results:
        with pytest.raises(MemoryError, match="needed to show the data set to worker processes"):
            next(results)
