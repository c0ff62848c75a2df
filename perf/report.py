"""What was measured, as a table that a person reads and as JSON with the same figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from .machine import Machine

NOT_INSTALLED = "not installed"


@dataclass(frozen=True)
class Figure:
    """One measured value in its unit; None where it could not be measured, and `note` says why.

    `spread` is how far the median of the rounds lies from the best, as a share of it. Figures of one `section` stand
    together.
    """

    name: str
    value: float | None
    unit: str
    spread: float | None = None
    note: str = ""
    section: str = ""


@dataclass(frozen=True)
class Goal:
    """A ratio between figures of one run, and what it should be."""

    name: str
    value: float | None
    limit: float
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """None where it could not be measured."""
        if self.value is None:
            return None
        return self.value >= self.limit if self.at_least else self.value <= self.limit


@dataclass(frozen=True)
class Report:
    """The figures of one scenario; `says` are sentences that follow from them."""

    name: str
    title: str
    figures: Sequence[Figure]
    goals: Sequence[Goal] = ()
    says: Sequence[str] = ()

    def as_dict(self) -> dict[str, Any]:
        """Everything that the table shows, as JSON takes it."""
        goals = [asdict(goal) | {"met": goal.met} for goal in self.goals]
        return asdict(self) | {"figures": [asdict(f) for f in self.figures], "goals": goals, "says": list(self.says)}


def shown(value: float) -> str:
    """Three significant digits, thousands apart, no exponent: `0.0312`, `1.25`, `31.2`, `1 250`, `1 250 000`."""
    rounded = float(f"{value:.3g}")
    magnitude = int(f"{abs(rounded):e}".partition("e")[2])
    return f"{rounded:,.{max(0, 2 - magnitude)}f}".replace(",", " ") if rounded else "0"


def heading(machine: Machine) -> RenderableType:
    """What was measured where, above all tables."""
    return Group("", Text.assemble("  ", ("penstock bench", "bold cyan"), ("  " + str(machine), "dim")), "")


def render(report: Report) -> RenderableType:
    """The report as rich draws it; fits in 80 columns."""
    parts: list[RenderableType] = [Text.assemble((report.name, "bold cyan"), "  ", (report.title, "bold")), ""]
    parts.append(_figures(report.figures))
    if report.goals:
        parts += ["", _goals(report.goals)]
    for sentence in report.says:
        parts += ["", Text(sentence, "bold")]
    return Padding(Group(*parts, ""), (0, 1, 0, 2))


def _figures(figures: Sequence[Figure]) -> Table:
    table = _columns()
    for before, figure in zip([None, *figures], figures, strict=False):
        if before and before.section != figure.section:
            table.add_row()
        if figure.value is None:
            table.add_row(Text(figure.name, "dim"), "–", "", Text(figure.note, "dim"))
        else:
            table.add_row(figure.name, shown(figure.value), figure.unit, Text(_remark(figure), "dim"))
    return table


def _columns() -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(width=31)
    table.add_column(width=9, justify="right", style="bold")
    table.add_column(width=11)
    table.add_column(max_width=23)
    return table


def _remark(figure: Figure) -> str:
    spread = "" if figure.spread is None else f"± {100 * figure.spread:.0f} %"
    return ", ".join(part for part in (spread, figure.note) if part)


def _goals(goals: Sequence[Goal]) -> Table:
    table = _columns()
    for goal in goals:
        table.add_row(goal.name, "–" if goal.value is None else shown(goal.value), _limit(goal), _verdict(goal))
    return table


def _limit(goal: Goal) -> str:
    return f"goal {'≥' if goal.at_least else '≤'} {goal.limit:g}"


def _verdict(goal: Goal) -> Text:
    return {True: Text("met", "green"), False: Text("missed", "red"), None: Text("not measured", "dim")}[goal.met]
