"""The exceptions of the input layer that somebody may want to catch.

```
RuntimeError
└── WorkerDiedError        a worker process ended while it made a batch
TimeoutError
└── BatchTimeoutError      a batch took longer than `timeout`
```

All else is a ValueError or TypeError at the door, or what the user's own code raised, with its type and a note that
names the batch.
"""

__all__ = ["BatchTimeoutError", "WorkerDiedError"]

import signal


class WorkerDiedError(RuntimeError):
    """A worker process ended while it made a batch, and so did those that tried after it.

    `pid` and `exitcode` are those of the last one (negative: minus the signal that killed it), `task` is (epoch, step).
    """

    def __init__(self, pid: int, exitcode: int, task: tuple[int, int], tries: int) -> None:
        super().__init__(
            f"worker process {pid} {_how(exitcode)} while it made batch {task[1]} of epoch {task[0]} (try {tries})"
        )
        self.pid = pid
        self.exitcode = exitcode
        self.task = task


class BatchTimeoutError(TimeoutError):
    """A batch took longer than `timeout` seconds; `task` is (epoch, step).

    The process that was to make it has been ended; a thread cannot be, and stays as long as the user's code holds it.
    """

    def __init__(self, seconds: float, task: tuple[int, int], *, in_thread: bool = False) -> None:
        fate = "; its thread cannot be ended and is left behind (a process can be ended: use_multiprocessing=True)"
        super().__init__(
            f"batch {task[1]} of epoch {task[0]} was not ready {seconds:g} s after a worker began it"
            + (fate if in_thread else "")
        )
        self.task = task


def _how(exitcode: int) -> str:
    if exitcode >= 0:
        return f"exited with status {exitcode}"
    name = signal.Signals(-exitcode).name
    hint = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"was killed by {name}{hint}"
