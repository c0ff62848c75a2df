"""What to do when a worker process dies or takes too long."""

import math
import time
from dataclasses import dataclass
from typing import Literal

_MOST_STILLBORN = 9


def check_stillborn(in_a_row: int) -> None:
    """Raises RuntimeError where so many workers died before they began anything that others would too."""
    if in_a_row > _MOST_STILLBORN:
        raise RuntimeError(f"worker processes cannot start: {in_a_row} ended before they said a word")


@dataclass(frozen=True)
class Patience:
    """How long a batch may take, and how often it is tried."""

    timeout: float | None = None
    on_worker_death: Literal["retry", "raise"] = "retry"
    max_retries: int = 3

    def left(self, began: int) -> float:
        """Seconds until what began then is late."""
        if self.timeout is None or not began:
            return math.inf
        return self.timeout - (time.monotonic_ns() - began) / 1e9

    @property
    def fatal_tries(self) -> int:
        """The batch that so many workers died with is given up."""
        return 1 if self.on_worker_death == "raise" else self.max_retries + 1
