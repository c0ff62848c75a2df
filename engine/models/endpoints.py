"""The layers that add losses and metrics of symbolic tensors to a drawn model."""

from typing import Any

from ..layers.layer import Layer


class AddLoss(Layer):
    """Adds what it is given to the loss, and gives it on."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        self.add_loss(inputs)
        return inputs


class AddMetric(Layer):
    """Adds the mean of what it is given to the metrics, and gives it on."""

    def __init__(self, metric_name: str | None = None, aggregation: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.metric_name = metric_name
        self.aggregation = aggregation
        self._has_no_weights()

    def call(self, inputs: Any) -> Any:
        self.add_metric(inputs, self.metric_name, self.aggregation)
        return inputs

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "metric_name": self.metric_name, "aggregation": self.aggregation}
