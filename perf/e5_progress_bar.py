"""E5: what does the progress bar cost?

Question. How much longer does the `fit` of E1 take with `verbose=1` than with `verbose=0`? Its steps are the shortest,
so that a bar costs most there.

Method. Standard output is a pseudo-terminal for both sides, so that the bar is really drawn; a process of its own reads
what is written, as a terminal does. Keras on JAX does the same.

How to read it. 1 is the limit; ours and Keras' own ratios stand side by side.
"""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any

import penstock as ps

from . import e1_dense, peers
from .compare import Comparison, Ratio
from .fitting import fitting
from .racer import Side
from .work import Work


@contextmanager
def terminal() -> Iterator[None]:
    """Standard output is a terminal whose other end is read by another process."""
    reader, writer = pty.openpty()
    with subprocess.Popen(["cat"], stdin=reader, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as screen:
        os.close(reader)
        try:
            with os.fdopen(writer, "w") as stream, redirect_stdout(stream):
                yield
        finally:
            screen.kill()


@contextmanager
def _fit(keras: Any, verbose: int) -> Iterator[Work]:
    with terminal():
        yield fitting(e1_dense.model(keras), *e1_dense.data(), batch_size=e1_dense.BATCH_SIZE, verbose=verbose)


@contextmanager
def penstock_quiet() -> Iterator[Work]:
    with _fit(ps, verbose=0) as work:
        yield work


@contextmanager
def penstock_bar() -> Iterator[Work]:
    with _fit(ps, verbose=1) as work:
        yield work


@contextmanager
def keras_quiet() -> Iterator[Work]:
    with _fit(peers.keras(), verbose=0) as work:
        yield work


@contextmanager
def keras_bar() -> Iterator[Work]:
    with _fit(peers.keras(), verbose=1) as work:
        yield work


QUIET, BAR = Side("penstock fit, verbose=0", penstock_quiet), Side("penstock fit, verbose=1", penstock_bar)
KERAS_QUIET = Side("Keras on JAX, verbose=0", keras_quiet, needs="keras")
KERAS_BAR = Side("Keras on JAX, verbose=1", keras_bar, needs="keras")

SCENARIO = Comparison(
    "E5",
    "the progress bar in fit of Dense(1), batch 32",
    sides=(QUIET, BAR, KERAS_QUIET, KERAS_BAR),
    ratios=(Ratio("verbose=1 ÷ verbose=0", of=(BAR,), to=(QUIET,), at_most=1.03),),
)
