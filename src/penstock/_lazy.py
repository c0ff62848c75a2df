"""Module attributes that are imported when they are first asked for."""

import sys
from collections.abc import Callable, Mapping
from pkgutil import resolve_name


def attributes(module: str, homes: Mapping[str, str], not_built_yet: tuple[str, ...]) -> Callable[[str], object]:
    """The `__getattr__` of `module`: looks a name up in `homes` ("module" or "module:name") and keeps what it finds."""

    def resolve(name: str) -> object:
        if name in not_built_yet:
            # Not an AttributeError too: `from penstock import Trainer` would hide that behind an ImportError.
            raise NotImplementedError(f"{module}.{name} is not built yet")
        if name not in homes:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        value = resolve_name(homes[name])
        setattr(sys.modules[module], name, value)
        return value

    return resolve
