"""The only loop over epochs: `fit` is a training phase and perhaps a validation phase, the others are one phase each.

Where no code of the user's runs between two epochs of training, the second begins before the first has ended on the
device: its end is told to the history and the progress bar while the first steps of the second are computed.
"""

import warnings
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial

from .callbacks import History, ProgbarLogger
from .flight import Group
from .phase import Logs, Phase, nothing


@dataclass(frozen=True)
class Epochs:
    """Which epochs of training, and after which of them to validate."""

    first: int
    stop: int
    validates: Callable[[int], bool]

    def __len__(self) -> int:
        return max(0, self.stop - self.first)

    @property
    def validations(self) -> int:
        return sum(map(self.validates, range(self.first, self.stop)))


def train(training: Phase, validation: Phase | None, epochs: Epochs, finalize: Callable[[], None]) -> None:
    """Training from the first epoch to the last, validation included; `finalize` comes before `on_train_end`."""
    callbacks, looking = training.callbacks, _looking(training)
    with looking():
        callbacks.on_train_begin()
    numbers = range(callbacks.first_epoch(epochs.first), epochs.stop)
    if validation is None and not training.feed.runs_user_code and not _somebody_looks(training):
        logs = _train_onward(training, numbers)
    else:
        logs = _train_one_by_one(training, validation, epochs.validates, numbers)
    finalize()
    with looking():
        callbacks.on_train_end(logs)


def _train_one_by_one(
    training: Phase, validation: Phase | None, validates: Callable[[int], bool], epochs: Iterable[int]
) -> Logs:
    """Each epoch has ended, and everybody was told, before the next begins; gives the logs of the last."""
    callbacks, looking = training.callbacks, _looking(training)
    logs: Logs = {}
    for epoch in epochs:
        with looking():
            callbacks.on_epoch_begin(epoch)
        trained = training.epoch(epoch)
        ended = _ran_out(training, "training ends here")
        if ended and not training.steps_done:
            # The data ended with the epoch before: there is no end of this one to tell.
            break
        logs = trained
        if validation is not None and validates(epoch):
            logs = logs | {f"val_{name}": value for name, value in test(validation).items()}
        with looking():
            callbacks.on_epoch_end(epoch, logs)
        if ended or training.stops():
            break
    return logs


def _train_onward(training: Phase, epochs: Iterable[int]) -> Logs:
    """Each epoch begins on the device before the end of the last is told; gives the logs of the last.

    An interrupt leaves no epoch untold but the one that is under way.
    """
    ends = Ends(training)
    try:
        for epoch in epochs:
            begin = partial(ends.begin, epoch)
            if not ends.is_owed:
                begin()
            ends.owe(epoch, training.under_way(epoch, begin if ends.is_owed else nothing))
            if training.stops():
                break
        ends.tell()
    except KeyboardInterrupt:
        ends.tell()
        raise
    return ends.logs


class Ends:
    """Of the end of an epoch, what the callbacks are still to be told."""

    def __init__(self, training: Phase) -> None:
        self.logs: Logs = {}
        self._training = training
        self._owed: tuple[int, Group | None] | None = None

    @property
    def is_owed(self) -> bool:
        return self._owed is not None

    def owe(self, epoch: int, last: Group | None) -> None:
        """All steps of the epoch are sent."""
        self._owed = epoch, last

    def begin(self, epoch: int) -> None:
        """The first steps of the epoch are sent: now there is time to tell of the one before."""
        self.tell()
        with self._training.run.interrupts.open:
            self._training.callbacks.on_epoch_begin(epoch)

    def tell(self) -> None:
        """Wait for the end of the epoch that is owed, if any, and tell of it once."""
        if self._owed is None:
            return
        epoch, last = self._owed
        self.logs = self._training.settled(last)
        with self._training.run.interrupts.open:
            # Only here: a deferred interrupt is raised where the section begins, and then it is still owed.
            self._owed = None
            self._training.callbacks.on_epoch_end(epoch, self.logs)


def test(phase: Phase) -> Logs:
    """One pass over the data, from its first batch, with its hooks; gives the logs."""
    looking = _looking(phase)
    phase.begins()
    with looking():
        phase.callbacks.on_test_begin()
    logs = phase.epoch(0)
    _ran_out(phase, "the results are of these")
    with looking():
        phase.callbacks.on_test_end(logs)
    return logs


def predict(phase: Phase) -> None:
    """One pass over the data, with its hooks; the phase hands the outputs on."""
    looking = _looking(phase)
    with looking():
        phase.callbacks.on_predict_begin()
    phase.epoch(0)
    _ran_out(phase, "the outputs are of these")
    with looking():
        phase.callbacks.on_predict_end()


def _looking(phase: Phase) -> Callable[[], AbstractContextManager[None]]:
    """What makes blocks for hooks to run in: the variables show the state if anybody's hook could look."""
    return phase.run.shown if _somebody_looks(phase) else lambda: phase.run.interrupts.open


def _somebody_looks(phase: Phase) -> bool:
    return any(not isinstance(callback, (History, ProgbarLogger)) for callback in phase.callbacks.callbacks)


def _ran_out(phase: Phase, consequence: str) -> bool:
    """Whether the data ended before the epoch did; warns if so."""
    wanted = phase.feed.steps
    if not phase.feed.can_end or wanted is None or phase.steps_done >= wanted or phase.stops():
        return False
    warnings.warn(
        f"the data ended after {phase.steps_done} of {wanted} steps of the epoch, so {consequence}; give data for as "
        "many batches as are asked for, or a function that returns the generator",
        stacklevel=5,
    )
    return True
