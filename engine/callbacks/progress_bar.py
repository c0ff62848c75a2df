"""A line that says how far a pass is: redrawn in place on a screen, written once at its end elsewhere."""

import sys
from collections.abc import Callable
from time import perf_counter
from typing import Any, TextIO

from .progress import Progress
from .progress_line import bar_line, duration, plain_line
from .screen import Screen

ReadLogs = Callable[[], dict[str, Any]]


class ProgressBar:
    """Draws at most every `interval` seconds, whatever the number of steps; between draws a step costs a clock's tick.

    `live=False` writes one plain line per pass on a screen too. `stream` is `sys.stdout`, as it is when a pass
    starts, where it is None.
    """

    interval = 0.1

    def __init__(
        self, *, live: bool = True, stream: TextIO | None = None, clock: Callable[[], float] = perf_counter
    ) -> None:
        self._live = live
        self._stream = stream
        self._clock = clock
        self._next_draw = 0.0
        self._drawn_columns = 0
        self._screen = Screen.of(stream or sys.stdout)
        self._progress = Progress(None, began=clock())

    def start(self, total: int | None, header: str = "") -> None:
        """Begin a pass of `total` steps under a header line."""
        self._screen = Screen.of(self._stream or sys.stdout)
        self._progress = Progress(total, began=self._clock())
        if header:
            self._screen.write(f"{header}\n")
        if self._redraws and self._progress.began >= self._next_draw:
            self._draw()

    def advance(self, done: int, read_logs: ReadLogs, waited: float = 0.0) -> None:
        """`done` steps are behind us, `waited` seconds without data; `read_logs` is called only to redraw the line."""
        now = self._clock()
        self._progress.reach(done, now)
        self._progress.waited = waited
        if self._redraws and now >= self._next_draw:
            self._progress.logs = read_logs()
            self._draw()

    def remark(self, note: str) -> None:
        """Redraw with a note at the end."""
        if self._redraws:
            self._draw(note)

    def finish(self, logs: dict[str, Any]) -> int:
        """End the pass with its figures; gives the number of steps done."""
        progress = self._progress
        progress.logs = logs
        progress.total = progress.total or progress.done
        seconds = self._clock() - progress.began
        if self._redraws:
            self._put(*bar_line(progress, duration(seconds), "", self._screen, clip=False), end="\n")
            self._drawn_columns = 0
        else:
            self._screen.write(f"{plain_line(progress, seconds)}\n")
        return progress.done

    def abandon(self) -> None:
        """Leave a half-drawn line standing, so that what comes next has a line of its own."""
        if self._drawn_columns:
            self._end_line()

    @property
    def _redraws(self) -> bool:
        return self._live and self._screen.live

    def _draw(self, note: str = "") -> None:
        left = self._progress.seconds_left
        time = "" if left is None else f"ETA {duration(left)}"
        self._put(*bar_line(self._progress, time, note, self._screen, clip=True))
        self._next_draw = self._clock() + self.interval

    def _put(self, line: str, columns: int, end: str = "") -> None:
        # At once: each write wakes whoever shows it, who may share the processor with the device.
        self._screen.write(f"\r{line}{' ' * (self._drawn_columns - columns)}{end}")
        self._drawn_columns = columns

    def _end_line(self) -> None:
        self._screen.write("\n")
        self._drawn_columns = 0
