"""Trains models on JAX from any input; names resolve on first use, so importing penstock loads no heavy library."""

from typing import TYPE_CHECKING

from penstock.pipeline.lazy import attributes

if TYPE_CHECKING:
    from penstock import activations as activations
    from penstock import backend as backend
    from penstock import callbacks as callbacks
    from penstock import config as config
    from penstock import constraints as constraints
    from penstock import errors as errors
    from penstock import initializers as initializers
    from penstock import layers as layers
    from penstock import losses as losses
    from penstock import metrics as metrics
    from penstock import mixed_precision as mixed_precision
    from penstock import models as models
    from penstock import ops as ops
    from penstock import optimizers as optimizers
    from penstock import random as random
    from penstock import regularizers as regularizers
    from penstock import utils as utils
    from penstock.adapters import Loader as Loader
    from penstock.adapters import open as open
    from penstock.engine.layers import Input as Input
    from penstock.engine.models import Model as Model
    from penstock.engine.models import Sequential as Sequential
    from penstock.engine.prefetch import prefetch_to_device as prefetch_to_device
    from penstock.engine.variable import Variable as Variable
    from penstock.pipeline.dataset import PyDataset as PyDataset
    from penstock.pipeline.dataset import Sequence as Sequence
else:
    __getattr__ = attributes(
        __name__,
        homes={
            "penstock.adapters": ("Loader", "open"),
            "penstock.engine.layers": ("Input",),
            "penstock.engine.models": ("Model", "Sequential"),
            "penstock.engine.prefetch": ("prefetch_to_device",),
            "penstock.engine.variable": ("Variable",),
            "penstock.pipeline.dataset": ("PyDataset", "Sequence"),
        },
        modules=(
            "activations",
            "backend",
            "callbacks",
            "config",
            "constraints",
            "errors",
            "initializers",
            "layers",
            "losses",
            "metrics",
            "mixed_precision",
            "models",
            "ops",
            "optimizers",
            "random",
            "regularizers",
            "utils",
        ),
        not_built_yet=("Trainer",),
    )

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
    "backend",
    "callbacks",
    "config",
    "constraints",
    "errors",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "open",
    "ops",
    "optimizers",
    "prefetch_to_device",
    "random",
    "regularizers",
    "utils",
]


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
