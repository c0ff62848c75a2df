"""The model whose layers follow one another."""

from collections.abc import Iterable
from typing import Any, Self

from ..graph import Graph
from ..layers.call import calling
from ..layers.input import Input, InputLayer
from ..layers.layer import Layer
from ..layers.signature import is_shape, shapes_for
from ..masks import add_masks
from ..symbolic import SymbolicTensor, is_symbolic
from .model import Model, trace


class Sequential(Model):
    """Layers in a row, each fed what the one before it gives.

    The weights are made as soon as the shape of the input is known: at once if the first entry is an `Input` or the
    first layer has `input_shape=`, otherwise with the first batch.

    ```python
    model = ps.Sequential([ps.Input((784,)), ps.layers.Dense(64, activation="relu"), ps.layers.Dense(10)])
    ```
    """

    _steps: list[SymbolicTensor]
    _side_layers: list[Any]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        # The input and what each layer gives, once the shapes are known.
        self.__dict__.update(_steps=[], _side_layers=[])
        return self

    def __init__(
        self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Put a layer at the end; an `Input` may come first."""
        if is_symbolic(layer) and isinstance(layer.node.operation, InputLayer):
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            raise ValueError(f"a Sequential model is made of layers, but was given {layer!r}")
        if isinstance(layer, InputLayer):
            self._begin(layer)
            return
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"{self.name} already has a layer named {layer.name!r}; names must differ within a model")
        self._connect([*self._layers, layer], self._steps or _steps_before(layer))

    def pop(self) -> Layer:
        """Take the last layer off, and give it."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layer left to take off")
        *others, last = self._layers
        self._connect(others, self._steps[: len(others) + 1])
        return last

    def _draw(self, inputs: Any, outputs: Any) -> None:
        # The row of layers stays, whatever the graph computes on the way.
        self._graph = Graph(inputs, outputs, self._sides)
        self._side_layers = [tensor.node.operation for tensor in self._sides]

    def _begin(self, layer: InputLayer) -> None:
        if self._layers or self._steps:
            raise ValueError(f"{self.name} has its input already; an Input can only come first")
        self._steps.append(layer.tensor)

    def _connect(self, layers: list[Layer], steps: list[SymbolicTensor]) -> None:
        """Be these layers; `steps` are the input, where it is known, and what those that were called already gave."""
        steps = list(steps)
        for layer in layers[len(steps) - 1 :] if steps else ():
            steps.append(layer(steps[-1]))
        self._layers, self._steps = layers, steps
        # They stand behind the layers, however late those come.
        self._side_layers = list(self._side_layers)
        self._graph = Graph(steps[0], steps[-1], self._sides) if len(steps) > 1 else None
        self.built = self._graph is not None

    def build(self, input_shape: Any) -> None:
        """Make all weights for inputs of this shape, None where a dimension varies."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layers to build; add some first")
        if self._steps or is_shape(input_shape):
            self._connect(self._layers, self._steps or [Input(batch_shape=tuple(input_shape))])
            self._check_shape(input_shape)
        else:
            self._complete()
            trace(self, input_shape)

    def _check_shape(self, input_shape: Any) -> None:
        if tuple(input_shape) != self.input_shape:
            raise ValueError(
                f"{self.name} takes inputs of shape {self.input_shape}, and cannot be built for {input_shape}"
            )

    def ensure_built(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self.built:
            (shape,) = shapes_for(self.build, args, kwargs)
            if not is_shape(shape) and isinstance(shape, (list, tuple)) and len(shape) == 1:
                # What is fed is unpacked too, with a warning.
                (shape,) = shape
            # Batches may differ in size, whatever the first one has.
            self.build((None, *shape[1:]) if is_shape(shape) and shape else shape)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._graph is not None:
            return super().call(inputs, training, mask)
        with calling(training):
            add_masks(inputs, mask)
            for layer in self._layers:
                inputs = layer(inputs)
        return inputs


def _steps_before(first: Layer) -> list[SymbolicTensor]:
    """The input, if the first layer says what it is."""
    if first.input_shape_argument is not None:
        return [Input(first.input_shape_argument)]
    if isinstance(first, Model) and first.graph is not None and len(first.inputs) == 1:
        return [Input(batch_shape=first.inputs[0].shape, dtype=first.inputs[0].dtype)]
    return []
