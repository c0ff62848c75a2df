"""The training API: compile, fit, evaluate and predict turn their arguments into objects and hand them to the loop."""

from collections.abc import Container, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from penstock.adapters import recipe as recipe_of

from . import loop
from . import optimizers as optimizer_table
from .callbacks import CallbackList, History
from .compiled import CARRIED, Compiled
from .feed import BatchFeed, Columns, RowFeed, all_columns, feed_of, inputs_only
from .loop import Epochs, Phase
from .metrics import Metric
from .objective import Objective
from .outputs import Outputs
from .random import draw_seed
from .run_state import RunState
from .scope import pure

Feeding = RowFeed | BatchFeed


class Trainer:
    """What models inherit to be trained, evaluated and asked for predictions."""

    optimizer: Any = None
    stop_training: bool = False
    stop_evaluating: bool = False
    stop_predicting: bool = False
    history: History | None = None
    compiled: bool = False
    _compiled: Compiled | None = None

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool | None = False,
        steps_per_execution: int | str | None = 1,
        jit_compile: bool | str | None = "auto",
        auto_scale_loss: bool = True,
        pss_evaluation_shards: int | str = 0,
    ) -> None:
        """Say what to minimise, how, and what to watch.

        `optimizer`: a name or an `Optimizer`. `loss`: a name, a `Loss` or a function `(y_true, y_pred)`. `metrics`:
        names, `Metric`s and functions; `weighted_metrics` see sample weights, `metrics` do not. As third positional
        argument, what can only be metrics is taken as metrics.

        ```python
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        ```
        """
        if metrics is None and _are_metrics(loss_weights):
            loss_weights, metrics = None, loss_weights
        _refuse_unbuilt(
            loss_weights=loss_weights,
            run_eagerly=run_eagerly or None,
            steps_per_execution=None if steps_per_execution in (1, None, "auto") else steps_per_execution,
            jit_compile=None if jit_compile in (True, None, "auto") else jit_compile,
            auto_scale_loss=None if auto_scale_loss else auto_scale_loss,
            pss_evaluation_shards=pss_evaluation_shards or None,
        )
        _refuse_overridden(self)
        self.optimizer = optimizer_table.get(optimizer)
        self._compiled = Compiled(self, self.optimizer, Objective(loss, metrics, weighted_metrics))
        self.compiled = True

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int | str = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
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
        _refuse_unbuilt(validation_split=validation_split or None, class_weight=class_weight)
        _check_counts(epochs=epochs, initial_epoch=initial_epoch)
        coming = Epochs(initial_epoch, epochs, _due(validation_freq))
        loading = _given(batch_size, max_queue_size, workers, use_multiprocessing)
        # True is the default of `shuffle`, and no reason to warn where there is nothing to shuffle.
        order = dict(shuffle=None if shuffle is True else shuffle, seed=draw_seed())
        training = _feed((x, y, sample_weight), steps_per_epoch, order | loading, passes=len(coming))
        sizes = validation_batch_size, batch_size
        validation = _validation_feed(validation_data, validation_steps, coming.validations, sizes, loading)
        with training as feed, validation as validation_feed:
            return self._fit(feed, validation_feed, coming, callbacks, verbose)

    def _fit(
        self, feed: Feeding, validation: Feeding | None, coming: Epochs, callbacks: Any, verbose: int | str
    ) -> History:
        self._required("fit").build(feed.spec(coming.first), "train")
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
        loading = _given(batch_size, max_queue_size, workers, use_multiprocessing)
        with _feed((x, y, sample_weight), steps, loading) as feed:
            compiled.build(feed.spec(0), "test")
            called = self._callbacks(callbacks, verbose, epochs=1, steps=feed.steps)
            self.stop_evaluating = False
            donated = () if called.watches_batches("test") else CARRIED["test"]
            with self._running(called, "test", donated) as run:
                logs = loop.test(self._phase("test", run, feed, called))
        if return_dict:
            return logs
        values = list(logs.values())
        return values[0] if len(values) == 1 else values

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
        compiled = self._compiled or Compiled(self)
        loading = _given(batch_size, max_queue_size, workers, use_multiprocessing)
        outputs = Outputs()
        with _feed((x,), steps, loading, columns=inputs_only) as feed:
            compiled.build(feed.spec(0), "predict")
            called = self._callbacks(callbacks, verbose, epochs=1, steps=feed.steps)
            self.stop_predicting = False
            donated = () if called.watches_batches("predict") else CARRIED["predict"]
            with self._running(called, "predict", donated) as run:
                loop.predict(self._phase("predict", run, feed, called, take=outputs.take))
        return outputs.joined()

    @property
    def metrics(self) -> list[Metric]:
        """The metrics of the logs: the mean loss, those of `compile`, those that layers hold."""
        return self._compiled.objective.metrics if self._compiled is not None else []

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` gives, in its order."""
        return self._required("metrics_names").objective.names

    def metric_direction(self, name: str) -> str | None:
        """`"up"` or `"down"` where it is known which way a metric gets better."""
        return self._required("metric_direction").objective.direction(name)

    def _required(self, use: str) -> Compiled:
        if self._compiled is None:
            raise RuntimeError(f"the model must be compiled before {use}; call model.compile(optimizer, loss) first")
        return self._compiled

    def _callbacks(self, given: Any, verbose: int | str, **params: Any) -> CallbackList:
        return CallbackList.of(given, add_progbar=verbose != 0, model=self, verbose=verbose, **params)

    def _phase(self, kind: Any, run: RunState, feed: Feeding, called: CallbackList, take: Any = None) -> Phase:
        compiled = self._compiled or Compiled(self)
        alone = called.watches_batches(kind)
        programs = compiled.programs(kind, run.variables, donates=bool(run.donated), alone=alone)
        steps = compiled.steps(kind, run.variables)
        names = [] if kind == "predict" else compiled.objective.names
        fresh = [] if kind == "predict" else steps.reset(run.state.metrics)
        stops = {"train": lambda: self.stop_training, "test": lambda: self.stop_evaluating}
        return Phase(
            kind, run, feed, programs, called, names, fresh, stops.get(kind, lambda: self.stop_predicting), take
        )

    @contextmanager
    def _running(self, called: CallbackList, kind: str, donated: tuple[str, ...]) -> Iterator[RunState]:
        """A run over the variables of `kind`; callbacks hear of an exception once the variables have their state."""
        compiled = self._compiled or Compiled(self)
        try:
            with RunState(compiled.variables(kind), donated) as run:
                yield run
        except BaseException as error:
            called.on_exception(error)
            raise


def _given(
    batch_size: int | None, max_queue_size: int | None, workers: int | None, use_multiprocessing: bool | None
) -> dict[str, Any]:
    """How batches are to be loaded."""
    workers_given = dict(workers=workers, use_multiprocessing=use_multiprocessing, max_queue_size=max_queue_size)
    return dict(batch_size=batch_size, **workers_given)


def _feed(
    data: tuple[Any, ...],
    steps: int | None,
    options: dict[str, Any],
    *,
    columns: Columns = all_columns,
    passes: int = 1,
    restarts: bool = False,
) -> Feeding:
    """The feed of whatever data is given, of which `passes` epochs will be asked."""
    if data[0] is None:
        raise ValueError("x is missing; pass arrays, a PyDataset, a generator, a loader or the path of a file")
    _check_steps(steps)
    recipe = recipe_of(*data, steps=None if steps == -1 else steps, **options)
    if recipe.endless and steps in (None, -1):
        raise ValueError("x has no end, so an epoch needs a number of steps; give steps_per_epoch (or steps)")
    if passes > 1 and not recipe.restartable and (restarts or steps in (None, -1)):
        raise ValueError(
            f"a generator can be read once, but it is to be read {passes} times; pass a function that returns the "
            "generator" + ("" if restarts else ", or steps_per_epoch")
        )
    return feed_of(recipe, steps, columns, restarts=restarts)


def _validation_feed(
    given: Any, steps: int | None, passes: int, sizes: tuple[int | None, int | None], loading: dict[str, Any]
) -> AbstractContextManager[Feeding | None]:
    """The feed for validation; rows come in batches of the first of `sizes` that is given, its own or training's."""
    if given is None:
        return nullcontext()
    data = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(data) > 3:
        raise ValueError(f"validation_data must be (x, y) or (x, y, sample_weight), but has {len(data)} parts")
    own, training = sizes
    batch_size = own or (training if len(data) > 1 else None)
    # Every validation begins with the first batch, however many steps it takes.
    return _feed(data, steps, loading | {"batch_size": batch_size}, passes=passes, restarts=True)


def _due(validation_freq: int | Container[int]) -> Any:
    """Whether to validate after an epoch (counted from 0)."""
    if isinstance(validation_freq, int):
        if validation_freq < 1:
            raise ValueError(f"validation_freq must be at least 1, but is {validation_freq}")
        return lambda epoch: (epoch + 1) % validation_freq == 0
    if isinstance(validation_freq, Container) and not isinstance(validation_freq, str):
        return lambda epoch: epoch + 1 in validation_freq
    raise ValueError(f"validation_freq must be a number of epochs or a container of them, but is {validation_freq!r}")


def _are_metrics(third: Any) -> bool:
    """Whether the third argument of `compile` can only be metrics."""
    items = list(third) if isinstance(third, (list, tuple)) else [third]
    return bool(items) and all(isinstance(item, (str, Metric)) for item in items)


def _refuse_unbuilt(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is not None:
            raise NotImplementedError(f"{name}={value!r} is not built yet")


def _refuse_overridden(model: Trainer) -> None:
    for name in ("train_step", "test_step", "predict_step", "compute_loss", "compute_metrics"):
        if any(name in vars(cls) for cls in type(model).__mro__):
            raise NotImplementedError(f"an overridden {name} is not built yet")


def _check_counts(**counts: int) -> None:
    for name, value in counts.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ValueError(f"{name} must be a whole number of at least 0, but is {value!r}")


def _check_steps(steps: int | None) -> None:
    if steps is not None and (isinstance(steps, bool) or not isinstance(steps, int) or (steps < 1 and steps != -1)):
        raise ValueError(f"the number of steps must be positive, -1 (to the end of the data) or None, but is {steps!r}")
