"""Batches as a data set of TensorFlow."""

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.pipeline import Batch, map_leaves

from .converted import Batches

if TYPE_CHECKING:
    import tensorflow as tf


def to_dataset(loader: Batches, example: Batch) -> "tf.data.Dataset":
    """A data set each pass over which is the loader's next epoch; `example` has the structure and dtypes of batches."""
    import tensorflow as tf

    if any(part is None for part in example.as_tuple()):
        raise ValueError("as_tf_dataset needs a y where there is a sample_weight, but y is None; map one in")

    def spec(leaf: np.ndarray) -> Any:
        return tf.TensorSpec((None, *leaf.shape[1:]), tf.as_dtype(leaf.dtype))

    signature = map_leaves(spec, _structured(example.as_tuple()))
    return tf.data.Dataset.from_generator(lambda: map(_structured, loader), output_signature=signature)


def _structured(tree: Any) -> Any:
    """The same with tuples for lists, which TensorFlow takes for arrays, and without None, which it does not know."""
    if isinstance(tree, (list, tuple)):
        return tuple(_structured(part) for part in tree if part is not None)
    if isinstance(tree, dict):
        return {key: _structured(part) for key, part in tree.items() if part is not None}
    return tree
