"""Functions applied between layers, and their look-up by name."""

from collections.abc import Callable
from typing import Any

from ..catalog import Catalog
from .normalizers import glu, log_softmax, softmax, sparsemax
from .rectifiers import (
    celu,
    elu,
    hard_shrink,
    hard_tanh,
    leaky_relu,
    relu,
    relu6,
    selu,
    soft_shrink,
    threshold,
)
from .smooth import (
    exponential,
    gelu,
    hard_sigmoid,
    hard_silu,
    linear,
    log_sigmoid,
    mish,
    sigmoid,
    silu,
    softplus,
    softsign,
    sparse_plus,
    sparse_sigmoid,
    squareplus,
    tanh,
    tanh_shrink,
)

swish, hard_swish = silu, hard_silu

_RECTIFIERS = [celu, elu, hard_shrink, hard_tanh, leaky_relu, relu, relu6, selu, soft_shrink, threshold]
_SIGMOIDS = [hard_sigmoid, log_sigmoid, sigmoid, softsign, sparse_sigmoid, tanh, tanh_shrink]
_OTHER_SMOOTH = [exponential, gelu, hard_silu, linear, mish, silu, softplus, sparse_plus, squareplus]
_NORMALIZERS = [glu, log_softmax, softmax, sparsemax]

_ALL = [*_RECTIFIERS, *_SIGMOIDS, *_OTHER_SMOOTH, *_NORMALIZERS]
_catalog = Catalog("activations", _ALL, aliases={"swish": silu, "hard_swish": hard_silu})
deserialize = _catalog.deserialize


def serialize(activation: Any) -> Any:
    """The name of a function of this namespace; a config for any other function or object."""
    config = _catalog.serialize(activation)
    return activation.__name__ if activation in _ALL else config


def get(identifier: Any) -> Callable[..., Any]:
    """The function that a name, config, function or layer stands for; None is `linear`."""
    found = linear if identifier is None else _catalog.get(identifier)
    if not callable(found):
        raise ValueError(f"an activation is a name or a function, not {found!r}")
    return found


__all__ = [
    "celu",
    "deserialize",
    "elu",
    "exponential",
    "gelu",
    "get",
    "glu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "log_sigmoid",
    "log_softmax",
    "mish",
    "relu",
    "relu6",
    "selu",
    "serialize",
    "sigmoid",
    "silu",
    "soft_shrink",
    "softmax",
    "softplus",
    "softsign",
    "sparse_plus",
    "sparse_sigmoid",
    "sparsemax",
    "squareplus",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
]
