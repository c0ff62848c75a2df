"""Sides for races in tests, importable by the processes that run them."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from penstock.perf.work import Work


def spin(seconds: float) -> int:
    began = perf_counter()
    while perf_counter() - began < seconds:
        pass
    return 1


@contextmanager
def quick() -> Iterator[Work]:
    yield Work(lambda epochs: spin(1e-4 * epochs), check=lambda: {"loss": 1.0}, facts=lambda: {"fact": 7.0})


@contextmanager
def chatty() -> Iterator[Work]:
    sys.stdout.write("this is no answer\n")
    yield Work(lambda epochs: sys.stdout.write("nor is this\n") and spin(1e-4 * epochs), check=lambda: {"loss": 1.0001})


@contextmanager
def wrong() -> Iterator[Work]:
    yield Work(lambda epochs: spin(1e-4 * epochs), check=lambda: {"loss": 1.1})


@contextmanager
def failing() -> Iterator[Work]:
    raise ValueError("the data are gone")
    yield Work(lambda epochs: epochs)


STAYS = """
import signal, sys
with open(sys.argv[1], "wb"):
    print("open", flush=True)
    signal.pause()
"""


@contextmanager
def leaving(path: str) -> Iterator[Work]:
    """Starts a process that holds the named pipe open, and leaves it behind."""
    child = subprocess.Popen([sys.executable, "-c", STAYS, path], stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == b"open\n"
    yield Work(lambda epochs: spin(1e-4 * epochs))
