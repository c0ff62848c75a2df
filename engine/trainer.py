"""The training API: fit, evaluate, predict and their kin turn arguments into objects and hand them to the loop."""

import numbers
import warnings
from collections.abc import Callable, Container, Iterator
from contextlib import contextmanager
from typing import Any

from penstock.pipeline import check_whole

from . import loop
from .callbacks import CallbackList, History
from .columns import all_columns, inputs_only
from .compiled import CARRIED
from .config import capped_epochs
from .interrupts import heard
from .loop import Epochs
from .outputs import Outputs
from .phase import Phase
from .random import draw_seed
from .row_feed import RowFeed
from .run_state import RunState
from .scope import pure
from .single_batch import SingleBatches, results
from .training_data import Feeding, TrainingData, ValidationData


class Trainer(SingleBatches):
    """What models inherit to be trained, evaluated and asked for predictions."""

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float | None = 0.0,
        validation_data: Any = None,
        shuffle: bool | str = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: int | Container[int] = 1,
        max_queue_size: int | None = None,
        workers: int | None = None,
        use_multiprocessing: bool | None = None,
    ) -> History:
        """Train for epochs `initial_epoch` to `epochs - 1`, and give the `History` of losses and metrics.

        `x` is anything that `ps.Loader` takes. After an exception, Ctrl-C included, the weights are those after the
        last finished step.

        ```python
        history = model.fit(x, y, batch_size=64, epochs=5, validation_data=(x_val, y_val))
        ```
        """
        self._required("fit")
        validating = ValidationData(validation_data, validation_steps, validation_batch_size, validation_freq)
        loading = _loading(batch_size, workers, use_multiprocessing, max_queue_size)
        # True is the default of `shuffle`, and no reason to warn where there is nothing to shuffle.
        order = dict(shuffle=None if shuffle is True else shuffle, seed=draw_seed())
        weights = self._class_weights(class_weight)
        columns = all_columns if weights is None else weights.columns
        training = TrainingData(x, y, sample_weight, steps_per_epoch, order | loading, columns, repeats=True)
        training, validating = validating.held_out(training, validation_split or 0.0)
        coming = _epochs(initial_epoch, epochs, validating.is_due)
        with (
            heard(),
            training.feed(passes=len(coming), goes_on=True) as feed,
            validating.feed(coming.validations, loading) as validation_feed,
        ):
            history = self._fit(feed, validation_feed, coming, callbacks, verbose)
        if weights is not None and len(coming):
            weights.warn_of_unused()
        return history

    def _fit(
        self, feed: Feeding, validation: Feeding | None, coming: Epochs, callbacks: Any, verbose: int | str
    ) -> History:
        if CallbackList(callbacks).overrides_epoch_hooks:
            feed.expect(None)
        else:
            feed.expect(lambda epoch: coming.stop - epoch - 1)
        compiled, spec = self._required("fit"), feed.spec(coming.first)
        compiled.build(spec, "train")
        if validation is not None:
            # A batch that must be made to be known is not made early, and taken to be like those of training.
            compiled.build(validation.spec(0) if isinstance(validation, RowFeed) else spec, "test")
        called = self._callbacks(callbacks, verbose, epochs=coming.stop, steps=feed.steps)
        self.history, self.stop_training = called.history, False
        watched = called.watches_batches("train") or called.watches_batches("test")
        with self._running(called, "train", donated=() if watched else CARRIED["train"]) as run:
            tested = self._phase("test", run, validation, called) if validation is not None else None
            loop.train(self._phase("train", run, feed, called), tested, coming, lambda: self._finalize(run))
        return called.history or History()

    def _finalize(self, run: RunState) -> None:
        """Let the optimizer set the weights to what it thinks is best, such as their running averages."""
        optimizer, variables = self.optimizer, run.variables
        known, values = [*variables.trainable, *variables.optimizer], [*run.state.trainable, *run.state.optimizer]
        _, new = pure(optimizer.finalize_variable_values, known, values, variables.trainable)
        run.commit(run.state._replace(trainable=new[: len(variables.trainable)]))

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
        max_queue_size: int | None = None,
        workers: int | None = None,
        use_multiprocessing: bool | None = None,
    ) -> Any:
        """The loss and metrics over the data: a float, a list in the order of `metrics_names`, or a dict."""
        compiled = self._required("evaluate")
        loading = _loading(batch_size, workers, use_multiprocessing, max_queue_size)
        with heard(), TrainingData(x, y, sample_weight, steps, loading).feed() as feed:
            compiled.build(feed.spec(0), "test")
            called = self._callbacks(callbacks, verbose, epochs=1, steps=feed.steps)
            donated = () if called.watches_batches("test") else CARRIED["test"]
            with self._running(called, "test", donated) as run:
                logs = loop.test(self._phase("test", run, feed, called))
        return results(logs, return_dict=return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int | str = "auto",
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int | None = None,
        workers: int | None = None,
        use_multiprocessing: bool | None = None,
    ) -> Any:
        """The model's outputs for every row, in order, as NumPy arrays; needs no `compile`."""
        loading = _loading(batch_size, workers, use_multiprocessing, max_queue_size)
        outputs = Outputs()
        with heard(), TrainingData(x, None, None, steps, loading, inputs_only).feed() as feed:
            self._predicting.build(feed.spec(0), "predict")
            called = self._callbacks(callbacks, verbose, epochs=1, steps=feed.steps)
            self.stop_predicting = False
            donated = () if called.watches_batches("predict") else CARRIED["predict"]
            with self._running(called, "predict", donated) as run:
                loop.predict(self._phase("predict", run, feed, called, take=outputs.take))
        return outputs.joined()

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: int | None = None,
        epochs: int = 1,
        verbose: int | str = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: int | None = None,
        validation_freq: int | Container[int] = 1,
        class_weight: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool | str = True,
        initial_epoch: int = 0,
    ) -> History:
        """`fit` by its older name, for generators and data sets."""
        _deprecate("fit_generator", "fit")
        return self.fit(
            generator,
            epochs=epochs,
            verbose=verbose,
            callbacks=callbacks,
            validation_data=validation_data,
            shuffle=shuffle,
            class_weight=class_weight,
            initial_epoch=initial_epoch,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            validation_freq=validation_freq,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
        )

    def evaluate_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int | str = 0,
    ) -> Any:
        """`evaluate` by its older name, for generators and data sets."""
        _deprecate("evaluate_generator", "evaluate")
        loading: dict[str, Any] = dict(
            max_queue_size=max_queue_size, workers=workers, use_multiprocessing=use_multiprocessing
        )
        return self.evaluate(generator, steps=steps, callbacks=callbacks, verbose=verbose, **loading)

    def predict_generator(
        self,
        generator: Any,
        steps: int | None = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int | str = 0,
    ) -> Any:
        """`predict` by its older name, for generators and data sets."""
        _deprecate("predict_generator", "predict")
        loading: dict[str, Any] = dict(
            max_queue_size=max_queue_size, workers=workers, use_multiprocessing=use_multiprocessing
        )
        return self.predict(generator, steps=steps, callbacks=callbacks, verbose=verbose, **loading)

    def _callbacks(self, given: Any, verbose: int | str, **params: Any) -> CallbackList:
        if verbose != "auto" and not isinstance(verbose, numbers.Integral):
            raise ValueError(
                f'verbose must be 0 (silent), 1 (a bar), 2 (a line per epoch) or "auto", but is {verbose!r}'
            )
        return CallbackList.of(given, add_progbar=verbose != 0, model=self, verbose=verbose, **params)

    def _phase(self, kind: Any, run: RunState, feed: Feeding, called: CallbackList, take: Any = None) -> Phase:
        compiled = self._predicting
        every = compiled.steps_per_execution
        alone = called.watches_batches(kind) and every is None
        programs = compiled.programs(kind, run.variables, donates=bool(run.donated), alone=alone)
        names, fresh = compiled.names(kind), compiled.fresh(kind, run.state)
        stops = {"train": lambda: self.stop_training, "test": lambda: self.stop_evaluating}
        stopping = stops.get(kind, lambda: self.stop_predicting)
        return Phase(
            kind, run, feed, programs, called, names, fresh, stopping, begins=self._begin_evaluating, take=take
        )

    def _begin_evaluating(self) -> None:
        self.stop_evaluating = False

    @contextmanager
    def _running(self, called: CallbackList, kind: str, donated: tuple[str, ...]) -> Iterator[RunState]:
        """A run over the variables of `kind`; callbacks hear of an exception once the variables have their state."""
        try:
            with self._run(kind, donated) as run:
                yield run
        except BaseException as error:
            called.on_exception(error)
            raise


def _loading(
    batch_size: int | None, workers: int | None, use_multiprocessing: bool | None, max_queue_size: int | None
) -> dict[str, Any]:
    workers_given = dict(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
    return dict(batch_size=batch_size, **workers_given)


def _epochs(first: int, stop: int, validates: Callable[[int], bool]) -> Epochs:
    check_whole("epochs", stop, least=0)
    check_whole("initial_epoch", first, least=0)
    return Epochs(int(first), capped_epochs(int(stop)), validates)


def _deprecate(name: str, successor: str) -> None:
    warnings.warn(
        f"{name} is deprecated; {successor} takes generators and data sets too", DeprecationWarning, stacklevel=3
    )
