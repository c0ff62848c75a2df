"""What is fed to a functional model, matched with the inputs that were drawn and made to fit them."""

import warnings
from typing import Any

import jax.numpy as jnp

from ..masks import mask_of, set_mask
from ..symbolic import SymbolicTensor, is_symbolic, symbolic_leaves


def fitted(given: Any, drawn: Any) -> list[Any]:
    """`given` as an array for each symbolic tensor in `drawn`, of its dtype and rank.

    Lists and tuples are matched by position, dicts by name. Where one tensor was drawn, `[x]` and `{name: x}` do too,
    with a warning. An axis of size 1 that a tensor ends with may be missing, or be there in addition.
    """
    given = _reconciled(given, drawn)
    return [_fit(array, tensor) for array, tensor in zip(_leaves(given, drawn), symbolic_leaves(drawn), strict=True)]


def _reconciled(given: Any, drawn: Any) -> Any:
    """`given` in the containers of `drawn`, where those are plain and `given` comes in another kind."""
    if is_symbolic(drawn):
        return _only(given, drawn)
    if isinstance(drawn, dict):
        return _in_dict(given, list(drawn))
    if not all(is_symbolic(tensor) for tensor in drawn):
        return given
    if isinstance(given, dict):
        found = _in_dict(given, [tensor.name for tensor in drawn])
        return [found[tensor.name] for tensor in drawn]
    return [given] if len(drawn) == 1 and not isinstance(given, (list, tuple)) else given


def _only(given: Any, drawn: SymbolicTensor) -> Any:
    if not isinstance(given, (list, tuple, dict)):
        return given
    if isinstance(given, dict):
        if drawn.name not in given:
            raise ValueError(f"the model has one input, {drawn.name!r}, but was given {', '.join(map(repr, given))}")
        array = _in_dict(given, [drawn.name])[drawn.name]
    else:
        if len(given) != 1:
            raise ValueError(f"the model has one input, {drawn.name!r}, but was given {len(given)}")
        array = given[0]
    warnings.warn(f"the model has one input, so x is an array, but it came in a {type(given).__name__}", stacklevel=2)
    return array


def _in_dict(given: Any, names: list[str]) -> dict[str, Any]:
    """What is given for each of these names; a list is taken in their order."""
    if not isinstance(given, dict):
        items = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(items) != len(names):
            raise ValueError(f"the model has {_inputs(names)}, but was given {_described(given)}; pass a dict of them")
        warnings.warn(
            f"the model has {_inputs(names)}, to be given as a dict; a list is read in this order", stacklevel=2
        )
        return dict(zip(names, items, strict=True))
    missing = [name for name in names if name not in given]
    if missing:
        raise ValueError(f"the model has {_inputs(names)}, but among those given {_names(missing)} is missing")
    extra = [name for name in given if name not in names]
    if extra:
        warnings.warn(f"the model has {_inputs(names)}; what was given as {_names(extra)} is not used", stacklevel=2)
    return {name: given[name] for name in names}


def _leaves(given: Any, drawn: Any) -> list[Any]:
    """The arrays in `given` in the order of the tensors in `drawn`, which has the same structure."""
    if is_symbolic(drawn):
        return [_leaf(given, drawn)]
    if isinstance(drawn, dict):
        fits = isinstance(given, dict) and given.keys() >= drawn.keys()
        pairs = [(given[key], drawn[key]) for key in sorted(drawn)] if fits else []
    else:
        fits = isinstance(given, (list, tuple)) and len(given) == len(drawn)
        pairs = list(zip(given, drawn, strict=True)) if fits else []
    if not fits:
        raise ValueError(f"the model has {_described(drawn)} as inputs, but was given {_described(given)}")
    return [leaf for pair in pairs for leaf in _leaves(*pair)]


def _leaf(given: Any, drawn: SymbolicTensor) -> Any:
    if given is None or isinstance(given, (list, tuple, dict)):
        raise ValueError(
            f"the input {drawn.name!r} is an array of shape {drawn.shape}, but was given {_described(given)}"
        )
    return given


def _fit(given: Any, drawn: SymbolicTensor) -> Any:
    array = jnp.asarray(given, drawn.dtype)
    if array.ndim + 1 == drawn.ndim and drawn.shape[-1] == 1:
        array = array[..., None]
    elif array.ndim == drawn.ndim + 1 and array.shape[-1] == 1:
        array = array[..., 0]
    _check_shape(array.shape, drawn)
    set_mask(array, mask_of(given))
    return array


def _check_shape(shape: tuple[int, ...], drawn: SymbolicTensor) -> None:
    fits = len(shape) == drawn.ndim and all(
        known is None or known == dim for known, dim in zip(drawn.shape, shape, strict=True)
    )
    if not fits:
        raise ValueError(f"the input {drawn.name!r} has shape {drawn.shape}, but was given an array of shape {shape}")


def _inputs(names: list[str]) -> str:
    return f"{len(names)} inputs, {_names(names)}"


def _names(names: list[str]) -> str:
    return ", ".join(map(repr, names))


def _described(tree: Any) -> str:
    """A tree of arrays or tensors in few words."""
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{key!r}: {_described(value)}" for key, value in tree.items()) + "}"
    if isinstance(tree, (list, tuple)):
        return "[" + ", ".join(_described(item) for item in tree) + "]"
    if is_symbolic(tree):
        return tree.name
    return "nothing" if tree is None else f"an array of shape {jnp.shape(tree)}"
