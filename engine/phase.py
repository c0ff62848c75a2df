"""The batches of one kind, `train`, `test` or `predict`, over one feed, within a run.

What they compute is in their step, what they show is in the callbacks; a phase only keeps the order: stage, send,
commit, look. It is the only loop over batches.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import jax

from .callbacks import CallbackList
from .callbacks.callback import Kind
from .callbacks.logs import LazyLogs
from .feed import Feed, Station
from .flight import Group
from .hook_times import HookTimes
from .outputs import joined, rows_of
from .program import Programs
from .run_state import RunState

Logs = dict[str, Any]

_BEGIN: dict[Kind, Callable[..., None]] = {
    "train": CallbackList.on_train_batch_begin,
    "test": CallbackList.on_test_batch_begin,
    "predict": CallbackList.on_predict_batch_begin,
}
_END: dict[Kind, Callable[..., None]] = {
    "train": CallbackList.on_train_batch_end,
    "test": CallbackList.on_test_batch_end,
    "predict": CallbackList.on_predict_batch_end,
}


def nothing() -> None:
    """There is nothing to do."""


@dataclass
class Phase:
    """Epochs of one kind over one feed, within a run.

    `names` are those of the logs, `fresh_metrics` the first values of the metrics; `stops` says whether a callback
    asked to stop, `begins` takes back what was asked before, `take` is handed each group of outputs.
    """

    kind: Kind
    run: RunState
    feed: Feed
    programs: Programs
    callbacks: CallbackList
    names: Sequence[str] = ()
    fresh_metrics: list[Any] = field(default_factory=list)
    stops: Callable[[], bool] = lambda: False
    begins: Callable[[], None] = lambda: None
    take: Callable[[Group], None] | None = None

    def __post_init__(self) -> None:
        self.station = Station(self.run, self.programs, self._next_look)
        self.steps_done = 0
        self._watched = self.callbacks.watches_batches(self.kind)
        self._unseen: Group | None = None
        self._outputs: list[Any] = []  # of all parts of a group that hooks look at
        self._times = HookTimes()

    def epoch(self, epoch: int) -> Logs:
        """Run one epoch and give its logs; they are empty where there was no batch."""
        with self._groups(epoch) as groups:
            return self.settled(self._sent_all(groups, nothing))

    def under_way(self, epoch: int, then: Callable[[], None]) -> Group | None:
        """Run one epoch but for the end of its last groups, of which it gives the last; `then` comes after the first.

        Until then what the epoch before has left is not settled.
        """
        with self._groups(epoch) as groups:
            return self._sent_all(groups, then)

    def settled(self, last: Group | None) -> Logs:
        """Wait until the last group of an epoch has ended, and give the logs of the epoch."""
        if last is None:
            return {}
        self.station.flight.wait_for(last)
        self.station.flight.done = None
        if self.callbacks.progress is not None:
            self.callbacks.progress.advance(last.last + 1, partial(self._logs, last), self.station.data_wait.seconds)
        return self._logs(last)

    def _groups(self, epoch: int) -> AbstractContextManager[Iterator[Group]]:
        self.steps_done, self._unseen = 0, None
        self.station.data_wait.start()
        self.run.reset_metrics(self.fresh_metrics)
        return self.feed.epoch(epoch, self.station)

    def _sent_all(self, groups: Iterator[Group], then: Callable[[], None]) -> Group | None:
        last = None
        for group in groups:
            if self._watched and self._is_first_part(group):
                self._call(_BEGIN, group.first)
            self._send(group)
            if last is None:
                then()
            last = group
            self._look(group)
            if self.stops():
                break
        self._look_at_last()
        return last

    def _next_look(self, step: int) -> int | None:
        """Where a group that begins with `step` ends at the latest."""
        every = self.programs.exact_steps
        return self.callbacks.next_look(self.kind, step) if every is None else step - step % every + every - 1

    def _is_first_part(self, group: Group) -> bool:
        """Whether hooks come before the group; where groups are exact it may be a later part of one."""
        return group.first % (self.programs.exact_steps or 1) == 0

    def _is_looked_at(self, group: Group) -> bool:
        """Whether hooks come after the group; where groups are exact it may be the first part of one."""
        if self.programs.exact_steps is None:
            return self._watched or group.look == group.last
        return group.look == group.last and (self._watched or self._has_look(group))

    def _has_look(self, group: Group) -> bool:
        """Whether somebody looks at one of the steps that an exact group ends with this one."""
        look = self.callbacks.next_look(self.kind, group.last - (self.programs.exact_steps or 1) + 1)
        return look is not None and look <= group.last

    def _send(self, group: Group) -> None:
        self.station.flight.make_room()
        state, token, outputs = group.program(self.run.state, group.slot.arrays(), group.steps)
        self.run.commit(state)
        self.feed.sent(group)
        self.station.flight.sent(group, token, outputs)
        self.steps_done += group.steps

    def _look(self, group: Group) -> None:
        if self.take is not None:
            self.take(group)
        self._unseen = group
        if self.kind == "predict":
            self._outputs = [*([] if self._is_first_part(group) else self._outputs), (group.steps, group.outputs)]
        if self._is_looked_at(group):
            self._end_hook(group)
        self._show_progress()

    def _end_hook(self, group: Group) -> None:
        self._unseen = None
        if self._is_timed:
            self.station.flight.drain()
        self._call(_END, group.last, self._batch_logs(group))

    def _look_at_last(self) -> None:
        """Whoever looks at certain steps sees the last one of an epoch too, and so learns how many there were."""
        looked_at = self._watched or self.callbacks.next_look(self.kind, 0) is not None
        if self._unseen is not None and looked_at:
            self._end_hook(self._unseen)

    def _show_progress(self) -> None:
        if self.callbacks.progress is not None:
            waited = self.station.data_wait.seconds
            self.callbacks.progress.advance(
                self._steps_finished(), partial(self._logs, self.station.flight.done), waited
            )

    def _call(self, hooks: dict[Kind, Callable[..., None]], step: int, logs: Logs | None = None) -> None:
        hook = hooks[self.kind]
        with self.run.shown(), self._times.of(hook.__name__) if self._is_timed else nullcontext():
            hook(self.callbacks, step, logs)

    @property
    def _is_timed(self) -> bool:
        return self._watched and self._times.measuring

    def _batch_logs(self, group: Group) -> Logs:
        if self.kind == "predict":
            parts = self._outputs
            return LazyLogs(["outputs"], lambda: [joined([rows_of(*part) for part in parts])])
        return LazyLogs(self.names, lambda: _floats(group.token[1]))

    def _steps_finished(self) -> int:
        self.station.flight.unfinished()
        done = self.station.flight.done
        return 0 if done is None else done.last + 1

    def _logs(self, ended: Group | None) -> Logs:
        """The logs after a group that has ended."""
        return {} if ended is None else dict(zip(self.names, _floats(ended.token[1]), strict=True))


def _floats(values: Any) -> list[Any]:
    """Values from the device, in one transfer: floats, and arrays where a metric has several values."""
    return [float(v) if v.ndim == 0 else v for v in jax.device_get(values)]
