"""Workers that are started anew, where there is no fork server."""

import io
import math
import os
import random
import runpy
import signal
import socket
import subprocess
import sys
import threading
import types
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fakes import firsts

from penstock.pipeline import Batch, Task
from penstock.pipeline.errors import WorkerDiedError
from penstock.pipeline.executors import desk, frames, launch, patience, staff
from penstock.pipeline.executors.spawned import Processes


def tasks(total):
    return (Task(seed=0, epoch=0, step=step) for step in range(total))


def numbered(task):
    return Batch(np.full(100, task.step), rows=1)


@pytest.mark.parametrize("workers", [1, 3])
def test_kills_at_random_moments_lose_nothing(workers, find_workers):
    draw = random.Random(workers)
    with Processes(workers, ahead=6, max_retries=1000).standing() as standing:
        for _ in range(3):
            made = []
            with standing.map(numbered, tasks(40)) as results:
                for batch in results:
                    made.append(int(batch.x[-1]))
                    for pid in find_workers():
                        if draw.random() < 0.1:
                            with suppress(ProcessLookupError):
                                os.kill(pid, signal.SIGKILL)
            assert made == list(range(40))


def dies_with(step, task):
    if task.step == step:
        os.kill(os.getpid(), signal.SIGKILL)
    return numbered(task)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize(("options", "tries"), [({}, 4), ({"max_retries": 0}, 1), ({"on_worker_death": "raise"}, 1)])
def test_a_batch_that_kills_is_given_up_and_named(options, tries, workers):
    with Processes(workers, **options).map(partial(dies_with, 5), tasks(9)) as results:
        assert firsts(next(results) for _ in range(5)) == [0, 1, 2, 3, 4]
        with pytest.raises(WorkerDiedError, match=r"was killed by SIGKILL.* while it made batch 5 of epoch 0") as told:
            next(results)
        assert firsts(results) == [6, 7, 8]
    assert (told.value.exitcode, told.value.task) == (-signal.SIGKILL, (0, 5))
    assert f"(try {tries})" in str(told.value)


def test_workers_that_never_start_are_not_started_for_ever(monkeypatch):
    monkeypatch.setattr(launch, "_START", "raise SystemExit  # {module} {opened}")
    with (
        Processes(2).map(numbered, tasks(2)) as results,
        pytest.raises(RuntimeError, match="10 ended before they said"),
    ):
        next(results)


@pytest.mark.parametrize("seconds", [2.0**32 / 1000 + 0.001, math.inf])
def test_no_timeout_is_longer_than_systems_take(monkeypatch, seconds):
    def receive(channel):
        timeouts.append(channel.gettimeout())
        return whole(channel)

    timeouts, whole = [], staff.receive
    monkeypatch.setattr(staff, "receive", receive)
    with Processes(1, timeout=seconds).map(numbered, tasks(1)) as results:
        assert firsts(results) == [0]
    assert 10**6 < timeouts[-1] < 2**31 / 1000


def test_any_number_of_idle_workers_may_be_killed(monkeypatch, find_workers):
    monkeypatch.setattr(patience, "_MOST_STILLBORN", 1)
    everybody = threading.Barrier(3)
    began = staff.Child.begin

    def begin(child, *args):
        began(child, *args)
        everybody.wait()

    with Processes(3).standing() as standing:
        monkeypatch.setattr(staff.Child, "begin", begin)
        with standing.map(numbered, tasks(3)) as results:
            assert firsts(results) == [0, 1, 2]
        monkeypatch.setattr(staff.Child, "begin", began)
        for pid in find_workers():
            os.kill(pid, signal.SIGKILL)
        with standing.map(numbered, tasks(1)) as results:
            assert firsts(results) == [0]


ARRAYS = {
    "empty": np.zeros((0, 3)),
    "large": np.arange(3_000_000),
    "of a stride": np.arange(1000)[::3],
    "transposed": np.arange(12).reshape(3, 4).T,
    "read-only": np.broadcast_to(np.arange(3), (5, 3)),
    "text": np.array(["a", "bcd"]),
    "objects": np.array([{"a": 1}, None], dtype=object),
    "dates": np.array(["2026-01-01"], dtype="M8[D]"),
    "records": np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_of_every_form_arrive_writable(name):
    array = ARRAYS[name]
    with Processes(1).map(lambda task: Batch({"x": array}, (array, array), rows=1), tasks(2)) as results:
        for batch in results:
            for arrived in (batch.x["x"], *batch.y):
                np.testing.assert_array_equal(arrived, array)
                assert (arrived.dtype, arrived.flags.writeable) == (array.dtype, True)


def test_an_array_that_is_two_leaves_arrives_as_two():
    def work(task):
        array = np.zeros(3)
        return Batch(array, array, rows=3)

    with Processes(1).map(work, tasks(1)) as results:
        batch = next(results)
    batch.x[:] = 1
    assert batch.y.tolist() == [0, 0, 0]


def test_batches_that_are_kept_stay_as_they_are():
    with Processes(2, ahead=3).map(lambda task: Batch(np.full(2**16, task.step), rows=1), tasks(40)) as results:
        kept = [batch.x for batch in results]
    assert all((array == step).all() for step, array in enumerate(kept))


def test_what_is_changed_in_place_between_epochs_is_seen_and_in_mid_epoch_is_not():
    data = np.zeros(2**18)

    def work(task):
        data[1] += 1  # in the worker alone
        return Batch(data[:1].copy(), rows=1)

    with Processes(1, ahead=1).standing() as standing:
        for epoch in range(3):
            data[0] = epoch
            with standing.map(work, tasks(3)) as results:
                assert firsts([next(results)]) == [epoch]
                data[0] = 99
                assert firsts(results) == [epoch, epoch]
    assert data[1] == 0


def test_a_worker_holds_one_program_at_a_time():
    data = np.ones(2**23)

    def most_bytes(task):
        lines = Path("/proc/self/status").read_text().splitlines()
        most = next(line for line in lines if line.startswith("VmHWM"))
        return Batch(np.array([int(most.split()[1]) * 1024 + 0 * data[0]]), rows=1)

    peaks = []
    with Processes(1).standing() as standing:
        for epoch in range(2):
            data[:] = epoch
            with standing.map(most_bytes, tasks(1)) as results:
                peaks += firsts(results)
    assert peaks[0] > data.nbytes
    assert peaks[1] < peaks[0] + data.nbytes / 2


def test_workers_stay_between_epochs_and_after_an_error_of_the_consumer_that_interrupts_none(find_workers):
    with Processes(1).standing() as standing:
        with standing.map(numbered, tasks(3)) as results:
            assert firsts(results) == [0, 1, 2]
        before = find_workers()
        with pytest.raises(ZeroDivisionError), standing.map(numbered, tasks(1)) as results:
            next(results)
            raise ZeroDivisionError
        with standing.map(numbered, tasks(3)) as results:
            assert firsts(results) == [0, 1, 2]
        assert find_workers() == before


def forks(path):
    if os.fork() == 0:
        path.open().close()
        os._exit(0)


def starts(path):
    subprocess.Popen(["cat", path], close_fds=False)


def leaves_and_dies(start, path, task):
    start(path)
    os._exit(3)


@pytest.mark.parametrize("start", [forks, starts])
def test_a_death_is_noticed_while_what_the_dead_has_started_lives(start, tmp_path):
    path = tmp_path / "held"
    os.mkfifo(path)
    with Processes(1, max_retries=0, timeout=9).map(partial(leaves_and_dies, start, path), tasks(1)) as results:
        with pytest.raises(WorkerDiedError):
            next(results)
    path.open("w").close()  # upon which that ends


def hangs(task):
    if task.step:
        signal.pause()
    return numbered(task)


def test_an_error_of_the_consumer_does_not_wait_for_what_is_in_the_making():
    with Processes(2).standing() as standing:
        with pytest.raises(ZeroDivisionError), standing.map(hangs, tasks(9)) as results:
            next(results)
            raise ZeroDivisionError
        with standing.map(numbered, tasks(3)) as results:
            assert firsts(results) == [0, 1, 2]
    assert threading.active_count() == 1


def test_an_interrupt_ends_the_wait_for_what_is_in_the_making(monkeypatch):
    def wait(_):
        monkeypatch.undo()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Processes(2).map(hangs, tasks(9)) as results:
        next(results)
        monkeypatch.setattr(desk.Worker, "wait", wait)
    assert threading.active_count() == 1


LEFT_OPEN = """
import signal, weakref
import numpy as np
first = lambda: None
weakref.finalize(first, int)  # as a library may have done: what it registers is then called last
from penstock.pipeline import Batch, Task
from penstock.pipeline.executors.spawned import Processes

def work(task):
    if task.step:
        signal.pause()
    return Batch(np.zeros(1), rows=1)

results = Processes(2).map(work, (Task(0, 0, step) for step in range(9)))
next(results)
"""


@pytest.mark.parametrize(
    "program", [LEFT_OPEN, LEFT_OPEN.replace("weakref.finalize(first, int)", "")], ids=["last", "first"]
)
def test_a_program_ends_though_a_worker_hangs(program):
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


FORKED = """
import os
import numpy as np
from penstock.pipeline import Batch, Task
from penstock.pipeline.executors.spawned import Processes

def work(task):
    return Batch(np.full(1, os.getpid()), rows=1)

tasks = (Task(seed=0, epoch=0, step=step) for step in range(30))
with Processes(1, ahead=2, max_retries=0).map(work, tasks) as results:
    workers = {int(next(results).x[0])}
    pid = os.fork()
    if pid == 0:
        try:
            next(results)
        except RuntimeError as error:
            assert "begin the epoch anew" in str(error)
            results.__exit__(type(error), error, None)
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    workers |= {int(batch.x[0]) for batch in results}
assert len(workers) == 1, workers
"""
FORKED_BETWEEN_EPOCHS = """
import os
import numpy as np
from penstock.pipeline import Batch, Task
from penstock.pipeline.executors.spawned import Processes

def workers():
    with standing.map(lambda task: Batch(np.full(1, os.getpid()), rows=1), iter([Task(0, 0, 0)])) as results:
        return {int(batch.x[0]) for batch in results}

with Processes(1).standing() as standing:
    before = workers()
    pid = os.fork()
    if pid == 0:
        standing.__exit__()
        os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 3
    assert workers() == before
"""


@pytest.mark.parametrize("script", [FORKED, FORKED_BETWEEN_EPOCHS], ids=["in mid-epoch", "between epochs"])
def test_a_fork_of_the_consumer_leaves_the_workers_alone(script):
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_batch_too_large_for_memory_fails_and_the_next_comes(monkeypatch):
    def receive(channel):
        parts = whole(channel)
        if sum(part.nbytes for part in parts) > 2**20:
            raise MemoryError
        return parts

    whole = staff.receive
    monkeypatch.setattr(staff, "receive", receive)
    work = lambda task: Batch(np.full(2**20 if task.step == 1 else 1, task.step), rows=1)  # noqa: E731 # travels
    with Processes(1).map(work, tasks(3)) as results:
        assert firsts([next(results)]) == [0]
        with pytest.raises(MemoryError):
            next(results)
        assert firsts(results) == [2]


def connected():
    """What Windows has for a pair of sockets."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return socket.create_connection(server.getsockname()), server.accept()[0]


def test_a_small_message_does_not_wait_for_the_one_before_it_to_be_acknowledged(monkeypatch):
    monkeypatch.setattr(socket, "socketpair", connected)
    for end in staff.channel():
        with end:
            assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_channel_holds_more_than_the_system_would_have_it(monkeypatch):
    ends = socket.socketpair()
    buffers = socket.SO_SNDBUF, socket.SO_RCVBUF
    for end in ends:
        for buffer in buffers:
            end.setsockopt(socket.SOL_SOCKET, buffer, 2**13)
    monkeypatch.setattr(socket, "socketpair", lambda: ends)
    for end in staff.channel():
        with end:
            assert min(end.getsockopt(socket.SOL_SOCKET, buffer) for buffer in buffers) >= 2**17


class Limited(socket.socket):
    """One that takes and gives no more than so many bytes at once."""

    MOST = 2**16

    def sendall(self, data):
        assert len(data) <= self.MOST
        super().sendall(data)

    def recv_into(self, buffer):
        assert len(buffer) <= self.MOST
        return super().recv_into(buffer)


def test_no_more_is_sent_at_once_than_a_system_takes(monkeypatch):
    monkeypatch.setattr(frames, "_LARGEST", Limited.MOST)
    one, other = (Limited(fileno=end.detach()) for end in socket.socketpair())
    parts = [b"a", bytes(range(256)) * 257, b"b"]
    with one, other:
        frames.send(one, parts)
        assert [bytes(part) for part in frames.receive(other)] == [bytes(part) for part in parts]


class Process:
    """What `subprocess.Popen` is given, and what is written to it."""

    pid = 7
    __class_getitem__ = classmethod(types.GenericAlias)

    def __init__(self, command, **options):
        self.command, self.options = command, options
        self.stdin = io.BytesIO()


class Shared:
    def share(self, pid):
        return b"%d" % pid


@pytest.mark.parametrize(("base", "of"), [("base.exe", "python.exe"), ("python.exe", None)], ids=["venv", "plain"])
def test_on_windows_the_process_that_is_given_the_channel_is_the_interpreter(base, of, monkeypatch):
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "executable", "python.exe")
    monkeypatch.setattr(sys, "_base_executable", base)
    monkeypatch.setattr(subprocess, "Popen", Process)
    monkeypatch.setattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 512, raising=False)
    process = runpy.run_path(launch.__file__)["launched"]("module", Shared())
    assert (process.command[0], process.options["executable"]) == ("python.exe", base)
    assert process.options["env"].get("__PYVENV_LAUNCHER__") == of
    assert process.stdin.closed


ELSEWHERE = """
import fcntl, mmap, os, select, socket, subprocess, sys, termios
import numpy as np

sys.platform = "darwin"
sys.modules["fcntl"] = sys.modules["termios"] = None
of_linux = {os: "memfd_create pidfd_open posix_fallocate", select: "poll epoll", socket: "SOCK_SEQPACKET send_fds"}
for module, names in of_linux.items():
    for name in names.split():
        delattr(module, name)

import penstock as ps

class Data(ps.PyDataset):
    def __len__(self):
        return 20
    def __getitem__(self, index):
        return np.full(8, index), np.full(8, os.getpid())

loader = ps.Loader(Data(), workers=2, use_multiprocessing=True)
for _ in range(2):
    batches = list(loader)
    assert [int(x[0]) for x, _ in batches] == list(range(20))
    assert os.getpid() not in {int(y[0]) for _, y in batches}
print(type(loader.recipe.executor).__module__, any(name.endswith("pipeline.executors.crew") for name in sys.modules))
"""


def test_a_loader_has_processes_on_systems_without_what_linux_has():
    command = [sys.executable, "-W", "error", "-c", ELSEWHERE]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("penstock.pipeline.executors.spawned False\n", "")
