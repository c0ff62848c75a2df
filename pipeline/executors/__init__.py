"""Who makes the batches: one executor per file, all with the same promises."""

from typing import TYPE_CHECKING

from ..lazy import attributes

if TYPE_CHECKING:
    from .executor import Executor as Executor
    from .executor import Results as Results
    from .executor import Work as Work
    from .inline import Inline as Inline
    from .processes import Processes as Processes
    from .threads import Threads as Threads
else:
    __getattr__ = attributes(
        __name__,
        homes={
            ".executor": ("Executor", "Results", "Work"),
            ".inline": ("Inline",),
            ".processes": ("Processes",),
            ".threads": ("Threads",),
        },
    )
