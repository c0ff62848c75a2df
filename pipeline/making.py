"""How the batches of a source are made: what a worker is told."""

from dataclasses import dataclass, replace

from .batch import Batch
from .building import SITE
from .order import Order
from .reseeding import reseed
from .resident import Resident
from .source import Source
from .stopwatch import Stopwatch
from .task import Task
from .transform import Transform, transformed


@dataclass(frozen=True)
class Making:
    """How the batch of a task is made: all that a worker needs to know, and nothing that changes from task to task.

    In a worker process the global random generators are seeded for each task, since user code may draw from them, and
    which worker gets which task is chance.
    """

    source: Source
    order: Order
    transforms: tuple[Transform, ...] = ()

    def __call__(self, task: Task) -> Batch:
        batch = self._fetched(task)
        return transformed(self.transforms, batch, self._numbered(task)) if self.transforms else batch

    def timed(self, task: Task) -> Batch:
        """The same, with the seconds of each stage."""
        watch = Stopwatch()
        batch = self._fetched(task)
        watch.lap()
        for transform in self.transforms:
            batch = transform(batch, self._numbered(task))
            watch.lap()
        return watch.timed(batch, stages=1 + len(self.transforms))

    def _fetched(self, task: Task) -> Batch:
        rows = self.order.rows(task.epoch, task.step)
        if SITE.get() is not None and (self.transforms or not isinstance(self.source, Resident)):
            reseed(task.seed, task.epoch, int(rows.start if isinstance(rows, slice) else rows[0]))
        return self.source.fetch(rows)

    def _numbered(self, task: Task) -> Task:
        number = self.order.number(task.step)
        return task if number == task.step else replace(task, step=number)
