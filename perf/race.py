"""Sides that do the same work, each in a fresh process, timed in turns."""

import statistics
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import isclose

from .progress import Progress
from .racer import Racer, Side, racing
from .work import Figures


@dataclass(frozen=True)
class Effort:
    """How much measuring: `rounds` for each side, in turns, of at least `seconds` of repeated epochs each.

    On a machine that does other things too, the best of many short rounds is steadier than that of a few long ones.
    """

    rounds: int = 20
    seconds: float = 0.2


@dataclass(frozen=True)
class Timing:
    """What the rounds of one side took, in seconds per unit of work."""

    rounds: tuple[float, ...]
    facts: Figures
    peak_bytes: int | None

    @property
    def best(self) -> float:
        return min(self.rounds)

    @property
    def spread(self) -> float:
        """How far the median of the rounds lies above the best, as a share of it."""
        return statistics.median(self.rounds) / self.best - 1


class DisagreementError(RuntimeError):
    """Sides that should compute the same do not, so comparing their times would mean nothing."""


def race(
    sides: Sequence[Side], effort: Effort, progress: Progress, *, agree_within: float | None = None
) -> dict[str, Timing]:
    """The timings of the sides that are installed, by their names.

    Nothing is timed before the checks of all sides agree, relatively within `agree_within`; None: nothing to agree on.
    """
    with ExitStack() as stack:
        checks: dict[str, Figures] = {}
        racers: dict[str, Racer] = {}
        for side in (side for side in sides if side.installed):
            progress.begin("warming up", side.name)
            racers[side.name] = stack.enter_context(racing(side, effort.seconds))
            checks[side.name] = racers[side.name].check()
            racers[side.name].warm_up()
        if agree_within is not None:
            must_agree(checks, agree_within)
        rounds = _rounds(racers, effort.rounds, progress)
        return {name: Timing(tuple(rounds[name]), *racer.finish()) for name, racer in racers.items()}


def race_of_starts(
    sides: Sequence[Side], effort: Effort, progress: Progress, *, agree_within: float
) -> dict[str, Timing]:
    """As `race`, but each round is one epoch in a process of its own.

    The first round, which may read from disk, is checked and does not count.
    """
    rounds: dict[str, list[float]] = {side.name: [] for side in sides if side.installed}
    last: dict[str, tuple[Figures, int | None]] = {}
    for number in range(effort.rounds + 1):
        checks: dict[str, Figures] = {}
        for side in (side for side in sides if side.installed):
            progress.begin(f"round {number} of {effort.rounds}" if number else "warming up", side.name)
            with racing(side, seconds=0) as racer:
                rounds[side.name].append(racer.round())
                checks[side.name] = racer.check()
                last[side.name] = racer.finish()
        must_agree(checks, agree_within)
    return {name: Timing(tuple(seconds[1:]), *last[name]) for name, seconds in rounds.items()}


def stages(sides: Sequence[Side], effort: Effort) -> int:
    """How often a race tells its progress."""
    return sum(side.installed for side in sides) * (1 + effort.rounds)


def _rounds(racers: dict[str, Racer], count: int, progress: Progress) -> dict[str, list[float]]:
    rounds: dict[str, list[float]] = {name: [] for name in racers}
    for number in range(count):
        for name, racer in racers.items():
            progress.begin(f"round {number + 1} of {count}", name)
            rounds[name].append(racer.round())
    return rounds


def must_agree(checks: dict[str, Figures], within: float) -> None:
    """Raise DisagreementError unless each figure of every side that has any is that of the first."""
    first, expected = next(((name, figures) for name, figures in checks.items() if figures), ("", {}))
    for name, figures in checks.items():
        for key, value in expected.items() if figures else ():
            if not isclose(figures[key], value, rel_tol=within):
                raise DisagreementError(
                    f"{key} is {value:.6g} for {first}, but {figures[key]:.6g} for {name}; they must agree within "
                    f"{within:g} before anything is timed"
                )
