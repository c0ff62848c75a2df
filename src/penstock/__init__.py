"""Trains models on JAX from any input; names resolve on first use, so importing penstock loads no heavy library."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from penstock import activations as activations
    from penstock import callbacks as callbacks
    from penstock import config as config
    from penstock import errors as errors
    from penstock import initializers as initializers
    from penstock import layers as layers
    from penstock import losses as losses
    from penstock import metrics as metrics
    from penstock import models as models
    from penstock import optimizers as optimizers
    from penstock import random as random
    from penstock import utils as utils
    from penstock.adapters import Loader as Loader
    from penstock.adapters import open as open
    from penstock.engine.layers import Input as Input
    from penstock.engine.models import Model as Model
    from penstock.engine.models import Sequential as Sequential
    from penstock.engine.variable import Variable as Variable
    from penstock.pipeline.dataset import PyDataset as PyDataset
    from penstock.pipeline.dataset import Sequence as Sequence

__version__ = "0.1.0"

__all__ = [
    "Input",
    "Loader",
    "Model",
    "PyDataset",
    "Sequence",
    "Sequential",
    "Variable",
    "activations",
    "callbacks",
    "config",
    "errors",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "open",
    "optimizers",
    "random",
    "utils",
]

# What is public and not listed here is a module of this package.
_HOMES = {
    "Input": "penstock.engine.layers",
    "Loader": "penstock.adapters",
    "Model": "penstock.engine.models",
    "PyDataset": "penstock.pipeline.dataset",
    "Sequence": "penstock.pipeline.dataset",
    "Sequential": "penstock.engine.models",
    "Variable": "penstock.engine.variable",
    "open": "penstock.adapters",
}

_NOT_BUILT_YET = ("Trainer", "backend", "constraints", "mixed_precision", "ops", "prefetch_to_device", "regularizers")


def __getattr__(name: str) -> object:
    if name in _NOT_BUILT_YET:
        # Not an AttributeError too: `from penstock import Trainer` would replace that by an ImportError without reason.
        raise NotImplementedError(f"penstock.{name} is not built yet")
    if name not in __all__:
        raise AttributeError(f"module 'penstock' has no attribute {name!r}")
    if name not in _HOMES:
        return import_module(f"penstock.{name}")
    value = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
