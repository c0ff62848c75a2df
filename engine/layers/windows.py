"""Arguments of layers whose windows move along axes."""

from collections.abc import Sequence


def per_axis(value: int | Sequence[int], rank: int, argument: str, *, least: int = 1) -> tuple[int, ...]:
    """A size for each of `rank` axes; one number goes for all."""
    sizes = (value,) * rank if isinstance(value, int) else tuple(value)
    if len(sizes) != rank or any(not isinstance(size, int) or size < least for size in sizes):
        raise ValueError(f"{argument} must be an integer of at least {least}, or {rank} of them, but is {value!r}")
    return sizes


def checked_padding(padding: str, allowed: Sequence[str]) -> str:
    if padding.lower() not in allowed:
        raise ValueError(f"padding must be one of {', '.join(allowed)}, but is {padding!r}")
    return padding.lower()


def only_channels_last(data_format: str | None) -> None:
    if data_format not in (None, "channels_last"):
        raise NotImplementedError(f"data_format={data_format!r} is not built yet; axes are channels_last")
