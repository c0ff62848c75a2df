"""The classes and functions of one family (losses, metrics …), by every name that users write."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from types import FunctionType
from typing import Any

Named = type | FunctionType


class Catalog:
    """Look-up by name, and configs in Keras' form, for the members of one public namespace.

    A name is met exactly first, then without regard to case and underscores; so `"MSE"`, `"mean_squared_error"` and
    `"MeanSquaredError"` are all known. `functions` are known only where a config says that it means a function.
    Nothing is ever imported or run because a config says so. `nested` reads configs inside configs.
    """

    def __init__(
        self,
        family: str,
        members: Iterable[Named],
        aliases: Mapping[str, Named] | None = None,
        functions: Iterable[Callable[..., Any]] = (),
        nested: Callable[[Mapping[str, Any], Mapping[str, Named] | None], Any] | None = None,
    ) -> None:
        self.family = family
        self._nested = nested
        self._names: dict[str, Named] = {}
        self._folded: dict[str, Named] = {}
        self.add(members, aliases)
        self._functions = {function.__name__: function for function in functions}

    def add(self, members: Iterable[Named], aliases: Mapping[str, Named] | None = None) -> None:
        """Know these too."""
        self._names |= {member.__name__: member for member in members} | dict(aliases or {})
        self._folded = {_fold(name): member for name, member in reversed(self._names.items())}

    def find(self, name: str, custom_objects: Mapping[str, Named] | None = None) -> Named:
        """The class or function called `name`; what `custom_objects` names goes first."""
        found = (custom_objects or {}).get(name) or self._names.get(name) or self._folded.get(_fold(name))
        if found is None:
            raise ValueError(f"{self.family} knows no {name!r}; {self._cure(name)}")
        return found

    def _cure(self, name: str) -> str:
        near = get_close_matches(_fold(name), self._folded)
        names = dict.fromkeys(self._folded[key].__name__ for key in near)
        return f"did you mean {' or '.join(names)}?" if names else f"known are {', '.join(self._names)}"

    def get(self, identifier: Any) -> Any:
        """The function or instance that a name, config, class, function or instance stands for; None stays None."""
        if isinstance(identifier, (str, dict)):
            return self.deserialize(identifier)
        return identifier() if isinstance(identifier, type) else identifier

    def serialize(self, thing: Any) -> dict[str, Any]:
        """A config in Keras' form, which JSON can hold."""
        if isinstance(thing, FunctionType):
            return function_config(thing)
        kind = type(thing)
        known = self._names.get(kind.__name__) is kind
        return {
            "module": f"keras.{self.family}" if known else kind.__module__,
            "class_name": kind.__name__,
            "config": thing.get_config(),
            "registered_name": None if known else kind.__name__,
        }

    def deserialize(self, config: Any, custom_objects: Mapping[str, Named] | None = None) -> Any:
        """What `serialize` was given: the function, or a new instance. `custom_objects` names the user's own."""
        if isinstance(config, str):
            found = self.find(config, custom_objects)
            return found() if isinstance(found, type) else found
        if not isinstance(config, Mapping) or "class_name" not in config:
            raise ValueError(f"{self.family} are configured by a name or a dict with class_name, not by {config!r}")
        if config["class_name"] == "function":
            return self._functions.get(config["config"]) or self.find(config["config"], custom_objects)
        kind: Any = self.find(config["class_name"], custom_objects)
        inner = config.get("config") or {}
        return kind.from_config({name: self._inner(value, custom_objects) for name, value in inner.items()})

    def _inner(self, value: Any, custom_objects: Mapping[str, Named] | None) -> Any:
        """What a value inside a config stands for."""
        if not isinstance(value, Mapping):
            return value
        if value.get("class_name") == "function":
            return self.deserialize(value, custom_objects)
        if self._nested is None:
            return value
        if "class_name" in value:
            return self._nested(value, custom_objects)
        return {name: self._inner(item, custom_objects) for name, item in value.items()}


def function_config(function: Callable[..., Any]) -> dict[str, Any]:
    """The config of a function: its name, which whoever reads the config has to know."""
    if not function.__name__.isidentifier():
        raise ValueError(f"{function.__name__} has no name that a config could hold; define it with `def`")
    return {
        "module": "builtins",
        "class_name": "function",
        "config": function.__name__,
        "registered_name": "function",
    }


def _fold(name: str) -> str:
    return name.replace("_", "").lower()
