"""Worker processes that were started anew, each lent to one thread of the consumer at a time.

Who closes what. The consumer holds one end of a channel to each process. To dismiss the staff is to kill all processes
and wait for their ends, which wakes the threads that wait for replies. When the consumer itself is killed, the system
closes its ends, upon which the processes end by themselves.
"""

import os
import pickle
import socket
import sys
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Self

from ..batch import Batch
from ..errors import BatchTimeoutError, WorkerDiedError
from ..interrupts import held_back
from ..task import Task
from . import failures
from .child import FAILED, FIGURES, FORGET, PROGRAM, TASK
from .executor import Work
from .frames import receive, send
from .launch import launched
from .parcel import Parcel, pack
from .patience import Patience, check_stillborn

_CHANNEL_BYTES = 2**20  # which macOS would have be 2**13: a wake for each takes longer than to copy it
_LONGEST_WAIT = 2e6  # seconds; systems take no more than 2**31 milliseconds
_CHILD = f"{__name__.rpartition('.')[0]}.child"
_ENDS: weakref.WeakSet[socket.socket] = weakref.WeakSet()  # of all channels


class Staff:
    """As many processes as threads ask for at once; a context manager, after which they are gone."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._owner = os.getpid()
        self._lock = Lock()  # not held while anybody waits for a process
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._is_leaving = False
        self._is_dismissed = False
        self._program: Parcel | None = None
        # For who forgets to dismiss it; threads that wait for the busy ones would hold on to it.
        weakref.finalize(self, _let_go, self._idle, self._owner).atexit = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Dismiss the processes, whatever they do."""
        self._is_dismissed = True
        if self.is_of_a_fork:
            return  # there is nothing to dismiss
        with held_back():
            with self._lock:
                self._is_leaving = True
                children = [*self._idle, *self._busy]
                self._idle.clear()
                for child in children:
                    child.kill()
            for child in children:
                child.bury()

    @property
    def is_usable(self) -> bool:
        """Not after its end, nor in a fork of its consumer."""
        return not self._is_dismissed and not self.is_of_a_fork

    @property
    def is_of_a_fork(self) -> bool:
        """In a fork of the consumer, whose processes and threads are not here."""
        return self._owner != os.getpid()

    def learn(self, work: Work) -> Parcel:
        """The work as it is now, packed for the processes."""
        self._program = pack(work, Parcel, self._program)
        return self._program

    def make(self, program: Parcel, task: Task) -> Batch | None:
        """The batch of a task, by a process that is free; to be called by several threads."""
        tries = 0
        while True:
            child = self._beginner(program, task)
            try:
                reply = child.reply(self._patience.timeout)
            except TimeoutError:
                self._end(child)
                raise BatchTimeoutError(self._patience.timeout or 0, (task.epoch, task.step)) from None
            except (EOFError, OSError):
                tries += 1
                exit_code = self._end(child)
                if tries >= self._patience.fatal_tries:
                    raise WorkerDiedError(child.pid, exit_code, (task.epoch, task.step), tries) from None
            except BaseException:
                self._end(child)
                raise
            else:
                self._put_back(child)
                return _unpacked(reply)

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """A block that does not wait for what is in the making: processes at work are killed, and none begins."""
        try:
            with held_back(), self._lock:
                self._is_leaving = True
                for child in self._busy:
                    child.kill()
            yield
        finally:
            self._is_leaving = self._is_dismissed

    def _beginner(self, program: Parcel, task: Task) -> "Child":
        """A process that has begun the task."""
        stillborn = 0
        while True:
            child = self._taken()
            try:
                child.begin(program, task)
            except (EOFError, OSError):
                self._end(child)
                # One that had lived was idle: many such may have been killed at once.
                stillborn += not child.has_lived
                check_stillborn(stillborn)
            except BaseException:
                self._end(child)
                raise
            else:
                return child

    def _taken(self) -> "Child":
        with self._lock:
            if self._is_leaving:
                raise RuntimeError("worker processes were dismissed while a batch was in the making")
            child = self._idle.pop() if self._idle else Child()
            self._busy.add(child)
            return child

    def _put_back(self, child: "Child") -> None:
        with self._lock:
            self._busy.discard(child)
            if not self._is_dismissed:
                self._idle.append(child)

    def _end(self, child: "Child") -> int:
        with self._lock:
            self._busy.discard(child)
            child.kill()
        return child.bury()


class Child:
    """A worker process as the consumer sees it; used by one thread at a time, killed by any."""

    def __init__(self) -> None:
        self._channel, theirs = channel()
        with theirs:
            self._process = launched(_CHILD, theirs)
        self._program: Parcel | None = None
        self._funeral = Lock()
        self.has_lived = False  # has begun a task

    @property
    def pid(self) -> int:
        return self._process.pid

    def begin(self, program: Parcel, task: Task) -> None:
        """Let the process begin a task. EOFError or OSError where it does not live to do so."""
        self._channel.settimeout(None)
        if self._program is not program:
            # Not two programs at once.
            send(self._channel, [FORGET, b""])
            receive(self._channel)
            send(self._channel, [PROGRAM, program.memory.data])
            self._program = program
        send(self._channel, [TASK, FIGURES.pack(task.seed, task.epoch, task.step)])
        receive(self._channel)
        self.has_lived = True

    def reply(self, timeout: float | None) -> list[memoryview]:
        """What it makes of the task. EOFError or OSError where it dies; TimeoutError where it takes too long."""
        self._channel.settimeout(None if timeout is None else min(timeout, _LONGEST_WAIT))
        return receive(self._channel)

    def kill(self) -> None:
        """Whatever it does; wakes who waits for its reply."""
        self._process.kill()
        try:
            # The end of the process is not enough where what it has forked holds its channel open.
            self._channel.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it is gone already

    def bury(self) -> int:
        """Wait for the end of one that was killed or has died, and let go of it; gives its exit code."""
        with self._funeral:
            exit_code = self._process.wait()
            self._channel.close()
        return exit_code


def channel() -> tuple[socket.socket, socket.socket]:
    """Its two ends."""
    ends = socket.socketpair()
    _ENDS.update(ends)
    for end in ends:
        for buffer in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            end.setsockopt(socket.SOL_SOCKET, buffer, _CHANNEL_BYTES)
        if end.family == socket.AF_INET:
            # Windows has no others. What is sent after "begun" would wait until the other end had acknowledged that.
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return ends


def _close_ends() -> None:
    """In a fork of the consumer, which may outlive it: the processes would miss its end."""
    for end in list(_ENDS):
        end.close()


if sys.platform != "win32":
    os.register_at_fork(after_in_child=_close_ends)


def _unpacked(reply: list[memoryview]) -> Batch | None:
    kind, head, *buffers = reply
    if bytes(kind) == FAILED:
        raise failures.unpacked(bytes(head))
    return pickle.loads(head, buffers=buffers)


def _let_go(idle: list[Child], owner: int) -> None:
    if owner == os.getpid():
        for child in idle:
            child.kill()
            child.bury()
