"""Weights go into files and come back whole; a file that is damaged, hostile or another model's changes nothing."""

import random
import warnings
from typing import Any

import h5py
import numpy as np
import pytest

import penstock as ps
from penstock.engine.saving import write_weights


def model(units=3):
    return ps.Sequential([ps.Input((4,)), ps.layers.Dense(units), ps.layers.BatchNormalization(), ps.layers.Dense(1)])


def compiled(optimizer="adam"):
    made = model()
    made.compile(optimizer, "mse")
    made.optimizer.build(made.trainable_variables)
    return made


def opened(path) -> Any:
    return h5py.File(path, "a")


def equal(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one.get_weights(), other.get_weights(), strict=True))


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "model.weights.h5")


@pytest.fixture
def saved(path):
    made = model()
    made.save_weights(path)
    return made


def test_weights_come_back(path, saved):
    other = model()
    other.load_weights(path)
    assert equal(other, saved)


def test_a_path_object_will_do(tmp_path, saved):
    saved.save_weights(tmp_path / "a.weights.h5")
    other = model()
    other.load_weights(tmp_path / "a.weights.h5")
    assert equal(other, saved)


def test_a_name_without_a_suffix_is_written_and_read(tmp_path, saved):
    write_weights(saved, str(tmp_path / "checkpoint-0.93"))
    other = model()
    other.load_weights(tmp_path / "checkpoint-0.93")
    assert equal(other, saved)


def test_names_of_other_formats_are_refused(path, saved):
    with pytest.raises(ValueError, match="must end in .weights.h5"):
        saved.save_weights("model.h5")
    with pytest.raises(NotImplementedError, match="'model.keras' is not built yet"):
        saved.load_weights("model.keras")


def test_a_file_is_not_replaced_where_it_must_not(path, saved):
    with pytest.raises(FileExistsError, match="overwrite=True"):
        model().save_weights(path, overwrite=False)


def test_a_model_without_weights_is_neither_saved_nor_loaded(path, saved):
    unbuilt = ps.Sequential([ps.layers.Dense(1)])
    with pytest.raises(ValueError, match="cannot be saved: it has none yet"):
        unbuilt.save_weights(path)
    with pytest.raises(ValueError, match="cannot be loaded into: it has none yet"):
        unbuilt.load_weights(path)


def test_a_layer_that_would_save_itself_is_not_ignored(path):
    class Own(ps.layers.Dense):
        def save_own_variables(self, store): ...

    with pytest.raises(NotImplementedError, match="save_own_variables of Own"):
        ps.Sequential([ps.Input((4,)), Own(1)]).save_weights(path)


def test_options_of_keras_that_do_nothing_here_are_not_ignored(path, saved):
    with pytest.raises(NotImplementedError, match="max_shard_size=1"):
        saved.save_weights(path, max_shard_size=1)
    with pytest.raises(NotImplementedError, match="by_name=True"):
        saved.load_weights(path, by_name=True)


class TestOptimizers:
    def test_an_optimizer_without_slots_gets_them(self, path):
        first, second = compiled(), model()
        first.optimizer.iterations.assign(7)
        first.save_weights(path)
        second.compile("adam", "mse")
        second.load_weights(path)
        assert int(second.optimizer.iterations) == 7
        assert second.optimizer.built

    def test_another_optimizer_keeps_its_state_with_a_warning(self, path):
        compiled().save_weights(path)
        other = compiled("sgd")
        with pytest.warns(UserWarning, match="does not fit the optimizer, which keeps its state"):
            other.load_weights(path)

    def test_without_its_state_in_the_file_an_optimizer_keeps_its_own(self, path, saved):
        other = compiled()
        other.optimizer.iterations.assign(7)
        other.load_weights(path)
        assert int(other.optimizer.iterations) == 7

    def test_without_an_optimizer_its_state_is_left_in_the_file(self, path):
        first, second = compiled(), model()
        first.save_weights(path)
        second.load_weights(path)
        assert equal(first, second)


class TestAnotherModel:
    def test_nothing_changes_and_the_differences_are_named(self, path, saved):
        other = model(units=5)
        before = other.get_weights()
        with pytest.raises(ValueError, match=r"kernel of layers/dense .* has shape \(4, 5\), in the file \(4, 3\)"):
            other.load_weights(path)
        assert all(map(np.array_equal, before, other.get_weights()))

    def test_what_fits_is_loaded_if_the_rest_is_to_be_skipped(self, path, saved):
        other = ps.Sequential([*model().layers[:2], ps.layers.Dense(7)])
        other.build((None, 4))
        with pytest.warns(UserWarning, match="these layers, which keep their weights: kernel of layers/dense_1"):
            other.load_weights(path, skip_mismatch=True)
        assert np.array_equal(other.get_weights()[0], saved.get_weights()[0])

    def test_a_layer_that_the_file_lacks_is_an_error(self, path, saved):
        longer = ps.Sequential([*model().layers, ps.layers.Dense(1)])
        longer.build((None, 4))
        with pytest.raises(ValueError, match="dense_2 .* has 2 variables, the file 0"):
            longer.load_weights(path)

    def test_weights_that_the_model_lacks_are_a_warning(self, path, saved):
        shorter = ps.Sequential(model().layers[:2])
        shorter.build((None, 4))
        with pytest.warns(UserWarning, match="no place for: layers/dense_1/vars"):
            shorter.load_weights(path)


class TestDamage:
    def test_a_missing_file_is_named(self):
        with pytest.raises(FileNotFoundError, match="gone.weights.h5"):
            model().load_weights("gone.weights.h5")

    @pytest.mark.parametrize("kept", [0, 7, 100, 2000, -1])
    def test_a_file_cut_short_is_one_error(self, path, saved, kept):
        with open(path, "rb") as file:
            whole = file.read()
        with open(path, "wb") as file:
            file.write(whole[:kept])
        with pytest.raises(OSError, match="model.weights.h5 is not a whole HDF5 file"):
            saved.load_weights(path)

    def test_flipped_bits_are_an_error_that_names_the_file_or_other_numbers(self, path, saved):
        with open(path, "rb") as file:
            whole = file.read()
        dice, errors = random.Random(0), 0
        for _ in range(100):
            damaged = bytearray(whole)
            for place in dice.choices(range(len(whole)), k=3):
                damaged[place] ^= 1 << dice.randrange(8)
            with open(path, "wb") as file:
                file.write(damaged)
            errors += self._refuses(saved, path)
        assert errors > 10

    def _refuses(self, loading, path):
        before = loading.get_weights()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                loading.load_weights(path)
        except (OSError, ValueError) as error:
            assert path in str(error)
            assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(before, loading.get_weights(), strict=True))
            return True
        return False

    def test_the_layout_of_keras_2_is_named(self, path):
        with h5py.File(path, "w") as file:
            file.attrs["layer_names"] = [b"dense"]
        with pytest.raises(NotImplementedError, match="layout of Keras 2"):
            model().load_weights(path)


KERNEL = "layers/dense/vars/0"


def soft_link(file):
    file[KERNEL] = h5py.SoftLink("/layers/dense_1/vars/0")


def external_link(file):
    file[KERNEL] = h5py.ExternalLink("other.h5", "/x")


def link_to_a_group(file):
    del file["layers/dense"]
    file["layers/dense"] = h5py.ExternalLink("other.h5", "/x")


def external_storage(file):
    file.create_dataset(KERNEL, (4, 3), "float32", external=[("/etc/hostname", 0, 48)])


def virtual(file):
    layout = h5py.VirtualLayout((4, 3), "float32")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4, 3))
    file.create_virtual_dataset(KERNEL, layout)


def nothing_stored(file):
    file.create_dataset(KERNEL, (4, 3), "float32", chunks=(4, 3), compression="gzip", fillvalue=1)


def never_written(file):
    file.create_dataset(KERNEL, (4, 3), "float32")


def huge_chunk(file):
    file.create_dataset(KERNEL, (4, 3), "float32", chunks=(1 << 12, 1 << 11), maxshape=(None, None), compression="gzip")
    file[KERNEL][0, 0] = 1


def text(file):
    file.create_dataset(KERNEL, (4, 3), h5py.string_dtype())


def unknown_filter(file):
    file.create_dataset(KERNEL, data=np.zeros((4, 3), "float32"), chunks=(4, 3), scaleoffset=2)


def group_for_array(file):
    file.create_group(KERNEL)


def array_for_group(file):
    del file["layers/dense"]
    file["layers/dense"] = np.zeros(3)


HOSTILE = {
    soft_link: "SoftLink",
    external_link: "ExternalLink",
    link_to_a_group: "ExternalLink",
    external_storage: "another place",
    virtual: "another place",
    nothing_stored: "declares 48 bytes, but 0",
    never_written: "declares 48 bytes, but 0",
    huge_chunk: "chunks of 33554432",
    text: "not numbers",
    unknown_filter: "packed by filters",
    group_for_array: "is not an array",
    array_for_group: "is not a group",
}


@pytest.mark.parametrize(("plant", "reason"), HOSTILE.items(), ids=lambda v: getattr(v, "__name__", ""))
def test_a_hostile_file_is_refused(plant, reason, path, saved):
    with opened(path) as file:
        del file[KERNEL]
        plant(file)
    with pytest.raises(ValueError, match=f"model.weights.h5 is refused: .*{reason}"):
        saved.load_weights(path)


def test_a_huge_array_is_not_read_where_a_small_one_belongs(path, saved):
    with opened(path) as file:
        del file[KERNEL]
        file.create_dataset(KERNEL, (1 << 20, 1 << 20), "float32", chunks=(64, 64), compression="gzip")
    with pytest.raises(ValueError, match=r"in the file \(1048576, 1048576\)"):
        saved.load_weights(path)


def test_files_packed_by_common_filters_are_read(path, saved):
    with opened(path) as file:
        kernel = file[KERNEL][()]
        del file[KERNEL]
        file.create_dataset(KERNEL, data=kernel, chunks=(2, 3), compression="gzip", shuffle=True, fletcher32=True)
    other = model()
    other.load_weights(path)
    assert equal(other, saved)


def test_numbers_of_another_width_and_byte_order_are_read(path, saved):
    with opened(path) as file:
        kernel = file[KERNEL][()]
        del file[KERNEL]
        file[KERNEL] = kernel.astype(">f8")
    other = model()
    other.load_weights(path)
    assert equal(other, saved)
