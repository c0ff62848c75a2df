"""Every test with processes leaves none, no descriptor and no shared memory; some are for each kind of process."""

import gc
import os
import select
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from penstock.pipeline import Batch, Task
from penstock.pipeline.executors import forked, spawned
from penstock.pipeline.executors.server import SERVER


def children(pid: int) -> set[int]:
    """The living child processes of a process."""
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with suppress(FileNotFoundError):  # the thread has ended meanwhile
            found |= {int(child) for child in Path(f"/proc/{pid}/task/{thread}/children").read_text().split()}
    return found


def workers() -> set[int]:
    """The processes that this one or its fork server has, but for the server."""
    # It answers in turn: what was asked of it before is done by then.
    SERVER.exit_code(0)
    assert SERVER._process is not None
    server = SERVER._process.pid
    return children(os.getpid()) - {server} | children(server)


def await_end(pid: int) -> None:
    """Wait for a process that was killed before it had told who it is."""
    with suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        assert select.select([process], [], [], 3)[0]
        os.close(process)


def descriptors() -> list[str]:
    links = []
    for name in os.listdir("/proc/self/fd"):
        try:
            links.append(os.readlink(f"/proc/self/fd/{name}").partition(":")[0])
        except FileNotFoundError:
            continue  # that of the listing itself
    return sorted(links)


@pytest.fixture(scope="session", autouse=True)
def server():
    """Its own descriptors are there before any test counts."""
    with forked.Processes(1).map(lambda task: Batch(np.zeros(1), rows=1), iter([Task(0, 0, 0)])) as results:
        next(results)


@pytest.fixture(autouse=True)
def nothing_is_left(server):
    if workers():
        # Loaders that tests before this one left to the collector.
        gc.collect()
        for pid in workers():
            await_end(pid)
    before = descriptors()
    assert not workers()
    yield
    for pid in workers():
        await_end(pid)
    assert not workers()
    if descriptors() != before:
        # What a test's own cycles hold is no leak.
        gc.collect()
    assert len(descriptors()) <= len(before), descriptors()


@pytest.fixture(params=[forked, spawned], ids=["forked", "spawned"])
def kind(request, monkeypatch):
    """Each executor over processes takes, in turn, the place of `Processes` in a module of tests."""
    monkeypatch.setattr(request.module, "Processes", request.param.Processes, raising=False)
    return request.param


@pytest.fixture
def of_kind(kind):
    """A program with that executor."""
    general = "from penstock.pipeline import Batch, Processes, Task"
    special = f"from penstock.pipeline import Batch, Task\nfrom {kind.__name__} import Processes"

    def changed(program: str) -> str:
        assert general in program
        return program.replace(general, special)

    return changed


@pytest.fixture
def find_workers():
    return workers
