"""The consumer killed or interrupted: nothing is left, and at most one traceback is printed."""

import os
import select
import signal
import subprocess
import sys

import pytest

PROGRAM = """
import os, sys
import numpy as np
from penstock.pipeline import Batch, Processes, Task

def work(task):
    if task.step >= 4:
        {body}
    return Batch(np.full(100000, task.step), rows=1)

tasks = (Task(0, 0, step) for step in range(1000))
with Processes(3).map(work, tasks) as results:
    for batch in results:
        {consumer}
"""
SAY_SO = "os.write(1, b'%d\\n' % os.getpid())"
IN_C_WITHOUT_THE_LOCK = f"{SAY_SO}; import ctypes; ctypes.PyDLL(None).pause()"
WAITING = f"{SAY_SO}; import signal; signal.pause()"
IN_A_FORK_TOO = "if int(batch.x[0]) == 0 and os.fork() == 0: import signal; signal.pause()"


class Consumer:
    """A consumer in a process group of its own, and all processes that write to its standard error."""

    def __init__(self, text):
        self.stderr, theirs = os.pipe()
        command = [sys.executable, "-c", text]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, text=True, process_group=0)
        os.close(theirs)

    def said(self):
        return int(self.process.stdout.readline())

    def until_all_are_gone(self, seconds):
        """What they printed; their end of the pipe is closed when the last one has ended."""
        text = b""
        while select.select([self.stderr], [], [], seconds)[0]:
            some = os.read(self.stderr, 65536)
            if not some:
                return text.decode()
            text += some
        raise TimeoutError(text.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdout.close()
        os.close(self.stderr)
        os.killpg(self.process.pid, signal.SIGKILL) if self.process.poll() is None else None
        self.process.wait()


def await_ends(processes):
    for descriptor in processes:
        assert select.select([descriptor], [], [], 3)[0]
        os.close(descriptor)


@pytest.mark.parametrize(("body", "held"), [(WAITING, 3), (SAY_SO, 1)], ids=["waiting", "busy"])
def test_workers_end_with_a_killed_consumer(body, held, of_kind):
    ends_with_a_killed_consumer(of_kind(PROGRAM), body, held)


def test_forked_workers_end_with_a_killed_consumer_though_their_code_holds_the_interpreter():
    ends_with_a_killed_consumer(PROGRAM, IN_C_WITHOUT_THE_LOCK, 3)


def ends_with_a_killed_consumer(text, body, held):
    with Consumer(text.format(body=body, consumer="pass")) as program:
        workers = [os.pidfd_open(program.said()) for _ in range(held)]
        program.process.kill()
        assert program.until_all_are_gone(3) == ""
        await_ends(workers)


def test_workers_end_with_a_killed_consumer_though_a_fork_of_it_lives(of_kind):
    with Consumer(of_kind(PROGRAM).format(body=WAITING, consumer=IN_A_FORK_TOO)) as program:
        workers = [os.pidfd_open(program.said()) for _ in range(3)]
        program.process.kill()
        await_ends(workers)
        os.killpg(program.process.pid, signal.SIGKILL)


INTERRUPTED = """
import os, sys
import numpy as np
os.write(1, b"0\\n")
from penstock.pipeline import Batch, Processes, Task
work = lambda task: Batch(np.full(1000, task.step), rows=1)
for k in range(10**6):
    with Processes(2).map(work, (Task(0, 0, step) for step in range(30))) as results:
        for n, batch in enumerate(results):
            os.write(1, b"%d\\n" % n)
"""


@pytest.mark.parametrize("lines", [2, 3, 17, 30, 33, 64])
def test_ctrl_c_prints_one_traceback_and_leaves_nothing(lines, of_kind):
    """As a terminal sends it: to the consumer, the fork server and the workers at once."""
    with Consumer(of_kind(INTERRUPTED)) as program:
        for _ in range(lines):
            program.said()
        os.killpg(program.process.pid, signal.SIGINT)
        program.process.stdout.close()
        text = program.until_all_are_gone(10)
        assert text.count("Traceback") == 1, text
        assert text.rstrip().endswith(("KeyboardInterrupt", "BrokenPipeError: [Errno 32] Broken pipe")), text
        assert "Exception ignored" not in text


STANDING = """
import os, random, signal, sys
import numpy as np
from penstock.pipeline import Batch, Processes, Task

def descendants(pid):
    tasks = os.listdir(f"/proc/{pid}/task") if os.path.exists(f"/proc/{pid}") else []
    found = [open(path).read() for t in tasks if os.path.exists(path := f"/proc/{pid}/task/{t}/children")]
    children = [int(child) for text in found for child in text.split()]
    return children + [one for child in children for one in descendants(child)]

def epoch(executor):
    with executor.map(work, (Task(0, 0, step) for step in range(40))) as results:
        return [int(batch.x[0]) for batch in results]

def interrupted(executor):
    try:
        signal.setitimer(signal.ITIMER_REAL, draw.uniform(1e-4, 8e-3))
        for _ in range(100):
            epoch(executor)
        signal.setitimer(signal.ITIMER_REAL, 0)
        return False
    except KeyboardInterrupt:
        return True

work = lambda task: Batch(np.full(1000, task.step), rows=1)
draw = random.Random(0)
signal.signal(signal.SIGALRM, lambda number, frame: os.kill(os.getpid(), signal.SIGINT))
hits = 0
with Processes(2).standing() as executor:
    epoch(executor)
    for moment in range(150):
        hits += interrupted(executor)
        assert epoch(executor) == list(range(40)), moment
        # With the fork server. An interrupt at the very entrance of `__exit__` leaves a crew to the next `map`.
        assert len(descendants(os.getpid())) <= 3, moment
    descriptors = len(os.listdir("/proc/self/fd"))
assert hits > 100, hits
assert len(descendants(os.getpid())) <= 1
assert descriptors < 40, descriptors
print("done")
"""


def test_a_loop_survives_interrupts_at_150_moments(of_kind):
    command = [sys.executable, "-c", of_kind(STANDING)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")


FORGOTTEN = """
import sys
import numpy as np
from penstock.pipeline import Batch, Processes, Task
results = Processes(2).map(lambda task: Batch(np.zeros(1), rows=1), (Task(0, 0, step) for step in range(100)))
batch = next(results)
{end}
"""


@pytest.mark.parametrize("end", ["", "sys.exit(0)", "del results", "results.__enter__(); next(results)"])
def test_who_forgets_to_end_leaves_nothing(end, of_kind):
    with Consumer(of_kind(FORGOTTEN).format(end=end)) as program:
        assert program.until_all_are_gone(30) == ""
        assert program.process.wait() == 0


OPEN = """
from itertools import chain, repeat
import numpy as np
import penstock as ps
class Data(ps.PyDataset):
    def __len__(self):
        return 20
    def __getitem__(self, index):
        return np.full(8, index)
loader = ps.Loader(Data(), workers=2, use_multiprocessing=True)
batches = chain.from_iterable(repeat(loader))
next(batches)
"""


def test_a_loader_that_is_left_in_mid_epoch_says_nothing_at_the_end():
    with Consumer(OPEN) as program:
        assert program.until_all_are_gone(30) == ""
        assert program.process.wait() == 0
