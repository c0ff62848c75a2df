"""What a call gives by shape and dtype, found by a trace in which weights are born and nothing is computed."""

from collections.abc import Callable
from typing import Any

import jax

from . import scope


def abstract_call(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The tree of `jax.ShapeDtypeStruct` that `fn(*args, **kwargs)` gives.

    Leaves of the arguments that are `ShapeDtypeStruct` are traced, all others reach `fn` as they are. Weights that `fn`
    makes are concrete and stay; whatever else it assigns is forgotten.
    """
    leaves, structure = jax.tree.flatten((args, kwargs))
    places = [place for place, leaf in enumerate(leaves) if isinstance(leaf, jax.ShapeDtypeStruct)]

    def traced(*arrays: Any) -> Any:
        filled = list(leaves)
        for place, array in zip(places, arrays, strict=True):
            filled[place] = array
        args, kwargs = jax.tree.unflatten(structure, filled)
        # The scope is entered inside the trace, so that it knows which trace its values belong to.
        with scope.building():
            return jax.tree.map(lambda leaf: leaf, fn(*args, **kwargs))

    return jax.eval_shape(traced, *(leaves[place] for place in places))
