"""L3: does a batch that is built where it will be cost more when it is larger?

Question. How much longer does a batch of 8 MiB take than one of 1 KiB, from one worker process, if filling it is left
out?

Method. `ps.utils.empty` in the worker, of which the first number alone is written; the consumer takes the batches and
does nothing.

How to read it. 1 is the limit: what is not copied takes no time, whatever its size.
"""

from . import receiving
from .batches import Data
from .compare import Comparison, Ratio

STEPS = 500
SMALL = receiving.processes("penstock process, 1 KiB", Data("built in place", STEPS, 2**10), workers=1)
LARGE = receiving.processes("penstock process, 8 MiB", Data("built in place", STEPS, 2**23), workers=1)

SCENARIO = Comparison(
    "L3",
    "batches built in place, of 1 KiB and of 8 MiB",
    sides=(SMALL, LARGE),
    ratios=(Ratio("8 MiB ÷ 1 KiB", of=(LARGE,), to=(SMALL,), at_most=1.5),),
    unit="µs/batch",
)
