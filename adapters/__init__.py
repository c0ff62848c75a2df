"""One foreign kind of input per file, each turned into a Source or a Stream of batches."""

from . import open_files as open_files
from .files import open as open
from .kinds import adapt as adapt
from .loader import Loader as Loader
from .loader import recipe as recipe
