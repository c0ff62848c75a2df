"""The logs of each epoch reach a server, or a warning says that they do not."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import numpy as np
import pytest

import penstock as ps


class Recorder(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.received.append((self.path, self.headers["Content-Type"], self.headers["X-Run"], body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format, *args):
        """Quiet."""


@pytest.fixture
def server():
    """A server on this machine that records what is posted."""
    with HTTPServer(("127.0.0.1", 0), Recorder) as serving:
        serving.received, serving.status = [], 200
        thread = threading.Thread(target=serving.serve_forever, args=(0.01,))
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def root(server):
    return f"http://127.0.0.1:{server.server_port}"


def test_json_is_sent_as_it_is(server):
    monitor = ps.callbacks.RemoteMonitor(root(server), headers={"X-Run": "7"}, send_as_json=True)
    monitor.on_epoch_end(2, {"loss": np.float32(0.5), "recall": np.array([1.0, 0.5])})
    ((path, kind, run, body),) = server.received
    assert (path, kind, run) == ("/publish/epoch/end/", "application/json", "7")
    assert json.loads(body) == {"epoch": 2, "loss": 0.5, "recall": [1.0, 0.5]}


def test_a_form_has_the_json_in_its_field(server, line, regressor):
    monitor = ps.callbacks.RemoteMonitor(root(server), path="/p", field="logs")
    history = regressor().fit(*line, epochs=2, verbose=0, callbacks=monitor)
    sent = [json.loads(parse_qs(body)["logs"][0]) for _, _, _, body in server.received]
    assert [logs["epoch"] for logs in sent] == [0, 1]
    assert [logs["loss"] for logs in sent] == history.history["loss"]


def test_a_server_that_fails_is_a_warning(server):
    server.status = 500
    with pytest.warns(UserWarning, match=rf"could not send the logs to {root(server)}: .*500"):
        ps.callbacks.RemoteMonitor(root(server)).on_epoch_end(0, {})


def test_no_server_is_a_warning():
    with pytest.warns(UserWarning, match="could not send the logs to http://127.0.0.1:1: .*refused"):
        ps.callbacks.RemoteMonitor("http://127.0.0.1:1").on_epoch_end(0, {})


def test_other_schemes_are_refused():
    with pytest.raises(ValueError, match=r"root must begin with http:// or https://, but is 'file:///etc'"):
        ps.callbacks.RemoteMonitor("file:///etc")
