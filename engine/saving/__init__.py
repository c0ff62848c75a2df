"""Models in files: their weights."""

from .weights import Filepath, load_weights, save_weights, write_weights

__all__ = ["Filepath", "load_weights", "save_weights", "write_weights"]
