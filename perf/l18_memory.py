"""L18: how much memory do batches from processes take beyond their slots?

Question. By how much does the memory of a consumer and its worker processes grow, once the workers run, for batches of
8 MiB, ÷ the slots that the queue and the consumer need; and how much more does it take a thousand batches later?

Method. Two worker processes and a queue of 10 batches: 10 slots, and one for the batch that the consumer has. Memory is
the proportional set size of the consumer and all its descendants, in which what they share counts once. The first look
is after an epoch of the same batches cut to one number, with as many workers and the same data; then one after every
tenth batch. The growth is between the most of the first hundred batches and the most of the last.

How to read it. 1 and 0 are the limits.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import penstock as ps

from .batches import Ready
from .compare import Comparison, Fact
from .racer import Side
from .receiving import endless
from .work import Figures, Work

NBYTES, WORKERS, QUEUE = 2**23, 2, 10
SLOTS = QUEUE + 1
STEPS, EVERY, HUNDRED = 1100, 10, 10  # batches; batches between looks; looks at a hundred batches
MEBIBYTE = 2**20
PEAK, GROWTH = "peak ÷ slots", "growth"


def proportional_bytes(process: int) -> int:
    """The memory of a process and all its descendants; what some of them share counts once."""
    folder = Path("/proc", str(process))
    lines = (folder / "smaps_rollup").read_text().splitlines()
    own = next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return own + sum(proportional_bytes(child) for child in children(folder))


def children(folder: Path) -> Iterator[int]:
    for task in folder.glob("task/*/children"):
        yield from map(int, task.read_text().split())


@contextmanager
def penstock() -> Iterator[Work]:
    """A unit is one batch."""
    looks: list[int] = []
    loading: dict[str, Any] = {"workers": WORKERS, "use_multiprocessing": True, "max_queue_size": QUEUE}
    data = Ready(STEPS, NBYTES)

    def look() -> None:
        looks.append(proportional_bytes(os.getpid()))

    def repeat(epochs: int) -> int:
        for number in range(epochs * STEPS):
            next(batches)
            if number % EVERY == 0:
                look()
        return epochs * STEPS

    def facts() -> Figures:
        first, *later = looks
        growth = max(later[-HUNDRED:]) - max(later[:HUNDRED])
        return {PEAK: (max(later) - first) / (SLOTS * NBYTES), GROWTH: growth / MEBIBYTE}

    def check() -> Figures:
        (batch,) = next(batches)
        return {"numbers of a batch": batch.size}

    with ps.Loader(data, **loading) as loader:
        batches = endless(loader)
        with loader.map(_first_number) as small:
            for _ in small:
                pass
            look()
        yield Work(repeat, check, facts)


def _first_number(batch: tuple[Any, ...]) -> tuple[Any, ...]:
    return (batch[0][:1],)


OURS = Side("penstock", penstock)

SCENARIO = Comparison(
    "L18",
    "memory for batches of 8 MiB from two processes",
    sides=(OURS,),
    ratios=(
        Fact("peak beyond data ÷ slots", OURS, PEAK, at_most=1.2),
        Fact("growth over 1000 batches, MiB", OURS, GROWTH, at_most=0),
    ),
    unit="µs/batch",
    facts=((PEAK, ""), (GROWTH, "MiB")),
    starts=True,
)
