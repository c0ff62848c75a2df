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
for line in sys.stdin:
    for _ in range(int(line)):
        for _ in range({LOOP}):
            pass
    print("done", flush=True)
"""


@contextmanager
def busy_loops(processes: int) -> Iterator[Work]:
    """The same loop in so many processes at once; a unit is one loop of one of them."""
    with ExitStack() as stack:
        pipes = [stack.enter_context(_busy_process()) for _ in range(processes)]

        def repeat(epochs: int) -> int:
            for asked, _ in pipes:
                asked.write(f"{epochs}\n")
                asked.flush()
            for _, done in pipes:
                done.readline()
            return epochs * processes

        yield Work(repeat)


@contextmanager
def _busy_process() -> Iterator[tuple[IO[str], IO[str]]]:
    command = [sys.executable, "-c", BUSY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None and process.stdout is not None
        yield process.stdin, process.stdout
        process.stdin.close()


ONE = Side("one busy loop", busy_loops, given={"processes": 1})
TWO = Side("two busy loops at once", busy_loops, given={"processes": 2})
SPIN = (ONE, TWO)
"""The sides that a scenario with several processes needs beside its own."""
