"""What updates weights, and its look-up by name."""

from typing import Any

import optax

from .adam import Adam, AdamW
from .adaptive import Adadelta, Adafactor, Adagrad
from .ftrl import Ftrl
from .lion import Lion
from .loss_scale import LossScaleOptimizer
from .moments import Adamax, Lamb, Nadam, ScheduleFreeAdamW
from .multi import MultiOptimizer, OptimizerMap
from .muon import Muon
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD
from .table import catalog as _catalog
from .transformation import OptaxOptimizer as OptaxOptimizer

_catalog.add([SGD, RMSprop, Adam, AdamW, Adagrad, Adadelta, Adamax, Nadam, Ftrl, Lion, Lamb, Adafactor, Muon])
_catalog.add([ScheduleFreeAdamW, LossScaleOptimizer, MultiOptimizer, OptimizerMap])
serialize, deserialize = _catalog.serialize, _catalog.deserialize


def get(identifier: Any) -> Optimizer | None:
    """The optimizer that a name, config, class, optimizer or Optax transformation stands for; None stays None."""
    if isinstance(identifier, optax.GradientTransformation):
        return OptaxOptimizer(identifier)
    found = _catalog.get(identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise ValueError(f"an optimizer is a name, a config, an Optimizer or an Optax transformation, not {found!r}")
    return found


__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Ftrl",
    "Lamb",
    "Lion",
    "LossScaleOptimizer",
    "MultiOptimizer",
    "Muon",
    "Nadam",
    "Optimizer",
    "OptimizerMap",
    "RMSprop",
    "ScheduleFreeAdamW",
    "deserialize",
    "get",
    "serialize",
]
