"""Models in files: their weights."""

from .atomic import append
from .weights import Filepath, load_weights, save_weights, write_weights

__all__ = ["Filepath", "append", "load_weights", "save_weights", "write_weights"]
