"""L5: how long is it until the first batch, if nothing runs yet?

Question. How much longer does a loader with two worker processes take to its first batch than the bare start of the
same processes?

Method. Each round is in a process of its own that has imported what it needs. The bare start is a Python process that
imports NumPy and forks two others, until both have said a word. torch and Grain start two workers in the same way as
they always do.

How to read it. 1 is the limit. The first loader of a process pays for the interpreter from which its workers are
forked; further ones take a few milliseconds.
"""

import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import penstock as ps

from . import grain_batches, torch_batches
from .batches import Ready
from .compare import Comparison, Ratio
from .racer import Side
from .receiving import first_leaf
from .work import Work

WORKERS = 2
BARE = f"""
import os, numpy
for _ in range({WORKERS}):
    if os.fork() == 0:
        os.write(1, b"x")
        os._exit(0)
for _ in range({WORKERS}):
    os.wait()
"""


def once(batches: Iterable[Any]) -> Work:
    """Asks for a first batch; the check is what it holds. What gives the others is kept: to end it takes time too."""
    found: list[float] = []
    kept: list[Iterator[Any]] = []

    def repeat(epochs: int) -> int:
        for _ in range(epochs):
            kept.append(iter(batches))
            found.append(float(first_leaf(next(kept[-1]))[0]))
        return epochs

    return Work(repeat, lambda: {"first number": found[-1]})


def data() -> Ready:
    return Ready(steps=100, nbytes=1024)


@contextmanager
def penstock() -> Iterator[Work]:
    with ps.Loader(data(), workers=WORKERS, use_multiprocessing=True) as loader:
        yield once(loader)


@contextmanager
def torch() -> Iterator[Work]:
    yield once(torch_batches.loader(data(), WORKERS))


@contextmanager
def grain() -> Iterator[Work]:
    yield once(grain_batches.batches(data(), WORKERS))


@contextmanager
def bare_start() -> Iterator[Work]:
    def repeat(epochs: int) -> int:
        for _ in range(epochs):
            subprocess.run([sys.executable, "-c", BARE], check=True, stdout=subprocess.PIPE)
        return epochs

    yield Work(repeat)


OURS, BARE_START = Side("penstock, first batch", penstock), Side("bare start of the processes", bare_start)

SCENARIO = Comparison(
    "L5",
    "from nothing to the first batch, two worker processes",
    sides=(OURS, BARE_START, Side("torch, first batch", torch, "torch"), Side("Grain, first batch", grain, "grain")),
    ratios=(Ratio("first batch ÷ bare start", of=(OURS,), to=(BARE_START,), at_most=1.5),),
    unit="ms",
    starts=True,
)
