"""Waiting for the first of several descriptors: awake for a moment where that is likely to do, else asleep.

To wake a sleeping process costs who wakes it about ten microseconds, and more on a virtual machine: a worker that makes
small batches for a consumer that takes them at once would spend a fifth of its time on that. So the consumer looks
again and again for a moment before it sleeps, unless its workers need its core, and more rarely each time that this was
in vain.
"""

import math
import os
import select
from time import perf_counter

_MOMENT = 1e-4  # seconds
_MOST_PASSED_OVER = 64
_LONGEST_POLL = 2**31 - 1  # milliseconds, as the system takes them


class Vigil:
    """Descriptors that are read from when something has come."""

    def __init__(self, workers: int) -> None:
        self._poll = select.poll()
        self._moment = _MOMENT if workers < len(os.sched_getaffinity(0)) else 0.0
        self._to_pass_over = 0  # waits before it stays awake again
        self._passed_over = 0

    def add(self, descriptor: int) -> None:
        self._poll.register(descriptor, select.POLLIN)

    def remove(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)

    def wait(self, seconds: float) -> list[int]:
        """Those that something has come to, as soon as there is one, or after so many seconds."""
        found = self._poll.poll(0)
        if not found and seconds > 0:
            found = self._awake(min(seconds, self._moment)) or self._poll.poll(_milliseconds(seconds))
        return [descriptor for descriptor, _ in found]

    def _awake(self, seconds: float) -> list[tuple[int, int]]:
        if self._passed_over < self._to_pass_over:
            self._passed_over += 1
            return []
        self._passed_over = 0
        until = perf_counter() + seconds
        while perf_counter() < until:
            found = self._poll.poll(0)
            if found:
                self._to_pass_over = 0
                return found
        self._to_pass_over = min(1 + 2 * self._to_pass_over, _MOST_PASSED_OVER)
        return []


def _milliseconds(seconds: float) -> int | None:
    return None if math.isinf(seconds) else min(math.ceil(seconds * 1000), _LONGEST_POLL)
