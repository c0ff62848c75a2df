"""How much two busy processes get done at once, against one: what the cores of this machine are really worth."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from .racer import Side
from .work import Work

LOOP = 200_000
BUSY = f"""
import sys
def busy(loops):
    for _ in range(loops):
        for _ in range({LOOP}):
            pass
for line in sys.stdin:
    busy(int(line))
    print("done", flush=True)
"""


@contextmanager
def busy_loops(*, at_once: bool) -> Iterator[Work]:
    """The same loop in two processes, at once or one after the other; a unit is one loop of one of them."""
    with ExitStack() as stack:
        pipes = [stack.enter_context(_busy_process()) for _ in range(2)]

        def repeat(epochs: int) -> int:
            # One process is not always as fast as another; so both sides rest on two.
            for together in [pipes] if at_once else [[pipe] for pipe in pipes]:
                for asked, _ in together:
                    asked.write(f"{epochs}\n")
                    asked.flush()
                for _, done in together:
                    done.readline()
            return epochs * len(pipes)

        yield Work(repeat)


@contextmanager
def _busy_process() -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()


ONE = Side("one busy loop", busy_loops, given={"at_once": False})
TWO = Side("two busy loops at once", busy_loops, given={"at_once": True})
SPIN = (ONE, TWO)
"""The sides that a scenario with several processes needs beside its own."""
