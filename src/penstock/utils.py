"""Tools from several layers; names resolve on first use, so that a worker that needs `Sequence` loads no JAX."""

from typing import TYPE_CHECKING

from penstock.pipeline.lazy import attributes

if TYPE_CHECKING:
    from penstock.engine.random import set_random_seed as set_random_seed
    from penstock.pipeline.building import empty as empty
    from penstock.pipeline.dataset import PyDataset as PyDataset
    from penstock.pipeline.dataset import Sequence as Sequence
else:
    __getattr__ = attributes(
        __name__,
        homes={
            "penstock.engine.random": ("set_random_seed",),
            "penstock.pipeline.building": ("empty",),
            "penstock.pipeline.dataset": ("PyDataset", "Sequence"),
        },
        not_built_yet=("DatasetCreator", "InputContext", "normalize", "plot_model", "to_categorical"),
    )

__all__ = ["PyDataset", "Sequence", "empty", "set_random_seed"]


def __dir__() -> list[str]:
    return __all__
