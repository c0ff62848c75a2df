"""The base of every layer: weights, lazy building and calls."""

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self

import jax
import jax.numpy as jnp

from .. import config, graph, scope
from ..holder import Holder, walk
from ..initializers import get as get_initializer
from ..metrics.metric import Metric
from ..variable import Variable
from .call import calling, current

# What makes layers of other libraries' modules among a layer's attributes, at its first call; bridges add theirs.
ADOPTERS: list[Callable[["Layer"], None]] = []


class Layer(Holder):
    """A function with weights.

    Subclasses write `__init__`, `build(input_shape)` (weights, once the shape of the input is known; optional) and
    `call(inputs, ...)`. `call` may take `training`, which then is what the call around it was told.

    ```python
    class Scale(ps.layers.Layer):
        def build(self, input_shape):
            self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones", name="factor")

        def call(self, inputs):
            return inputs * self.factor
    ```
    """

    built: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__.update(built=False, _dtype=None, _added_losses=[], _adopted=False)
        return self

    @classmethod
    def kind(cls) -> type[Holder]:
        return Layer

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: str | None = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        _refuse_unbuilt(activity_regularizer=activity_regularizer, autocast=None if autocast else autocast)
        if kwargs:
            raise ValueError(f"{type(self).__name__} takes no argument {', '.join(sorted(kwargs))}")
        self._name = name
        self._trainable = trainable
        self._dtype = dtype
        self._name = self.name

    @property
    def dtype(self) -> str:
        """The float type of the weights."""
        return self._dtype or config.floatx()

    @property
    def weights(self) -> list[Variable]:
        """Variables without the states of seed generators: what `get_weights` gives and files hold."""
        seeds = {id(v) for v in self.variables if v.name == "seed_generator_state"}
        return [v for v in self.variables if id(v) not in seeds]

    @property
    def trainable_weights(self) -> list[Variable]:
        return self.trainable_variables

    @property
    def non_trainable_weights(self) -> list[Variable]:
        trainable = {id(v) for v in self.trainable_variables}
        return [v for v in self.weights if id(v) not in trainable]

    @property
    def layers_inside(self) -> list["Layer"]:
        """This layer and all inside it, parents first."""
        return [layer for layer in walk(self) if isinstance(layer, Layer)]

    @property
    def layer_metrics(self) -> list[Metric]:
        """The metrics that this layer and those inside it hold."""
        found = [m for layer in walk(self) for m in vars(layer).values() if isinstance(m, Metric)]
        return list({id(m): m for m in found}.values())

    def add_weight(
        self,
        shape: tuple[int, ...] | int | None = None,
        initializer: Any = None,
        dtype: str | None = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
    ) -> Variable:
        """A new weight; floats begin as `"glorot_uniform"`, other types as zeros, unless `initializer` says."""
        _refuse_unbuilt(regularizer=regularizer, constraint=constraint)
        dtype = dtype or self.dtype
        initial = get_initializer(initializer or ("glorot_uniform" if "float" in dtype else "zeros"))
        sizes = (shape,) if isinstance(shape, int) else tuple(shape or ())
        variable = Variable(initial, shape=sizes, dtype=dtype, trainable=trainable, name=name or "variable")
        variable.path = f"{self.name}/{variable.name}"
        self._keep(variable)
        return variable

    def build(self, input_shape: Any) -> None:
        """Make the weights. By default the layers inside make theirs at their own first call."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no `call` method")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if graph.holds_symbolic((args, kwargs)):
            return graph.symbolic_call(self, args, kwargs)
        self.ensure_built(args, kwargs)
        with calling(self._training(kwargs)) as call:
            if _takes_training(type(self).call):
                kwargs["training"] = call.training
            return self.call(*self._cast(args), **self._cast(kwargs))

    def _training(self, kwargs: dict[str, Any]) -> bool | None:
        given = kwargs.pop("training", None)
        outer = current()
        return outer.training if given is None and outer is not None else given

    def _cast(self, tree: Any) -> Any:
        return jax.tree.map(lambda leaf: _to_float(leaf, self.dtype), tree)

    def ensure_built(self, args: Any, kwargs: Any) -> None:
        """Call `build` once, with the shapes of the first call's array arguments."""
        if not self._adopted:
            for adopt in ADOPTERS:
                adopt(self)
            self.__dict__["_adopted"] = True
        if not self.built:
            # Outside every scope: what a user's `build` assigns stays.
            with scope.outside():
                self.build(*_shapes(self.build, args, kwargs))
            self.built = True

    def add_loss(self, loss: Any) -> None:
        """Add a scalar to the loss that training minimises; from inside `call`."""
        call = current()
        if call is None:
            raise NotImplementedError("add_loss outside of `call` is not built yet")
        call.losses.append(loss)

    def get_weights(self) -> list[Any]:
        """The weights as NumPy arrays that are the caller's own."""
        return [v.__array__(copy=True) for v in self.weights]

    def set_weights(self, weights: list[Any]) -> None:
        """Set every weight, in the order of `get_weights`."""
        if len(weights) != len(self.weights):
            raise ValueError(f"{self.name} has {len(self.weights)} weights, but {len(weights)} were given")
        wrong = [v.path for v, w in zip(self.weights, weights, strict=True) if v.shape != tuple(jnp.shape(w))]
        if wrong:
            raise ValueError(f"these weights of {self.name} have other shapes than those given: {', '.join(wrong)}")
        for variable, weight in zip(self.weights, weights, strict=True):
            variable.assign(weight)

    def count_params(self) -> int:
        """The number of scalars in the weights."""
        return sum(v.size for v in self.weights)

    def stateless_call(
        self, trainable_variables: list[Any], non_trainable_variables: list[Any], *args: Any, **kwargs: Any
    ) -> tuple[Any, list[Any]]:
        """Call with the given values instead of the variables'; gives `(outputs, new non-trainable values)`."""
        trainable = self.trainable_variables
        variables = [*trainable, *self.non_trainable_variables]
        values = [*trainable_variables, *non_trainable_variables]
        outputs, new = scope.pure(self, variables, values, *args, **kwargs)
        return outputs, new[len(trainable) :]

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _refuse_unbuilt(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"{name}={value!r} is not built yet")


@lru_cache(maxsize=1024)
def _takes_training(call: Callable[..., Any]) -> bool:
    return "training" in inspect.signature(call).parameters


def _to_float(leaf: Any, dtype: str) -> Any:
    """Floats of another width in the layer's type; all else as it is."""
    if isinstance(leaf, Variable):
        return leaf
    kind = getattr(leaf, "dtype", None)  # a foreign array of any library
    return jnp.asarray(leaf, dtype) if kind is not None and jnp.issubdtype(kind, jnp.floating) else leaf


def _shapes(build: Callable[..., Any], args: Any, kwargs: Any) -> list[Any]:
    """The shapes that `build` is told: of the first argument, or of as many as it names."""
    wanted = [p for p in inspect.signature(build).parameters.values() if p.kind is not p.VAR_KEYWORD]
    given = [*args, *(v for v in kwargs.values() if v is not None and not isinstance(v, bool))]
    return [jax.tree.map(jnp.shape, argument) for argument in given[: max(1, len(wanted))]]
