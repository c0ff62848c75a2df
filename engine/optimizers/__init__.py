"""What updates weights, and its look-up by name."""

from typing import Any

import optax

from ..catalog import Catalog
from .adam import Adam
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

_catalog = Catalog("optimizers", [SGD, RMSprop, Adam])
serialize, deserialize = _catalog.serialize, _catalog.deserialize


def get(identifier: Any) -> Optimizer | None:
    """The optimizer that a name, config, class or optimizer stands for; None stays None."""
    if isinstance(identifier, optax.GradientTransformation):
        raise NotImplementedError("an optax.GradientTransformation as the optimizer is not built yet")
    found = _catalog.get(identifier)
    if found is not None and not isinstance(found, Optimizer):
        raise ValueError(f"an optimizer is a name, a config or an Optimizer, not {found!r}")
    return found


__all__ = ["SGD", "Adam", "Optimizer", "RMSprop", "deserialize", "get", "serialize"]
