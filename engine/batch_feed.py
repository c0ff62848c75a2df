"""Groups of batches that the input layer makes."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from penstock.pipeline import Batch, BatchIterator, Bookmark, Recipe

from .columns import Columns
from .feed import EpochsAfter, Station, due_position, none_after
from .flight import Group
from .grouping import Grouping
from .program import BatchSpec


class BatchFeed:
    """Groups of batches that the input layer makes; a `with` block, whose end is the end of its workers.

    Epochs follow one another in one run of the recipe; where it `restarts`, each is as the first. Where no hook of the
    user's comes between them, the next is begun early. A `bookmark` is as for rows.
    """

    runs_user_code = True

    def __init__(
        self,
        recipe: Recipe,
        steps: int | None,
        columns: Columns,
        *,
        restarts: bool = False,
        bookmark: Bookmark | None = None,
    ) -> None:
        self._run = recipe.run(steps, begins=due_position(bookmark, recipe.length), restarts=restarts)
        self._columns = columns
        self._restarts = restarts
        self._bookmark = bookmark
        self._epochs_after: EpochsAfter | None = none_after
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
            grouping = Grouping(begun.batches, station, self._columns, keeps_place=self._bookmark is not None)
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
