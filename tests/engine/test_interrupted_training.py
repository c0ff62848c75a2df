"""Ctrl-C at random moments of training, sent from another process."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).with_name("interrupted_training_script.py")


def test_after_each_of_200_interrupts_the_weights_are_those_of_a_step_boundary():
    done = subprocess.run([sys.executable, SCRIPT, "200"], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "200 interrupts, 200 equal", done.stdout
