"""What threads do beyond the promises of every executor."""

import subprocess
import sys
import threading

import numpy as np
import pytest
from fakes import firsts
from hangs import hanging

from penstock.pipeline import Batch, Task, Threads


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def numbered(task):
    return Batch(np.array([task.step]), rows=1)


def test_work_that_is_done_first_waits_for_its_turn():
    second_is_done = threading.Event()

    def work(task):
        if task.step == 0:
            assert second_is_done.wait(60)
        if task.step == 1:
            second_is_done.set()
        return numbered(task)

    with Threads(2).map(work, tasks(4)) as results:
        assert firsts(results) == [0, 1, 2, 3]


def test_as_many_work_at_once_as_there_are_workers():
    everybody = threading.Barrier(4)

    def work(task):
        everybody.wait(60)
        return numbered(task)

    with Threads(4).map(work, tasks(8)) as results:
        assert len(list(results)) == 8


def test_is_not_ready_while_the_next_is_in_the_making():
    go_on = threading.Event()

    def work(task):
        assert go_on.wait(60)
        return numbered(task)

    with Threads(1).map(work, tasks(1)) as results:
        assert not results.ready(0)
        assert not results.ready(0.01)
        go_on.set()
        assert results.ready(60)
        assert next(results) is not None


def test_works_ahead_up_to_its_limit():
    made = threading.Semaphore(0)

    def work(task):
        made.release()
        return numbered(task)

    with Threads(1, ahead=3).map(work, tasks(100)) as results:
        next(results)
        assert all(made.acquire(timeout=60) for _ in range(4))  # the one that was taken, and three ahead
        assert results.ready(0)
        assert not made.acquire(blocking=False)


@pytest.mark.parametrize(("ahead_bytes", "ahead"), [(1, 1), (32, 2), (100, 6), (10**6, 9)])
def test_batches_ahead_stay_within_their_bytes(ahead_bytes, ahead):
    made = threading.Semaphore(0)

    def work(task):
        made.release()
        return Batch(np.zeros(1), {"y": np.zeros(1)}, rows=1)  # 16 bytes

    with Threads(1, 9, ahead_bytes).map(work, tasks(100)) as results:
        for _ in range(3):
            next(results)
        assert all(made.acquire(timeout=60) for _ in range(3 + ahead))
        assert results.ready(60)
        assert not made.acquire(blocking=False)


def test_what_stands_ready_is_counted_up_to_the_first_that_does_not():
    with hanging(1, 4, left_behind=0) as work, Threads(2, ahead=5).map(work, tasks(5)) as results:
        assert firsts([next(results)]) == [0]
        assert work.begun[4].wait(60)
        assert results.stock() == 0
        work.go_on[1].set()
        assert results.ready(60)
        assert results.stock() == 3
        assert firsts([next(results)]) == [1]
        assert results.stock() == 2
        work.go_on[4].set()


def test_before_a_size_is_known_each_worker_has_one_batch():
    drawn, go_on = [], threading.Event()

    def work(task):
        assert go_on.wait(60)
        return numbered(task)

    with Threads(2, ahead=9).map(work, (drawn.append(task.step) or task for task in tasks(100))) as results:
        assert not results.ready(0)
        assert drawn == [0, 1]
        go_on.set()


def test_leaving_waits_for_work_in_flight():
    begun, leaving, ended = threading.Event(), threading.Event(), []

    def work(task):
        if task.step == 1:
            begun.set()
            assert leaving.wait(60)
            ended.append(task.step)
        return numbered(task)

    with Threads(1).map(work, tasks(100)) as results:
        next(results)
        assert begun.wait(60)
        leaving.set()
    assert ended == [1]


@pytest.mark.parametrize("arguments", [(0,), (1, 0), (-1,), (1.5,), (True,), (1, 1, 0)])
def test_refuses_what_is_no_number_of_workers_or_batches(arguments):
    with pytest.raises(ValueError, match="must be a whole number of at least 1"):
        Threads(*arguments)


def test_threads_end_with_a_consumer_that_could_not_leave_its_block():
    before = set(threading.enumerate())
    results = Threads(3).map(numbered, tasks(1000))
    assert firsts([next(results)]) == [0]
    threads = set(threading.enumerate()) - before
    del results
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


LEFT_OPEN = """
import atexit
begun, ended = [], []
atexit.register(lambda: print(len(begun) - len(ended)))  # as the last of all
import numpy as np
from penstock.pipeline import Batch, Order, Recipe, Resident, Source, Threads

class Rows(Resident):
    def fetch(self, rows):
        begun.append(rows)
        batch = super().fetch(rows)
        ended.append(rows)
        return batch

recipe = Recipe(Rows(Batch(np.zeros(1000))), Order(1000, 1), Threads(2))
batches = recipe.run().__enter__().epoch(0).__enter__()
print(next(batches).rows)
"""


def test_a_process_ends_though_nobody_left_the_block():
    done = subprocess.run([sys.executable, "-c", LEFT_OPEN], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["1", "0"]
    assert done.stderr == ""
