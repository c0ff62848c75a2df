"""Something that happens once, in one thread, and is waited for in another."""

from math import inf
from threading import TIMEOUT_MAX, Lock


class Gate:
    """Closed until `open`; whoever finds `is_open` need not pass, so that an interrupt of the waiter loses nothing."""

    __slots__ = ("_lock", "is_open")

    def __init__(self) -> None:
        self.is_open = False
        self._lock = Lock()
        self._lock.acquire()

    def open(self) -> None:
        """To be called once."""
        self.is_open = True
        self._lock.release()

    def wait(self, seconds: float = inf) -> bool:
        """Whether it is open; waits for it, for at most `seconds`."""
        return self.is_open or self._lock.acquire(timeout=min(max(seconds, 0.0), TIMEOUT_MAX))
