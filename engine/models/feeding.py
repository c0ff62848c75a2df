"""What is fed to a functional model, made to fit the input that was drawn."""

from typing import Any

import jax.numpy as jnp

from ..symbolic import SymbolicTensor


def fitted(given: Any, drawn: SymbolicTensor) -> Any:
    """`given` as an array of the dtype and rank of `drawn`; it may come as `[x]` or `{name: x}`.

    An axis of size 1 that `drawn` ends with may be missing, or be there in addition.
    """
    array = jnp.asarray(_only(given, drawn), drawn.dtype)
    if array.ndim + 1 == drawn.ndim and drawn.shape[-1] == 1:
        array = array[..., None]
    elif array.ndim == drawn.ndim + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    _check_shape(array.shape, drawn)
    return array


def _only(given: Any, drawn: SymbolicTensor) -> Any:
    if isinstance(given, dict):
        if set(given) != {drawn.name}:
            raise ValueError(f"the model has one input, {drawn.name!r}, but was given {', '.join(map(repr, given))}")
        return given[drawn.name]
    if isinstance(given, (list, tuple)):
        if len(given) != 1:
            raise ValueError(f"the model has one input, {drawn.name!r}, but was given {len(given)}")
        return given[0]
    return given


def _check_shape(shape: tuple[int, ...], drawn: SymbolicTensor) -> None:
    fits = len(shape) == drawn.ndim and all(
        known is None or known == dim for known, dim in zip(drawn.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"the input {drawn.name!r} has shape {drawn.shape}, but was given an array of shape {shape}")
