"""Other people's modules and functions as layers."""

import sys
from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from ..names import default_name, snake_case
from .layer import Layer

# What makes layers of other libraries' modules, by the module of theirs that must have been imported for there to be
# any; a bridge adds its line.
WRAPPERS = {"flax.nnx": "penstock.engine.bridges.nnx:wrapped"}

# Whose modules hold weights that a plain function call would not train.
_WITH_WEIGHTS = ("flax", "equinox", "keras", "torch", "haiku", "tensorflow")


class FunctionLayer(Layer):
    """Calls a function of arrays with whatever the layer is called with."""

    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.function = function
        self._has_no_weights()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"the function of {self.name} cannot go into a config, which holds no code")


def wrap(thing: Any, name: str | None = None) -> Layer:
    """A layer that does what an NNX module, or a function of arrays, does; layers come back as they are.

    A module's parameters train; a function has none of its own.

    ```python
    outputs = ps.layers.wrap(jnp.sin)(ps.layers.wrap(nnx.Linear(4, 2, rngs=rngs))(inputs))
    ```
    """
    if isinstance(thing, Layer):
        return thing
    named = {} if name is None else {"name": name}
    for library, wrapper in WRAPPERS.items():
        layer = resolve_name(wrapper)(thing, **named) if library in sys.modules else None
        if layer is not None:
            return layer
    owners = {cls.__module__.partition(".")[0] for cls in type(thing).__mro__} & set(_WITH_WEIGHTS)
    if owners:
        raise NotImplementedError(
            f"layers of modules of {', '.join(owners)} ({type(thing).__name__}) are not built yet"
        )
    if not callable(thing) or isinstance(thing, type):
        raise TypeError(f"wrap takes a module or a function of arrays, but was given {thing!r}")
    return FunctionLayer(thing, name=name or default_name(_name_of(thing)))


def _name_of(function: Any) -> str:
    own = getattr(function, "__name__", type(function).__name__)  # callable objects have none
    return "function" if own == "<lambda>" else snake_case(own)
