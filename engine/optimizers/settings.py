"""The arguments that every optimizer takes, and what is refused of them."""

import warnings
from dataclasses import asdict, dataclass
from typing import Any, TypedDict


class OtherSettings(TypedDict, total=False):
    """Keyword arguments that every optimizer takes, but for `weight_decay`.

    `clipnorm` bounds the norm of each
    gradient, `global_clipnorm` that of all together, `clipvalue` each element (at most one of the three).

    `use_ema` keeps running averages of the weights, `average = ema_momentum * average + (1 - ema_momentum) * weight`
    after every step; the weights become their averages every `ema_overwrite_frequency` steps, and at the end of `fit`.

    With `gradient_accumulation_steps` k, weights move only at every k-th step, by the mean of k gradients.
    `loss_scale_factor` multiplies the loss before gradients are taken and divides them afterwards.
    """

    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    use_ema: bool
    ema_momentum: float
    ema_overwrite_frequency: int | None
    loss_scale_factor: float | None
    gradient_accumulation_steps: int | None
    name: str | None


class Settings(OtherSettings, total=False):
    """Keyword arguments that every optimizer takes.

    `weight_decay` shrinks weights by that share of the learning rate per step; see `OtherSettings` for the rest.
    """

    weight_decay: float | None


@dataclass(frozen=True)
class Checked:
    """The settings of one optimizer, each known to be sound; in the order of configs."""

    weight_decay: float | None = None
    clipnorm: float | None = None
    global_clipnorm: float | None = None
    clipvalue: float | None = None
    use_ema: bool = False
    ema_momentum: float = 0.99
    ema_overwrite_frequency: int | None = None
    loss_scale_factor: float | None = None
    gradient_accumulation_steps: int | None = None

    def config(self) -> dict[str, Any]:
        return asdict(self)


def checked_settings(given: dict[str, Any]) -> Checked:
    """The settings, if every one is known and sound."""
    settings = dict(given)
    if settings.pop("decay", None) is not None:
        warnings.warn("decay has no effect; give a schedule as learning_rate instead", stacklevel=4)
    if "lr" in settings:
        raise ValueError("lr is not an argument; the learning rate is called learning_rate")
    unknown = [name for name in settings if name not in Checked.__dataclass_fields__]
    if unknown:
        raise ValueError(f"optimizers take no argument {', '.join(unknown)}")
    checked = Checked(**settings)
    _check_average(checked)
    steps = checked.gradient_accumulation_steps
    if steps is not None and not _counts(steps, least=2):
        raise ValueError(f"gradient_accumulation_steps must be a whole number of at least 2, but is {steps!r}")
    return checked


def checked_decay(weight_decay: Any) -> float:
    """A decay that must be given."""
    if not isinstance(weight_decay, (int, float)):
        raise ValueError(f"weight_decay must be a number, but is {weight_decay!r}")
    return weight_decay


def _check_average(settings: Checked) -> None:
    momentum, frequency = settings.ema_momentum, settings.ema_overwrite_frequency
    if not 0 <= momentum <= 1:
        raise ValueError(f"ema_momentum must be between 0 and 1, but is {momentum}")
    if frequency is not None and not _counts(frequency, least=1):
        raise ValueError(f"ema_overwrite_frequency must be a positive whole number or None, but is {frequency!r}")


def _counts(number: Any, least: int) -> bool:
    return isinstance(number, int) and number >= least
