"""Batches to groups of steps, staged ahead of need in the loop's own thread.

Asynchronous dispatch is the overlap: while the device works on one group, the host fills the slot of the next. Rows of
arrays in memory are gathered straight into slots, many batches at once; batches of everything else are copied in one
by one, and a group is closed by a rule: it is full, or its device would soon have nothing to do.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol

import jax

from penstock.pipeline import Batch, BatchIterator, Order, Recipe, Resident

from .data_wait import DataWait
from .flight import Flight, Group
from .program import BatchSpec, Program, Programs, step_dtype
from .run_state import RunState

# A group that has been open for this long is closed as soon as fewer than two others are unfinished.
OPEN_SECONDS = 0.005


NextLook = Callable[[int], int | None]


def nobody_looks(step: int) -> None:
    """No step is looked at."""


class Station:
    """What feeds need of a run: compiled programs for the shapes that turn up, slots and the pace.

    `next_look` says which step of the epoch, a given one or one after it, is the next after which somebody looks.
    """

    def __init__(self, run: RunState, programs: Programs, next_look: NextLook = nobody_looks) -> None:
        self.run = run
        self.programs = programs
        self.flight = Flight(run.interrupts)
        self.data_wait = DataWait(self.flight)
        self._next_look = next_look

    def program(self, spec: BatchSpec) -> Program:
        return self.programs.get(spec, self.run.state).wait(self.run.interrupts)

    def prepare(self, spec: BatchSpec) -> None:
        """Start compiling for a shape that will come."""
        self.programs.get(spec, self.run.state)

    def open(self, program: Program, first: int) -> Group:
        """An empty group that begins with step `first` of the epoch."""
        return Group(self.flight.slot(program), first, look=self._next_look(first))

    def room(self, group: Group) -> int:
        """How many steps the group may hold now."""
        return group.most_steps if self.fills else min(group.most_steps, self.flight.pace.steps)

    @property
    def fills(self) -> bool:
        """Whether a group is to be as large as it may, however long that takes."""
        return self.programs.exact_steps is not None


class Feed(Protocol):
    """Where the groups of an epoch come from; `steps` is the number of steps of an epoch, None where unknown."""

    steps: int | None

    def spec(self, epoch: int) -> BatchSpec:
        """The shapes of the first batch; a batch that must be made to know them is the first of `epoch`."""
        ...

    def epoch(self, epoch: int, station: Station) -> AbstractContextManager[Iterator[Group]]:
        """The groups of one epoch, to be sent in order."""
        ...


Columns = Callable[[Batch], Any]


def all_columns(batch: Batch) -> Any:
    return batch.x, batch.y, batch.sample_weight


def inputs_only(batch: Batch) -> Any:
    """Without targets and weights, which prediction ignores."""
    return batch.x, None, None


class RowFeed:
    """Groups gathered from arrays in memory."""

    def __init__(self, source: Resident, order: Order, steps: int | None, columns: Columns) -> None:
        self._order = order
        self._leaves, structure = jax.tree.flatten(columns(source.arrays))
        whole = BatchSpec.of(jax.tree.unflatten(structure, self._leaves))
        self._full = whole.with_rows(self._order.batch_rows(0))
        self.steps: int | None = steps or len(self._order)

    def __enter__(self) -> "RowFeed":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end: arrays need no workers."""

    def spec(self, epoch: int) -> BatchSpec:
        del epoch
        return self._full

    @contextmanager
    def epoch(self, epoch: int, station: Station) -> Iterator[Iterator[Group]]:
        yield self._groups(epoch, station)

    def _groups(self, epoch: int, station: Station) -> Iterator[Group]:
        total, done = self.steps or 0, 0
        while done < total:
            group = self._group(epoch * total + done, done, total - done, station)
            yield group
            if done == 0:
                self._prepare_last(station)
            done += group.steps

    def _group(self, position: int, first: int, left: int, station: Station) -> Group:
        number, step = divmod(position, len(self._order))
        rows = self._order.batch_rows(step)
        program = station.program(self._full.with_rows(rows))
        group = station.open(program, first)
        group.steps = min(station.room(group), left, max(1, self._order.full_batches - step))
        group.slot.gather(group.steps, self._leaves, self._order.rows(number, step, group.steps))
        return group

    def _prepare_last(self, station: Station) -> None:
        rows = self._order.batch_rows(len(self._order) - 1)
        if rows != self._full.rows:
            station.prepare(self._full.with_rows(rows))


class BatchFeed:
    """Groups of batches that the input layer makes; a `with` block, whose end is the end of its workers.

    Epochs follow one another in one run of the recipe; where it `restarts`, each is the first of a run of its own.
    """

    def __init__(self, recipe: Recipe, steps: int | None, columns: Columns, *, restarts: bool = False) -> None:
        self._new_run = lambda: recipe.run(steps)
        self._run = None if restarts else self._new_run()
        self._columns = columns
        self._seeks = recipe.order is not None
        self._early: _Begun | None = None
        self.steps = recipe.length if steps is None else steps

    def __enter__(self) -> "BatchFeed":
        if self._run is not None:
            self._run.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        with ExitStack() as stack:
            stack.push(self._run or nullcontext())
            stack.push(self._early.opened if self._early is not None else nullcontext())
            stack.pop_all().__exit__(*error)

    def spec(self, epoch: int) -> BatchSpec:
        opened, batches = self._opened(epoch)
        with opened:
            first = next(batches, None)
            if first is None:
                raise ValueError("x gives no batches; it must hold at least one")
            self._early = _Begun(epoch, opened.pop_all(), batches, first)
        return BatchSpec.of(self._columns(first))

    @contextmanager
    def epoch(self, epoch: int, station: Station) -> Iterator[Iterator[Group]]:
        begun = self._begun(epoch)
        with begun.opened:
            yield _Grouping(begun.batches, station, self._columns).groups(begun.first)

    def _begun(self, epoch: int) -> "_Begun":
        early, self._early = self._early, None
        if early is not None and early.epoch != epoch and self._seeks:
            # A restored training goes on later than where shapes were looked up.
            early.opened.close()
            early = None
        return early or _Begun(epoch, *self._opened(epoch))

    def _opened(self, epoch: int) -> tuple[ExitStack, BatchIterator]:
        with ExitStack() as stack:
            run = self._run or stack.enter_context(self._new_run())
            batches = stack.enter_context(run.epoch(epoch))
            return stack.pop_all(), batches


@dataclass
class _Begun:
    """An epoch that is open, and its first batch where that has been taken."""

    epoch: int
    opened: ExitStack
    batches: BatchIterator
    first: Batch | None = None


class _Grouping:
    """One epoch's batches on their way into groups."""

    def __init__(self, batches: BatchIterator, station: Station, columns: Columns) -> None:
        self._batches = batches
        self._columns = columns
        self._station = station
        self._open: Group | None = None
        self._opened_at = 0.0
        self._next_step = 0
        self._error: Exception | None = None

    def groups(self, first: Batch | None) -> Iterator[Group]:
        batch = first or self._next()
        while batch is not None:
            data = self._columns(batch)
            leaves, structure = jax.tree.flatten(data)
            if not self._fits(leaves, structure):
                yield from self._closed()
                self._open_for(BatchSpec.of(data))
            self._add(leaves)
            if self._is_due():
                yield from self._closed()
            batch = self._next()
        yield from self._closed()
        if self._error is not None:
            raise self._error

    def _next(self) -> Batch | None:
        """The next batch; None at the end and after an error, which waits until the steps before it are sent."""
        try:
            with self._station.data_wait, self._station.run.interrupts.open:
                return next(self._batches, None)
        except Exception as error:
            self._error = error
            return None

    def _fits(self, leaves: list[Any], structure: Any) -> bool:
        if self._open is None:
            return False
        spec = self._open.program.spec
        return structure == spec.structure and all(
            a.shape == b.shape and (a.dtype == b.dtype or step_dtype(a.dtype) == b.dtype)
            for a, b in zip(leaves, spec.leaves, strict=True)
        )

    def _open_for(self, spec: BatchSpec) -> None:
        program = self._station.program(spec)
        self._open = self._station.open(program, self._next_step)
        self._opened_at = time.perf_counter()

    def _add(self, leaves: list[Any]) -> None:
        assert self._open is not None
        self._open.slot.put(self._open.steps, leaves)
        self._open.steps += 1
        self._next_step += 1

    def _is_due(self) -> bool:
        """Whether to send the group rather than wait for one more batch."""
        group = self._open
        if group is None or group.steps >= self._station.room(group):
            return True
        while not self._station.fills:
            left = self._opened_at + OPEN_SECONDS - time.perf_counter()
            if left <= 0 and self._station.flight.unfinished() < 2:
                return True
            with self._station.data_wait, self._station.run.interrupts.open:
                if self._batches.ready(max(left, OPEN_SECONDS)):
                    return False
        return False

    def _closed(self) -> Iterator[Group]:
        if self._open is not None:
            group, self._open = self._open, None
            yield group
            self._station.data_wait.sent(group)


def feed_of(recipe: Recipe, steps: int | None, columns: Columns, *, restarts: bool = False) -> RowFeed | BatchFeed:
    """The feed for a recipe: rows are gathered here where they are in memory and no worker is asked for."""
    steps = None if steps == -1 else steps
    source, order = recipe.source, recipe.order
    if isinstance(source, Resident) and order is not None and recipe.inline and not recipe.transforms:
        return RowFeed(source, order, steps, columns)
    return BatchFeed(recipe, steps, columns, restarts=restarts)
