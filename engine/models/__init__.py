"""The kinds of model: sequential, functional and subclassed."""

from .build import build_model as build_model
from .model import Model
from .sequential import Sequential

__all__ = ["Model", "Sequential"]
