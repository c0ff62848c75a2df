"""Flax NNX modules as layers: their parameters train, their other state is carried along."""

import inspect
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import jax
import jax.numpy as jnp
from flax import nnx

from ..layers.layer import Layer
from ..names import default_name, snake_case
from ..variable import Variable

_Path = tuple[Any, ...]


@dataclass(eq=False)
class _Leaf:
    """A variable of a module, and ours that stands for it; `key_type` says what kind of random key it holds, if any."""

    origin: Any
    variable: Variable
    key_type: Any

    def read(self) -> Any:
        value = self.variable.value
        return value if self.key_type is None else jax.random.wrap_key_data(value, impl=self.key_type)

    def write(self, value: Any) -> None:
        self.variable.assign(value if self.key_type is None else jax.random.key_data(value))


# By the identity of what they stand for, so that what several layers hold stays one thing; both keep it alive.
_leaves: WeakValueDictionary[int, _Leaf] = WeakValueDictionary()
_wraps: WeakValueDictionary[int, "Wrap"] = WeakValueDictionary()


class Wrap(Layer):
    """A layer that does what an NNX module does.

    Each variable of the module becomes one of the layer, trainable if it is an `nnx.Param`. The values live in the
    layer from now on; the module keeps those it had. Attributes and methods that the module has are those of the module
    with the present values. The training flag, where it is given, calls the module's `train()` or `eval()`.
    """

    def __init__(self, module: nnx.Module, **kwargs: Any) -> None:
        super().__init__(**{"name": default_name(snake_case(type(module).__name__)), **kwargs})
        self._module = module
        self._graph, state = nnx.split(module)
        self._structure = jax.tree.structure(state)
        self._leaves = {path: self._adopt(path, origin) for path, origin in _variables(module).items()}
        self._complete()

    def _adopt(self, path: _Path, origin: Any) -> _Leaf:
        leaf = _leaves.get(id(origin))
        if leaf is None:
            leaf = _leaves[id(origin)] = _leaf(origin, name=str(path[-1]))
            leaf.variable.path = "/".join(map(str, (self.name, *path)))
        self._keep(leaf.variable)
        return leaf

    def call(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        if training is not None and "training" in inspect.signature(type(self._module).__call__).parameters:
            kwargs["training"] = training
        return self._run("__call__", args, kwargs, training=training)

    def _run(self, method: str, args: Any, kwargs: Any, *, training: bool | None = None) -> Any:
        """Call a method of a copy that holds the present values, and keep those that it changed."""
        before = {path: leaf.read() for path, leaf in self._leaves.items()}
        module = self._copy(before)
        if training is not None:
            module.train() if training else module.eval()
        outputs = getattr(module, method)(*args, **kwargs)
        after = {path: variable.get_value() for path, variable in _variables(module).items()}
        for path, value in before.items():
            if after[path] is not value:
                self._leaves[path].write(after[path])
        return outputs

    def _copy(self, values: dict[_Path, Any]) -> nnx.Module:
        return nnx.merge(self._graph, jax.tree.unflatten(self._structure, list(values.values())))

    def __getattr__(self, name: str) -> Any:
        module = vars(self).get("_module")
        if module is None or name.startswith("__"):
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")
        if inspect.ismethod(getattr(module, name)):
            return lambda *args, **kwargs: self._run(name, args, kwargs)
        return getattr(self._copy({path: leaf.read() for path, leaf in self._leaves.items()}), name)


def _variables(module: nnx.Module) -> dict[_Path, Any]:
    """The variables of a module by their paths, in the order of its state's leaves."""
    return dict(nnx.to_flat_state(nnx.state(module)))


def _leaf(origin: Any, name: str) -> _Leaf:
    value, key_type = origin.get_value(), None
    if jnp.issubdtype(value.dtype, jax.dtypes.prng_key):
        value, key_type = jax.random.key_data(value), jax.random.key_impl(value)
    return _Leaf(origin, Variable(value, trainable=isinstance(origin, nnx.Param), name=name), key_type)


def wrapped(thing: Any, **kwargs: Any) -> Layer | None:
    """The `Wrap` of an NNX module; None for anything else."""
    return Wrap(thing, **kwargs) if isinstance(thing, nnx.Module) else None


def adopt(layer: Layer) -> None:
    """Put a `Wrap` in the place of each NNX module among the attributes, lists and dicts of `layer`."""
    if isinstance(layer, Wrap):
        return
    for name, value in list(vars(layer).items()):
        wrapped = _wrapped(value)
        if wrapped is not value:
            setattr(layer, name, wrapped)


def _wrapped(value: Any) -> Any:
    """`value` with layers for modules; lists and dicts are changed in place, those of NNX become Python's."""
    if isinstance(value, nnx.List):
        return [_wrapped(item) for item in value]
    if isinstance(value, nnx.Dict):
        return {key: _wrapped(item) for key, item in value.items()}
    if isinstance(value, nnx.Module):
        return _wraps.setdefault(id(value), _wraps.get(id(value)) or Wrap(value))
    for key, item in _items(value):
        wrapped = _wrapped(item)
        if wrapped is not item:
            value[key] = wrapped
    return value


def _items(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []
