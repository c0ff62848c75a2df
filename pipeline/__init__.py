"""How batches come to be, from rows in a known order to finished arrays, without JAX.

Names resolve on first use, so that a worker process loads what its program needs and nothing of its consumer's.
"""

from typing import TYPE_CHECKING

from .lazy import attributes

if TYPE_CHECKING:
    from .arrays import Tree as Tree
    from .arrays import leaves as leaves
    from .arrays import map_leaves as map_leaves
    from .arrays import to_arrays as to_arrays
    from .batch import Batch as Batch
    from .batch import unpack as unpack
    from .building import empty as empty
    from .checks import check_shuffle as check_shuffle
    from .checks import check_whole as check_whole
    from .dataset import PyDataset as PyDataset
    from .dataset import Sequence as Sequence
    from .executors import Executor as Executor
    from .executors import Inline as Inline
    from .executors import Processes as Processes
    from .executors import Results as Results
    from .executors import Threads as Threads
    from .executors import Work as Work
    from .executors.reducers import REDUCERS as REDUCERS
    from .loading import Loading as Loading
    from .order import Order as Order
    from .order import Rows as Rows
    from .order import Shuffle as Shuffle
    from .part import Part as Part
    from .position import Bookmark as Bookmark
    from .position import Position as Position
    from .resident import Resident as Resident
    from .run import BatchIterator as BatchIterator
    from .run import Recipe as Recipe
    from .run import Run as Run
    from .source import Source as Source
    from .source import Stream as Stream
    from .source import overrides_hooks as overrides_hooks
    from .stream_passes import Window as Window
    from .tap import Tap as Tap
    from .task import Task as Task
    from .task import current_task as current_task
    from .task import perform as perform
    from .trace import Trace as Trace
    from .transform import Mapped as Mapped
    from .transform import Transform as Transform
    from .transform import collate as collate
    from .transform import make_owned as make_owned
    from .transform import owned as owned
else:
    __getattr__ = attributes(
        __name__,
        homes={
            ".arrays": ("Tree", "leaves", "map_leaves", "to_arrays"),
            ".batch": ("Batch", "unpack"),
            ".building": ("empty",),
            ".checks": ("check_shuffle", "check_whole"),
            ".dataset": ("PyDataset", "Sequence"),
            ".executors": ("Executor", "Inline", "Processes", "Results", "Threads", "Work"),
            ".executors.reducers": ("REDUCERS",),
            ".loading": ("Loading",),
            ".order": ("Order", "Rows", "Shuffle"),
            ".part": ("Part",),
            ".position": ("Bookmark", "Position"),
            ".resident": ("Resident",),
            ".run": ("BatchIterator", "Recipe", "Run"),
            ".source": ("Source", "Stream", "overrides_hooks"),
            ".stream_passes": ("Window",),
            ".tap": ("Tap",),
            ".task": ("Task", "current_task", "perform"),
            ".trace": ("Trace",),
            ".transform": ("Mapped", "Transform", "collate", "make_owned", "owned"),
        },
    )
