"""One piece of work: a batch to be made, known to the code that makes it."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Task:
    """Batch `step` of an epoch."""

    seed: int
    epoch: int
    step: int


_OUTSIDE = Task(seed=0, epoch=0, step=0)
_current: ContextVar[Task] = ContextVar("penstock_task", default=_OUTSIDE)


def current_task() -> Task:
    """The task being worked on in this thread; outside a run, batch 0 of epoch 0 with seed 0."""
    return _current.get()


def perform(work: Callable[[Task], Result], task: Task) -> Result:
    """`work(task)`, during which it is the current task; an error keeps its type and traceback and gains the task.

    A StopIteration, which would end the consumer's loop without a word, becomes a RuntimeError.
    """
    token = _current.set(task)
    try:
        return work(task)
    except Exception as error:
        note(error, task)
        if isinstance(error, StopIteration):
            raise RuntimeError(f"StopIteration was raised in making batch {task.step} of epoch {task.epoch}") from error
        raise
    finally:
        _current.reset(token)


def note(error: BaseException, task: Task) -> None:
    """Let an error say which batch it befell, unless it does."""
    text = f"while making batch {task.step} of epoch {task.epoch}"
    if text not in getattr(error, "__notes__", ()):  # only there once a note was added
        error.add_note(text)
