"""The words of a progress line: counts, times and figures, plain or with a bar."""

from typing import Any

from .progress import Progress
from .screen import Screen

BAR_COLUMNS = 20
WORTH_SAYING = 0.1
_BOLD, _GREEN, _DIM, _PLAIN = "\x1b[1m", "\x1b[32m", "\x1b[2m", "\x1b[0m"


def plain_line(progress: Progress, seconds: float) -> str:
    """A whole pass in one line: `782/782 - 2.3s - 2.1ms/step - loss: 0.5646`."""
    return _joined(
        " - ", count(progress), duration(seconds), pace(progress), waiting(progress), *figures(progress.logs)
    )


def bar_line(progress: Progress, time: str, note: str, screen: Screen, *, clip: bool) -> tuple[str, int]:
    """The line with its bar, in the screen's colours, and the columns it takes.

    Where they are not enough, `clip` cuts figures off; otherwise the bar gives way.
    """
    head = count(progress)
    tail = _joined(" - ", _joined(" ", time, pace(progress)), waiting(progress), *figures(progress.logs), note)
    room = screen.columns - len(head) - 2
    if clip:
        tail = _clipped(tail, room - BAR_COLUMNS, screen)
    done, rest = bar(progress.share, min(BAR_COLUMNS, max(0, room - len(tail))), screen)
    columns = len(_joined(" ", head, done + rest, tail))
    if screen.colors:
        head, done, rest = f"{_BOLD}{head}{_PLAIN}", _colored(done, _GREEN), _colored(rest, _DIM)
    return _joined(" ", head, done + rest, tail), columns


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)


def _colored(text: str, color: str) -> str:
    return f"{color}{text}{_PLAIN}" if text else ""


def _clipped(text: str, room: int, screen: Screen) -> str:
    more = "…" if screen.beyond_ascii else "..."
    return text if len(text) <= room else text[: max(0, room - len(more))] + more


def count(progress: Progress) -> str:
    """`  7/782`, or `7/?` where the end is unknown."""
    if progress.total is None:
        return f"{progress.done}/?"
    return f"{progress.done:>{len(str(progress.total))}}/{progress.total}"


def bar(share: float | None, columns: int, screen: Screen) -> tuple[str, str]:
    """The done and the open part of a bar; empty where the share is unknown."""
    if share is None:
        return "", ""
    full, half, empty = "━╸━" if screen.beyond_ascii else "=>."
    halves = int(share * columns * 2)
    done = full * (halves // 2) + half * (halves % 2)
    return done, empty * (columns - len(done))


def duration(seconds: float) -> str:
    """`0.4s`, `12s`, `1:05`, `1:02:03`."""
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours}:{minutes:02}:{rest:02}"
    return f"{minutes}:{rest:02}" if minutes else f"{rest}s"


def pace(progress: Progress) -> str:
    """`35us/step`, `2.1ms/step`, `14ms/step`, `1.25s/step`; empty before the first step."""
    seconds = progress.seconds_per_step
    if seconds is None:
        return ""
    if seconds < 9.995e-4:
        return f"{seconds * 1e6:.0f}us/step"
    if seconds < 9.95e-3:
        return f"{seconds * 1e3:.1f}ms/step"
    return f"{seconds * 1e3:.0f}ms/step" if seconds < 0.9995 else f"{seconds:.2f}s/step"


def waiting(progress: Progress) -> str:
    """`62% waiting for data`, where it is more than a tenth of the time."""
    return f"{progress.waiting_share:.0%} waiting for data" if progress.waiting_share > WORTH_SAYING else ""


def figures(logs: dict[str, Any]) -> list[str]:
    """`loss: 0.5646` for each name; what is below a thousandth in scientific form."""
    return [f"{name}: {_number(value)}" for name, value in logs.items()]


def _number(value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return str(value)
    return f"{number:.4e}" if 0 < abs(number) < 1e-3 else f"{number:.4f}"
