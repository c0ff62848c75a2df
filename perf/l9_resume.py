"""L9: does it take longer to go on late in an epoch than to begin it?

Question. How long does a loader take to the first batch at 90 % of an epoch against the first batch of an epoch, and
how many bytes are its state?

Method. 4 194 304 rows in memory, shuffled, in batches of 32, made when they are asked for; each time another epoch, so
that nothing of its order is known yet. The check is that a batch reached by a state is the one that follows in the
unbroken stream. The state is measured as JSON.

How to read it. 1 is the limit: the order is computed for where one is, and nothing before it is read.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, islice

import numpy as np

import penstock as ps

from .compare import Comparison, Fact, Ratio
from .racer import Side
from .work import Figures, Work

ROWS, BATCH_SIZE = 2**22, 32
STATE = "state"


def loader() -> ps.Loader:
    return ps.Loader(np.arange(ROWS, dtype="float32"), batch_size=BATCH_SIZE, shuffle=True)


@contextmanager
def begun(share: float) -> Iterator[Work]:
    """A unit is the first batch from there on."""
    batches = loader()
    start, epochs = int(share * len(batches)), count()

    def repeat(times: int) -> int:
        for _ in range(times):
            with batches.epoch(next(epochs), start) as stream:
                next(stream)
        return times

    yield Work(repeat, resumes_exactly, facts=lambda: {STATE: len(json.dumps(batches.state_dict()))})


def resumes_exactly() -> Figures:
    """Of three batches, how many numbers of the third differ if a state was loaded in between: 0."""
    left, resumed = loader(), loader()
    with loader().epoch(0, start=2) as unbroken:
        (third,) = next(unbroken)
    for _ in islice(batches := iter(left), 2):
        pass
    resumed.load_state_dict(left.state_dict())
    batches.end()
    (again,) = next(iter(resumed))
    return {"numbers that differ": float(np.count_nonzero(third != again))}


FRESH, LATE = Side("from the first batch", begun, given={"share": 0}), Side("from 90 %", begun, given={"share": 0.9})

SCENARIO = Comparison(
    "L9",
    "going on at 90 % of an epoch",
    sides=(FRESH, LATE),
    ratios=(
        Ratio("from 90 % ÷ from the first", of=(LATE,), to=(FRESH,), at_most=1.2),
        Fact("bytes of the state", LATE, STATE, at_most=1024),
    ),
    unit="µs",
    facts=((STATE, "bytes"),),
)
