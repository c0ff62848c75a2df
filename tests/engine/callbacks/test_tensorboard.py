"""TensorBoard's own reader finds what was written, and TensorFlow is not asked for."""

import subprocess
import sys

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.util import tensor_util

import penstock as ps


def read(folder):
    """The events under `folder` by tag: lists of (step, value)."""
    reader = EventAccumulator(str(folder), size_guidance={"tensors": 0}).Reload()
    return {
        tag: [(event.step, tensor_util.make_ndarray(event.tensor_proto)) for event in reader.Tensors(tag)]
        for tag in reader.Tags()["tensors"]
    }


def scalars(folder):
    return {tag: [(step, float(value)) for step, value in events] for tag, events in read(folder).items()}


def fit(model, line, folder, *others, epochs=3, **options):
    board = ps.callbacks.TensorBoard(folder, **{"write_graph": False} | options)
    return model.fit(*line, batch_size=25, epochs=epochs, verbose=0, callbacks=[board, *others], validation_data=line)


def by_epoch(values):
    return list(enumerate(pytest.approx(value) for value in values))


def test_epochs_and_evaluations_are_there(line, regressor, tmp_path):
    model = regressor("sgd")
    history = fit(model, line, tmp_path).history
    assert scalars(tmp_path / "train") == {
        "epoch_loss": by_epoch(history["loss"]),
        "epoch_mae": by_epoch(history["mae"]),
        "epoch_learning_rate": by_epoch([0.01] * 3),
    }
    validated = scalars(tmp_path / "validation")
    assert validated["epoch_loss"] == by_epoch(history["val_loss"])
    assert [step for step, _ in validated["evaluation_loss_vs_iterations"]] == [4, 8, 12]
    assert validated.keys() == {f"e{a}" for a in ("poch_loss", "poch_mae")} | {
        f"evaluation_{name}_vs_iterations" for name in ("loss", "mae")
    }


class Losses(ps.callbacks.Callback):
    def __init__(self):
        self.seen = []

    def on_train_batch_end(self, batch, logs=None):
        self.seen.append(logs["loss"])


@pytest.mark.parametrize(("update_freq", "steps"), [("batch", range(1, 13)), (3, (3, 6, 9, 12)), (5, (5, 10))])
def test_batches_are_counted_across_epochs_and_change_no_bit(update_freq, steps, line, regressor, bits, tmp_path):
    plain, model, losses = regressor(), regressor(), Losses()
    plain.fit(*line, batch_size=25, epochs=3, verbose=0, shuffle=False, callbacks=losses)
    board = ps.callbacks.TensorBoard(tmp_path, update_freq=update_freq)
    model.fit(*line, batch_size=25, epochs=3, verbose=0, shuffle=False, callbacks=board)
    wanted = [(step, pytest.approx(losses.seen[step - 1])) for step in steps]
    assert scalars_of_batches(tmp_path) == wanted
    assert bits(model) == bits(plain)


def scalars_of_batches(folder):
    return [(step, float(value)) for step, value in read(folder / "train")["batch_loss"]]


def test_weights_are_histograms(line, regressor, tmp_path):
    model = regressor()
    fit(model, line, tmp_path, epochs=4, histogram_freq=3)
    found = {tag: events for tag, events in read(tmp_path / "train").items() if tag.endswith("/histogram")}
    assert [tag.removesuffix("/histogram") for tag in found] == [weight.path for weight in model.weights]
    for weight, events in zip(model.get_weights(), found.values(), strict=True):
        assert [step for step, _ in events] == [0, 3]
        lowest, highest = events[1][1][0, 0], events[1][1][-1, 1]
        assert (lowest, highest) == pytest.approx((weight.min(), weight.max()))
        assert events[1][1][:, 2].sum() == weight.size


def test_weights_are_pictures_on_demand(line, regressor, tmp_path):
    model = regressor()
    fit(model, line, tmp_path, epochs=1, histogram_freq=1, write_images=True)
    found = read(tmp_path / "train")
    columns, rows, picture = found[f"{model.weights[0].path}/image"][0][1]
    assert (columns, rows, picture[:8]) == (b"8", b"4", b"\x89PNG\r\n\x1a\n")
    assert len([tag for tag in found if tag.endswith("/image")]) == 4


def test_the_model_is_a_text(line, regressor, tmp_path):
    fit(regressor(), line, tmp_path, write_graph=True)
    ((_, text),) = read(tmp_path / "train")["model"]
    assert "Total params" in text.item().decode()


def test_pace_is_written_on_demand(line, regressor, tmp_path):
    fit(regressor(), line, tmp_path, write_steps_per_second=True, update_freq=2)
    found = scalars(tmp_path / "train")
    assert [step for step, _ in found["batch_steps_per_second"]] == [2, 4, 6, 8, 10, 12]
    assert all(value > 0 for name in ("batch", "epoch") for _, value in found[f"{name}_steps_per_second"])


def test_evaluation_alone_is_written(line, regressor, tmp_path):
    model = regressor()
    loss, _ = model.evaluate(*line, verbose=0, callbacks=ps.callbacks.TensorBoard(tmp_path))
    assert scalars(tmp_path / "validation")["evaluation_loss_vs_iterations"] == [(0, pytest.approx(loss))]
    assert not (tmp_path / "train").exists()


def test_each_training_has_a_file_of_its_own(line, regressor, tmp_path):
    model, board = regressor(), ps.callbacks.TensorBoard(tmp_path)
    for _ in range(2):
        model.fit(*line, verbose=0, callbacks=board)
    assert len(list((tmp_path / "train").iterdir())) == 2


@pytest.fixture
def profiler(monkeypatch):
    """Stands in for `jax.profiler`, which takes seconds: the iterations at which it was started and stopped."""
    import jax

    calls = []
    monkeypatch.setattr(jax.profiler, "start_trace", lambda folder: calls.append(("start", str(folder))))
    monkeypatch.setattr(jax.profiler, "stop_trace", lambda: calls.append("stop"))
    return calls


class Looks(ps.callbacks.Callback):
    """Notes each batch among the calls of the profiler."""

    def __init__(self, calls):
        self.calls = calls

    def on_train_batch_begin(self, batch, logs=None):
        self.calls.append(batch)


@pytest.mark.parametrize(
    ("batches", "wanted"),
    [
        (1, ["start", 0, "stop", 1, 2, 3, 0, 1, 2, 3]),
        (3, [0, 1, "start", 2, "stop", 3, 0, 1, 2, 3]),
        ((4, 6), [0, 1, 2, "start", 3, 0, 1, "stop", 2, 3]),
        ("5,8", [0, 1, 2, 3, "start", 0, 1, 2, 3, "stop"]),
        ((7, 90), [0, 1, 2, 3, 0, 1, "start", 2, 3, "stop"]),
    ],
)
def test_some_batches_are_profiled(batches, wanted, line, regressor, profiler, tmp_path):
    fit(regressor(), line, tmp_path, Looks(profiler), epochs=2, profile_batch=batches)
    starts = [call for call in profiler if isinstance(call, tuple)]
    assert starts == [("start", str(tmp_path / "train"))]
    assert [call[0] if isinstance(call, tuple) else call for call in profiler] == wanted


def test_groups_are_cut_around_what_is_profiled(line, regressor, profiler, tmp_path):
    from penstock.engine.callbacks.tensorboard import TensorBoard

    board = TensorBoard(tmp_path, profile_batch=(7, 9))
    assert [board.next_look("train", batch) for batch in (0, 5, 6, 8, 9)] == [5, 5, 8, 8, None]
    regressor().fit(*line, batch_size=10, epochs=2, verbose=0, callbacks=board)
    assert len(profiler) == 2


def test_a_real_profile_lies_where_tensorboard_looks(line, regressor, tmp_path):
    fit(regressor(), line, tmp_path, profile_batch=2)
    assert list((tmp_path / "train" / "plugins" / "profile").glob("*/*.xplane.pb"))


def test_tensorflow_is_not_imported_where_it_is_installed(tmp_path):
    (tmp_path / "tensorflow").mkdir()
    (tmp_path / "tensorflow" / "__init__.py").write_text("raise SystemExit('imported')")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from penstock.engine.callbacks.event_file import EventFile\n"
        f"file = EventFile({str(tmp_path / 'logs')!r})\n"
        "file.scalars({'a': 1.0}, 0); file.histograms({'b': __import__('numpy').ones(3)}, 0); file.text('c', 'd', 0)\n"
        "print('tensorflow' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
    assert read(tmp_path / "logs").keys() == {"a", "b", "c"}


def test_figures_of_several_numbers_are_left_out(line, regressor, tmp_path):
    several = ps.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: logs.update(parts=np.ones(2)))
    board = ps.callbacks.TensorBoard(tmp_path)
    regressor().fit(*line, verbose=0, callbacks=[several, board])
    assert "epoch_parts" not in read(tmp_path / "train")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (dict(update_freq="step"), ValueError, "update_freq must be 'batch', 'epoch' or a number"),
        (dict(update_freq=0), ValueError, "but is 0"),
        (dict(profile_batch=(5, 2)), ValueError, r"profile_batch must be .* but is \(5, 2\)"),
        (dict(profile_batch="first"), ValueError, "but is 'first'"),
        (dict(embeddings_metadata="a"), NotImplementedError, "embeddings_metadata='a' is not built yet"),
        (dict(embeddings_freq=1), NotImplementedError, "embeddings_freq=1 is not built yet"),
    ],
)
def test_what_cannot_be_done_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        ps.callbacks.TensorBoard("logs", **options)
