"""What a layer's `call` and `build` ask for, read from their signatures."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from ..symbolic import SymbolicTensor, is_symbolic


@lru_cache(maxsize=1024)
def _parameters(function: Callable[..., Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(inspect.signature(function).parameters.values())


def training_of(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool | None:
    """The training flag among the arguments of a call, by position or by name; None where it is not given."""
    for place, parameter in enumerate(_parameters(call)[1:]):
        if parameter.name == "training" and place < len(args):
            return args[place]
    return kwargs.get("training")


def with_training(
    call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None
) -> dict[str, Any]:
    """The keyword arguments with the flag as it holds here, if `call` takes one; its own default where nobody said."""
    places = {parameter.name: (place, parameter) for place, parameter in enumerate(_parameters(call)[1:])}
    others = {name: value for name, value in kwargs.items() if name != "training"}
    if "training" not in places or places["training"][0] < len(args):
        return others
    has_default = places["training"][1].default is not inspect.Parameter.empty
    return others if training is None and has_default else {**others, "training": training}


def shapes_for(build: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The shapes that `build` is told: of the first argument, or of as many as it names."""
    wanted = [p for p in inspect.signature(build).parameters.values() if p.kind is not p.VAR_KEYWORD]
    given = [*args, *(v for v in kwargs.values() if v is not None and not isinstance(v, bool))]
    return [shapes_of(argument) for argument in given[: max(1, len(wanted))]]


def shapes_of(tree: Any) -> Any:
    """The tree with the shape of each leaf in its place; symbolic tensors have None where a dimension is unknown."""
    return jax.tree.map(_shape, tree, is_leaf=is_symbolic)


def _shape(leaf: Any) -> tuple[int | None, ...]:
    return tuple(leaf.shape) if isinstance(leaf, (SymbolicTensor, jax.ShapeDtypeStruct)) else jnp.shape(leaf)
