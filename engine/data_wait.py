"""How long the device had nothing to do because the next batch was not there yet."""

from collections.abc import Callable
from time import perf_counter

from .flight import Flight, Group

# Looking at the device costs about a hundredth of this, and shorter waits hold nobody up.
SHORT = 2e-5  # seconds


class DataWait:
    """Times waits for batches, as `with` blocks; `seconds` counts only what was left once the device was idle.

    When a group ends is seen late, since whoever would look is waiting for data. So the pace of the device is measured:
    after the first, second, fourth, eighth … group its end is awaited, and the quickest pace tells of the others when
    they must have ended.
    """

    def __init__(self, flight: Flight, clock: Callable[[], float] = perf_counter) -> None:
        self.seconds = 0.0
        self._flight = flight
        self._clock = clock
        self._began = 0.0
        self._busy_until = 0.0
        self._seconds_per_step = float("inf")
        self._sent = 0

    def start(self) -> None:
        """A new pass begins."""
        self.seconds = 0.0

    def sent(self, group: Group) -> None:
        """The group was given to the device."""
        self._sent += 1
        if self._sent & (self._sent - 1) == 0:
            self._flight.drain()
            took = self._clock() - group.sent_at
            self._seconds_per_step = min(self._seconds_per_step, took / group.steps)
            # The device would be busy now, had nobody awaited its end.
            self._busy_until = self._clock()
        self._busy_until = max(group.sent_at, self._busy_until) + group.steps * self._seconds_per_step

    def __enter__(self) -> None:
        self._began = self._clock()

    def __exit__(self, *error: object) -> None:
        now = self._clock()
        if now - self._began > SHORT and self._sent and not self._flight.unfinished():
            self._busy_until = min(self._busy_until, now)
            self.seconds += now - max(self._began, self._busy_until)
