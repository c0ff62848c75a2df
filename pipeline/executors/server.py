"""A process that forks workers: fresh, of one thread, with NumPy loaded and no accelerator.

Forking a process that runs JAX can deadlock; starting Python anew for each worker takes half a second. So one clean
process is started, once, and every worker is forked from it in a few milliseconds. It knows nothing of batches: it is
sent the descriptors that a worker needs, forks, and can be asked how a worker ended. It ends when the process that
started it does, since the other end of its socket is then closed.
"""

import atexit
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from threading import Lock

from ..interrupts import held_back
from .worker import Descriptors, work

# Read by NumPy, BLAS libraries and JAX when they are first imported, in the server or its workers.
ENVIRONMENT = {
    "JAX_PLATFORMS": "cpu",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_START = "import sys, json; sys.path[:] = json.loads(sys.argv[2]); from {module} import serve; serve(int(sys.argv[1]))"
_REQUEST = struct.Struct("<qq")
_FORK, _WAIT = 0, 1


class Server:
    """The fork server of this process, started at the first request and again should it have died."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._channel: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def fork(self, descriptors: Descriptors, place: int) -> None:
        """Start a worker with copies of these descriptors; it says hello on its reply pipe."""
        request = _REQUEST.pack(_FORK, place)
        with self._lock, held_back():
            try:
                self._send(request, list(descriptors))
            except OSError:
                self._channel = None
                self._send(request, list(descriptors))

    def exit_code(self, pid: int) -> int:
        """How a worker that is dead or dying ended: its status, or minus the signal that killed it."""
        with self._lock, held_back():
            try:
                self._send(_REQUEST.pack(_WAIT, pid), [])
                return _REQUEST.unpack(self._open().recv(_REQUEST.size))[1]
            except (OSError, struct.error):
                # The server is gone too, and with it what it knew.
                self._channel = None
                return -signal.SIGKILL

    def _send(self, request: bytes, descriptors: list[int]) -> None:
        socket.send_fds(self._open(), [request], descriptors)

    def _open(self) -> socket.socket:
        # After a fork of this process the server belongs to the parent.
        if self._channel is None or self._owner != os.getpid():
            self._channel = self._start()
            self._owner = os.getpid()
        return self._channel

    def _start(self) -> socket.socket:
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-c", _START.format(module=__name__), str(theirs.fileno()), json.dumps(sys.path)]
        with theirs:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=os.environ | ENVIRONMENT,
            )
        return mine

    def close(self) -> None:
        """End the server; at the end of this process, if not before."""
        if self._channel is not None and self._process is not None and self._owner == os.getpid():
            self._channel.close()
            self._process.wait()
            self._channel = None


SERVER = Server()
atexit.register(SERVER.close)


def serve(descriptor: int) -> None:
    """Fork on request until the other end is closed; the whole life of the server process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel = socket.socket(fileno=descriptor)
    ended: dict[int, int] = {}
    while True:
        request, descriptors, *_ = socket.recv_fds(channel, _REQUEST.size, len(Descriptors._fields))
        if not request:
            os._exit(0)
        kind, figure = _REQUEST.unpack(request)
        _reap(ended)
        if kind == _WAIT:
            channel.send(_REQUEST.pack(figure, _exit_code(figure, ended)))
        else:
            _fork(channel, Descriptors(*descriptors), figure)


def _fork(channel: socket.socket, descriptors: Descriptors, place: int) -> None:
    if os.fork() == 0:
        channel.close()
        work(descriptors, place)  # never returns
    for descriptor in descriptors:
        os.close(descriptor)


def _reap(ended: dict[int, int]) -> None:
    """Note how workers ended that have, so that none stays a zombie."""
    try:
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended[found[0]] = os.waitstatus_to_exitcode(found[1])
    except ChildProcessError:
        return


def _exit_code(pid: int, ended: dict[int, int]) -> int:
    if pid in ended:
        return ended.pop(pid)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
