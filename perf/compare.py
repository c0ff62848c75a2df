"""A scenario that races sides and holds ratios between their times against goals."""

from collections.abc import Sequence
from dataclasses import dataclass

from .progress import Progress
from .race import Effort, Timing, race, stages
from .racer import Side
from .report import NOT_INSTALLED, Figure, Goal, Report

MICROSECONDS = 1e6


@dataclass(frozen=True)
class Ratio:
    """The fastest of some sides ÷ the fastest of others, by the best of their rounds; one of the bounds is the goal."""

    name: str
    of: Sequence[Side]
    to: Sequence[Side]
    at_most: float | None = None
    at_least: float | None = None

    def goal(self, timings: dict[str, Timing]) -> Goal:
        above, below = (_fastest(sides, timings) for sides in (self.of, self.to))
        value = above / below if above is not None and below is not None else None
        if self.at_least is not None:
            return Goal(self.name, value, self.at_least, at_least=True)
        assert self.at_most is not None
        return Goal(self.name, value, self.at_most)


def _fastest(sides: Sequence[Side], timings: dict[str, Timing]) -> float | None:
    return min((timings[side.name].best for side in sides if side.name in timings), default=None)


@dataclass(frozen=True)
class Comparison:
    """A goal's scenario: sides that do the same work in steps, and the ratios that matter."""

    name: str
    title: str
    sides: Sequence[Side]
    ratios: Sequence[Ratio]
    agree_within: float = 1e-3

    def stages(self, effort: Effort) -> int:
        return stages(self.sides, effort)

    def measure(self, effort: Effort, progress: Progress) -> Report:
        timings = race(self.sides, effort, progress, agree_within=self.agree_within)
        figures = [_figure(side, timings.get(side.name)) for side in self.sides]
        return Report(self.name, self.title, figures, [ratio.goal(timings) for ratio in self.ratios])


def _figure(side: Side, timing: Timing | None) -> Figure:
    if timing is None:
        return Figure(side.name, None, "µs/step", note=NOT_INSTALLED)
    return Figure(side.name, timing.best * MICROSECONDS, "µs/step", timing.spread)
