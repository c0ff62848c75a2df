"""Work that threads hang in until a test lets go of them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from penstock.pipeline import Batch, Task


class Hanging:
    """Work that hangs in some steps until it is let go; knows which thread does which step."""

    def __init__(self, *steps: int) -> None:
        self.begun = [threading.Event() for _ in range(9)]
        self.go_on = {step: threading.Event() for step in steps}
        self.threads: dict[int, threading.Thread] = {}

    def __call__(self, task: Task) -> Batch:
        self.threads[task.step] = threading.current_thread()
        self.begun[task.step].set()
        assert task.step not in self.go_on or self.go_on[task.step].wait(60)
        return Batch(np.full(2, task.step), rows=2)


@contextmanager
def hanging(*steps: int, left_behind: int) -> Iterator[Hanging]:
    """Work that hangs; so many threads are left at the end of the block, which then end by themselves."""
    before, work = set(threading.enumerate()), Hanging(*steps)
    try:
        yield work
        assert len(set(threading.enumerate()) - before) == left_behind
    finally:
        for go_on in work.go_on.values():
            go_on.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(60)
    assert set(threading.enumerate()) == before
