"""What a weights file has for a model, and where the two differ."""

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..optimizers import Optimizer
from ..variable import Variable
from .hdf5 import StoredArrays
from .layout import Group

_NAMED = 5  # of a list of differences


@dataclass
class Comparison:
    """The values that fit, and words for what does not."""

    values: list[tuple[Variable, np.ndarray]] = field(default_factory=list[Any])
    misfits: list[str] = field(default_factory=list[str])
    optimizer_misfits: list[str] = field(default_factory=list[str])
    unused: list[str] = field(default_factory=list[str])

    def report(self, path: str, *, skip_mismatch: bool) -> None:
        """Raise a ValueError for layers that differ, or warn if they are to be skipped; warn of all else."""
        if self.misfits and not skip_mismatch:
            raise ValueError(f"{path} does not fit the model, which stays as it is: {_listed(self.misfits)}")
        cautions = {
            "does not fit these layers, which keep their weights": self.misfits,
            "does not fit the optimizer, which keeps its state": self.optimizer_misfits,
            "holds weights that the model has no place for": self.unused,
        }
        for caution, found in cautions.items():
            if found:
                warnings.warn(f"{path} {caution}: {_listed(found)}", stacklevel=4)


def compare(groups: Sequence[Group], stored: StoredArrays) -> Comparison:
    """Read what fits the groups of a model."""
    found = Comparison()
    for group in groups:
        misfit = _misfit(group, stored.shapes(group.vars_path))
        if misfit is None:
            found.values += [(v, stored.read(group.vars_path, str(i))) for i, v in enumerate(group.variables)]
        elif not isinstance(group.owner, Optimizer):
            found.misfits.append(misfit)
        elif stored.shapes(group.vars_path):
            found.optimizer_misfits.append(misfit)
    known = {group.vars_path for group in groups}
    found.unused += [path for path in stored.groups if path not in known and not path.startswith("optimizer/")]
    return found


def _misfit(group: Group, stored: dict[str, tuple[int, ...]]) -> str | None:
    wanted = {str(number): variable.shape for number, variable in enumerate(group.variables)}
    if stored == wanted:
        return None
    place = f"{group.path or 'the model itself'} ({group.owner.name!r})"
    if set(stored) != set(wanted):
        return f"{place} has {len(wanted)} variables, the file {len(stored)}"
    differing = next(number for number in wanted if stored[number] != wanted[number])
    name = group.variables[int(differing)].name
    return f"{name} of {place} has shape {wanted[differing]}, in the file {stored[differing]}"


def _listed(items: Iterable[str]) -> str:
    first = list(items)
    more = f" … and {len(first) - _NAMED} more" if len(first) > _NAMED else ""
    return "; ".join(first[:_NAMED]) + more
