"""The part of Kubernetes' API that Snakemake's plugin calls, on this machine.

It keeps what is submitted. A pod that is to run does so as a process in an empty folder, with the
command and the environment of its container and nothing of the one who submitted it: what a node
would do, but for the image and the limits.
"""

import base64
import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: here
clusters: [{{name: here, cluster: {{server: "{url}"}}}}]
contexts: [{{name: here, context: {{cluster: here, user: nobody}}}}]
users: [{{name: nobody, user: {{}}}}]
"""


class KubernetesApi:
    """A cluster without nodes.

    Parameters
    ----------
    runs : callable
        Tells of the number of a submission, from 1, whether its pod runs or fails at once.
    variables : dict
        What the image would have in its environment.

    Attributes
    ----------
    jobs : list of dict
        What was submitted, in order.
    secrets : dict
        The secrets that are there, decoded, by name.
    printed : list of str
        What each pod that ran has printed.
    """

    def __init__(self, runs: Callable[[int], bool], variables: dict[str, str]) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.secrets: dict[str, dict[str, str]] = {}
        self.deleted: list[str] = []
        self.printed: list[str] = []
        self._runs, self._variables = runs, variables
        self._status: dict[str, dict[str, int]] = {}

    def answer(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Do what a call asks for and give the answer."""
        kind, _, name = path.partition("/namespaces/default/")[2].partition("/")
        if (method, kind) == ("POST", "secrets"):
            data = {key: base64.b64decode(text).decode() for key, text in body["data"].items()}
            self.secrets[body["metadata"]["name"]] = data
        elif (method, kind) == ("DELETE", "secrets"):
            del self.secrets[name]
        elif (method, kind) == ("POST", "jobs"):
            self._submit(body)
        elif (method, kind) == ("DELETE", "jobs"):
            self.deleted.append(name)
        elif (method, kind) == ("GET", "jobs"):
            return {"status": self._status[name.removesuffix("/status")]}
        elif (method, kind) == ("GET", "pods"):
            return {"items": []}
        else:
            raise AssertionError(f"nobody answers {method} {path}")
        return body

    def _submit(self, job: dict[str, Any]) -> None:
        self.jobs.append(job)
        name = job["metadata"]["name"]
        if self._runs(len(self.jobs)):
            self._status[name] = {"active": 1}
            threading.Thread(target=self._run, args=(name, job)).start()
        else:
            self._status[name] = {"failed": 1}

    def _run(self, name: str, job: dict[str, Any]) -> None:
        container = job["spec"]["template"]["spec"]["containers"][0]
        known = {
            entry["name"]: self.secrets[reference["name"]][reference["key"]]
            for entry in container["env"]
            for reference in [entry["valueFrom"]["secretKeyRef"]]
        }
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [*container["command"], *container["args"]],
                cwd=folder,
                env=self._variables | {"HOME": folder} | known,
                capture_output=True,
                text=True,
                check=False,
            )
        self.printed.append(done.stdout + done.stderr)
        self._status[name] = {"failed": 1} if done.returncode else {"succeeded": 1}


@contextmanager
def kubernetes_api(
    folder: Path, runs: Callable[[int], bool], variables: dict[str, str]
) -> Iterator[tuple[KubernetesApi, Path]]:
    """Serve the API, and give it with the configuration file that leads there."""
    api = KubernetesApi(runs, variables)

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            answer = json.dumps(api.answer(self.command, self.path.split("?")[0], body)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = _handle  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        config = folder / "kubeconfig"
        config.write_text(KUBECONFIG.format(url=f"http://127.0.0.1:{server.server_port}"))
        try:
            yield api, config
        finally:
            server.shutdown()


def image(python: Path) -> dict[str, str]:
    """Give the environment of an image that has this Python's packages."""
    return {"PATH": f"{python.parent}:{os.defpath}", "LANG": "C.UTF-8"}
