"""What becomes of threads that take too long."""

import subprocess
import sys
import threading

import pytest
from fakes import Counting, firsts
from hangs import hanging

from penstock.adapters import Loader
from penstock.pipeline import Task, Threads
from penstock.pipeline.errors import BatchTimeoutError
from penstock.pipeline.executors import desk


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


class Clock:
    """Time goes on when the test says so."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(desk, "monotonic", clock)
    return clock


@pytest.mark.parametrize("workers", [1, 3])
def test_a_hang_is_named_and_its_thread_replaced(workers, clock):
    executor = Threads(workers, timeout=60)
    with hanging(2, left_behind=1) as work:
        with executor.map(work, tasks(6)) as results:
            assert firsts(next(results) for _ in range(2)) == [0, 1]
            assert work.begun[2].wait(60)
            clock.now += 60
            with pytest.raises(BatchTimeoutError, match="batch 2 of epoch 0 was not ready 60 s after") as caught:
                next(results)
            assert firsts(results) == [3, 4, 5]
        assert caught.value.task == (0, 2)
        assert "its thread cannot be ended and is left behind" in str(caught.value)


def test_who_waits_for_a_hang_hears_of_it_in_time():
    with hanging(0, left_behind=1) as work, Threads(1, timeout=0.05).map(work, tasks(3)) as results:
        with pytest.raises(BatchTimeoutError):
            next(results)
        assert firsts(results) == [1, 2]


def test_the_error_is_ready_when_the_time_is_over(clock):
    with hanging(0, left_behind=1) as work, Threads(1, timeout=60).map(work, tasks(1)) as results:
        assert not results.ready(0)
        assert work.begun[0].wait(60)
        assert not results.ready(0.01)
        clock.now += 60
        assert results.ready(0)
        with pytest.raises(BatchTimeoutError):
            next(results)
        assert firsts(results) == []


def test_time_is_counted_from_where_the_work_begins(clock):
    with hanging(0, 1, left_behind=0) as work, Threads(1, timeout=60).map(work, tasks(2)) as results:
        assert not results.ready(0)
        assert work.begun[0].wait(60)
        clock.now += 50
        work.go_on[0].set()
        assert firsts([next(results)]) == [0]
        assert work.begun[1].wait(60)
        clock.now += 50
        assert not results.ready(0)
        work.go_on[1].set()
        assert firsts([next(results)]) == [1]


def test_a_batch_that_is_there_is_given_however_long_it_took(clock):
    with hanging(1, left_behind=0) as work, Threads(1, timeout=60).map(work, tasks(3)) as results:
        assert firsts([next(results)]) == [0]
        assert work.begun[1].wait(60)
        clock.now += 100
        work.go_on[1].set()
        assert work.begun[2].wait(60)
        assert firsts(results) == [1, 2]


def test_a_thread_that_wakes_up_late_takes_no_other_work(clock):
    with hanging(0, 1, left_behind=0) as work, Threads(1, timeout=60).map(work, tasks(4)) as results:
        assert not results.ready(0)
        assert work.begun[0].wait(60)
        clock.now += 60
        with pytest.raises(BatchTimeoutError):
            next(results)
        assert work.begun[1].wait(60)
        work.go_on[0].set()
        work.threads[0].join(60)
        assert not work.threads[0].is_alive()
        work.go_on[1].set()
        assert firsts(results) == [1, 2, 3]
        assert work.threads[1] is work.threads[2] is work.threads[3]


def test_a_hang_that_nobody_asked_for_is_left_behind_with_a_warning(clock):
    with hanging(1, left_behind=1) as work, pytest.warns(RuntimeWarning, match="batch 1 of epoch 0 was not ready 60 s"):
        with Threads(2, timeout=60).map(work, tasks(6)) as results:
            assert firsts([next(results)]) == [0]
            assert work.begun[1].wait(60)
            clock.now += 60


def test_work_in_flight_has_the_rest_of_its_time(clock):
    with hanging(1, left_behind=0) as work, Threads(2, timeout=60).map(work, tasks(6)) as results:
        assert firsts([next(results)]) == [0]
        assert work.begun[1].wait(60)
        clock.now += 59
        threading.Thread(target=work.go_on[1].set).start()


@pytest.mark.parametrize(("error", "waits"), [(KeyboardInterrupt, 1), (ZeroDivisionError, 2)])
def test_a_second_interrupt_ends_the_waiting_for_a_hang(error, waits, monkeypatch):
    def interrupted(worker):
        waited.append(worker)
        raise KeyboardInterrupt

    waited = []
    with hanging(0, left_behind=1) as work:
        with pytest.raises(KeyboardInterrupt), Threads(1).map(work, tasks(2)) as results:
            assert not results.ready(0)
            assert work.begun[0].wait(60)
            monkeypatch.setattr(desk.Worker, "wait", interrupted)
            raise error
        monkeypatch.undo()
        assert len(waited) == waits
        results.__exit__(None, None, None)


class HangingOnce(Counting):
    """Batch 1 hangs the first time."""

    def __init__(self):
        super().__init__(3)
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __getitem__(self, index):
        if index == 1 and not self.begun.is_set():
            self.begun.set()
            assert self.go_on.wait(60)
        return super().__getitem__(index)

    def generator(self):
        yield from map(self.__getitem__, range(3))

    def let_go(self):
        """The one thread that was left behind ends."""
        (hung,) = (thread for thread in threading.enumerate() if isinstance(thread, desk.Worker))
        self.go_on.set()
        hung.join(60)
        assert not hung.is_alive()


@pytest.mark.parametrize("data_of", [lambda data: data, lambda data: data.generator], ids=["data set", "function"])
def test_a_loader_is_used_and_closed_after_a_hang(data_of):
    data = HangingOnce()
    with Loader(data_of(data), workers=1, timeout=0.05) as loader:
        with pytest.raises(BatchTimeoutError, match="batch 1 of epoch 0"):
            firsts(loader)
        assert firsts(loader) == [0, 1, 2]
    data.let_go()


def test_a_generator_that_hung_cannot_go_on():
    """What it gives when it wakes up would come in the wrong place, or to nobody."""
    data, seen = HangingOnce(), []
    loader = Loader(data.generator(), workers=1, timeout=0.05).map(lambda batch: seen.append(batch) or batch)
    with pytest.raises(BatchTimeoutError, match="batch 1 of epoch 0"):
        firsts(loader)
    state = loader.state_dict()
    data.let_go()
    with pytest.raises(RuntimeError, match="the generator was left in the middle of a batch, and cannot go on"):
        firsts(loader)
    assert firsts(seen) == [0]
    anew = Loader(data.generator(), workers=1, timeout=60)
    anew.load_state_dict(state)
    assert firsts(anew) == [1, 2]


def test_a_generator_that_hung_ahead_of_a_break_loses_nothing_in_silence(clock):
    data = HangingOnce()
    loader = Loader(data.generator(), workers=1, timeout=60)
    with pytest.warns(RuntimeWarning, match="batch 1 of epoch 0"):
        for _ in loader:
            assert data.begun.wait(60)
            clock.now += 60
            break
    data.let_go()
    with pytest.raises(RuntimeError, match="cannot go on"):
        firsts(loader)


LEFT_BEHIND = """
import threading
import numpy as np
from penstock.adapters import Loader

for batch in Loader(np.arange(3), batch_size=1, workers=2, timeout=0.1).map(lambda batch: threading.Event().wait()):
    pass
"""

LEFT_OPEN = """
import threading
import numpy as np
from penstock.adapters import Loader

def hang(batch):
    if batch[0][0] == 1:
        threading.Event().wait()
    return batch

batches = iter(Loader(np.arange(3), batch_size=1, workers=2, timeout=0.1).map(hang))
print(next(batches)[0][0])
"""


@pytest.mark.parametrize(
    ("program", "exit_code", "told"), [(LEFT_BEHIND, 1, "BatchTimeoutError: batch 0 of epoch 0"), (LEFT_OPEN, 0, "")]
)
def test_a_process_ends_though_a_thread_hangs(program, exit_code, told):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == exit_code
    assert told in done.stderr
