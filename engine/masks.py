"""Which entries of an array count: masks that travel beside arrays, traced ones too."""

from typing import Any

import jax

from .beside import Beside

_masks = Beside()


def set_mask(array: Any, mask: Any) -> None:
    """Say which entries of `array` count: booleans in the shape of its first axes. None takes a mask away."""
    _masks.set(array, mask)


def add_masks(tree: Any, masks: Any) -> None:
    """Set the masks (a tree with None among its leaves) of the arrays in `tree` that have none yet, in order."""
    for array, mask in zip(jax.tree.leaves(tree), jax.tree.leaves(masks, is_leaf=_is_none), strict=False):
        if mask is not None and mask_of(array) is None:
            set_mask(array, mask)


def mask_of(array: Any) -> Any:
    """The mask of `array`; None where all entries count."""
    return _masks.get(array)


def masks_of(tree: Any) -> Any:
    """The tree with the mask of each array in its place."""
    return jax.tree.map(mask_of, tree)


def any_mask(masks: Any) -> bool:
    """Whether there is a mask in a tree of them."""
    return bool(jax.tree.leaves(masks))


def _is_none(tree: Any) -> bool:
    return tree is None
