"""Fresh Python processes: with the import path of this one, deaf to Ctrl-C, and without an accelerator."""

import os
import signal
import socket
import subprocess
import sys

# Read by NumPy, BLAS libraries and JAX when they are first imported.
_ENVIRONMENT = {
    "JAX_PLATFORMS": "cpu",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# Batches are written by one process and read by another, and are many before the first is read: so copies from 4 MiB on
# go by the processor's caches, where the C library knows how; it takes two thirds of the time. The user's own setting
# counts.
_COPIES = "glibc.cpu.x86_non_temporal_threshold=4194304"
# Without the collector, which finds nothing while modules are loaded.
_START = (
    "import gc, sys; gc.disable(); sys.path[:] = sys.argv[2:]; import socket; from {module} import serve; "
    "serve(socket.{opened})"
)

if sys.platform == "win32":

    def launched(module: str, channel: socket.socket) -> subprocess.Popen[bytes]:
        """A process that runs `serve(channel)` of a module, with a copy of this end of the channel."""
        # In a virtual environment `sys.executable` only starts this one, in a process that could not open the channel.
        base = sys._base_executable  # pyright: ignore[reportAttributeAccessIssue] # undocumented
        environment = _environment()
        if base != sys.executable:
            environment["__PYVENV_LAUNCHER__"] = sys.executable
        process = subprocess.Popen(
            _command(module, "fromshare(sys.stdin.buffer.read())", 0),
            executable=base,
            stdin=subprocess.PIPE,
            env=environment,
            creationflags=subprocess.CREATE_NEW_PROCESS_GROUP,
        )
        assert process.stdin is not None
        with process.stdin as entrance:
            entrance.write(channel.share(process.pid))
        return process

else:

    def launched(module: str, channel: socket.socket) -> subprocess.Popen[bytes]:
        """A process that runs `serve(channel)` of a module, with a copy of this end of the channel."""
        # Ctrl-C in a terminal reaches it too, and must not before it ignores it.
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            return subprocess.Popen(
                _command(module, "socket(fileno=int(sys.argv[1]))", channel.fileno()),
                stdin=subprocess.DEVNULL,
                pass_fds=[channel.fileno()],
                env=_environment(),
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def ignore_interrupts() -> None:
    """Ctrl-C is the consumer's to hear; the first thing that a launched process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGINT])


def flush() -> None:
    """What the user's code printed is not lost, however the process ends."""
    try:  # noqa: SIM105 # a `with` costs more than the batch may
        sys.stdout.flush()  # the other one is flushed with each line
    except (AttributeError, OSError, ValueError):
        pass  # there is none, or nobody who reads it, or it was closed


def _environment() -> dict[str, str]:
    tunables = ":".join(filter(None, (_COPIES, os.environ.get("GLIBC_TUNABLES"))))
    return os.environ | _ENVIRONMENT | {"GLIBC_TUNABLES": tunables}


def _command(module: str, opened: str, descriptor: int) -> list[str]:
    paths = [path for path in sys.path if isinstance(path, str)]
    return [sys.executable, "-c", _START.format(module=module, opened=opened), str(descriptor), *paths]
