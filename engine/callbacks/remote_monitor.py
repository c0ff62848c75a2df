"""Sends the logs of each epoch to a server."""

import json
import warnings
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import numpy as np

from .callback import Callback, Logs, neutral


class RemoteMonitor(Callback):
    """Posts `{"epoch": …, "loss": …, …}` as JSON to `root + path` after every epoch.

    The JSON is sent as a form with one field, called `field`, or as it is with `send_as_json=True`; `headers` are added
    to the request's. A server that cannot be reached, or does not answer within `timeout` seconds, is a warning;
    training goes on.

    ```python
    model.fit(x, y, callbacks=[ps.callbacks.RemoteMonitor("http://localhost:9000", send_as_json=True)])
    ```
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
        *,
        timeout: float = 10.0,
    ) -> None:
        if not root.startswith(("http://", "https://")):
            raise ValueError(f"root must begin with http:// or https://, but is {root!r}")
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json
        self.timeout = timeout

    @neutral
    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        try:
            with urlopen(self._request(epoch, logs or {}), timeout=self.timeout) as answer:
                answer.read()
        except (URLError, OSError) as error:
            warnings.warn(f"RemoteMonitor could not send the logs to {self.root}: {error}", stacklevel=2)

    def _request(self, epoch: int, logs: dict[str, Any]) -> Request:
        text = json.dumps({"epoch": epoch, **{name: _plain(value) for name, value in logs.items()}})
        if self.send_as_json:
            body, kind = text, "application/json"
        else:
            body, kind = urlencode({self.field: text}), "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, **(self.headers or {})}
        return Request(self.root + self.path, body.encode(), headers, method="POST")


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
