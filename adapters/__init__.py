"""One foreign kind of input per file, each turned into a Source or a Stream of batches."""

from typing import TYPE_CHECKING

from penstock.pipeline.lazy import attributes

if TYPE_CHECKING:
    from .files import open as open
    from .kinds import adapt as adapt
    from .loader import Loader as Loader
    from .loader import recipe as recipe
else:
    __getattr__ = attributes(
        __name__,
        homes={".files": ("open",), ".kinds": ("adapt",), ".loader": ("Loader", "recipe")},
    )
