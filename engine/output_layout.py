"""The outputs of a model by name, and how things given for each of them are laid onto them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

Tree = Any


@dataclass(frozen=True)
class OutputLayout:
    """The names of outputs in the order of the leaves of their tree, and that tree with names for leaves.

    What is given for outputs may be a tree like theirs, a dict by name that leaves some out, or a list by position.
    One output may also be `[output]` or `{name: output}`.
    """

    names: tuple[str, ...]
    tree: Tree

    @staticmethod
    def of(outputs: Tree, names: Sequence[str]) -> "OutputLayout":
        """The layout of `outputs` (arrays, specs or anything else for leaves)."""
        structure = jax.tree.structure(outputs)
        if len(names) != structure.num_leaves:
            names = [f"output_{place + 1}" for place in range(structure.num_leaves)]
        return OutputLayout(tuple(names), jax.tree.unflatten(structure, names))

    @property
    def is_single(self) -> bool:
        return len(self.names) == 1

    def by_name(self, outputs: Tree) -> dict[str, Any]:
        """The outputs of one batch."""
        return dict(zip(self.names, jax.tree.leaves(outputs), strict=True))

    def spread(self, given: Any, argument: str) -> dict[str, Any]:
        """What is given for each output: one thing for all, or some for some."""
        return _Laying(self, argument, spreads=True).lay(given)

    def spread_lists(self, given: Any, argument: str) -> dict[str, Any]:
        """`spread` where a list may be one output's: a flat one that does not fit the outputs is for each of them."""
        if isinstance(given, (list, tuple)) and not self.is_single and self.is_for_each(given):
            return dict.fromkeys(self.names, list(given))
        return _Laying(self, argument, spreads=True, takes_lists=True).lay(given)

    def is_for_each(self, given: Any) -> bool:
        """Whether it is one thing, or a flat list that does not fit the outputs: then it is for each of them."""
        if not isinstance(given, (list, tuple, dict)) or _is_config(given):
            return True
        flat = not any(isinstance(item, (list, tuple, dict)) and not _is_config(item) for item in given)
        return not isinstance(given, dict) and flat and not _fits(given, self.tree)

    def aligned(self, given: Tree, argument: str, wanted: Sequence[str] | None = None) -> dict[str, Any]:
        """Arrays of one batch by output; they may also come for the `wanted` outputs alone, in their order."""
        if wanted and len(wanted) < len(self.names):
            alone = [given] if not isinstance(given, (list, tuple, dict)) else given
            if isinstance(alone, (list, tuple)) and len(alone) == len(wanted) and not _fits(alone, self.tree):
                return dict(zip(wanted, alone, strict=True))
        return _Laying(self, argument, spreads=False).lay(given)

    def weights(self, given: Tree) -> dict[str, Any]:
        """Sample weights by output; one array, of one weight per sample, weighs all outputs."""
        if not self.is_single and not isinstance(given, (list, tuple, dict)):
            check_for_all_outputs(given)
        return _Laying(self, "sample_weight", spreads=True).lay(given)


def check_for_all_outputs(weight: Any) -> None:
    """Raise ValueError where one array of sample weights, meant for several outputs, is wider than their rows."""
    shape = np.shape(weight)
    if any(size != 1 for size in shape[1:]):
        raise ValueError(
            "one array of sample_weight for several outputs must hold one weight per sample, of shape (rows,), but has "
            f"shape {shape}; give one array for each output"
        )


def _fits(given: Sequence[Any], tree: Tree) -> bool:
    return isinstance(tree, (list, tuple, dict)) and len(given) == len(tree)


@dataclass(frozen=True)
class _Laying:
    """One thing given for outputs, being laid onto them; `spreads` says that one item is for every output."""

    layout: OutputLayout
    argument: str
    spreads: bool
    takes_lists: bool = False

    def lay(self, given: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.layout.is_single:
            given = self._unpacked(given)
            return {} if given is None else {self.layout.names[0]: given}
        self._lay(given, self.layout.tree, found)
        return found

    def _unpacked(self, given: Any) -> Any:
        """The item for a single output."""
        if self._is_item(given):
            return given
        if isinstance(given, dict):
            self._refuse_unknown(given, [self.layout.names[0]])
            given = list(given.values())
        if self.takes_lists:
            return given
        if len(given) != 1:
            raise ValueError(f"{self.argument} has {len(given)} parts, but the model has one output; give one")
        return self._unpacked(given[0])

    def _is_item(self, given: Any) -> bool:
        return not isinstance(given, (list, tuple, dict)) or _is_config(given)

    def _lay(self, given: Any, node: Tree, found: dict[str, Any]) -> None:
        if given is None:
            return
        if isinstance(node, str):
            found[node] = given if self.takes_lists or self._is_item(given) else self._alone(given, node)
        elif self._is_item(given):
            self._lay_item(given, node, found)
        elif isinstance(given, dict):
            self._lay_dict(given, node, found)
        else:
            self._lay_list(given, node, found)

    def _alone(self, given: Any, name: str) -> Any:
        if len(given) != 1:
            raise ValueError(f"{self.argument} has {len(given)} parts for the output {name!r}, which is one")
        return given[0] if isinstance(given, (list, tuple)) else next(iter(given.values()))

    def _lay_item(self, given: Any, node: Tree, found: dict[str, Any]) -> None:
        if not self.spreads:
            raise ValueError(f"{self.argument} is one array, but the model has {self._outputs}; give one for each")
        found.update(dict.fromkeys(jax.tree.leaves(node), given))

    def _lay_dict(self, given: dict[Any, Any], node: Tree, found: dict[str, Any]) -> None:
        if isinstance(node, dict) and set(given) <= set(node):
            for key, item in given.items():
                self._lay(item, node[key], found)
            return
        self._refuse_unknown(given, jax.tree.leaves(node))
        for name, item in given.items():
            self._lay(item, name, found)

    def _lay_list(self, given: Sequence[Any], node: Tree, found: dict[str, Any]) -> None:
        children = _children(node)
        if len(given) != len(children):
            raise ValueError(
                f"{self.argument} is a list of {len(given)}, but the model has {self._outputs}; give one for each, "
                "None where there is none, or a dict by name"
            )
        for item, child in zip(given, children, strict=True):
            self._lay(item, child, found)

    def _refuse_unknown(self, given: dict[Any, Any], names: Sequence[str]) -> None:
        unknown = [key for key in given if key not in names]
        if unknown:
            raise ValueError(
                f"{self.argument} names {', '.join(map(repr, unknown))}, which is no output of the model; it has "
                f"{self._outputs}"
            )

    @property
    def _outputs(self) -> str:
        names = self.layout.names
        return f"the output{'s' * (len(names) > 1)} {', '.join(map(repr, names))}"


def _children(node: Tree) -> list[Any]:
    return [node[key] for key in sorted(node)] if isinstance(node, dict) else list(node)


def _is_config(given: Any) -> bool:
    """Whether a dict is the config of one object, rather than things by name."""
    return isinstance(given, dict) and "class_name" in given
