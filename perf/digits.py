"""The real data set that ships with penstock: 1797 hand-written digits in a Parquet file, the last fifth held out."""

from pathlib import Path

import penstock as ps
from penstock.pipeline import Resident

FILE = Path(__file__).parent / "data" / "digits.parquet"
ROWS, PIXELS, CLASSES = 1797, 64, 10
TRAINING_ROWS = ROWS * 4 // 5


def opened() -> tuple[Resident, Resident]:
    """The rows to train on and those held out, opened anew: `x` of 64 pixels from 0 to 16, `y` a digit, both uint8."""
    data = ps.open(FILE, x="image", y="label")
    # As every file that is opened: columns are read whole.
    assert isinstance(data, Resident)
    return data.part(0, TRAINING_ROWS), data.part(TRAINING_ROWS, len(data))
