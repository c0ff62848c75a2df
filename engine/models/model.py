"""The base of every model: layers, and the graph that connects them if it was drawn."""

from collections.abc import Callable
from typing import Any, NoReturn, Self

import jax

from ..abstract import abstract_call
from ..graph import Graph, explained, stand_in
from ..layers.call import calling, calling_apart
from ..layers.layer import Layer, refuse_unbuilt, sublayers
from ..layers.signature import is_shape, shapes_of
from ..masks import add_masks
from ..saving import Filepath, load_weights, save_weights
from ..symbolic import SymbolicTensor, is_symbolic, symbolic_leaves
from ..trainer import Trainer
from .endpoints import AddLoss, AddMetric
from .feeding import fitted
from .naming import names_of
from .summary import print_summary


class Model(Trainer, Layer):
    """Layers that are trained together.

    Either a graph, drawn with symbolic tensors, or a subclass with layers as attributes and a `call`:

    ```python
    inputs = ps.Input((784,))
    model = ps.Model(inputs, ps.layers.Dense(10)(inputs))

    class Classifier(ps.Model):
        def __init__(self):
            super().__init__()
            self.dense = ps.layers.Dense(10)

        def call(self, inputs):
            return self.dense(inputs)
    ```

    A subclass may also hand `inputs` and `outputs` to `super().__init__`.
    """

    _graph: Graph | None
    _layers: list[Layer]
    _sides: list[SymbolicTensor]

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        drawn = cls is Model and (args or "inputs" in kwargs)
        kind: Any = Functional if drawn else cls
        self = super().__new__(kind, *args, **kwargs)
        self.__dict__.update(_graph=None, _layers=[], _sides=[])
        return self

    def __init__(self, inputs: Any = None, outputs: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if (inputs is None) != (outputs is None):
            raise ValueError("inputs and outputs go together: a functional model needs both, any other neither")
        if inputs is not None:
            self._draw(_symbolic("inputs", inputs), _unpacked(_symbolic("outputs", outputs)))
            self._complete()

    def _draw(self, inputs: Any, outputs: Any) -> None:
        self._graph = Graph(inputs, outputs, self._sides)
        self._layers = [operation for operation in self._graph.operations if isinstance(operation, Layer)]

    @property
    def graph(self) -> Graph | None:
        """What connects the layers of a functional or sequential model; None where `call` alone knows."""
        return self._graph

    @property
    def layers(self) -> list[Layer]:
        """The layers that the model holds directly, in Keras' order."""
        return sublayers(self)

    @layers.setter
    def layers(self, value: Any) -> NoReturn:
        raise AttributeError("`layers` of a model is reserved; give the attribute another name, e.g. `blocks`")

    @property
    def drawn_layers(self) -> list[Layer]:
        """The layers of the graph, or of the row that a `Sequential` is; empty where `call` alone knows."""
        return list(self._layers)

    def build(self, input_shape: Any) -> None:
        """Make all weights for inputs of this shape (a tuple with None where a dimension varies, or a tree of them)."""
        if not self.built:
            trace(self, input_shape)

    def ensure_built(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if type(self).build is Model.build and not self.built:
            # The layers inside make their weights at their own first calls.
            self._complete()
        super().ensure_built(args, kwargs)

    def _mask_outputs(self, outputs: Any, inputs: Any, mask: Any) -> None:
        # Those that the layers inside gave their outputs stay.
        if self.supports_masking:
            super()._mask_outputs(outputs, inputs, mask)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if self._graph is None:
            raise NotImplementedError(f"{type(self).__name__} has neither a `call` method nor inputs and outputs")
        with calling(training):
            arrays = fitted(inputs, self._graph.inputs)
            add_masks(arrays, mask)
            return self._graph.run(arrays)

    def add_loss(self, loss: Any) -> None:
        """Add to the loss that training minimises; in `call` as in every layer, or a symbolic tensor of a drawn model.

        ```python
        model.add_loss(ps.ops.sum(hidden) * 0.1)
        ```
        """
        if is_symbolic(loss):
            self._add_side(AddLoss(), loss)
        else:
            super().add_loss(loss)

    def add_metric(self, value: Any, name: str | None = None, aggregation: str | None = None) -> None:
        """Show the mean of `value` over batches as `name` in the logs; in `call`, or a symbolic one of a drawn model.

        ```python
        model.add_metric(ps.ops.std(hidden), name="std_of_hidden", aggregation="mean")
        ```
        """
        if is_symbolic(value):
            self._add_side(AddMetric(name, aggregation), value)
        else:
            super().add_metric(value, name, aggregation)

    def _add_side(self, layer: Layer, tensor: SymbolicTensor) -> None:
        if self.compiled:
            raise RuntimeError(f"{self.name} is compiled; add losses and metrics of symbolic tensors before compile")
        graph, before = self._drawn_graph, list(self._sides)
        self._sides.append(layer(tensor))
        try:
            self._draw(graph.inputs, graph.outputs)
        except ValueError:
            self._sides = before
            raise

    @property
    def inputs(self) -> list[SymbolicTensor]:
        """The symbolic tensors that the model begins with."""
        return symbolic_leaves(self._drawn_graph.inputs)

    @property
    def outputs(self) -> list[SymbolicTensor]:
        """The symbolic tensors that the model ends with."""
        return symbolic_leaves(self._drawn_graph.outputs)

    @property
    def input(self) -> Any:
        return self._drawn_graph.inputs

    @property
    def output(self) -> Any:
        return self._drawn_graph.outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input, None where a dimension varies; a tree of shapes where there are several."""
        return shapes_of(_unpacked(self.input))

    @property
    def output_shape(self) -> Any:
        """The shape of the output, None where a dimension varies; a tree of shapes where there are several."""
        return shapes_of(self.output)

    @property
    def output_shapes(self) -> Any:
        return super().output_shapes if self._graph is None else shapes_of(self._graph.outputs)

    @property
    def _drawn_graph(self) -> Graph:
        if self._graph is None:
            raise AttributeError(f"{self.name} has no symbolic inputs and outputs: it was not drawn, or is not built")
        return self._graph

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs: keys of dicts, else of the input layers; `input_1` where the model was not drawn."""
        return ["input_1"] if self._graph is None else names_of(self._graph.inputs)

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs, in the order of the leaves of their tree (keys of dicts are sorted).

        Keys of dicts, else names of the layers that give them; `output_1`, `output_2` … where the model was not drawn.
        """
        if self._graph is not None:
            return names_of(self._graph.outputs)
        return names_of(() if self._seen_shapes is None else self._seen_shapes)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of this name, or at this place among `layers`."""
        if (name is None) == (index is None):
            raise ValueError(f"get_layer takes either a name or an index, but name={name!r} and index={index!r}")
        if index is not None:
            if not -len(self.layers) <= index < len(self.layers):
                raise ValueError(f"{self.name} has {len(self.layers)} layers, so none at index {index}")
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise ValueError(f"{self.name} has no layer {name!r}; it has {', '.join(layer.name for layer in self.layers)}")

    def summary(
        self,
        line_length: int | None = None,
        positions: list[float] | None = None,
        print_fn: Callable[[str], None] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: tuple[str, str] | None = None,
    ) -> None:
        """Print the layers, the shapes of their outputs and the numbers of their weights, as a table.

        `print_fn` is given the whole text instead of the terminal.
        """
        refuse_unbuilt(positions=positions, layer_range=layer_range)
        print_summary(
            self,
            line_length,
            optimizer=self.optimizer,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
        )

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(f"the config of a whole model ({self.name}) is not built yet")

    def save_weights(
        self,
        filepath: Filepath,
        overwrite: bool = True,
        max_shard_size: float | None = None,
        objects_to_skip: Any = None,
    ) -> None:
        """Write the weights, and the optimizer's state, to a file that ends in `.weights.h5`, as Keras 3 lays it out.

        A file of that name is replaced by a whole one, never by half of one; with `overwrite=False` it is a
        FileExistsError.
        """
        refuse_unbuilt(max_shard_size=max_shard_size, objects_to_skip=objects_to_skip)
        save_weights(self, filepath, overwrite=overwrite)

    def load_weights(
        self, filepath: Filepath, skip_mismatch: bool = False, objects_to_skip: Any = None, by_name: bool = False
    ) -> None:
        """Set the weights, and a compiled model's optimizer, to those of a file of `save_weights` or of Keras 3.

        Either all weights are set or, where the file does not fit, none, and a ValueError says what differs; with
        `skip_mismatch`, layers that differ keep their weights, with one warning. No code runs because a file says so.
        """
        refuse_unbuilt(objects_to_skip=objects_to_skip, by_name=by_name or None)
        load_weights(self, filepath, skip_mismatch=skip_mismatch)

    def save(self, filepath: Any, overwrite: bool = True, **kwargs: Any) -> None:
        """Write the whole model to a file."""
        raise NotImplementedError("saving a whole model is not built yet; `save_weights` saves the weights")


class Functional(Model):
    """A model drawn as a graph: what `Model(inputs, outputs)` gives."""


def trace(model: Layer, input_shape: Any) -> None:
    """Call `model` on nothing but shapes, so that all layers inside make their weights."""
    spec = jax.tree.map(lambda shape: stand_in(shape, model.dtype), input_shape, is_leaf=is_shape)
    with calling_apart(), explained():
        abstract_call(model, (spec,), {})


def _symbolic(argument: str, tree: Any) -> Any:
    """`tree`, of which every leaf is a symbolic tensor."""
    leaves = jax.tree.leaves(tree, is_leaf=is_symbolic)
    strangers = [leaf for leaf in leaves if not is_symbolic(leaf)]
    if strangers or not leaves:
        raise ValueError(f"{argument} of a model are symbolic tensors, made by Input and layers, but got {tree!r}")
    return tree


def _unpacked(tree: Any) -> Any:
    """What a list of one thing holds; all else as it is."""
    return tree[0] if isinstance(tree, (list, tuple)) and len(tree) == 1 else tree
