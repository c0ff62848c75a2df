"""How far one pass over the data is, and how fast it goes."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Progress:
    """Steps done out of `total` (None: unknown) in a pass that began at `began`; times are a clock's seconds.

    The first steps to be reported, which may have waited for the compiler, do not count for speed once as many others
    are done: fewer would say little.
    """

    total: int | None
    began: float
    done: int = 0
    reached: float = 0.0  # when `done` was
    first_done: int = 0
    first_reached: float = 0.0
    waited: float = 0.0  # for data, by the device
    logs: dict[str, Any] = field(default_factory=dict[str, Any])

    def reach(self, done: int, now: float) -> None:
        """`done` steps are behind us, now."""
        if not self.done:
            self.first_done, self.first_reached = done, now
        self.done, self.reached = done, now
        if self.total is not None and done > self.total:
            self.total = None

    @property
    def seconds_per_step(self) -> float | None:
        if self.done >= 2 * self.first_done > 0:
            return (self.reached - self.first_reached) / (self.done - self.first_done)
        return (self.reached - self.began) / self.done if self.done else None

    @property
    def seconds_left(self) -> float | None:
        pace = self.seconds_per_step
        return None if pace is None or self.total is None else pace * (self.total - self.done)

    @property
    def waiting_share(self) -> float:
        """The part of the time so far in which the device waited for data, from 0 to 1."""
        spent = self.reached - self.began
        return min(1.0, self.waited / spent) if spent > 0 else 0.0

    @property
    def share(self) -> float | None:
        """The part of the pass that is done, from 0 to 1; None where its length is unknown."""
        if self.total is None:
            return None
        return self.done / self.total if self.total else 1.0
