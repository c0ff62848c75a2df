"""L7: do two processes do twice the work that holds the interpreter's lock?

Question. By how much do two worker processes speed up a data set whose `__getitem__` is a loop in Python?

Method. Each batch takes a loop of 100 000 turns, about 2 ms; once made by the consumer itself, once by two processes.
The speed-up is divided by that of two busy loops, in two processes, against one.

How to read it. 1 is the limit: nothing is lost beside the loop itself.
"""

from . import receiving
from .batches import Data
from .compare import Comparison, Ratio
from .spin import SPIN

DATA = Data("looped", steps=40, size=100_000)

INLINE = receiving.penstock("penstock, no worker", DATA, workers=0)
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
