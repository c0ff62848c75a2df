"""Where a run stands: which pass over the data it is in, and at which batch of it."""

from collections.abc import Iterable
from typing import Protocol

from .executors import Work
from .position import Position
from .task import Task


class Passes(Protocol):
    """One run's way through the data; hooks of the data are called in here, by the consumer.

    A pass begins when the run first needs a batch of it. It ends when it is over and more is asked for, when an epoch
    is left of which the next begins in another pass, or when the run ends; not by an exception.
    """

    @property
    def left(self) -> int | None:
        """Batches left in the pass, at most; None where nobody knows."""
        ...

    @property
    def position(self) -> Position:
        """Where the consumer stands in the data."""
        ...

    @property
    def next_position(self) -> Position:
        """Where the epoch after this one begins, if the consumer has taken all of this one."""
        ...

    def seek(self, epoch: int, start: int) -> None:
        """Stand before batch `start` of `epoch`."""
        ...

    def tasks(self, limit: int | None, epochs_after: int = 0) -> Iterable[Task]:
        """From here to the end of the pass, or `limit` of them.

        With `epochs_after`, which only a source without hooks takes: all those of the epoch, and of so many after it.
        """
        ...

    @property
    def work(self) -> Work:
        """Makes the batch of a task of this run; None where a stream has ended."""
        ...

    def took(self) -> None:
        """The consumer has the next batch, or the error in its place."""
        ...

    def turn(self) -> bool:
        """The pass is over before the epoch is: begin the next. False where the data have come to their end."""
        ...

    def leave(self, epoch: int) -> None:
        """The consumer has left the epoch, not by an exception; if the source has hooks, no work is in flight."""
        ...

    def abandon(self) -> None:
        """An exception has ended the epoch."""
        ...

    def close(self) -> None:
        """The run has ended, not by an exception."""
        ...
