"""The main job: how fast does real data go from a file through workers into training, and what holds it up?

Method. Hand-written digits in a Parquet file, a Loader with two workers (threads, unless the command says otherwise),
`fit` of a small net. Three sides, each in a fresh process, take turns: the loader alone, the step alone on one cached
batch, and both together, which first trains to the end, evaluates on the held-out digits and predicts them.

How to read it. If loading is hidden behind training, both together are as fast as the slower alone, and overlap is 1.
Where loading holds training up, few batches stand ready when one is asked for; where training does, most of the queue.
"""

# Without it, naming a model as a type would load JAX into processes that only load data.
from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from time import perf_counter, process_time
from typing import Any

import numpy as np

import penstock as ps
from penstock.pipeline import Loading, Resident

from . import digits
from .bottleneck import Speeds, bottleneck
from .machine import cores
from .progress import Progress
from .race import Effort, Timing, race, stages
from .racer import Side
from .report import Figure, Report
from .work import Figures, Work

WORKERS = Loading(workers=2)
BATCH_SIZE, SEED = 32, 0
RATES = {60: 3e-3, 80: 3e-4}  # the learning rate up to an epoch
EPOCHS = max(RATES)
OPENING_SECONDS = 1.0
MEBIBYTE = 2**20


def loader(loading: Loading = WORKERS, *, trace: bool = False) -> ps.Loader:
    data = Resident(digits.opened()[0].arrays, loading)
    return ps.Loader(data, batch_size=BATCH_SIZE, shuffle=True, seed=SEED, trace=trace)


def model() -> ps.Sequential:
    """Pixels as they are in the file; dropout and normalisation against 1437 digits learned by heart."""
    made = ps.Sequential(
        [
            ps.Input((digits.PIXELS,)),
            ps.layers.BatchNormalization(),
            ps.layers.Dropout(0.2),
            *hidden(256),
            *hidden(256),
            ps.layers.Dense(digits.CLASSES, activation="softmax"),
        ]
    )
    made.compile(ps.optimizers.Adam(RATES[60]), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


def hidden(units: int) -> list[ps.layers.Layer]:
    return [ps.layers.Dense(units), ps.layers.BatchNormalization(), ps.layers.ReLU(), ps.layers.Dropout(0.5)]


@contextmanager
def loader_alone(**loading: Any) -> Iterator[Work]:
    """Samples of the loader, with nothing done to them."""
    opened = partial(loader, Loading(**loading))
    first = seconds_to_first_batch(opened)
    with opened() as batches:

        def repeat(epochs: int) -> int:
            return sum(len(x) for _ in range(epochs) for x, _ in batches)

        yield Work(repeat, facts=lambda: {"first_batch_of_process": first, "first_batch": _typical_opening(opened)})


def seconds_to_first_batch(opened: Callable[[], ps.Loader]) -> float:
    """From nothing, the file closed, to the first batch."""
    began = perf_counter()
    with opened() as batches:
        next(iter(batches))
        return perf_counter() - began


def _typical_opening(opened: Callable[[], ps.Loader]) -> float:
    openings = []
    while sum(openings) < OPENING_SECONDS:
        openings.append(seconds_to_first_batch(opened))
    return statistics.median(openings)


class OneBatch(ps.PyDataset):
    """As many batches as the training rows make, each of them the same one."""

    def __init__(self) -> None:
        super().__init__(workers=0)
        with loader() as batches:
            self.batch = next(iter(batches))

    def __len__(self) -> int:
        return -(-digits.TRAINING_ROWS // BATCH_SIZE)

    def __getitem__(self, index: int) -> Any:
        return self.batch


@contextmanager
def step_alone() -> Iterator[Work]:
    """Samples that are trained on where no time goes into loading."""
    fitted, data = model(), OneBatch()

    def repeat(epochs: int) -> int:
        fitted.fit(data, epochs=epochs, verbose=0)
        return epochs * len(data) * BATCH_SIZE

    yield Work(repeat)


@contextmanager
def both_together(**loading: Any) -> Iterator[Work]:
    """The whole job once, and then samples loaded and trained on."""
    ps.utils.set_random_seed(SEED)
    fitted = model()
    workers = Loading(**loading)
    with loader(workers, trace=True) as batches:
        facts = trained(fitted, batches) | {"ahead": workers.max_queue_size if workers.workers else 0}

        def clocks() -> np.ndarray:
            stats = batches.stats()
            count = stats["batches"]
            ready = count * stats["ready_batches"]
            return np.array([perf_counter(), process_time(), stats["waiting_seconds"], count, ready])

        spent = np.zeros_like(clocks())

        def repeat(epochs: int) -> int:
            began = clocks()
            fitted.fit(batches, epochs=epochs, verbose=0)
            np.add(spent, clocks() - began, out=spent)
            return epochs * digits.TRAINING_ROWS

        def measured() -> Figures:
            seconds, busy, waiting, count, ready = spent
            return facts | {"cores": busy / seconds, "waiting": waiting / seconds, "ready": ready / count}

        yield Work(repeat, facts=measured)


def trained(fitted: ps.Sequential, batches: ps.Loader) -> Figures:
    """Train, evaluate and predict: what a person wants of the job, and how it went."""
    held_out = digits.opened()[1]
    began = perf_counter()
    done = 0
    for epoch, rate in RATES.items():
        fitted.optimizer.learning_rate = rate
        fitted.fit(batches, initial_epoch=done, epochs=epoch, verbose=0)
        done = epoch
    spent = perf_counter() - began
    figures = fitted.evaluate(held_out, verbose=0, return_dict=True)
    predicted = fitted.predict(held_out, verbose=0).argmax(axis=-1)
    right = int((predicted == held_out.arrays.y).sum())
    return {
        "training_seconds": spent,
        "accuracy": float(figures["accuracy"]),
        "right": right,
        "held_out": len(held_out),
    }


LOADER, STEP, BOTH = "loader alone", "step alone, on a cached batch", "loader and step together"


class MainJob:
    """The scenario, with so many workers: threads, or processes."""

    name = "main job"
    title = "digits.parquet → Loader → fit → evaluate → predict"

    def __init__(self, loading: Loading = WORKERS) -> None:
        given = asdict(loading)
        self.sides = (
            Side(LOADER, loader_alone, given=given),
            Side(STEP, step_alone),
            Side(BOTH, both_together, given=given),
        )

    def stages(self, effort: Effort) -> int:
        return stages(self.sides, effort)

    def measure(self, effort: Effort, progress: Progress) -> Report:
        return report(race(self.sides, effort, progress))


SCENARIO = MainJob()


def report(timings: dict[str, Timing]) -> Report:
    """The table of the main job, and the sentence that follows from it."""
    both = timings[BOTH]
    speeds = Speeds(
        *(timings[side].best for side in (LOADER, STEP, BOTH)),
        noise=max(timings[side].spread for side in (LOADER, STEP, BOTH)),
        waiting=both.facts["waiting"],
    )
    figures = [*_job(both), *_speed(timings, speeds), _ready(both), *_means(both, timings[LOADER])]
    return Report(MainJob.name, MainJob.title, figures, says=[bottleneck(speeds)])


def _job(both: Timing) -> list[Figure]:
    seconds, accuracy, right, held_out = (
        both.facts[fact] for fact in ("training_seconds", "accuracy", "right", "held_out")
    )
    return [
        Figure(f"training, {EPOCHS} epochs", seconds, "s", note="compilation included", section="job"),
        Figure("accuracy", 100 * accuracy, "%", note=f"{right:.0f} of {held_out:.0f} held out", section="job"),
    ]


def _speed(timings: dict[str, Timing], speeds: Speeds) -> list[Figure]:
    measured = ((side, timings[side]) for side in (LOADER, STEP, BOTH))
    return [
        *(Figure(name, 1 / timing.best, "samples/s", timing.spread, section="speed") for name, timing in measured),
        Figure("overlap", speeds.overlap, "of 1", note="slower alone ÷ together", section="speed"),
        Figure("waiting for data", 100 * speeds.waiting, "%", note="of the time together", section="speed"),
    ]


def _ready(both: Timing) -> Figure:
    if not both.facts["ahead"]:
        return Figure("batches ready", None, "", note="nobody works ahead", section="speed")
    limit = f"of {both.facts['ahead']:.0f}"
    return Figure("batches ready", both.facts["ready"], limit, note="when one is asked for", section="speed")


def _means(both: Timing, loading: Timing) -> list[Figure]:
    """What it takes in time before, in cores and in memory."""
    first, first_of_process = (1e3 * loading.facts[fact] for fact in ("first_batch", "first_batch_of_process"))
    peak = None if both.peak_bytes is None else both.peak_bytes / MEBIBYTE
    note = "the system does not say" if peak is None else "together"
    return [
        Figure("time to first batch", first, "ms", note=f"{first_of_process:.0f} ms the first time", section="means"),
        Figure("cores in use", both.facts["cores"], f"of {cores()}", note="together", section="means"),
        Figure("peak memory", peak, "MiB", note=note, section="means"),
    ]
