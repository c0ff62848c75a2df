"""By whom, and how far ahead of need, batches are made."""

from dataclasses import dataclass

from .checks import check_whole
from .executors import Executor, Inline, Processes, Threads


@dataclass(frozen=True)
class Loading:
    """`workers` threads, or processes, keep up to `max_queue_size` batches ready; 0: the calling thread, when asked."""

    workers: int = 0
    use_multiprocessing: bool = False
    max_queue_size: int = 10
    max_queue_bytes: int = 2**30

    def __post_init__(self) -> None:
        check_whole("workers", self.workers, least=0)
        check_whole("max_queue_size", self.max_queue_size, least=1)
        check_whole("max_queue_bytes", self.max_queue_bytes, least=1)

    def executor(self) -> Executor:
        """Who makes the batches."""
        if self.workers == 0:
            return Inline()
        if self.use_multiprocessing:
            return Processes(self.workers, self.max_queue_size, self.max_queue_bytes)
        return Threads(self.workers, self.max_queue_size, self.max_queue_bytes)
