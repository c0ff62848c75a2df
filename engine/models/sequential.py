"""The model whose layers follow one another."""

from collections.abc import Iterable
from typing import Any, Self

from ..graph import Graph
from ..layers.call import calling
from ..layers.input import Input, InputLayer
from ..layers.layer import Layer
from ..layers.signature import shapes_of
from ..symbolic import SymbolicTensor, is_symbolic
from .model import Model, is_shape, trace


class Sequential(Model):
    """Layers in a row, each fed what the one before it gives.

    The weights are made as soon as the shape of the input is known: at once if the first entry is an `Input` or the
    first layer has `input_shape=`, otherwise with the first batch.

    ```python
    model = ps.Sequential([ps.Input((784,)), ps.layers.Dense(64, activation="relu"), ps.layers.Dense(10)])
    ```
    """

    _steps: list[SymbolicTensor]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        self = super().__new__(cls, *args, **kwargs)
        # The input and what each layer gives, once the shapes are known.
        self.__dict__.update(_steps=[])
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
        if not self._layers and not self._steps:
            self._begin_as(layer)
        self._layers.append(layer)
        self._connect()

    def pop(self) -> Layer:
        """Take the last layer off, and give it."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layer left to take off")
        layer = self._layers.pop()
        del self._steps[len(self._layers) + 1 :]
        self._connect()
        return layer

    def _begin(self, layer: InputLayer) -> None:
        if self._layers or self._steps:
            raise ValueError(f"{self.name} has its input already; an Input can only come first")
        self._steps.append(layer.tensor)

    def _begin_as(self, layer: Layer) -> None:
        """Begin with what the first layer says of its input, if it does."""
        if layer.input_shape_argument is not None:
            self._steps.append(Input(layer.input_shape_argument))
        elif isinstance(layer, Model) and layer.graph is not None:
            self._steps.append(Input(batch_shape=layer.input_shape, dtype=layer.input.dtype))

    def _connect(self) -> None:
        """Call the layers that were not called yet, if the input is known, and take the whole as the graph."""
        for layer in self._layers[len(self._steps) - 1 :] if self._steps else ():
            self._steps.append(layer(self._steps[-1]))
        self._graph = Graph(self._steps[0], self._steps[-1]) if len(self._steps) > 1 else None
        self.built = self._graph is not None

    def build(self, input_shape: Any) -> None:
        """Make all weights for inputs of this shape, None where a dimension varies."""
        if not self._layers:
            raise ValueError(f"{self.name} has no layers to build; add some first")
        if not self._steps and is_shape(input_shape):
            self._steps.append(Input(batch_shape=tuple(input_shape)))
        if self._steps:
            self._connect()
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
            shape = shapes_of(args[0])
            # Batches may differ in size, whatever the first one has.
            self.build((None, *shape[1:]) if is_shape(shape) and shape else shape)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if self._graph is not None:
            return super().call(inputs, training)
        with calling(training):
            for layer in self._layers:
                inputs = layer(inputs)
        return inputs
