"""Which part of a run holds the others up, told from how long each takes alone and how long they take together."""

from dataclasses import dataclass

LITTLE, MUCH = 0.1, 0.25  # shares of the time: not worth a remark, and too much to be a side effect


@dataclass(frozen=True)
class Speeds:
    """Seconds per sample of the loader alone, of the step alone, and of both together.

    `waiting` is the share of the time of both together that goes into waiting for data, `noise` the spread of the
    noisiest of the three.
    """

    load: float
    step: float
    both: float
    waiting: float
    noise: float

    @property
    def overlap(self) -> float:
        """The slower of loader and step alone ÷ both together: 1 where the faster is wholly hidden behind it."""
        return max(self.load, self.step) / self.both


def bottleneck(speeds: Speeds) -> str:
    """One sentence that names it, or says that these figures do not show one."""
    waits = f"{_share(speeds.waiting)} of the time goes into waiting for data"
    if speeds.load <= speeds.step and speeds.waiting > MUCH:
        return f"The hand-over is the bottleneck: the loader alone is faster than the step alone, yet {waits}."
    if abs(speeds.load / speeds.step - 1) <= speeds.noise:
        return f"Neither is the bottleneck: loader and step are equally fast within the noise of this run, and {waits}."
    if speeds.load < speeds.step:
        faster = f"the loader alone is {_times(speeds.step / speeds.load)} as fast"
        return f"The step is the bottleneck: {faster}, and {waits}{_hindered('loader', speeds)}."
    faster = f"the step alone is {_times(speeds.load / speeds.step)} as fast"
    return f"The loader is the bottleneck: {faster}, and {waits}{_hindered('step', speeds)}."


def _hindered(other: str, speeds: Speeds) -> str:
    if speeds.overlap >= 1 - max(LITTLE, speeds.noise):
        return ""
    return f"; beside the {other} it takes {_times(1 / speeds.overlap)} as long as alone"


def _times(factor: float) -> str:
    return f"{factor:.0f} times" if factor >= 10 else f"{factor:.1f} times"


def _share(share: float) -> str:
    return "less than 1 %" if share < 0.01 else f"{100 * share:.0f} %"
