"""Groups of steps under way on the device: at most two, and not for long."""

import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import jax

from penstock.pipeline import Position

from .interrupts import Interrupts
from .program import Program
from .slots import Slot

# With two groups under way nobody waits longer than 0.1 s for what is in flight: Ctrl-C, a stop, the progress bar.
GROUP_SECONDS = 0.05
UNDER_WAY = 2


@dataclass
class Group:
    """Steps `first` to `first + steps - 1` of an epoch, staged in a slot.

    It goes no further than the step `look`, after which somebody looks; None where nobody does. `position` is where in
    the data it ends.
    """

    slot: Slot
    first: int
    steps: int = 0
    look: int | None = None
    position: Position | None = None
    token: Any = None
    outputs: Any = None
    sent_at: float = 0.0

    @property
    def program(self) -> Program:
        return self.slot.program

    @property
    def last(self) -> int:
        return self.first + self.steps - 1

    @property
    def most_steps(self) -> int:
        """How many steps it may hold."""
        capacity = self.program.capacity
        return capacity if self.look is None else min(capacity, self.look - self.first + 1)


@dataclass
class Pace:
    """How many steps take `GROUP_SECONDS`, learned from groups that ended; it starts at one and at most doubles."""

    steps: int = 1

    def learn(self, steps: int, seconds: float) -> None:
        self.steps = max(1, min(2 * self.steps, int(GROUP_SECONDS * steps / max(seconds, 1e-9))))


@dataclass
class Flight:
    """The groups sent and not yet seen to end, oldest first, and the slots that are free for more.

    `done` is the last group that ended.
    """

    interrupts: Interrupts
    pace: Pace = field(default_factory=Pace)
    done: Group | None = None
    _under_way: deque[Group] = field(default_factory=deque)
    _free: dict[Program, list[Slot]] = field(default_factory=dict)
    _ended_at: float = 0.0

    def slot(self, program: Program) -> Slot:
        """A slot that nothing on the device reads; waits for one if there is none."""
        if program not in self._free:
            self._free[program] = [Slot(program) for _ in range(UNDER_WAY + 1)]
        while not self._free[program]:
            self._wait_for_oldest()
        return self._free[program].pop()

    def make_room(self) -> None:
        """Wait until one more group may be sent."""
        while self.unfinished() >= UNDER_WAY:
            self._wait_for_oldest()

    def sent(self, group: Group, token: Any, outputs: Any) -> None:
        group.token, group.outputs, group.sent_at = token, outputs, time.perf_counter()
        self._under_way.append(group)

    def unfinished(self) -> int:
        """How many groups are under way, after taking in those that have ended."""
        while self._under_way and _count(self._under_way[0]).is_ready():
            self._take_in(self._under_way.popleft())
        return len(self._under_way)

    def wait_for(self, group: Group) -> None:
        """Wait until a group, and those before it, have ended."""
        while any(group is other for other in self._under_way):
            self._wait_for_oldest()

    def drain(self) -> None:
        """Wait until nothing is under way."""
        while self._under_way:
            self._wait_for_oldest()

    def _wait_for_oldest(self) -> None:
        with self.interrupts.open:
            jax.block_until_ready(_count(self._under_way[0]))
        self._take_in(self._under_way.popleft())

    def _take_in(self, group: Group) -> None:
        now = time.perf_counter()
        self.pace.learn(group.steps, now - max(group.sent_at, self._ended_at))
        self._ended_at, self.done = now, group
        self._free[group.program].append(group.slot)


def _count(group: Group) -> Any:
    return group.token[0]
