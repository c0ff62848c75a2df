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

from penstock.pipeline import Batch, BatchIterator, Bookmark, Order, Position, Recipe, Resident

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


Columns = Callable[[Batch], Any]
EpochsAfter = Callable[[int], int]


class Feed(Protocol):
    """Where the groups of an epoch come from; `steps` is the number of steps of an epoch, None where unknown."""

    steps: int | None
    can_end: bool
    """Whether the data may end before an epoch does."""

    def expect(self, epochs_after: EpochsAfter | None) -> None:
        """How many epochs are sure to follow each; None where hooks of the user's come between them."""
        ...

    def sent(self, group: Group) -> None:
        """The steps of a group are in the state."""
        ...

    def spec(self, epoch: int) -> BatchSpec:
        """The shapes of the first batch; a batch that must be made to know them is the first of `epoch`."""
        ...

    def epoch(self, epoch: int, station: Station) -> AbstractContextManager[Iterator[Group]]:
        """The groups of one epoch, to be sent in order."""
        ...


def all_columns(batch: Batch) -> Any:
    return batch.x, batch.y, batch.sample_weight


def inputs_only(batch: Batch) -> Any:
    """Without targets and weights, which prediction ignores."""
    return batch.x, None, None


class RowFeed:
    """Groups gathered from arrays in memory.

    With a `bookmark` the first epoch begins where that says, and it stands where the state does.
    """

    can_end = False

    def __init__(
        self, source: Resident, order: Order, steps: int | None, columns: Columns, *, bookmark: Bookmark | None = None
    ) -> None:
        self._order = order
        self._leaves, structure = jax.tree.flatten(columns(source.arrays))
        whole = BatchSpec.of(jax.tree.unflatten(structure, self._leaves))
        self._full = whole.with_rows(self._order.batch_rows(0))
        self._bookmark = bookmark
        self._begins = _due(bookmark, len(order))
        self._first_epoch: int | None = None
        self._epochs_after: EpochsAfter = _none_after
        self._whole_passes = steps is None
        self.steps: int | None = steps or len(self._order)

    def __enter__(self) -> "RowFeed":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end: arrays need no workers."""

    def expect(self, epochs_after: EpochsAfter | None) -> None:
        # Rows are as the order says, whatever hooks come between.
        self._epochs_after = epochs_after or _none_after

    def sent(self, group: Group) -> None:
        if self._bookmark is not None and group.position is not None:
            self._bookmark.position = group.position

    def spec(self, epoch: int) -> BatchSpec:
        del epoch
        return self._full

    @contextmanager
    def epoch(self, epoch: int, station: Station) -> Iterator[Iterator[Group]]:
        if self._first_epoch is None:
            self._first_epoch = epoch
        yield self._groups(epoch, station)

    def _stretch(self, epoch: int) -> tuple[int, int]:
        """Which batch of all passes an epoch begins with, and how many it has."""
        length, steps = len(self._order), self.steps or 0
        if self._begins is None:
            return epoch * steps, steps
        begins, later = self._begins, epoch - (self._first_epoch or 0)
        first = begins.epoch * length + begins.batch
        if not self._whole_passes:
            return first + later * steps, steps
        return ((begins.epoch + later) * length, length) if later else (first, length - begins.batch)

    def _groups(self, epoch: int, station: Station) -> Iterator[Group]:
        (position, total), done = self._stretch(epoch), 0
        while done < total:
            group = self._group(position + done, done, total - done, station)
            yield group
            if done == 0:
                self._prepare_last(station)
            done += group.steps
        if self._epochs_after(epoch) > 0:
            # Drawn, and kept, while the device works on the last groups.
            self._order.rows(*divmod(position + total, len(self._order)))

    def _group(self, position: int, first: int, left: int, station: Station) -> Group:
        number, step = divmod(position, len(self._order))
        rows = self._order.batch_rows(step)
        program = station.program(self._full.with_rows(rows))
        group = station.open(program, first)
        group.steps = min(station.room(group), left, max(1, self._order.full_batches - step))
        group.position = Position(*divmod(position + group.steps, len(self._order)))
        group.slot.gather(group.steps, self._leaves, self._order.rows(number, step, group.steps))
        return group

    def _prepare_last(self, station: Station) -> None:
        rows = self._order.batch_rows(len(self._order) - 1)
        if rows != self._full.rows:
            station.prepare(self._full.with_rows(rows))


class BatchFeed:
    """Groups of batches that the input layer makes; a `with` block, whose end is the end of its workers.

    Epochs follow one another in one run of the recipe; where it `restarts`, each is as the first. Where no hook of the
    user's comes between them, the next is begun early. A `bookmark` is as for rows.
    """

    def __init__(
        self,
        recipe: Recipe,
        steps: int | None,
        columns: Columns,
        *,
        restarts: bool = False,
        bookmark: Bookmark | None = None,
    ) -> None:
        self._run = recipe.run(steps, begins=_due(bookmark, recipe.length), restarts=restarts)
        self._columns = columns
        self._restarts = restarts
        self._bookmark = bookmark
        self._epochs_after: EpochsAfter | None = _none_after
        self._asked = 0
        self._early: _Begun | None = None
        self.can_end = recipe.order is None
        self.steps = recipe.length if steps is None else steps

    def __enter__(self) -> "BatchFeed":
        self._run.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        with ExitStack() as stack:
            stack.push(self._run)
            stack.push(self._early.opened if self._early is not None else nullcontext())
            stack.pop_all().__exit__(*error)

    def expect(self, epochs_after: EpochsAfter | None) -> None:
        self._epochs_after = epochs_after

    def sent(self, group: Group) -> None:
        if self._bookmark is not None and group.position is not None:
            self._bookmark.position = group.position

    def spec(self, epoch: int) -> BatchSpec:
        opened, batches = self._opened(epoch)
        with opened:
            # What else is made now would not know of the hooks that are to come.
            first = batches.alone() if self._epochs_after is None else next(batches, None)
            if first is None:
                raise ValueError("x gives no batches; it must hold at least one")
            self._early = _Begun(epoch, opened.pop_all(), batches, first)
        return BatchSpec.of(self._columns(first))

    @contextmanager
    def epoch(self, epoch: int, station: Station) -> Iterator[Iterator[Group]]:
        begun = self._begun(epoch)
        with begun.opened:
            grouping = _Grouping(begun.batches, station, self._columns, keeps_place=self._bookmark is not None)
            yield grouping.groups(begun.first)
            if self._bookmark is not None and begun.batches.is_whole_pass:
                self._bookmark.position = begun.batches.next_position

    def _begun(self, epoch: int) -> "_Begun":
        early, self._early = self._early, None
        if early is not None and early.epoch != epoch and not self.can_end:
            # A restored training goes on later than where shapes were looked up.
            early.opened.close()
            early = None
        return early or _Begun(epoch, *self._opened(epoch))

    def _opened(self, epoch: int) -> tuple[ExitStack, BatchIterator]:
        number = self._asked if self._restarts else epoch
        self._asked += 1
        after = 0 if self._epochs_after is None else max(0, self._epochs_after(number))
        with ExitStack() as stack:
            batches = stack.enter_context(self._run.epoch(number, epochs_after=after))
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

    def __init__(self, batches: BatchIterator, station: Station, columns: Columns, *, keeps_place: bool) -> None:
        self._batches = batches
        self._keeps_place = keeps_place
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
        if self._keeps_place:
            self._open.position = self._batches.position
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


def feed_of(
    recipe: Recipe, steps: int | None, columns: Columns, *, restarts: bool = False, goes_on: bool = False
) -> RowFeed | BatchFeed:
    """The feed for a recipe: rows are gathered here where they are in memory and no worker is asked for.

    Where it `goes_on`, it goes by the bookmark of the recipe, if that has one.
    """
    steps = None if steps == -1 else steps
    source, order = recipe.source, recipe.order
    bookmark = recipe.bookmark if goes_on else None
    gathered = recipe.inline and not recipe.transforms and recipe.trace is None
    if isinstance(source, Resident) and order is not None and gathered:
        return RowFeed(source, order, steps, columns, bookmark=bookmark)
    return BatchFeed(recipe, steps, columns, restarts=restarts, bookmark=bookmark)


def _none_after(epoch: int) -> int:
    """Nobody said that epochs will follow."""
    del epoch
    return 0


def _due(bookmark: Bookmark | None, length: int | None) -> Position | None:
    """Where a bookmark says to begin; before an epoch rather than at the end of one."""
    due = None if bookmark is None else bookmark.take()
    return Position(due.epoch + 1) if due is not None and due.batch == length else due
