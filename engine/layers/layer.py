"""The base of every layer: weights, lazy building and calls."""

import sys
import warnings
from collections.abc import Callable, Sequence
from functools import wraps
from pkgutil import resolve_name
from typing import Any, Self

import jax
import jax.numpy as jnp

from .. import config, constraints, regularizers, scope
from ..graph import Node, infer, without_stand_ins
from ..holder import Holder, children, walk
from ..initializers import get as get_initializer
from ..masks import add_masks, any_mask, mask_of, masks_of, set_mask
from ..metrics.means import Mean
from ..metrics.metric import Metric, giver_of
from ..mixed_precision import DTypePolicy, default_policy, policy_of, reading_weights_as
from ..symbolic import symbolic_leaves
from ..variable import Variable
from .call import Call, calling, calling_apart, current
from .signature import (
    first_argument,
    is_shape,
    shapes_for,
    shapes_of,
    takes_masks,
    training_of,
    with_masks,
    with_training,
)
from .weight_rules import WeightRules

# What makes layers of other libraries' modules among a layer's attributes, by the module of theirs that must have been
# imported for there to be any; a bridge adds its line.
ADOPTERS = {"flax.nnx": "penstock.engine.bridges.nnx:adopt"}


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
    input_shape_argument: tuple[int | None, ...] | None
    _adopted: bool
    _policy: DTypePolicy | None
    _autocast: bool
    _nodes: list[Node]
    _rules: WeightRules
    activity_regularizer: Any
    _seen_shapes: Any
    _added_metrics: dict[str, Metric]
    _loss_functions: list[Callable[[], Any]]
    _last_losses: list[Any]
    supports_masking: bool

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        self.__dict__.update(built=False, input_shape_argument=None, _policy=None, _adopted=False)
        self.__dict__.update(_nodes=[], _seen_shapes=None, _rules=WeightRules(), activity_regularizer=None)
        self.__dict__.update(_added_metrics={}, _loss_functions=[], _last_losses=[])
        self.__dict__.update(supports_masking=cls.compute_mask is not Layer.compute_mask, _autocast=True)
        return self

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "build" in vars(cls):
            cls.build = _completed(cls.build)

    @classmethod
    def kind(cls) -> type[Holder]:
        return Layer

    def __init__(
        self,
        *,
        activity_regularizer: Any = None,
        trainable: bool = True,
        dtype: Any = None,
        autocast: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.input_shape_argument = _first_input_shape(kwargs)
        if kwargs:
            raise ValueError(f"{type(self).__name__} takes no argument {', '.join(sorted(kwargs))}")
        self._name = name
        self._trainable = trainable
        self._policy = policy_of(dtype) or default_policy()
        self._autocast = autocast
        self._name = self.name

    @property
    def dtype_policy(self) -> DTypePolicy:
        """Which types the layer keeps its weights in and computes in."""
        return self._policy or DTypePolicy(config.floatx())

    @property
    def dtype(self) -> str:
        """The float type of the weights."""
        return self.dtype_policy.variable_dtype

    @property
    def variable_dtype(self) -> str:
        """The float type of the weights."""
        return self.dtype_policy.variable_dtype

    @property
    def compute_dtype(self) -> str:
        """The float type that inputs, weights and outputs of `call` have."""
        return self.dtype_policy.compute_dtype

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
        found = [m for layer in walk(self) for m in children(layer) if isinstance(m, Metric)]
        return list({id(m): m for m in found}.values())

    def add_weight(
        self,
        shape: tuple[int | None, ...] | int | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        regularizer: Any = None,
        constraint: Any = None,
        name: str | None = None,
        autocast: bool = True,
    ) -> Variable:
        """A new weight; floats begin as `"glorot_uniform"`, other types as zeros, unless `initializer` says.

        What the `regularizer` gives for it while it is trained is added to the loss; the `constraint` maps it to what
        is allowed, after every update.
        """
        dtype = jnp.dtype(dtype or self.dtype).name
        default = "glorot_uniform" if "float" in dtype else "zeros"
        initial = get_initializer(default if initializer is None else initializer)
        sizes = self._sizes(shape, name)
        variable = Variable(
            initial, shape=sizes, dtype=dtype, trainable=trainable, name=name or "variable", autocast=autocast
        )
        variable.path = f"{self.name}/{variable.name}"
        variable.regularizer = regularizers.get(regularizer) or self._rules.regularizer(name)
        variable.constraint = constraints.get(constraint) or self._rules.constraint(name)
        self._keep(variable)
        return variable

    def set_rules(self, **rules: Any) -> None:
        """Keep `kernel_regularizer`, `bias_constraint` and the like; `add_weight` finds those of the weight's name."""
        self._rules.set(rules)

    def _sizes(self, shape: tuple[int | None, ...] | int | None, name: str | None) -> tuple[int, ...]:
        given = (shape,) if isinstance(shape, int) else tuple(shape or ())
        sizes = tuple(size for size in given if size is not None)
        if len(sizes) < len(given):
            raise ValueError(
                f"the weight {name!r} of {self.name} would have shape {given}: its size depends on a dimension of the "
                "input that is not known; give Input(shape=...) without None there"
            )
        return sizes

    def build(self, input_shape: Any) -> None:
        """Make the weights. By default the layers inside make theirs at their own first call."""
        self._complete()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no `call` method")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.ensure_built(args, kwargs)
        if symbolic_leaves((args, kwargs)):
            return self._drawn(args, kwargs)
        call = type(self).call
        with calling(training_of(call, args, kwargs)) as around:
            kwargs = with_training(call, args, kwargs, around.training)
            args, kwargs = self._cast(args), with_masks(call, args, self._cast(kwargs))
            with reading_weights_as(self.dtype_policy.weights_read_as if self._autocast else None):
                outputs = self.call(*args, **kwargs)
            around.losses.extend(regularizers.per_sample(self.activity_regularizer, outputs))
            self._mask_outputs(outputs, first_argument(args, kwargs), kwargs.get("mask"))
            self._ask_for_losses(around)
        if current() is None and not scope.is_building():
            self._last_losses = around.losses
        if scope.is_building():
            self._seen_shapes = jax.tree.map(lambda leaf: without_stand_ins(jnp.shape(leaf)), outputs)
        return outputs

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The mask of the outputs, given the inputs and theirs; by default the same. Layers that override it are asked.

        Others pass masks on if they set `self.supports_masking = True`.
        """
        return mask

    def _mask_outputs(self, outputs: Any, inputs: Any, mask: Any) -> None:
        masks = masks_of(inputs) if mask is None else mask
        if self.supports_masking:
            add_masks(outputs, self.compute_mask(inputs, masks))
        elif any_mask(masks) and not any_mask(masks_of(outputs)) and not takes_masks(type(self).call):
            warnings.warn(
                f"{self.name} ({type(self).__name__}) was given a masked input, but does not support masks: layers "
                "after it count every time step; set self.supports_masking = True in its __init__ if it may pass the "
                "mask on, or write compute_mask",
                stacklevel=3,
            )

    def _ask_for_losses(self, call: Call) -> None:
        if self._loss_functions and id(self) not in call.asked:
            call.asked.add(id(self))
            call.losses += [jnp.sum(jnp.asarray(function())) for function in self._loss_functions]

    def _drawn(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with calling_apart():
            node = Node(self, args, kwargs, infer(self, args, kwargs))
        self._nodes.append(node)
        return node.outputs

    def compute_output_shape(self, *input_shapes: Any) -> Any:
        """The shape of the output, or a tree of shapes, for inputs of these; the weights are made if there are none."""
        specs = jax.tree.map(
            lambda shape: jax.ShapeDtypeStruct(tuple(shape), self.dtype), input_shapes, is_leaf=is_shape
        )
        inputs = Node(self, (), {}, specs).outputs
        self.ensure_built(inputs, {})
        with calling_apart():
            return shapes_of(infer(self, inputs, {}))

    def _cast(self, tree: Any) -> Any:
        dtype = self.compute_dtype
        return jax.tree.map(lambda leaf: _to_float(leaf, dtype), tree) if self._autocast else tree

    def ensure_built(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Call `build` once, with the shapes of the first call's array arguments."""
        if not self.built:
            self.build(*shapes_for(self.build, args, kwargs))
        elif not self._adopted:
            self._complete()

    def _complete(self) -> None:
        """Mark the weights as made, and wrap what other libraries' modules the layer holds."""
        self.built = True
        self._adopted = True
        for library, adopter in ADOPTERS.items():
            if library in sys.modules:
                resolve_name(adopter)(self)

    def _has_no_weights(self) -> None:
        """Count as built from the start, unless a subclass has something to build."""
        if type(self).build is Layer.build:
            self._complete()

    @property
    def input(self) -> Any:
        """The symbolic tensors that the layer was first called on, when a functional model was drawn."""
        args = self._first_node.args
        return args[0] if len(args) == 1 else args

    @property
    def output(self) -> Any:
        """The symbolic tensors that the layer gave at its first call, when a functional model was drawn."""
        return self._first_node.outputs

    @property
    def output_shapes(self) -> Any:
        """The shape of the output, or a tree of shapes; None before the layer was called to be drawn or built."""
        return shapes_of(self.output) if self._nodes else self._seen_shapes

    @property
    def _first_node(self) -> Node:
        if not self._nodes:
            raise AttributeError(f"{self.name} was never called on a symbolic tensor: it has no input and no output")
        return self._nodes[0]

    def add_loss(self, loss: Any) -> None:
        """Add to the loss that training minimises: a scalar, an array of which the sum counts, or a list of these.

        From inside `call`. A function of no arguments may be added anywhere; each call of the layer asks it.
        """
        for value in loss if isinstance(loss, (list, tuple)) else [loss]:
            call = current()
            if isinstance(value, Callable):
                self._loss_functions.append(value)
            elif call is None:
                raise ValueError(
                    f"add_loss of {self.name} was given a value outside of `call`, where nothing is computed; add it "
                    "in `call`, or add a function of no arguments that gives it"
                )
            else:
                call.losses.append(jnp.sum(jnp.asarray(value)))

    @property
    def losses(self) -> list[Any]:
        """What `add_loss` was given in the call that goes on, else in the last one, and what the weights cost."""
        call = current()
        penalties = regularizers.penalties(self.trainable_variables)
        return [*(self._last_losses if call is None else call.losses), *penalties]

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = None) -> None:
        """Show the mean of `value` over batches as `name` in the logs; from inside `call`.

        `aggregation` is None or "mean". What a metric gave when it was called is that metric's own, under its name.
        """
        if aggregation not in (None, "mean"):
            raise ValueError(f'aggregation must be None or "mean", but is {aggregation!r}; else add a Metric\'s result')
        giver = giver_of(value)
        if giver is not None:
            if not any(giver is metric for metric in self.layer_metrics):
                self._added_metrics[giver.name] = giver
        elif name is None or current() is None:
            raise ValueError(f"add_metric of {self.name} needs a name and is called from inside `call`; name={name!r}")
        else:
            self._mean_called(name).update_state(value)

    def _mean_called(self, name: str) -> Any:
        if name not in self._added_metrics:
            if scope.in_scope() and not scope.is_building():
                raise RuntimeError(
                    f"the metric {name!r} of {self.name} was not added when the model was built, so the run that goes "
                    "on does not know it; add it in every call, or hold a Metric that __init__ makes"
                )
            self._added_metrics[name] = Mean(name=name)
        return self._added_metrics[name]

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
        self,
        trainable_variables: Sequence[Any],
        non_trainable_variables: Sequence[Any],
        *args: Any,
        return_losses: bool = False,
        **kwargs: Any,
    ) -> tuple[Any, ...]:
        """Call with the given values instead of the variables'; gives `(outputs, new non-trainable values)`.

        With `return_losses`, what `add_loss` was given in the call comes as a list in third place.
        """
        trainable = self.trainable_variables
        variables = [*trainable, *self.non_trainable_variables]
        values = [*trainable_variables, *non_trainable_variables]
        (outputs, losses), new = scope.pure(self._call_with_losses, variables, values, args, kwargs)
        return (outputs, new[len(trainable) :], losses) if return_losses else (outputs, new[len(trainable) :])

    def _call_with_losses(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
        with calling_apart(), calling(None) as around:
            return self(*args, **kwargs), around.losses

    def get_config(self) -> dict[str, Any]:
        activity = regularizers.serialize(self.activity_regularizer)
        rules = self._rules.config() | ({} if activity is None else {"activity_regularizer": activity})
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype_policy.name, **rules}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return cls(**config)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def sublayers(layer: Layer) -> list[Layer]:
    """The layers that `layer` holds directly, in the order of its attributes."""
    return list({id(child): child for child in children(layer) if isinstance(child, Layer)}.values())


def refuse_unbuilt(**arguments: Any) -> None:
    """Raise NotImplementedError for the first argument that is given."""
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"{name}={value!r} is not built yet")


def _completed(build: Callable[..., None]) -> Callable[..., None]:
    """A user's `build`, which makes concrete weights wherever it is called, and afterwards has been called."""

    @wraps(build)
    def complete(self: Layer, *args: Any, **kwargs: Any) -> None:
        # Outside every scope and trace: what a user's `build` makes and assigns stays.
        with scope.outside(), jax.ensure_compile_time_eval():
            build(self, *args, **kwargs)
        self._complete()

    return complete


def _first_input_shape(kwargs: dict[str, Any]) -> tuple[int | None, ...] | None:
    """What `input_shape` or `input_dim`, which a model's first layer may be given, say of one sample."""
    width, shape = kwargs.pop("input_dim", None), kwargs.pop("input_shape", None)
    if width is not None:
        return (int(width),)
    return tuple(shape) if shape is not None else None


def _to_float(leaf: Any, dtype: str) -> Any:
    """Floats of another width in the layer's type; all else as it is."""
    kind = getattr(leaf, "dtype", None)  # a foreign array of any library
    if kind is None or not jnp.issubdtype(kind, jnp.floating):
        return leaf
    array, mask = jnp.asarray(leaf, dtype), mask_of(leaf)
    if mask is not None:
        set_mask(array, mask)
    return array
