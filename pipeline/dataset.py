"""What users subclass to give whole batches by their index."""

from collections.abc import Iterator, Sized
from itertools import count
from typing import Any

import numpy as np

from .philox import philox
from .task import current_task


class PyDataset:
    """Batches by index. Define `__getitem__` and `__len__`, or `num_batches` instead of `__len__` (None: endless).

    `__getitem__(i)` returns x, (x,), (x, y) or (x, y, sample_weight) and may be called by several threads at once.
    `on_epoch_begin` and `on_epoch_end` are called once per epoch, in the thread that consumes the batches, before the
    first and after the last `__getitem__` of the epoch; an epoch left early ends too, one left by an exception does
    not.

        class Digits(PyDataset):
            def __init__(self, images, labels):
                super().__init__(workers=2)
                self.images, self.labels = images, labels

            def __len__(self):
                return len(self.images) // 32

            def __getitem__(self, i):
                noise = self.rng(i).normal(size=(32, 8, 8))
                return self.images[i * 32 : (i + 1) * 32] + noise, self.labels[i * 32 : (i + 1) * 32]

    `workers` threads (`use_multiprocessing`: processes) keep up to `max_queue_size` batches ready or in the making;
    `workers=0` makes each batch in the calling thread when it is asked for.
    """

    # Here too, so that a subclass that does not call `super().__init__` has them.
    workers: int = 1
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __init__(self, workers: int | None = 1, use_multiprocessing: bool = False, max_queue_size: int = 10) -> None:
        self.workers = 1 if workers is None else workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must define __getitem__(index), which returns batch `index`")

    @property
    def num_batches(self) -> int | None:
        """Batches per epoch; None where there is no end."""
        if isinstance(self, Sized):
            return len(self)
        raise NotImplementedError(f"{type(self).__name__} must define __len__, or num_batches (None: endless)")

    def __iter__(self) -> Iterator[Any]:
        """What `__getitem__` returns for 0, 1, 2 and so on."""
        total = self.num_batches
        return (self[index] for index in (count() if total is None else range(total)))

    def on_epoch_begin(self) -> None:
        """Called before the first batch of each epoch."""

    def on_epoch_end(self) -> None:
        """Called after the last batch of each epoch."""

    def rng(self, index: int) -> "np.random.Generator":
        """Random numbers for batch `index`: the same for the same seed, epoch and index, whichever worker asks.

        Seed and epoch are those of the batch being made; outside a run both are 0.
        """
        task = current_task()
        return np.random.Generator(philox(task.seed, task.epoch, index=index))


Sequence = PyDataset
