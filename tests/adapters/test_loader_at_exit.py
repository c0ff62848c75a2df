"""Programs that end in the middle of an epoch."""

import subprocess
import sys

import pytest

PROGRAM = """
import builtins
import numpy as np
import penstock as ps

class Data(ps.PyDataset):
    def __len__(self):
        return 8
    def __getitem__(self, i):
        return np.full(3, i)
    def on_epoch_end(self):
        print("epoch ends")

loader = ps.Loader(Data({options}))
list(loader)
# Which the interpreter lets go of after everything that it would need to end in order.
builtins.kept = batches = iter(loader)
next(batches)
print("program ends")
"""


@pytest.mark.parametrize("options", ["workers=0", "workers=2", "workers=2, use_multiprocessing=True"])
def test_a_program_may_end_in_the_middle_of_an_epoch(options):
    program = PROGRAM.format(options=options)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("epoch ends\nprogram ends\n", "", 0)
