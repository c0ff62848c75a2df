"""L7: do two processes do twice the work that holds the interpreter's lock?

Question. By how much do two worker processes speed up a data set whose `__getitem__` is a loop in Python?

Method. Each batch takes a loop of 100 000 turns; once made by the consumer itself, on one core after the
other, since some are faster, once by two processes, in epochs so long that their boundaries, which L6 measures, count
for little. The speed-up is divided by that of two busy loops, in two processes, against one.

How to read it. 1 is the limit: nothing is lost beside the loop itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from typing import Any

from . import receiving
from .batches import Data
from .compare import Comparison, Ratio
from .racer import Side
from .spin import SPIN
from .work import Work

DATA = Data("looped", steps=200, size=100_000)


@contextmanager
def on_each_core(data: dict[str, Any]) -> Iterator[Work]:
    """No worker; each core that this process may use does all epochs."""
    with receiving.by_penstock(data, workers=0) as work:
        cores = os.sched_getaffinity(0)

        def repeat(epochs: int) -> int:
            units = 0
            for core in cores:
                os.sched_setaffinity(0, {core})
                units += work.repeat(epochs)
            os.sched_setaffinity(0, cores)
            return units

        yield replace(work, repeat=repeat)


INLINE = Side("penstock, no worker", on_each_core, given={"data": asdict(DATA)})
PROCESSES = receiving.processes("penstock, two processes", DATA, workers=2)
THREADS = receiving.penstock("penstock, two threads", DATA, workers=2)
KERAS, TORCH = receiving.keras(DATA, 2), receiving.torch(DATA, 2)

SCENARIO = Comparison(
    "L7",
    "a loop in __getitem__, with two processes",
    sides=(INLINE, PROCESSES, THREADS, KERAS, TORCH, *SPIN),
    ratios=(Ratio("share of the possible speed-up", of=(INLINE,), to=(PROCESSES,), at_least=0.92, limit_on_cores=2),),
    unit="µs/batch",
)
