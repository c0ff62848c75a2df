"""The `fit` of a model as work, be it penstock's or Keras': both have the same names."""

from typing import Any

from .work import Figures, Work


def fitting(model: Any, x: Any, y: Any, *, batch_size: int, verbose: int = 0) -> Work:
    """Epochs of `fit`, counted in steps; the check is the history of one epoch in the order of the rows."""
    steps = -(-len(x) // batch_size)

    def repeat(epochs: int) -> int:
        model.fit(x, y, batch_size=batch_size, epochs=epochs, verbose=verbose)
        return epochs * steps

    def check() -> Figures:
        history = model.fit(x, y, batch_size=batch_size, epochs=1, shuffle=False, verbose=0).history
        return {name: float(values[-1]) for name, values in history.items()}

    return Work(repeat, check)
