"""L4: what does a batch cost that costs nothing to make?

Question. How many microseconds lie between the data set and the consumer for each batch of 1 KiB, with a process, a
thread, or nobody beside the consumer, and what do torch's, Grain's and Keras' worker processes take for the same?

Method. Batches that are in memory already, one worker, queues of 10 batches; the consumer takes them and does nothing.
Workers are started once, before the first round. All sides give the same batches in the same order.

How to read it. About 4 µs is the limit of two processes that tell each other of each batch.
"""

from . import receiving
from .batches import Data
from .compare import Comparison, Most, Ratio

DATA = Data("ready", steps=2000, size=1024)

PROCESSES = receiving.processes("penstock, one process", DATA, workers=1)
THREADS = receiving.penstock("penstock, one thread", DATA, workers=1)
INLINE = receiving.penstock("penstock, no worker", DATA, workers=0)
TORCH, GRAIN, KERAS = receiving.torch(DATA, 1), receiving.grain(DATA, 1), receiving.keras(DATA, 1)

SCENARIO = Comparison(
    "L4",
    "batches of 1 KiB that take no time to make",
    sides=(PROCESSES, THREADS, INLINE, TORCH, GRAIN, KERAS),
    ratios=(
        Most("one process, µs a batch", PROCESSES, at_most=25),
        Most("one thread, µs a batch", THREADS, at_most=15),
        Most("no worker, µs a batch", INLINE, at_most=5),
        Ratio("torch ÷ one process", of=(TORCH,), to=(PROCESSES,), at_least=10),
        Ratio("Grain ÷ one process", of=(GRAIN,), to=(PROCESSES,), at_least=10),
    ),
    unit="µs/batch",
)
