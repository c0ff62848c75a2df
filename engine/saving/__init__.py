"""Models in files: their weights, and their training."""

from .atomic import append
from .orbax import OrbaxFolder
from .training import read_training, training_variables, write_training
from .weights import Filepath, load_weights, save_weights, write_weights

__all__ = [
    "Filepath",
    "OrbaxFolder",
    "append",
    "load_weights",
    "read_training",
    "save_weights",
    "training_variables",
    "write_training",
    "write_weights",
]
