"""Groups gathered from arrays in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

import jax

from penstock.pipeline import Bookmark, Order, Position, Resident

from .columns import Columns
from .feed import EpochsAfter, Station, due_position, none_after
from .flight import Group
from .program import BatchSpec


class RowFeed:
    """Groups of rows that are in memory, many batches at once.

    With a `bookmark` the first epoch begins where that says, and it stands where the state does.
    """

    can_end = False
    runs_user_code = False

    def __init__(
        self, source: Resident, order: Order, steps: int | None, columns: Columns, *, bookmark: Bookmark | None = None
    ) -> None:
        self._order = order
        self._leaves, structure = jax.tree.flatten(columns(source.arrays))
        whole = BatchSpec.of(jax.tree.unflatten(structure, self._leaves))
        self._full = whole.with_rows(self._order.batch_rows(0))
        self._bookmark = bookmark
        self._begins = due_position(bookmark, len(order))
        self._first_epoch: int | None = None
        self._epochs_after: EpochsAfter = none_after
        self._whole_passes = steps is None
        self.steps: int | None = steps or len(self._order)

    def __enter__(self) -> "RowFeed":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to end: arrays need no workers."""

    def expect(self, epochs_after: EpochsAfter | None) -> None:
        # Rows are as the order says, whatever hooks come between.
        self._epochs_after = epochs_after or none_after

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
