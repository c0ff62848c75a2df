"""The global random generators of a worker process, seeded for each batch.

To load those of NumPy takes a tenth of the time in which a worker starts. So a program that does without them is spared
that; where its code loads them in mid-batch, they are seeded before it gets them.
"""

import sys
from collections.abc import Sequence
from functools import lru_cache
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_WORD = (1 << 64) - 1


def reseed(seed: int, epoch: int, index: int) -> None:
    """Make `random` and `numpy.random` go on as a function of (seed, epoch, index), whatever was drawn before."""
    # Not by `philox`: to make a generator of NumPy's takes longer than to seed both.
    mixed = _mixed(_of_epoch(seed, epoch) + index)
    _GENERATORS.seed({"random": mixed, "numpy.random": mixed >> 32})


@lru_cache(maxsize=1)
def _of_epoch(seed: int, epoch: int) -> int:
    return _mixed(_mixed(seed) + epoch)


def _mixed(number: int) -> int:
    """One step of SplitMix64: Steele, Lea and Flood, Fast Splittable Pseudorandom Number Generators (2014)."""
    number = number + 0x9E3779B97F4A7C15 & _WORD
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9 & _WORD
    number = (number ^ number >> 27) * 0x94D049BB133111EB & _WORD
    return number ^ number >> 31


class _Generators:
    """The modules that have a global generator, loaded or not: it stands among the finders of modules for those."""

    def __init__(self) -> None:
        self._seeds: dict[str, int] = {}

    def seed(self, seeds: dict[str, int]) -> None:
        """Seed those that are loaded now, and the others when they are."""
        if not self._seeds:
            sys.meta_path.insert(0, self)
        self._seeds = seeds
        for name in seeds:
            module = sys.modules.get(name)
            # One that another thread has not loaded to its end is seeded by that.
            if module is not None and "seed" in vars(module):
                self.loaded(module)

    def loaded(self, module: ModuleType) -> None:
        """It is there to be seeded."""
        module.seed(self._seeds[module.__name__])

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """As other finders find it, but its code is followed by the seeding."""
        if name not in self._seeds:
            return None
        found = (finder.find_spec(name, path, target) for finder in sys.meta_path if finder is not self)
        spec = next((spec for spec in found if spec is not None), None)
        if spec is not None:
            spec.loader = _Seeding(spec.loader)  # pyright: ignore[reportAttributeAccessIssue] # all that is asked of one
        return spec


class _Seeding:
    """Loads a module as its own loader does, and seeds it."""

    def __init__(self, loader: Any) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        module.__loader__ = spec.loader = self._loader
        self._loader.exec_module(module)
        _GENERATORS.loaded(module)


_GENERATORS = _Generators()
