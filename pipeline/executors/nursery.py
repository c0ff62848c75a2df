"""The fork server, seen from inside: a process that forks workers, and knows nothing of batches.

It is sent the descriptors that a worker needs, forks, and can be asked how a worker ended. It ends when the process
that started it does, and all workers with it, even if a fork of that process holds their pipes open.
"""

import gc
import os
import select
import signal
import socket
from typing import NoReturn

from .. import dataset, making  # noqa: F401 # here before workers are forked, since nearly every program needs them
from .launch import ignore_interrupts
from .messages import REQUEST, WAIT, Descriptors
from .worker import work

# Of workers that ended and were not asked for.
_MOST_REMEMBERED = 1000


def serve(channel: socket.socket) -> NoReturn:
    """Fork on request until the parent ends; the whole life of the server process."""
    ignore_interrupts()
    # Workers share what is there now until they write; the collector would write to all of it.
    gc.freeze()
    gc.enable()
    Nursery(channel).serve()


class Nursery:
    """The workers of the process at the other end of the channel."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._parent = os.pidfd_open(os.getppid())
        self._living: dict[int, int] = {}  # process ids by descriptors of the processes
        self._ended: dict[int, int] = {}
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        self._poll.register(self._parent, select.POLLIN)

    def serve(self) -> NoReturn:
        while True:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._parent:
                    self._end()
                elif descriptor == self._channel.fileno():
                    self._answer()
                elif descriptor in self._living:
                    self._reap(descriptor)

    def _answer(self) -> None:
        request, descriptors, *_ = socket.recv_fds(self._channel, REQUEST.size, len(Descriptors._fields))
        if not request:
            self._end()
        kind, figure = REQUEST.unpack(request)
        if kind == WAIT:
            self._channel.send(REQUEST.pack(figure, self._exit_code(figure)))
        else:
            self._fork(Descriptors(*descriptors), figure)

    def _fork(self, descriptors: Descriptors, place: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._channel.close()
            for descriptor in (self._parent, *self._living):
                os.close(descriptor)
            work(descriptors, place)
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        self._living[pidfd] = pid
        self._poll.register(pidfd, select.POLLIN)

    def _reap(self, descriptor: int) -> None:
        """Note how a worker ended, so that it does not stay a zombie."""
        pid = self._living.pop(descriptor)
        self._poll.unregister(descriptor)
        os.close(descriptor)
        self._ended[pid] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if len(self._ended) > _MOST_REMEMBERED:
            del self._ended[next(iter(self._ended))]

    def _exit_code(self, pid: int) -> int:
        for descriptor, living in list(self._living.items()):
            if living == pid:
                self._reap(descriptor)
        return self._ended.pop(pid, -signal.SIGKILL)

    def _end(self) -> NoReturn:
        for pid in self._living.values():
            os.kill(pid, signal.SIGKILL)
        os._exit(0)
