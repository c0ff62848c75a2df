"""L1: how fast do large batches cross from a worker process to the consumer?

Question. Which share of the speed of a plain copy in memory do batches of 1 MiB and 8 MiB have that one worker process
hands over?

Method. Two batches that are in memory already, in turns: the worker writes them into slots, the consumer takes them and
does nothing. Against it `numpy.copyto` of the same two batches to one place, which stays in the caches as far as it
fits. Epochs are so long that their boundaries, which L6 measures, count for little. The ratio is divided by what two
busy processes get done at once ÷ twice what one gets done.

How to read it. 1 is the limit: each batch is written once. torch, Grain and Keras are measured in the same run.
"""

from . import receiving
from .batches import Data
from .compare import Comparison, Ratio
from .spin import SPIN

MEBIBYTE = 2**20
STEPS = 200
SMALL, LARGE = (Data("ready", STEPS, size * MEBIBYTE) for size in (1, 8))

COPY_SMALL, COPY_LARGE = receiving.memcpy("copy, 1 MiB", SMALL), receiving.memcpy("copy, 8 MiB", LARGE)
OURS_SMALL = receiving.processes("penstock process, 1 MiB", SMALL, workers=1)
OURS_LARGE = receiving.processes("penstock process, 8 MiB", LARGE, workers=1)
PEERS = tuple(
    peer(data, 1, name=f"{name}, {data.size // MEBIBYTE} MiB")
    for name, peer in (("torch", receiving.torch), ("Grain", receiving.grain), ("Keras", receiving.keras))
    for data in (SMALL, LARGE)
)

SCENARIO = Comparison(
    "L1",
    "batches of 1 MiB and 8 MiB from a worker process",
    sides=(COPY_SMALL, COPY_LARGE, OURS_SMALL, OURS_LARGE, *PEERS, *SPIN),
    ratios=(
        Ratio("share of a copy, 1 MiB", of=(COPY_SMALL,), to=(OURS_SMALL,), at_least=0.45, limit_on_cores=1),
        Ratio("share of a copy, 8 MiB", of=(COPY_LARGE,), to=(OURS_LARGE,), at_least=0.45, limit_on_cores=1),
    ),
    unit="µs/batch",
)
