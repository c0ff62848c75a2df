"""Trains again and again, is interrupted by a process of its own, and compares bits; run by its test.

Each trial asks the other process for a SIGINT after a random delay. What it left is compared with an uninterrupted
training that stops after as many steps.
"""

import multiprocessing
import os
import random
import select
import signal
import sys

import numpy as np

ROWS = 32_000
LONGEST_DELAY = 0.1


def interrupt_on_request(requests, parent):
    """Send SIGINT to `parent` so many seconds after each number on the pipe; ends with the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            seconds = requests.recv()
        except EOFError:
            return
        select.select([], [], [], seconds)
        os.kill(parent, signal.SIGINT)


def build(ps):
    model = ps.Sequential([ps.Input((16,)), ps.layers.Dense(32, activation="relu"), ps.layers.Dense(1)])
    model.compile("adam", "mse", metrics=["mae"])
    return model


def main(trials):
    here, there = multiprocessing.get_context("spawn").Pipe()
    helper = multiprocessing.get_context("spawn").Process(target=interrupt_on_request, args=(there, os.getpid()))
    helper.start()
    there.close()
    try:
        equal = count_equal(here, trials)
    finally:
        here.close()
        helper.join()
    sys.stdout.write(f"{trials} interrupts, {equal} equal\n")


def count_equal(requests, trials):
    import penstock as ps  # noqa: PLC0415 # the helper process must not load it

    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(ROWS, 16)).astype("float32"), rng.normal(size=(ROWS, 1)).astype("float32")
    model = build(ps)
    model.fit(x[:8], y[:8], batch_size=8, verbose=0)
    variables = [*model.variables, *model.optimizer.variables]
    start = [np.array(v.value) for v in variables]

    def begin_anew():
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)

    def train(**steps):
        model.fit(x, y, batch_size=8, shuffle=False, verbose=0, **steps)

    def state():
        return b"".join(np.asarray(v.value).tobytes() for v in variables)

    delays = random.Random(0)
    first = int(start[len(model.variables)])
    equal = 0
    for _ in range(trials):
        begin_anew()
        try:
            requests.send(delays.uniform(0, LONGEST_DELAY))
            train(epochs=1000)
        except KeyboardInterrupt:
            left, steps = state(), int(model.optimizer.iterations) - first
        begin_anew()
        if steps:
            train(epochs=1, steps_per_epoch=steps)
        equal += state() == left
    return equal


if __name__ == "__main__":
    main(int(sys.argv[1]))
