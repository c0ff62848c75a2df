"""The exceptions that callers may want to catch.

RuntimeError
    WorkerDiedError     a worker process has ended before its batch was made
TimeoutError
    BatchTimeoutError   a batch has taken longer than it may

Wrong arguments are ValueError or TypeError, and errors of user code keep their own types.
"""

from .task import Task

__all__ = ["BatchTimeoutError", "WorkerDiedError"]


class WorkerDiedError(RuntimeError):
    """A worker process has ended before its batch was made; `exitcode` is negative where a signal ended it."""

    def __init__(self, message: str, *, pid: int, exitcode: int | None, task: Task) -> None:
        super().__init__(message)
        self.pid = pid
        self.exitcode = exitcode
        self.task = task


class BatchTimeoutError(TimeoutError):
    """A batch has taken longer in its worker than `timeout` allows."""
