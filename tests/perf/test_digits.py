"""The data that ship are whole, shuffled, and say whose they are."""

from pathlib import Path

import numpy as np
import pyarrow.parquet

from penstock.perf import digits

TRAINING, HELD_OUT = digits.opened()


def test_the_last_fifth_is_held_out():
    assert (len(TRAINING), len(HELD_OUT)) == (1437, 360)


def test_images_and_labels_are_what_the_note_says():
    for part in (TRAINING, HELD_OUT):
        assert (part.arrays.x.shape, part.arrays.x.dtype) == ((len(part), 64), np.uint8)
        assert (part.arrays.y.shape, part.arrays.y.dtype) == ((len(part),), np.uint8)
    assert (TRAINING.arrays.x.min(), TRAINING.arrays.x.max()) == (0, 16)


def test_both_parts_hold_every_digit_about_as_often():
    for part in (TRAINING, HELD_OUT):
        counts = np.bincount(part.arrays.y)
        assert len(counts) == 10
        assert counts.min() > 0.07 * len(part)


def test_no_image_is_in_both_parts():
    known = {image.tobytes() for image in TRAINING.arrays.x}
    assert not known & {image.tobytes() for image in HELD_OUT.arrays.x}


def test_the_file_is_small():
    assert digits.FILE.stat().st_size < 64 * 1024
    assert pyarrow.parquet.read_schema(digits.FILE).names == ["image", "label"]


def test_the_licence_stands_beside_the_file():
    note = Path(digits.FILE).with_name("README.md").read_text()
    assert all(words in note for words in ("CC BY 4.0", "E. Alpaydin and C. Kaynak", "doi.org/10.24432/C50P49"))
