"""Every test with processes leaves none, no descriptor and no shared memory."""

import gc
import os
import select
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from penstock.pipeline import Batch, Processes, Task
from penstock.pipeline.executors.server import SERVER


def children(pid: int) -> set[int]:
    """The living child processes of a process."""
    lists = [Path(f"/proc/{pid}/task/{thread}/children").read_text() for thread in os.listdir(f"/proc/{pid}/task")]
    return {int(child) for text in lists for child in text.split()}


def workers() -> set[int]:
    """The processes that the fork server of this one has."""
    # It answers in turn: what was asked of it before is done by then.
    SERVER.exit_code(0)
    return {worker for server in children(os.getpid()) for worker in children(server)}


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
    with Processes(1).map(lambda task: Batch(np.zeros(1), rows=1), iter([Task(0, 0, 0)])) as results:
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


@pytest.fixture
def find_workers():
    return workers
