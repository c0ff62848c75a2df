"""The everyday names of `keras.backend`: settings, and operations by the names they have there."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from . import ops
from .config import epsilon, floatx, image_data_format, set_epsilon, set_floatx
from .names import default_name, forget_names
from .ops import (
    abs,
    all,
    any,
    arange,
    argmax,
    argmin,
    cast,
    clip,
    cos,
    cumprod,
    cumsum,
    dot,
    elu,
    equal,
    exp,
    expand_dims,
    eye,
    greater,
    greater_equal,
    hard_sigmoid,
    less,
    less_equal,
    log,
    logsumexp,
    max,
    maximum,
    mean,
    min,
    minimum,
    ndim,
    not_equal,
    one_hot,
    ones,
    ones_like,
    prod,
    relu,
    reshape,
    round,
    shape,
    sigmoid,
    sign,
    sin,
    softmax,
    softplus,
    softsign,
    sqrt,
    square,
    squeeze,
    stack,
    std,
    stop_gradient,
    sum,
    tanh,
    tile,
    transpose,
    var,
    zeros,
    zeros_like,
)
from .symbolic import is_symbolic
from .variable import Variable

int_shape = shape
pow = ops.power
flatten = ops.ravel
is_keras_tensor = is_symbolic


def backend() -> str:
    """The library that computes: always `"jax"`."""
    return "jax"


def clear_session() -> None:
    """Number the default names of layers and models from the start again; nothing else is global."""
    forget_names()


def get_uid(prefix: str = "") -> str:
    """The next free name of a kind: `dense`, `dense_1` …"""
    return default_name(prefix)


def concatenate(tensors: Any, axis: int = -1) -> jax.Array:
    """Several in a row along an axis, the last by default."""
    return ops.concatenate(tensors, axis)


def permute_dimensions(x: Any, pattern: tuple[int, ...]) -> jax.Array:
    """The axes in another order."""
    return ops.transpose(x, pattern)


def batch_flatten(x: Any) -> jax.Array:
    """All axes but the first as one."""
    sizes = [dim for dim in shape(x)[1:] if dim is not None]
    return ops.reshape(x, (-1, math.prod(sizes) if len(sizes) == ndim(x) - 1 else -1))


def constant(value: Any, dtype: str | None = None, shape: tuple[int, ...] | None = None) -> jax.Array:
    """`value` as an array of `floatx` unless `dtype` says otherwise, spread to `shape`."""
    array = jnp.asarray(value, dtype or floatx())
    return array if shape is None else jnp.broadcast_to(array, shape)


def variable(value: Any, dtype: str | None = None, name: str | None = None) -> Variable:
    """A trainable `Variable` that begins with `value`."""
    return Variable(value, dtype=dtype or floatx(), name=name)


def get_value(x: Any) -> np.ndarray:
    """The value as a NumPy array of the caller's own."""
    return np.array(x)


def set_value(x: Variable, value: Any) -> None:
    """Assign to a variable."""
    x.assign(value)


__all__ = [
    "abs",
    "all",
    "any",
    "arange",
    "argmax",
    "argmin",
    "backend",
    "batch_flatten",
    "cast",
    "clear_session",
    "clip",
    "concatenate",
    "constant",
    "cos",
    "cumprod",
    "cumsum",
    "dot",
    "elu",
    "epsilon",
    "equal",
    "exp",
    "expand_dims",
    "eye",
    "flatten",
    "floatx",
    "get_uid",
    "get_value",
    "greater",
    "greater_equal",
    "hard_sigmoid",
    "image_data_format",
    "int_shape",
    "is_keras_tensor",
    "less",
    "less_equal",
    "log",
    "logsumexp",
    "max",
    "maximum",
    "mean",
    "min",
    "minimum",
    "ndim",
    "not_equal",
    "one_hot",
    "ones",
    "ones_like",
    "permute_dimensions",
    "pow",
    "prod",
    "relu",
    "reshape",
    "round",
    "set_epsilon",
    "set_floatx",
    "set_value",
    "shape",
    "sigmoid",
    "sign",
    "sin",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "square",
    "squeeze",
    "stack",
    "std",
    "stop_gradient",
    "sum",
    "tanh",
    "tile",
    "transpose",
    "var",
    "variable",
    "zeros",
    "zeros_like",
]
