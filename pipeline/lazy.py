"""Names of a package that are imported when they are first asked for: who needs one of them loads no other's module."""

import sys
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module


def attributes(
    package: str,
    homes: Mapping[str, Iterable[str]],
    *,
    modules: Iterable[str] = (),
    not_built_yet: Iterable[str] = (),
) -> Callable[[str], object]:
    """The `__getattr__` of `package`, which keeps what it finds.

    `homes` are names by the module that they come from, which may be relative to the package, as `.batch`; `modules`
    are modules of the package itself.
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def resolve(name: str) -> object:
        if name in home_of:
            value = getattr(import_module(home_of[name], package), name)  # where only the string is known
        elif name in modules:
            value = import_module(f"{package}.{name}")
        elif name in not_built_yet:
            # Not an AttributeError too: `from penstock import Trainer` would hide that behind an ImportError.
            raise NotImplementedError(f"{package}.{name} is not built yet")
        else:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        setattr(sys.modules[package], name, value)
        return value

    return resolve
