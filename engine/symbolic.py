"""The tensors that functional models are drawn with: a shape and a dtype, and no values."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import jax

if TYPE_CHECKING:
    from .graph import Node


# What Python's operators do, by their names in Python; the operations fill it.
OPERATORS: dict[str, Callable[..., Any]] = {}


def _operator(name: str) -> Callable[..., Any]:
    return lambda self, *others: OPERATORS[name](self, *others)


def _reflected(name: str) -> Callable[..., Any]:
    return lambda self, other: OPERATORS[name](other, self)


class SymbolicTensor:
    """What a layer gives when a functional model is drawn; `node` is the call that gave it.

    `shape` holds None where a dimension is not known before data comes. Layers, the functions of `penstock.ops` and
    Python's operators take it (but `==`, which asks whether it is the same tensor). There are no values: functions that
    need arrays raise a TypeError that says what to do instead.
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
            "NumPy and Python's own functions cannot take part in a functional model directly. Use the function of "
            "penstock.ops, put your own into the model with penstock.layers.wrap(function)(tensor), or call it in the "
            "`call` method of a layer"
        )

    def __jax_array__(self) -> NoReturn:
        self.refuse()

    def __array__(self, *args: Any, **kwargs: Any) -> NoReturn:
        self.refuse()

    def __bool__(self) -> NoReturn:
        self.refuse()

    __add__, __radd__ = _operator("add"), _reflected("add")
    __sub__, __rsub__ = _operator("sub"), _reflected("sub")
    __mul__, __rmul__ = _operator("mul"), _reflected("mul")
    __truediv__, __rtruediv__ = _operator("truediv"), _reflected("truediv")
    __floordiv__, __rfloordiv__ = _operator("floordiv"), _reflected("floordiv")
    __mod__, __rmod__ = _operator("mod"), _reflected("mod")
    __pow__, __rpow__ = _operator("pow"), _reflected("pow")
    __matmul__, __rmatmul__ = _operator("matmul"), _reflected("matmul")
    __neg__, __abs__ = _operator("neg"), _operator("abs")
    __lt__, __le__ = _operator("lt"), _operator("le")
    __gt__, __ge__ = _operator("gt"), _operator("ge")
    __getitem__ = _operator("getitem")

    def __repr__(self) -> str:
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}, layer={self.name}>"


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
