"""Workers killed at any moment: the same batches in the same order."""

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial

import numpy as np
import pytest
from fakes import firsts

from penstock.pipeline import Batch, Processes, Task
from penstock.pipeline.errors import WorkerDiedError
from penstock.pipeline.executors import crew, worker
from penstock.pipeline.executors.claims import Claims
from penstock.pipeline.layout import Laid, Packer


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def numbered(task):
    return Batch(np.full(100, task.step), rows=1)


def is_first(mark):
    """Whether nobody, in any process, has asked that for this mark."""
    try:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True


def kill(pid):
    with suppress(ProcessLookupError):  # it may have been taken for a child that died just now
        os.kill(pid, signal.SIGKILL)


def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)


def dies_at(owner, name, after, task):
    """Let this worker die at the next call of a method of penstock's, before or after it has done its work."""
    method = getattr(owner, name)

    def deadly(*args):
        if after:
            method(*args)
        die()

    setattr(owner, name, deadly)
    return numbered(task)


def work_that_dies(mark, owner, name, after, task):
    if task.step == 7 and is_first(mark):
        return dies_at(owner, name, after, task)
    return numbered(task)


POINTS = [
    (Claims, "take"),
    (Claims, "begin"),
    (Packer, "lay"),
    (Laid, "write"),
    (worker.Worker, "_slot"),
    (worker.Worker, "_made"),
    (worker.Worker, "_reply"),
]


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(("owner", "name"), POINTS, ids=lambda value: getattr(value, "__name__", value))
def test_a_death_anywhere_in_a_worker_loses_nothing(owner, name, after, workers, tmp_path):
    work = partial(work_that_dies, tmp_path / "mark", owner, name, after)
    with Processes(workers).standing() as executor:
        for _ in range(2):
            with executor.map(work, tasks(40)) as results:
                assert firsts(results) == list(range(40))
        assert bookkeeping(executor._workers) == [0, 0, 0]


def bookkeeping(of):
    """What is on the books of a crew at rest: outstanding tickets, leases, and slots that nobody knows of."""
    slots = of.slots
    slots.has_room()
    known = sum(slot.region.capacity for slot in slots._free)
    doubtful = sum(attempt.slot.region.capacity for attempt in of._attempts._by_number.values())
    return [of.outstanding, len(slots._leases), slots.arena.size - known - doubtful]


@pytest.mark.parametrize("workers", [1, 2, 3, 4])
def test_kills_at_random_moments_lose_nothing(workers, find_workers):
    draw = random.Random(workers)
    executor = Processes(workers, ahead=6, max_retries=1000)
    with executor.standing() as standing:
        for _ in range(3):
            with standing.map(numbered, tasks(150)) as results:
                made = []
                for batch in results:
                    made.append(int(batch.x[-1]))
                    for pid in find_workers():
                        if draw.random() < 0.1:
                            kill(pid)
            assert made == list(range(150))
        del batch
        assert bookkeeping(standing._workers) == [0, 0, 0]


@pytest.mark.usefixtures("kind")
def test_kills_of_idle_workers_cost_nothing(find_workers):
    with Processes(2, max_retries=0).standing() as executor:
        for _ in range(5):
            with executor.map(numbered, tasks(5)) as results:
                assert firsts(results) == list(range(5))
            for pid in find_workers():
                kill(pid)


@pytest.mark.usefixtures("kind")
def test_kills_of_idle_workers_do_not_hinder_the_next_program(find_workers):
    with Processes(2).standing() as executor:
        for factor in range(5):
            with executor.map(
                lambda task, factor=factor: Batch(np.array([factor * task.step]), rows=1), tasks(5)
            ) as results:
                assert firsts(results) == [0, factor, 2 * factor, 3 * factor, 4 * factor]
            for pid in find_workers():
                kill(pid)


class DiesOfTooLittle:
    """The worker is killed as soon as it has asked for a larger slot, before it is granted."""

    def __init__(self, mark):
        self.mark = mark

    def __call__(self, task):
        if task.step == 3 and is_first(self.mark):
            reply = worker.Worker._reply

            def deadly(self, *args):
                reply(self, *args)
                die()

            worker.Worker._reply = deadly
            return Batch(np.zeros(10**6), rows=1)
        return numbered(task)


def test_a_death_between_asking_for_a_slot_and_its_grant_loses_nothing(tmp_path):
    with Processes(2).map(DiesOfTooLittle(tmp_path / "mark"), tasks(20)) as results:
        assert firsts(results) == list(range(20))


def test_kills_before_the_first_word_lose_nothing(monkeypatch, find_workers):
    hired, left = crew.hired, [3]

    def killed(*args):
        before = find_workers()
        member = hired(*args)
        if left[0]:
            left[0] -= 1
            for pid in find_workers() - before:
                kill(pid)
        return member

    monkeypatch.setattr(crew, "hired", killed)
    with Processes(2).map(numbered, tasks(20)) as results:
        assert firsts(results) == list(range(20))
    assert left == [0]


def test_workers_that_never_start_are_not_started_for_ever(monkeypatch, find_workers):
    hired = crew.hired

    def unheard(*args):
        member = hired(*args)
        member.kill()
        return member

    monkeypatch.setattr(crew, "hired", unheard)
    with Processes(2).map(numbered, tasks(20)) as results:
        with pytest.raises(RuntimeError, match="cannot start|while it made"):
            next(results)


def dies_with(step, task):
    if task.step == step:
        die()
    return numbered(task)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("options", "tries"), [({}, 4), ({"max_retries": 0}, 1), ({"on_worker_death": "raise"}, 1)])
def test_a_batch_that_kills_is_given_up_and_named(options, tries, workers):
    with Processes(workers, **options).standing() as executor:
        with executor.map(partial(dies_with, 5), tasks(9)) as results:
            assert firsts(next(results) for _ in range(5)) == [0, 1, 2, 3, 4]
            with pytest.raises(
                WorkerDiedError, match=r"was killed by SIGKILL.* while it made batch 5 of epoch 0"
            ) as told:
                next(results)
            assert firsts(results) == [6, 7, 8]
        assert bookkeeping(executor._workers)[1:] == [0, 0]
    assert (told.value.exitcode, told.value.task) == (-signal.SIGKILL, (0, 5))
    assert f"worker process {told.value.pid} " in str(told.value)
    assert f"(try {tries})" in str(told.value)


@pytest.mark.usefixtures("kind")
def test_a_worker_that_exits_is_a_death_too():
    with Processes(1, max_retries=1).map(lambda task: os._exit(3), tasks(2)) as results:
        with pytest.raises(WorkerDiedError, match="exited with status 3") as caught:
            next(results)
    assert caught.value.exitcode == 3


def test_slots_of_the_dead_and_the_living_are_never_the_same(tmp_path, find_workers):
    """Whoever writes a slot finds there what it has just written, whatever dies beside it."""

    def work(task):
        batch = numbered(task)
        if task.step % 10 == 3 and is_first(tmp_path / str(task.step)):
            dies_at(Claims, "take", False, task)
        return batch

    kept = []
    with Processes(3, ahead=8).map(work, tasks(200)) as results:
        for batch in results:
            kept.append(batch.x)
    assert [array.tolist() for array in kept] == [[step] * 100 for step in range(200)]


def forks_and_dies(mark, task):
    """A child of the worker's holds its pipes open after its death."""
    if task.step == 2 and is_first(mark):
        entrance, exit_ = os.pipe()
        if os.fork() == 0:
            os.close(exit_)
            os.read(entrance, 1)  # until the worker and the consumer have let go
            os._exit(0)
        die()
    return numbered(task)


@pytest.mark.usefixtures("kind")
def test_a_death_is_noticed_while_a_child_of_the_dead_holds_its_pipes(tmp_path):
    with Processes(1).map(partial(forks_and_dies, tmp_path / "mark"), tasks(5)) as results:
        assert firsts(results) == [0, 1, 2, 3, 4]


FORKING = """
import os
from contextlib import contextmanager
import numpy as np
from penstock.pipeline import Batch, Processes, Task

def steps(executor):
    tasks = (Task(seed=0, epoch=0, step=step) for step in range(3))
    with executor.map(lambda task: Batch(np.array([task.step]), rows=1), tasks) as results:
        return [int(batch.x[0]) for batch in results]
"""

ENDS_WHILE_A_FORK_LIVES = """
started, held = os.pipe()
with Processes(2).standing() as executor:
    assert steps(executor) == [0, 1, 2]
    pid = os.fork()
    if pid == 0:
        os.close(held)
        os.read(started, 1)
        os._exit(0)
    executor.__exit__()
    os.close(held)
    assert os.waitpid(pid, 0)[1] == 0
"""

A_FORK_HAS_ITS_OWN = """
with Processes(2).standing() as executor:
    assert steps(executor) == [0, 1, 2]
    pid = os.fork()
    if pid == 0:
        is_right = steps(executor) == [0, 1, 2]
        executor.__exit__()
        os._exit(not is_right)
    assert os.waitpid(pid, 0)[1] == 0
    assert steps(executor) == [0, 1, 2]
"""


# In a process of its own: this one may run JAX, after which a fork may deadlock.
@pytest.mark.parametrize("program", [ENDS_WHILE_A_FORK_LIVES, A_FORK_HAS_ITS_OWN], ids=["ends", "has its own"])
def test_workers_know_their_consumer_from_its_fork(program):
    done = subprocess.run([sys.executable, "-c", FORKING + program], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_fork_server_may_die_too(find_workers):
    with Processes(2).standing() as executor:
        with executor.map(numbered, tasks(50)) as results:
            next(results)
            server = {int(line) for pid in find_workers() for line in [parent(pid)]}
            assert len(server) == 1
            os.kill(server.pop(), signal.SIGKILL)
            for pid in list(executor._workers._members.values()):
                os.kill(pid.pid, signal.SIGKILL) if pid.pid else None
            assert firsts(results) == list(range(1, 50))


def parent(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rpartition(")")[2].split()[1]
