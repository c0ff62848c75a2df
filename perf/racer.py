"""A side at work in a fresh process, asked for one round at a time."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from tempfile import TemporaryFile
from typing import IO, Any

from .work import Figures, Work

ENVIRONMENT = {"KERAS_BACKEND": "jax"}
"""What fresh processes are told beyond what this one was."""


@dataclass(frozen=True)
class Side:
    """One way to do the work: a module's function that gives it in a `with` block, and the library that it needs.

    The function is called with what is `given` by name, which must be JSON-able.
    """

    name: str
    function: Callable[..., AbstractContextManager[Work]]
    needs: str | None = None
    given: dict[str, Any] = field(default_factory=dict)

    def open(self) -> AbstractContextManager[Work]:
        """The work, in this process."""
        return self.function(**self.given)

    @property
    def installed(self) -> bool:
        return self.needs is None or find_spec(self.needs) is not None


class SideFailedError(RuntimeError):
    """The process of a side ended before it had answered; the message ends with what it said last."""


class Racer:
    """The parent's end of the conversation with `penstock.perf.side`; ask in the order of the methods.

    Where a round comes before all else, ask for it before `check`, and do not `warm_up`.
    """

    def __init__(self, side: Side, process: "subprocess.Popen[str]", errors: IO[str]) -> None:
        self._side = side
        self._process = process
        self._errors = errors

    def check(self) -> Figures:
        """The figures that must be those of all sides, once the process has started."""
        return self._answer()["check"]

    def warm_up(self) -> int:
        """Compiles, and gives how many epochs a round has."""
        return self._answer()["epochs"]

    def round(self) -> float:
        """Seconds per unit of work, over one round."""
        self._stdin.write("round\n")
        self._stdin.flush()
        return self._answer()["seconds_per_unit"]

    def finish(self) -> tuple[Figures, int | None]:
        """What else it tells, and its peak memory in bytes."""
        self._stdin.close()
        answer = self._answer()
        return answer["facts"], answer["peak_bytes"]

    @property
    def _stdin(self) -> IO[str]:
        assert self._process.stdin is not None
        return self._process.stdin

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SideFailedError(f"{self._side.name} ended with status {self._process.wait()}:\n{self._last_words()}")
        return json.loads(line)

    def _last_words(self) -> str:
        self._errors.seek(0)
        return self._errors.read().strip()[-2000:]


@contextmanager
def racing(side: Side, seconds: float) -> Iterator[Racer]:
    """The side in a fresh process, with rounds of at least `seconds` (0: a round of one epoch, before all else).

    The process ends with the block, and so do those that it has started: some libraries leave theirs behind.
    """
    where = side.function.__module__, side.function.__qualname__
    command = [sys.executable, "-m", "penstock.perf.side", *where, str(seconds), json.dumps(side.given)]
    with TemporaryFile("w+") as errors:
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=os.environ | ENVIRONMENT,
            start_new_session=True,
        ) as process:
            try:
                yield Racer(side, process, errors)
            finally:
                with suppress(ProcessLookupError):  # where none of them is left
                    os.killpg(process.pid, signal.SIGKILL)
