"""Where each variable lies in Keras' weights files: one group per layer, on the path of its attributes.

A layer's attributes come in the order of their names, private ones last, and those of its base class not at all; in
lists and dicts a layer's key is its class in snake case, numbered from the second of a class on. What was met before
is not met again. The layers of a drawn model come before its attributes, under `layers`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from ..holder import own_variables
from ..layers.layer import Layer
from ..names import snake_case
from ..optimizers import Optimizer
from ..variable import Variable

_OF_EVERY_LAYER = frozenset(dir(Layer))
_TAKES_CHARGE = frozenset({"save_own_variables", "load_own_variables"})


@dataclass(frozen=True, slots=True)
class Group:
    """The variables that one layer or optimizer owns itself; `path` is empty for the model."""

    path: str
    owner: Layer | Optimizer
    variables: list[Variable]

    @property
    def vars_path(self) -> str:
        """Where in the file the arrays are."""
        return _joined(self.path, "vars")


@runtime_checkable
class Drawn(Protocol):
    """A model that may follow from a graph or a row of layers; `drawn_layers` is empty where it does not."""

    @property
    def drawn_layers(self) -> list[Layer]: ...


def layout(model: Layer) -> list[Group]:
    """The groups of a weights file of `model`, itself first."""
    return list(_groups(model, "", set()))


def _groups(thing: Layer | Optimizer, path: str, seen: set[int]) -> Iterator[Group]:
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, Optimizer):
        yield Group(path, thing, thing.variables)
        return
    _refuse_own_ways(thing)
    yield Group(path, thing, own_variables(thing))
    for name, value in _attributes(thing):
        yield from _inside(value, _joined(path, name), seen, set())


def _inside(value: Any, path: str, seen: set[int], containers: set[int]) -> Iterator[Group]:
    if isinstance(value, (Layer, Optimizer)):
        yield from _groups(value, path, seen)
    elif isinstance(value, (list, tuple, dict)) and id(value) not in containers:
        containers.add(id(value))
        taken: Counter[str] = Counter()
        for item in value.values() if isinstance(value, dict) else value:
            if isinstance(item, (Layer, Optimizer, list, tuple, dict)):
                yield from _inside(item, _joined(path, _key(item, taken)), seen, containers)


def _key(item: Any, taken: Counter[str]) -> str:
    kind = "container" if isinstance(item, (list, tuple, dict)) else snake_case(type(item).__name__)
    number = taken[kind]
    taken[kind] += 1
    return f"{kind}_{number}" if number else kind


def _attributes(layer: Layer) -> Iterator[tuple[str, Any]]:
    drawn = layer.drawn_layers if isinstance(layer, Drawn) else []
    if drawn:
        yield "layers", drawn
    for name in sorted(set(dir(layer)) - _OF_EVERY_LAYER, key=lambda name: (name.startswith("_"), name)):
        if not (drawn and name == "layers"):
            yield name, _read(layer, name)


def _read(layer: Layer, name: str) -> Any:
    try:
        return getattr(layer, name)  # properties count as well
    except Exception:
        # A property that cannot be read now holds no layer.
        return None


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def _refuse_own_ways(layer: Layer) -> None:
    own_ways = _TAKES_CHARGE & set(dir(layer))
    if own_ways:
        raise NotImplementedError(f"{' and '.join(sorted(own_ways))} of {type(layer).__name__} are not built yet")
