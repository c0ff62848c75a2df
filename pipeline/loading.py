"""By whom, and how far ahead of need, batches are made."""

import operator
from dataclasses import dataclass, fields

from .executors import Executor, Inline, Threads


@dataclass(frozen=True)
class Loading:
    """`workers` threads, or processes, keep up to `max_queue_size` batches ready; 0: the calling thread, when asked."""

    workers: int = 0
    use_multiprocessing: bool = False
    max_queue_size: int = 10

    def __post_init__(self) -> None:
        for name, least in (("workers", 0), ("max_queue_size", 1)):
            value = vars(self)[name]
            if isinstance(value, bool) or operator.index(value) < least:
                raise ValueError(f"{name} must be a whole number of at least {least}, but is {value!r}")

    def executor(self) -> Executor:
        """Raises NotImplementedError for processes."""
        if self.workers == 0:
            return Inline()
        if self.use_multiprocessing:
            raise NotImplementedError("use_multiprocessing=True: process workers are not built yet; use threads")
        return Threads(self.workers, self.max_queue_size)
