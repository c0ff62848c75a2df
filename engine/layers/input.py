"""Where data enters a model."""

from typing import Any

import jax
import jax.numpy as jnp

from .. import config
from .. import ops as ops  # operators of symbolic tensors
from ..graph import Node
from ..symbolic import SymbolicTensor
from .layer import Layer, refuse_unbuilt

Shape = tuple[int | None, ...]


class InputLayer(Layer):
    """The layer that stands for a model's input; `Input` is the short form.

    `shape` is that of one sample, `batch_shape` has the batch's axis first; None where a dimension varies.
    """

    def __init__(
        self,
        shape: Shape | None = None,
        batch_size: int | None = None,
        dtype: Any = None,
        sparse: bool | None = None,
        ragged: bool | None = None,
        batch_shape: Shape | None = None,
        input_tensor: Any = None,
        optional: bool = False,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name=name, **kwargs)
        refuse_unbuilt(
            sparse=sparse or None, ragged=ragged or None, input_tensor=input_tensor, optional=optional or None
        )
        self.batch_shape = _batch_shape(shape, batch_size, batch_shape)
        self.input_dtype = jnp.dtype(dtype or config.floatx()).name
        self._complete()
        self._nodes.append(Node(self, (), {}, jax.ShapeDtypeStruct(self.batch_shape, self.input_dtype)))

    @property
    def dtype(self) -> str:
        """The type that the input is cast to."""
        return self.input_dtype

    @property
    def tensor(self) -> SymbolicTensor:
        """The symbolic tensor that stands for the input."""
        return self.output

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "dtype": self.dtype, "batch_shape": self.batch_shape}


def Input(
    shape: Shape | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    sparse: bool | None = None,
    batch_shape: Shape | None = None,
    name: str | None = None,
    tensor: Any = None,
    optional: bool = False,
) -> SymbolicTensor:
    """The symbolic tensor that a functional model begins with.

    `shape` is that of one sample, without the batch's axis; None where a dimension varies. What is fed is cast to
    `dtype` (`floatx` by default).

    ```python
    inputs = ps.Input((784,))
    outputs = ps.layers.Dense(10)(inputs)
    model = ps.Model(inputs, outputs)
    ```
    """
    refuse_unbuilt(tensor=tensor)
    layer = InputLayer(shape, batch_size, dtype, sparse, batch_shape=batch_shape, optional=optional, name=name)
    return layer.tensor


def _batch_shape(shape: Any, batch_size: int | None, batch_shape: Any) -> Shape:
    if (shape is None) == (batch_shape is None):
        raise ValueError(f"either shape or batch_shape is needed, but shape={shape!r} and batch_shape={batch_shape!r}")
    if batch_shape is not None and batch_size is not None:
        raise ValueError("batch_size cannot go with batch_shape, which holds it")
    return _checked(batch_shape) if shape is None else (batch_size, *_checked(shape))


def _checked(shape: Any) -> Shape:
    if isinstance(shape, (list, tuple)) and all(dim is None or (isinstance(dim, int) and dim >= 0) for dim in shape):
        return tuple(shape)
    raise ValueError(f"a shape is a tuple of sizes, None where they vary, e.g. (28, 28, 1) or (8,), but is {shape!r}")
