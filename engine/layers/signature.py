"""What a layer's `call` and `build` ask for, read from their signatures."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jax
import jax.numpy as jnp

from ..masks import masks_of
from ..symbolic import SymbolicTensor, is_symbolic


@dataclass(frozen=True)
class _Flag:
    """How `call` takes `training`: at which place among the positional arguments, if any, and whether it must."""

    place: int | None
    has_default: bool


@lru_cache(maxsize=1024)
def _flag(call: Callable[..., Any]) -> _Flag | None:
    own = list(inspect.signature(call).parameters.values())[1:]
    for place, parameter in enumerate(own):
        if parameter.name == "training":
            positional = parameter.kind is parameter.POSITIONAL_OR_KEYWORD
            return _Flag(place if positional else None, parameter.default is not parameter.empty)
    return None


def training_of(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool | None:
    """The training flag among the arguments of a call, by position or by name; None where it is not given."""
    place = _place(_flag(call), args)
    return kwargs.get("training") if place is None else args[place]


def with_training(
    call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None
) -> dict[str, Any]:
    """The keyword arguments with the flag as it holds here, if `call` takes one; its own default where nobody said."""
    flag = _flag(call)
    others = {name: value for name, value in kwargs.items() if name != "training"}
    if flag is None or _place(flag, args) is not None or (training is None and flag.has_default):
        return others
    return {**others, "training": training}


def _place(flag: _Flag | None, args: tuple[Any, ...]) -> int | None:
    """Where among `args` the flag is, if it is there."""
    return flag.place if flag and flag.place is not None and flag.place < len(args) else None


@lru_cache(maxsize=1024)
def _mask_names(call: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(name for name in inspect.signature(call).parameters if name == "mask" or name.endswith("_mask"))


def takes_masks(call: Callable[..., Any]) -> bool:
    """Whether `call` asks for masks, by arguments named `mask` or `x_mask`."""
    return bool(_mask_names(call))


def with_masks(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments with the masks that `call` asks for: `mask` is the first argument's, `x_mask` that of `x`.

    Those that are given stay.
    """
    names = _mask_names(call)
    if not names:
        return kwargs
    given = inspect.signature(call).bind_partial(None, *args, **kwargs).arguments
    positional = given.keys() - kwargs.keys()
    wanted = [name for name in names if name not in positional and kwargs.get(name) is None]
    owners = {name: given.get(name.removesuffix("_mask")) for name in wanted}
    if "mask" in owners:
        owners["mask"] = first_argument(args, kwargs)
    return {**kwargs, **{name: masks_of(owner) for name, owner in owners.items()}}


def first_argument(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a call is about: the first of its positional arguments, else of those by name."""
    return args[0] if args else next(iter(kwargs.values()), None)


def shapes_for(build: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The shapes that `build` is told: of the first argument, or of as many as it names."""
    wanted = [p for p in inspect.signature(build).parameters.values() if p.kind is not p.VAR_KEYWORD]
    given = [*args, *(v for v in kwargs.values() if v is not None and not isinstance(v, bool))]
    return [shapes_of(argument) for argument in given[: max(1, len(wanted))]]


def shapes_of(tree: Any) -> Any:
    """The tree with the shape of each leaf in its place; symbolic tensors have None where a dimension is unknown."""
    return jax.tree.map(_shape, tree, is_leaf=is_symbolic)


def is_shape(tree: Any) -> bool:
    """Whether `tree` is one shape rather than a tree of shapes."""
    return isinstance(tree, (tuple, list)) and all(dim is None or isinstance(dim, int) for dim in tree)


def _shape(leaf: Any) -> tuple[int | None, ...]:
    return tuple(leaf.shape) if isinstance(leaf, (SymbolicTensor, jax.ShapeDtypeStruct)) else jnp.shape(leaf)
