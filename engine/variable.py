"""The one mutable thing of the engine: an array with a name, which functions see as an array.

A variable decays to its array wherever JAX looks at it: in `jax.numpy`, `jax.nn`, `optax`, `jit`, `grad` and `vmap`
(`jax.lax` wants `.value`). While a function is traced, `scope.py` says what its value is; what the variable itself
holds is never a tracer and never donated.
"""

import operator
from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from . import config, scope
from .mixed_precision import weights_read_as

Initializer = Callable[..., Any]


def _forwarded(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, *others: operation(self.value, *(_value(o) for o in others))


def _reflected(operation: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, other: operation(_value(other), self.value)


def _value(thing: Any) -> Any:
    return thing.value if isinstance(thing, Variable) else thing


class Variable:
    """An array that can be assigned.

    `initializer` is an array, a number, or a function of `(shape, dtype=...)`, which then needs `shape`. Floats take
    `config.floatx()` where `dtype` is None, arrays keep theirs. `trainable` says whether optimizers change it. With
    `autocast`, layers that compute in another float type read it as that.

    ```python
    step = ps.Variable(0, trainable=False, name="step")
    step.assign_add(1)
    ```
    """

    def __init__(
        self,
        initializer: Any,
        shape: tuple[int, ...] | None = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        autocast: bool = True,
    ) -> None:
        self.name = name or "variable"
        self.path = self.name
        self.trainable = trainable
        self.autocast = autocast
        self.regularizer: Any = None
        self.constraint: Any = None
        # Whether a trace that does not carry it may write it in vain, as predicting does with metrics.
        self.forgettable = False
        # Whether a user's jitted function holds its value as a constant.
        self.is_baked = False
        # Concrete even inside a trace: weights are born while a model builds.
        with jax.ensure_compile_time_eval():
            self._array = _first_value(initializer, shape, dtype)
        self.shape: tuple[int, ...] = self._array.shape
        self.dtype: str = self._array.dtype.name

    @property
    def value(self) -> jax.Array:
        """The array, as it is in this trace or as the variable holds it; in the type that a layer computes in."""
        dtype = weights_read_as() if self.autocast else None
        whole = self.whole
        return whole.astype(dtype) if dtype is not None and "float" in self.dtype else whole

    @property
    def whole(self) -> jax.Array:
        """The array in the variable's own type."""
        return scope.read(self, self._array)

    @property
    def held(self) -> jax.Array:
        """The array that the variable itself holds, whatever a trace binds it to."""
        return self._array

    def hold(self, array: jax.Array) -> None:
        """Point at `array`, unchecked; for who has made sure of shape and dtype."""
        self._array = array
        if self.is_baked:
            scope.forget_traces(self)

    def assign(self, value: Any) -> Any:
        """Set the value; it is cast to the variable's dtype and must have its shape."""
        array = value.value if isinstance(value, Variable) else jnp.asarray(value)
        if array.shape != self.shape:
            raise ValueError(f"{self.path} has shape {self.shape}, but the value assigned has shape {array.shape}")
        array = array.astype(self.dtype)
        if not scope.write(self, array):
            self._assign_concrete(array, value)
        return array

    def _assign_concrete(self, array: Any, given: Any) -> None:
        if isinstance(array, Tracer):
            raise TypeError(
                f"{self.path} is assigned while JAX traces a function that does not know it; pass the variable's value "
                "in and its new value out, or call the function through `stateless_call`"
            )
        # A copy where NumPy memory came in: JAX may otherwise borrow it, and it is the caller's to change.
        self.hold(jnp.array(array) if not isinstance(given, (jax.Array, Variable)) else array)

    def assign_add(self, value: Any) -> Any:
        return self.assign(self.whole + value)

    def assign_sub(self, value: Any) -> Any:
        return self.assign(self.whole - value)

    def numpy(self) -> np.ndarray:
        return np.asarray(self.value)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    # NumPy arrays leave operators to the variable, as they do to arrays of JAX.
    __array_priority__ = 100

    def __jax_array__(self) -> Any:
        return self.value

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self.value, dtype, copy=True if copy else None)

    def __getitem__(self, index: Any) -> Any:
        return self.value[index]

    def __len__(self) -> int:
        return len(self.value)

    def __float__(self) -> float:
        return float(self.value)

    def __int__(self) -> int:
        return int(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __repr__(self) -> str:
        return f"<Variable path={self.path}, shape={self.shape}, dtype={self.dtype}, value={self.value}>"

    __add__, __radd__ = _forwarded(operator.add), _reflected(operator.add)
    __sub__, __rsub__ = _forwarded(operator.sub), _reflected(operator.sub)
    __mul__, __rmul__ = _forwarded(operator.mul), _reflected(operator.mul)
    __truediv__, __rtruediv__ = _forwarded(operator.truediv), _reflected(operator.truediv)
    __floordiv__, __rfloordiv__ = _forwarded(operator.floordiv), _reflected(operator.floordiv)
    __mod__, __rmod__ = _forwarded(operator.mod), _reflected(operator.mod)
    __pow__, __rpow__ = _forwarded(operator.pow), _reflected(operator.pow)
    __matmul__, __rmatmul__ = _forwarded(operator.matmul), _reflected(operator.matmul)
    __and__, __rand__ = _forwarded(operator.and_), _reflected(operator.and_)
    __or__, __ror__ = _forwarded(operator.or_), _reflected(operator.or_)
    __xor__, __rxor__ = _forwarded(operator.xor), _reflected(operator.xor)
    __neg__ = _forwarded(operator.neg)
    __pos__ = _forwarded(operator.pos)
    __abs__ = _forwarded(operator.abs)
    __invert__ = _forwarded(operator.invert)
    __eq__ = _forwarded(operator.eq)
    __ne__ = _forwarded(operator.ne)
    __lt__ = _forwarded(operator.lt)
    __le__ = _forwarded(operator.le)
    __gt__ = _forwarded(operator.gt)
    __ge__ = _forwarded(operator.ge)
    __hash__ = object.__hash__


def _first_value(initializer: Any, shape: tuple[int, ...] | None, dtype: Any) -> jax.Array:
    if callable(initializer) and not isinstance(initializer, (jax.Array, np.ndarray, np.generic, Variable)):
        if shape is None:
            raise ValueError("shape is needed where initializer is a function")
        return jnp.asarray(initializer(tuple(shape), dtype=dtype or config.floatx()))
    value = initializer.value if isinstance(initializer, Variable) else initializer
    # Copied: the variable owns its array, and JAX may borrow NumPy memory.
    return jnp.array(value, dtype=dtype or (config.floatx() if isinstance(value, float) else None))


def _decayed(_: None, children: Any) -> Any:
    return children[0]


jax.tree_util.register_pytree_node(Variable, lambda v: ((v.value,), None), _decayed)
