"""What is known of arrays, traced ones too, beside their values."""

from typing import Any
from weakref import ref


class Beside:
    """Things by the identity of the arrays they belong to; a thing is forgotten when its array is.

    Arrays have no hash and tracers take no attributes, so neither a dict of arrays nor an attribute would do.
    """

    def __init__(self) -> None:
        self._things: dict[int, tuple[ref[Any], Any]] = {}

    def set(self, array: Any, thing: Any) -> None:
        """Keep `thing` for as long as `array` lives; None forgets it."""
        key = id(array)
        if thing is None:
            self._things.pop(key, None)
        else:
            self._things[key] = ref(array, lambda _: self._things.pop(key, None)), thing

    def get(self, array: Any) -> Any:
        owner, thing = self._things.get(id(array), (None, None))
        return thing if owner is not None and owner() is array else None
