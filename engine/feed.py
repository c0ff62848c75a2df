"""Batches to groups of steps, staged ahead of need in the loop's own thread.

Asynchronous dispatch is the overlap: while the device works on one group, the host fills the slot of the next. Rows of
arrays in memory are gathered straight into slots, many batches at once; batches of everything else are copied in one
by one.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from penstock.pipeline import Bookmark, Position

from .data_wait import DataWait
from .flight import Flight, Group
from .program import BatchSpec, Program, Programs
from .run_state import RunState

EpochsAfter = Callable[[int], int]
NextLook = Callable[[int], int | None]


def nobody_looks(step: int) -> None:
    """No step is looked at."""


class Station:
    """What feeds need of a run: compiled programs for the shapes that turn up, slots and the pace.

    `next_look` says which step of the epoch, a given one or one after it, is the next after which somebody looks.
    """

    def __init__(self, run: RunState, programs: Programs, next_look: NextLook = nobody_looks) -> None:
        self.run = run
        self.programs = programs
        self.flight = Flight(run.interrupts)
        self.data_wait = DataWait(self.flight)
        self._next_look = next_look

    def program(self, spec: BatchSpec) -> Program:
        return self.programs.get(spec, self.run.state).wait(self.run.interrupts)

    def prepare(self, spec: BatchSpec) -> None:
        """Start compiling for a shape that will come."""
        self.programs.get(spec, self.run.state)

    def open(self, program: Program, first: int) -> Group:
        """An empty group that begins with step `first` of the epoch."""
        return Group(self.flight.slot(program), first, look=self._next_look(first))

    def room(self, group: Group) -> int:
        """How many steps the group may hold now."""
        return group.most_steps if self.fills else min(group.most_steps, self.flight.pace.steps)

    @property
    def fills(self) -> bool:
        """Whether a group is to be as large as it may, however long that takes."""
        return self.programs.exact_steps is not None


class Feed(Protocol):
    """Where the groups of an epoch come from; `steps` is the number of steps of an epoch, None where unknown."""

    steps: int | None
    can_end: bool
    """Whether the data may end before an epoch does."""
    runs_user_code: bool
    """Whether code of the user's runs to make batches, or where epochs begin and end."""

    def expect(self, epochs_after: EpochsAfter | None) -> None:
        """How many epochs are sure to follow each; None where hooks of the user's come between them."""
        ...

    def sent(self, group: Group) -> None:
        """The steps of a group are in the state."""
        ...

    def spec(self, epoch: int) -> BatchSpec:
        """The shapes of the first batch; a batch that must be made to know them is the first of `epoch`."""
        ...

    def epoch(self, epoch: int, station: Station) -> AbstractContextManager[Iterator[Group]]:
        """The groups of one epoch, to be sent in order."""
        ...


def due_position(bookmark: Bookmark | None, length: int | None) -> Position | None:
    """Where a bookmark says to begin; before an epoch rather than at the end of one."""
    due = None if bookmark is None else bookmark.take()
    return Position(due.epoch + 1) if due is not None and due.batch == length else due


def none_after(epoch: int) -> int:
    """Nobody said that epochs will follow."""
    del epoch
    return 0
