"""The graph of a functional model: calls of layers on symbolic tensors, in the order they run and in Keras' order."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import jax

from .abstract import abstract_call
from .symbolic import SymbolicTensor, map_symbolic, symbolic_leaves

# What an unknown dimension is in two traces; where an output differs between them, it is unknown too. Both have many
# divisors, since a reshape may divide by any.
_STAND_INS = (5040, 10080)


class Operation(Protocol):
    """What a node calls: a layer, or anything else that has a name."""

    @property
    def name(self) -> str: ...

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


class Node:
    """One call of an operation on symbolic tensors: its arguments, and the tensors that it gave."""

    def __init__(self, operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any], specs: Any) -> None:
        self.operation = operation
        self.args = args
        self.kwargs = kwargs
        self.inputs = symbolic_leaves((args, kwargs))
        self.outputs = jax.tree.map(lambda spec: SymbolicTensor(spec.shape, spec.dtype.name, self), specs)

    @property
    def parents(self) -> list["Node"]:
        return [tensor.node for tensor in self.inputs]

    def run(self, values: dict[SymbolicTensor, Any]) -> None:
        """Call the operation on what `values` holds for its inputs, and add its outputs."""
        args, kwargs = map_symbolic(values.__getitem__, (self.args, self.kwargs))
        results = jax.tree.leaves(self.operation(*args, **kwargs))
        values.update(zip(symbolic_leaves(self.outputs), results, strict=True))


def infer(operation: Operation, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The specs of what an operation gives for symbolic arguments; None in a shape where a dimension is unknown."""
    with explained():
        first, second = (abstract_call(operation, *_traceable((args, kwargs), size)) for size in _STAND_INS)
    return jax.tree.map(_agreed, first, second)


def _traceable(arguments: Any, size: int) -> Any:
    return map_symbolic(lambda tensor: stand_in(tensor.shape, tensor.dtype, size), arguments)


def stand_in(shape: Sequence[int | None], dtype: Any, size: int = _STAND_INS[0]) -> jax.ShapeDtypeStruct:
    """A spec that can be traced, with `size` for each unknown dimension."""
    return jax.ShapeDtypeStruct(tuple(size if dim is None else dim for dim in shape), dtype)


@contextmanager
def explained() -> Iterator[None]:
    """A block in which errors that show a stand-in say what it is."""
    try:
        yield
    except Exception as error:
        for size in _STAND_INS:
            if str(size) in str(error):
                error.add_note(f"{size} stands for a dimension that is not known before data comes")
        raise


def without_stand_ins(shape: tuple[int, ...]) -> tuple[int | None, ...]:
    """A shape seen in a trace, with None again for what stood in for an unknown dimension."""
    return tuple(None if dim in _STAND_INS else dim for dim in shape)


def _agreed(first: jax.ShapeDtypeStruct, second: jax.ShapeDtypeStruct) -> jax.ShapeDtypeStruct:
    dims: Any = (a if a == b else None for a, b in zip(first.shape, second.shape, strict=True))
    return jax.ShapeDtypeStruct(tuple(dims), first.dtype)


class Graph:
    """What computes `outputs` from `inputs`, both trees of symbolic tensors; `sides` are computed on the way.

    `operations` are in Keras' order: the farther from the outputs the earlier, and at equal distance as a depth-first
    visit from the outputs meets them. The order of a model's weights follows from it.
    """

    def __init__(self, inputs: Any, outputs: Any, sides: Sequence[SymbolicTensor] = ()) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self._given = symbolic_leaves(inputs)
        _refuse_twice(self._given)
        visit = _Visit(self._given)
        for tensor in [*symbolic_leaves(outputs), *sides]:
            visit.go(tensor)
        distances = _distances(visit.finished)
        unused = [tensor.node for tensor in self._given if not tensor.node.inputs and tensor.node not in distances]
        self.operations = _in_keras_order([*unused, *visit.entered], distances)
        self._calls = sorted((node for node in visit.finished if node.inputs), key=lambda node: -distances[node])
        _refuse_equal_names(self.operations)

    def run(self, given: Sequence[Any]) -> Any:
        """The outputs for these values of the inputs' leaves."""
        values = dict(zip(self._given, given, strict=True))
        for node in self._calls:
            node.run(values)
        return map_symbolic(values.__getitem__, self.outputs)


class _Visit:
    """A depth-first visit from the outputs back to the inputs: nodes as entered, and as left (what they need first)."""

    def __init__(self, inputs: list[SymbolicTensor]) -> None:
        self.inputs = set(inputs)
        self.entered: dict[Node, None] = {}
        self.finished: dict[Node, None] = {}

    def go(self, output: SymbolicTensor) -> None:
        # A stack of our own, since graphs may be deeper than Python's.
        stack = self._enter(output)
        while stack:
            node, rest = stack[-1]
            tensor = next(rest, None)
            if tensor is None:
                self.finished[node] = None
                stack.pop()
            else:
                stack += self._enter(tensor)

    def _enter(self, tensor: SymbolicTensor) -> list[tuple[Node, Iterator[SymbolicTensor]]]:
        node = tensor.node
        if node in self.finished or (node.inputs and tensor in self.inputs):
            return []
        if not node.inputs and tensor not in self.inputs:
            raise ValueError(f"the outputs depend on the input {node.operation.name!r}, which is not among the inputs")
        self.entered[node] = None
        return [(node, iter(node.inputs))]


def _distances(finished: Iterable[Node]) -> dict[Node, int]:
    """How many calls lie between each node and the outputs, at most; later calls of an operation count as far."""
    distances: dict[Node, int] = {}
    of_operations: dict[int, int] = {}
    for node in reversed(list(finished)):
        key = id(node.operation)
        distance = max(distances.get(node, 0), of_operations.get(key, 0))
        distances[node] = of_operations[key] = distance
        for parent in node.parents:
            distances[parent] = max(distances.get(parent, 0), distance + 1)
    return distances


def _in_keras_order(entered: Iterable[Node], distances: dict[Node, int]) -> list[Operation]:
    farthest: dict[int, int] = {}
    operations: dict[int, Operation] = {}
    for node in entered:
        key = id(node.operation)
        operations.setdefault(key, node.operation)
        farthest[key] = max(farthest.get(key, 0), distances.get(node, 0))
    return sorted(operations.values(), key=lambda operation: -farthest[id(operation)])


def _refuse_twice(inputs: list[SymbolicTensor]) -> None:
    for tensor, times in Counter(inputs).items():
        if times > 1:
            raise ValueError(f"the input {tensor.name!r} is given {times} times; each input of a model is its own")


def _refuse_equal_names(operations: list[Operation]) -> None:
    for name, times in Counter(operation.name for operation in operations).items():
        if times > 1:
            raise ValueError(f"{times} layers of the model are named {name!r}; names must differ within a model")
