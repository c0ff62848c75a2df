"""Ctrl-C at any moment of an epoch."""

import signal
import subprocess
import sys
import threading

import pytest

from penstock.pipeline.interrupts import held_back

PROGRAM = """
import os, random, signal, sys, threading
import numpy as np
from penstock.adapters import Loader
from penstock.pipeline import PyDataset

class Data(PyDataset):
    def __len__(self):
        return 50
    def __getitem__(self, index):
        return np.full(64, index)

def epochs(loader):
    for _ in range(50):
        with loader.epoch(0) as batches:
            for batch in batches:
                if batch[0][0] == 30 and draw.random() < 0.5:
                    break

def interrupted(loader):
    try:
        signal.setitimer(signal.ITIMER_REAL, draw.uniform(1e-4, 4e-3))
        epochs(loader)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return False
    except KeyboardInterrupt:
        return True

draw = random.Random(0)
signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
timeout = float(sys.argv[2]) or None
loader = Loader(Data(), workers=int(sys.argv[1]), max_queue_size=8, timeout=timeout)
hits = unwaited = 0
for moment in range(200):
    hits += interrupted(loader)
    # An interrupt at the very entrance of `__exit__` keeps it from waiting; the threads end all the same.
    others = [thread for thread in threading.enumerate() if thread is not threading.main_thread()]
    unwaited += bool(others)
    for thread in others:
        thread.join()
    assert [int(batch[0][0]) for batch in loader] == list(range(50)), moment
assert hits > 150 and unwaited < 10, (hits, unwaited)
print("done", hits, unwaited)
"""


@pytest.mark.parametrize(("workers", "timeout"), [(0, 0), (1, 0), (3, 0), (3, 60)])
def test_an_interrupt_leaves_no_thread_and_a_loader_that_works(workers, timeout):
    """200 moments, wherever the main thread stands when a timer of the kernel's has run down."""
    program = [sys.executable, "-c", PROGRAM, str(workers), str(timeout)]
    done = subprocess.run(program, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout.startswith("done"), done.stderr


def test_an_interrupt_held_back_comes_at_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("block")
        done.append("after")
    assert done == ["block"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_other_threads_hold_nothing_back():
    handlers = []

    def hold():
        with held_back():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]
