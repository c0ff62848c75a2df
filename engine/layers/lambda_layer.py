"""A function as a layer."""

import inspect
from collections.abc import Mapping
from typing import Any

from .layer import Layer


class Lambda(Layer):
    """Calls `function(inputs, **arguments)`; the function has no weights.

    A `function` that takes `mask` or `training` is told them. `mask` is the mask of the outputs, or a function of the
    inputs and theirs; without it, masks are passed on. `output_shape` is found by a trace, so it need not be given. A
    model with a Lambda can be trained, copied and its weights saved; a config, which runs no code, cannot hold it.
    """

    def __init__(
        self,
        function: Any,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        if not callable(function):
            raise TypeError(f"function must be callable, but is {function!r}")
        super().__init__(**kwargs)
        del output_shape
        self.supports_masking = True
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        asked = inspect.signature(function).parameters
        self._told = [name for name in ("mask", "training") if name in asked]
        self._has_no_weights()

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        told = {"mask": mask, "training": training}
        return self.function(inputs, **self.arguments, **{name: told[name] for name in self._told})

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        if callable(self.mask):
            return self.mask(inputs, mask)
        return mask if self.mask is None else self.mask

    def get_config(self) -> dict[str, Any]:
        raise NotImplementedError(
            f"the function of {self.name} cannot go into a config, which holds no code; write a layer of your own "
            "(a subclass of penstock.layers.Layer with a `call`)"
        )
