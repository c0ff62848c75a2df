"""What is being measured right now: a bar on a terminal, a line per stage elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars


class Progress(Protocol):
    """Told what comes next."""

    def begin(self, stage: str, side: str) -> None:
        """`side` begins `stage` now, and what began before is done."""
        ...


class Lines:
    """A line for each stage."""

    def __init__(self, console: Console, title: str) -> None:
        self._console = console
        self._title = title
        self._stage = ""

    def begin(self, stage: str, side: str) -> None:
        if stage != self._stage:
            self._stage = stage
            self._console.print(f"{self._title}: {stage}")


class Bar:
    """One bar over all stages of all sides, with the names of the current ones."""

    def __init__(self, bars: Bars, title: str, total: int) -> None:
        self._bars = bars
        self._title = title
        self._task = bars.add_task(title, total=total)
        self._begun = 0

    def begin(self, stage: str, side: str) -> None:
        self._bars.update(self._task, completed=self._begun, description=f"{self._title}: {stage}, {side}")
        self._begun += 1


@contextmanager
def progress(console: Console, title: str, total: int) -> Iterator[Progress]:
    """Progress over `total` stages; a bar is gone after the block."""
    if not console.is_terminal:
        yield Lines(console, title)
        return
    columns = BarColumn(bar_width=16), TimeElapsedColumn(), TextColumn("{task.description}")
    with Bars(TextColumn(" "), *columns, console=console, transient=True) as bars:
        yield Bar(bars, title, total)
