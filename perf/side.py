"""One side of a comparison in a process of its own: `python -m penstock.perf.side MODULE FUNCTION SECONDS GIVEN`.

It says what there is to check and that it is ready, does one round for each line of standard input, and tells its
facts and its peak memory when there are no more: one line of JSON for each answer. What the work itself prints goes to
standard error. With 0 for SECONDS the first thing that it does is a round of one epoch, for work that is only done once
in a process, and what there is to check comes after it.
"""

import json
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from time import perf_counter
from typing import Any, TextIO

from .work import Work


def main(module: str, function: str, seconds: float, given: dict[str, Any]) -> None:
    """Rounds of at least `seconds` of the work that `function` of `module` gives in a `with` block."""
    with os.fdopen(os.dup(1), "w") as answers:
        os.dup2(2, 1)
        side: Callable[..., AbstractContextManager[Work]] = vars(import_module(module))[function]
        with side(**given) as work:
            _serve(work, seconds, answers) if seconds else _serve_once(work, answers)


def _serve(work: Work, seconds: float, answers: TextIO) -> None:
    _answer(answers, check=work.check())
    work.repeat(1)
    epochs = epochs_lasting(work, seconds)
    _answer(answers, epochs=epochs)
    for _ in sys.stdin:
        _answer(answers, seconds_per_unit=seconds_per_unit(work, epochs, seconds))
    _answer(answers, facts=work.facts(), peak_bytes=peak_bytes())


def _serve_once(work: Work, answers: TextIO) -> None:
    for _ in sys.stdin:
        began = perf_counter()
        units = work.repeat(1)
        _answer(answers, seconds_per_unit=(perf_counter() - began) / units)
        _answer(answers, check=work.check())
    _answer(answers, facts=work.facts(), peak_bytes=peak_bytes())


def epochs_lasting(work: Work, seconds: float) -> int:
    """How many epochs take about so long, with a tenth to spare."""
    epochs, spent = 1, _seconds(work, 1)
    while spent < seconds / 5:
        epochs *= 2
        spent = _seconds(work, epochs)
    return max(1, round(1.1 * epochs * seconds / spent))


def _seconds(work: Work, epochs: int) -> float:
    began = perf_counter()
    work.repeat(epochs)
    return perf_counter() - began


def seconds_per_unit(work: Work, epochs: int, seconds: float) -> float:
    """Seconds per unit over at least so many seconds, in calls of `epochs`."""
    units, spent, began = 0, 0.0, perf_counter()
    while spent < seconds:
        units += work.repeat(epochs)
        spent = perf_counter() - began
    return spent / units


def _answer(answers: TextIO, **facts: Any) -> None:
    answers.write(json.dumps(facts) + "\n")
    answers.flush()


def peak_bytes() -> int | None:
    """The most memory that this process has had resident; None where the system does not say."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    # Not getrusage, whose figure begins with that of the process that started this one.
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), json.loads(sys.argv[4]))
