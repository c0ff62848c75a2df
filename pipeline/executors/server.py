"""The fork server as the process that uses it sees it: fresh, of one thread, with NumPy loaded and no accelerator.

Forking a process that runs JAX can deadlock; starting Python anew for each worker takes half a second. So one clean
process is started, once, and every worker is forked from it in a few milliseconds.
"""

import atexit
import os
import signal
import socket
import struct
import subprocess
from threading import Lock

from ..interrupts import held_back
from .launch import launched
from .messages import FORK, REQUEST, WAIT, Descriptors

_NURSERY = f"{__name__.rpartition('.')[0]}.nursery"


class Server:
    """The fork server of this process, started at the first request and again should it have died."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def prepare(self) -> None:
        """Start it, unless it runs: what is done until the first worker is asked for costs no time then."""
        with self._lock, held_back():
            self._open()

    def fork(self, descriptors: Descriptors, place: int) -> None:
        """Start a worker with copies of these descriptors; it says hello on its reply pipe."""
        request = REQUEST.pack(FORK, place)
        with self._lock, held_back():
            try:
                socket.send_fds(self._open(), [request], list(descriptors))
            except OSError:
                self._end()
                socket.send_fds(self._open(), [request], list(descriptors))

    def exit_code(self, pid: int) -> int:
        """How a worker that is dead ended: its status, or minus the signal that killed it."""
        with self._lock, held_back():
            if self._channel is not None:
                try:
                    self._channel.send(REQUEST.pack(WAIT, pid))
                    return REQUEST.unpack(self._channel.recv(REQUEST.size))[1]
                except (OSError, struct.error):
                    self._end()
            # The server is gone too, and with it what it knew.
            return -signal.SIGKILL

    def close(self) -> None:
        """End the server; at the end of this process, if not before."""
        with self._lock:
            self._end()

    def _open(self) -> socket.socket:
        if self._owner != os.getpid():
            self._end()
        if self._channel is None:
            self._channel = self._start()
            self._owner = os.getpid()
        return self._channel

    def _start(self) -> socket.socket:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = launched(_NURSERY, theirs)
        return mine

    def _end(self) -> None:
        channel, process = self._channel, self._process
        self._channel = self._process = None
        if channel is None or process is None:
            return
        if self._owner != os.getpid():
            # After a fork of this process the server belongs to the parent.
            process.returncode = 0
            channel.close()
            return
        # Not every copy of its channel need be closed by that: the user's forks may hold some.
        process.kill()
        process.wait()
        channel.close()


SERVER = Server()
atexit.register(SERVER.close)
