"""Which entries of an array count: masks that travel beside arrays, traced ones too."""

from typing import Any
from weakref import ref

import jax

# By identity, since arrays have no hash and tracers take no attributes; an entry ends with its array.
_masks: dict[int, tuple[ref[Any], Any]] = {}


def set_mask(array: Any, mask: Any) -> None:
    """Say which entries of `array` count: booleans in the shape of its first axes. None takes a mask away."""
    key = id(array)
    if mask is None:
        _masks.pop(key, None)
    else:
        _masks[key] = ref(array, lambda _: _masks.pop(key, None)), mask


def add_masks(tree: Any, masks: Any) -> None:
    """Set the masks (a tree with None among its leaves) of the arrays in `tree` that have none yet, in order."""
    for array, mask in zip(jax.tree.leaves(tree), jax.tree.leaves(masks, is_leaf=_is_none), strict=False):
        if mask is not None and mask_of(array) is None:
            set_mask(array, mask)


def mask_of(array: Any) -> Any:
    """The mask of `array`; None where all entries count."""
    owner, mask = _masks.get(id(array), (None, None))
    return mask if owner is not None and owner() is array else None


def masks_of(tree: Any) -> Any:
    """The tree with the mask of each array in its place."""
    return jax.tree.map(mask_of, tree)


def any_mask(masks: Any) -> bool:
    """Whether there is a mask in a tree of them."""
    return bool(jax.tree.leaves(masks))


def _is_none(tree: Any) -> bool:
    return tree is None
