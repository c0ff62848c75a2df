"""Who owns the arrays of a model while a run is on.

The model's variables own what they hold, and that is never donated. A run copies in what its steps donate; steps
donate the copy, and `commit` takes what they give back: from then on the new state is the run's. User code sees the
model only in `shown` blocks (hooks): before one, the variables are pointed at a copy of the committed state (at the
state itself where it is not donated); after it, variables that point elsewhere were assigned, and their new values
enter the state. At the end, whichever way it comes, the variables are given the committed state, outright.

So between two commits there is nothing to lose: an interrupt is deferred from dispatch to commit (interrupts.py), an
exception leaves the state after the last step that was dispatched. Only a device that fails inside an execution takes
the donated state with it; then the variables keep what they held last, and the error says so.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import jax

from .interrupts import Interrupts
from .state import NO_STATE, TrainState, copied


class RunState:
    """The state of one run over `variables`, as a `with` block.

    `donated` names the parts of the state that steps donate; the other parts are the variables' own arrays.
    """

    def __init__(self, variables: TrainState, donated: tuple[str, ...]) -> None:
        self.variables = variables
        self.donated = donated
        self.interrupts = Interrupts()
        self.state = NO_STATE
        self._shown = NO_STATE

    def __enter__(self) -> Self:
        self._shown = self.variables.held()
        self.state = self._apart(self._shown)
        self.interrupts.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.interrupts.close()
        try:
            self._give_back(error)
        finally:
            self.interrupts.__exit__(kind, error, trace)

    def commit(self, state: TrainState) -> None:
        """Take the state that a step gave for the one it was given."""
        self.state = state

    def reset_metrics(self, fresh: list[Any]) -> None:
        """Start the metrics again from `fresh` values, which stay as they are; where they are None, they go on."""
        started = zip(copied(fresh), self.state.metrics, strict=True)
        self.state = self.state._replace(metrics=[now if new is None else new for new, now in started])

    @contextmanager
    def shown(self) -> Iterator[None]:
        """A block in which the variables show the committed state, may be assigned, and Ctrl-C is heard."""
        self._shown = self._apart(self.state)
        self.variables.show(self._shown)
        try:
            with self.interrupts.open:
                yield
        finally:
            # Also where the hook failed: what it had assigned is what its author wanted.
            self.interrupts.close()
            self._take_assigned()

    def _apart(self, state: TrainState) -> TrainState:
        """The state, with what steps donate in memory of its own."""
        return state._replace(**copied({part: getattr(state, part) for part in self.donated}))

    def _take_assigned(self) -> None:
        held = self.variables.held()
        if not _same(held, self._shown):
            kept = zip(held, self._shown, self.state, strict=True)
            self.state = self._apart(TrainState(*(_merged(*part) for part in kept)))

    def _give_back(self, error: BaseException | None) -> None:
        try:
            jax.block_until_ready(self.state)
        except Exception as failure:
            if error is None:
                raise
            error.add_note(f"the device failed inside an execution ({failure}); the model keeps the last state it held")
        else:
            self.variables.show(self.state)


def _same(held: TrainState, shown: TrainState) -> bool:
    return all(a is b for ours, theirs in zip(held, shown, strict=True) for a, b in zip(ours, theirs, strict=True))


def _merged(held: list[Any], shown: list[Any], state: list[Any]) -> list[Any]:
    return [value if now is seen else now for now, seen, value in zip(held, shown, state, strict=True)]
