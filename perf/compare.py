"""A scenario that races sides and holds ratios between their times against goals."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from . import spin
from .progress import Progress
from .race import Effort, Timing, race, race_of_starts, stages
from .racer import Side
from .report import NOT_INSTALLED, Figure, Goal, Report

PER_SECOND = {"s": 1.0, "ms": 1e3, "µs": 1e6, "ns": 1e9}


class Claim(Protocol):
    """What should be true of the timings."""

    def goal(self, timings: dict[str, Timing]) -> Goal: ...


@dataclass(frozen=True)
class Ratio:
    """The fastest of some sides ÷ the fastest of others, by the best of their rounds; one of the bounds is the goal.

    Where `limit_on_cores` is given, it is the share of that limit, times what the cores are worth beside each other.
    """

    name: str
    of: Sequence[Side]
    to: Sequence[Side]
    at_most: float | None = None
    at_least: float | None = None
    limit_on_cores: float | None = None

    def goal(self, timings: dict[str, Timing]) -> Goal:
        above, below = (_fastest(sides, timings) for sides in (self.of, self.to))
        value = above / below if above is not None and below is not None else None
        if value is not None and self.limit_on_cores is not None:
            value /= self.limit_on_cores * cores_worth(timings)
        if self.at_least is not None:
            return Goal(self.name, value, self.at_least, at_least=True)
        assert self.at_most is not None
        return Goal(self.name, value, self.at_most)


def cores_worth(timings: dict[str, Timing]) -> float:
    """What two busy processes get done at once ÷ twice what one gets done: 1 where nothing else runs."""
    one, two = (timings[side.name].best for side in spin.SPIN)
    return one / two / 2


@dataclass(frozen=True)
class Most:
    """The best round of one side, in a `unit` of time."""

    name: str
    of: Side
    at_most: float
    unit: str = "µs"

    def goal(self, timings: dict[str, Timing]) -> Goal:
        timing = timings.get(self.of.name)
        return Goal(self.name, timing and timing.best * PER_SECOND[self.unit], self.at_most)


@dataclass(frozen=True)
class Fact:
    """What one side told of itself."""

    name: str
    of: Side
    fact: str
    at_most: float

    def goal(self, timings: dict[str, Timing]) -> Goal:
        timing = timings.get(self.of.name)
        return Goal(self.name, timing and timing.facts[self.fact], self.at_most)


def _fastest(sides: Sequence[Side], timings: dict[str, Timing]) -> float | None:
    return min((timings[side.name].best for side in sides if side.name in timings), default=None)


@dataclass(frozen=True)
class Comparison:
    """A goal's scenario: sides that do the same work in steps, and what should be true of them.

    `unit` is a unit of time per what the sides count; `facts` are shown beside the times of the sides that tell them,
    each with its unit. Where the sides are `starts`, each round is in a process of its own.
    """

    name: str
    title: str
    sides: Sequence[Side]
    ratios: Sequence[Claim]
    agree_within: float = 1e-3
    unit: str = "µs/step"
    facts: Sequence[tuple[str, str]] = ()
    starts: bool = False

    def stages(self, effort: Effort) -> int:
        return stages(self.sides, effort)

    def measure(self, effort: Effort, progress: Progress) -> Report:
        timed = race_of_starts if self.starts else race
        timings = timed(self.sides, effort, progress, agree_within=self.agree_within)
        figures = [figure for side in self.sides for figure in self._figures(side, timings.get(side.name))]
        return Report(self.name, self.title, figures, [ratio.goal(timings) for ratio in self.ratios])

    def _figures(self, side: Side, timing: Timing | None) -> list[Figure]:
        if timing is None:
            return [Figure(side.name, None, self.unit, note=NOT_INSTALLED)]
        scale = PER_SECOND[self.unit.partition("/")[0]]
        told = [(fact, unit) for fact, unit in self.facts if fact in timing.facts]
        return [
            Figure(side.name, timing.best * scale, self.unit, timing.spread),
            *(Figure(f"  {fact}", timing.facts[fact], unit) for fact, unit in told),
        ]
