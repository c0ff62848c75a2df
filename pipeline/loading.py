"""By whom, and how far ahead of need, batches are made."""

from dataclasses import dataclass
from math import inf
from numbers import Real
from typing import Literal

from . import executors  # whole, so that only those that are asked for are loaded
from .checks import check_whole


@dataclass(frozen=True)
class Loading:
    """`workers` threads, or processes, keep up to `max_queue_size` batches ready; 0: the calling thread, when asked.

    `timeout` is as `Threads` and `Processes` take it, `on_worker_death` and `max_retries` are as `Processes` does.
    """

    workers: int = 0
    use_multiprocessing: bool = False
    max_queue_size: int = 10
    max_queue_bytes: int = 2**30
    timeout: float | None = None
    on_worker_death: Literal["retry", "raise"] = "retry"
    max_retries: int = 3

    def __post_init__(self) -> None:
        check_whole("workers", self.workers, least=0)
        check_whole("max_queue_size", self.max_queue_size, least=1)
        check_whole("max_queue_bytes", self.max_queue_bytes, least=1)
        check_whole("max_retries", self.max_retries, least=0)
        if self.on_worker_death not in ("retry", "raise"):
            raise ValueError(f'on_worker_death must be "retry" or "raise", but is {self.on_worker_death!r}')
        self._check_timeout()

    def executor(self) -> executors.Executor:
        """Who makes the batches."""
        if self.workers == 0:
            return executors.Inline()
        if self.use_multiprocessing:
            patience = self.timeout, self.on_worker_death, self.max_retries
            return executors.Processes(self.workers, self.max_queue_size, self.max_queue_bytes, *patience)
        return executors.Threads(self.workers, self.max_queue_size, self.max_queue_bytes, self.timeout)

    def _check_timeout(self) -> None:
        seconds = self.timeout
        if seconds is None:
            return
        if isinstance(seconds, bool) or not isinstance(seconds, Real) or not 0 < seconds < inf:
            raise ValueError(f"timeout must be a finite number of seconds above 0, or None, but is {seconds!r}")
        if self.workers == 0:
            raise ValueError("timeout needs workers that can be waited for, but workers is 0; give workers=1")
