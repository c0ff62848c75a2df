"""L2: how much faster do batches of images cross from worker processes than with torch, Keras and Grain?

Question. How long does a batch of 64 images of 224 × 224 × 3 bytes (9.6 MB) take, from two worker processes?

Method. Batches that are in memory already; the consumer takes them and does nothing. All sides give the same batches in
the same order, from two workers with queues of their default length. Epochs are so long that their boundaries, which L6
measures, count for little.

How to read it. Each ratio is a peer's time ÷ penstock's; a peer that is not installed is not measured.
"""

from . import receiving
from .batches import Data
from .compare import Comparison, Ratio

DATA = Data("ready", steps=200, size=64 * 224 * 224 * 3, dtype="uint8")
WORKERS = 2

OURS = receiving.processes("penstock", DATA, WORKERS)
TORCH, KERAS = receiving.torch(DATA, WORKERS), receiving.keras(DATA, WORKERS)
GRAIN = receiving.grain(DATA, WORKERS)

SCENARIO = Comparison(
    "L2",
    "batches of images, 9.6 MB, from two worker processes",
    sides=(OURS, TORCH, KERAS, GRAIN),
    ratios=(
        Ratio("torch ÷ penstock", of=(TORCH,), to=(OURS,), at_least=8),
        Ratio("Keras ÷ penstock", of=(KERAS,), to=(OURS,), at_least=8),
        Ratio("Grain ÷ penstock", of=(GRAIN,), to=(OURS,), at_least=8),
    ),
    unit="µs/batch",
)
