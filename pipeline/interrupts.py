"""Ctrl-C, held back while something must not stop half-way."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def held_back() -> Iterator[None]:
    """In the main thread SIGINT has its effect at the end of the block, which must be short; elsewhere it has none."""
    previous = signal.getsignal(signal.SIGINT)
    # None: a handler that Python did not set, and so cannot restore.
    if previous is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
        if came:
            signal.raise_signal(signal.SIGINT)
