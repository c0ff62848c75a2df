"""The tensors that functional models are drawn with: a shape and a dtype, and no values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import jax

if TYPE_CHECKING:
    from .graph import Node


class SymbolicTensor:
    """What a layer gives when a functional model is drawn; `node` is the call that gave it.

    `shape` holds None where a dimension is not known before data comes. There are no values: functions that need
    arrays raise a TypeError that says what to do instead.
    """

    __array_ufunc__ = None
    __iter__ = None

    def __init__(self, shape: tuple[int | None, ...], dtype: str, node: "Node") -> None:
        self.shape = shape
        self.dtype = dtype
        self.node = node

    @property
    def name(self) -> str:
        """The name of the layer that gave it."""
        return self.node.operation.name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def refuse(self) -> NoReturn:
        raise TypeError(
            f"this function takes arrays, but was given a symbolic tensor ({self}), which has no values: jax.numpy, "
            "NumPy and Python's own functions cannot take part in a functional model directly. Call the function in "
            "the `call` method of a layer (a subclass of penstock.layers.Layer), and that layer on the tensor"
        )

    def __jax_array__(self) -> NoReturn:
        self.refuse()

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse()

    def __bool__(self) -> NoReturn:
        self.refuse()

    def __repr__(self) -> str:
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}, layer={self.name}>"


def _unbuilt(operator: str) -> Callable[..., NoReturn]:
    def refuse(self: SymbolicTensor, *others: Any) -> NoReturn:
        raise NotImplementedError(f"{operator} on a symbolic tensor ({self}) is not built yet; use a layer")

    return refuse


for _name in "add sub mul truediv floordiv mod pow matmul".split():
    setattr(SymbolicTensor, f"__{_name}__", _unbuilt(_name))
    setattr(SymbolicTensor, f"__r{_name}__", _unbuilt(_name))
for _name in "neg abs lt le gt ge getitem".split():
    setattr(SymbolicTensor, f"__{_name}__", _unbuilt(_name))

# Every function of JAX flattens its arguments first, so that is where the cure is told.
jax.tree_util.register_pytree_node(SymbolicTensor, lambda tensor: tensor.refuse(), lambda _, children: children[0])


def is_symbolic(thing: Any) -> bool:
    return isinstance(thing, SymbolicTensor)


def symbolic_leaves(tree: Any) -> list[SymbolicTensor]:
    """The symbolic tensors in a tree of anything, in order."""
    return [leaf for leaf in jax.tree.leaves(tree, is_leaf=is_symbolic) if is_symbolic(leaf)]


def map_symbolic(fn: Callable[[SymbolicTensor], Any], tree: Any) -> Any:
    """The tree with `fn` of each symbolic tensor in its place."""
    return jax.tree.map(lambda leaf: fn(leaf) if is_symbolic(leaf) else leaf, tree, is_leaf=is_symbolic)
