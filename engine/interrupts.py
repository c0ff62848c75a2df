"""Ctrl-C while a run is on: deferred where state is between hands, delivered wherever it is committed.

A run is closed unless it says otherwise: SIGINT only sets a flag. In an open section (a wait for data, for the device
or for the compiler; user code) it does at once what the handler of before would do, which is to raise
KeyboardInterrupt as a rule. Only the main thread can hold handlers; elsewhere this does nothing.

What it raises may be lost: the interpreter reports, and drops, what is raised inside a callback of its collector, and
JAX has one. Such an interrupt is deferred too, to the end of the section, or to where a run begins in it.
"""

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, ClassVar, Self


class Interrupts:
    """SIGINT, deferred in a `with` block but for its open sections.

    ```python
    with Interrupts() as interrupts:
        with interrupts.open:
            batch = next(batches)       # may raise KeyboardInterrupt
        state = step(state, batch)      # may not
    ```
    """

    _innermost: ClassVar["Interrupts | None"] = None  # of those in the main thread

    def __init__(self) -> None:
        self.open = _Open(self)
        self.is_open = False
        self._pending = False
        self._previous: Callable[[int, FrameType | None], Any] | int | None = None
        self._report: Callable[[Any], Any] = sys.unraisablehook
        self._installed = False
        self._outer: Interrupts | None = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.getsignal(signal.SIGINT)
            # None: a handler that Python did not set, and so cannot restore.
            if self._previous is not None:
                self._report, sys.unraisablehook = sys.unraisablehook, self._take_dropped
                signal.signal(signal.SIGINT, self._handle)
                self._installed = True
                self._outer, Interrupts._innermost = Interrupts._innermost, self
                self._pending = self._outer is not None and self._outer.taken()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.close()
        if self._installed:
            signal.signal(signal.SIGINT, self._previous)
            sys.unraisablehook = self._report
            self._installed = False
            Interrupts._innermost, self._outer = self._outer, None
        self.deliver()

    def close(self) -> None:
        """Defer from here on, whatever section was left open."""
        self.is_open = False

    def deliver(self) -> None:
        """Do now what was deferred, if anything was."""
        if self.taken():
            self._act(signal.SIGINT, None)

    def taken(self) -> bool:
        """Whether something was deferred; whoever asks does it."""
        was_pending, self._pending = self._pending, False
        return was_pending

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if self.is_open:
            self._act(number, frame)
        else:
            self._pending = True

    def _take_dropped(self, dropped: "sys.UnraisableHookArgs") -> None:
        if issubclass(dropped.exc_type, KeyboardInterrupt):
            self._pending = True
        else:
            self._report(dropped)

    def _act(self, number: int, frame: FrameType | None) -> None:
        if callable(self._previous):
            self._previous(number, frame)
        elif self._previous == signal.SIG_DFL:
            raise KeyboardInterrupt


@contextmanager
def heard() -> Iterator[None]:
    """A block in which interrupts are raised, and none is lost."""
    with Interrupts() as interrupts, interrupts.open:
        yield


class _Open:
    """A section in which an interrupt may be raised; made once, since it is entered for every group of steps."""

    def __init__(self, interrupts: Interrupts) -> None:
        self._interrupts = interrupts

    def __enter__(self) -> None:
        self._interrupts.is_open = True
        self._interrupts.deliver()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._interrupts.is_open = False
        if kind is None:
            self._interrupts.deliver()
