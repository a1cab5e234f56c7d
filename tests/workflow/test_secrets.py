"""Secrets are in nothing that a run writes or prints, and names cannot leave their folder."""

import base64
import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from support.project import Project
from support.versioned import VersionedProject
from support.web_server import Handler, WebServer, content, hang, status

CANARIES = {
    name: f"canary{name}z8Qk"
    for name in ("user", "password", "query", "mlflow", "aws", "mail", "hook", "login")
}
HOOK = f"/{CANARIES['hook']}"
ONE_MODEL = "models=[logistic_regression]"


def variables(server: WebServer, *more: str) -> dict[str, str]:
    """Give an environment full of secrets."""
    hook = f"json://me:{CANARIES['login']}@{server.host}{HOOK}"
    user = f"{CANARIES['user']}:{CANARIES['password']}"
    return {
        "SHOP_URL": f"http://{user}@{server.host}/shop.csv?sig={CANARIES['query']}",
        "MLFLOW_TRACKING_PASSWORD": CANARIES["mlflow"],
        "AWS_SECRET_ACCESS_KEY": CANARIES["aws"],
        "SMTP_PASS": CANARIES["mail"],
        "CHURN_NOTIFY_URLS": " ".join([hook, *more]),
        "NO_PROXY": "127.0.0.1",
    }


def encodings(secret: str) -> set[bytes]:
    """Give the bytes that hide a secret from nobody: as it is, and in base64 at any offset."""
    plain = secret.encode()
    # Of the first and the last group of four letters only the middle is the secret's alone.
    return {plain} | {base64.b64encode(b"x" * n + plain)[4:-4] for n in range(3)}


def leaks(texts: Iterable[tuple[str, bytes]]) -> list[str]:
    """Name each text that holds a secret, and whose."""
    return [
        f"{where}: {name}"
        for where, text in texts
        for name, secret in CANARIES.items()
        if any(encoded in text for encoded in encodings(secret))
    ]


def files(folder: Path) -> list[tuple[str, bytes]]:
    found = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        found.append((f"name of {name}", name.encode()))
        if path.is_file():
            # A file that went away meanwhile was read by someone else's turn.
            found.append((name, path.read_bytes() if path.exists() else b""))
    return found


def with_web_source(project: Project) -> Project:
    """Have the customers come from the URL in the environment."""
    source = "source:\n  kind: url\n  url: ${oc.env:SHOP_URL}\n  sha256: null\n  format: csv\n"
    source += "  timeout: 20\n  retries: 0\n  max_bytes: 100000000\n\n"
    text = project.path("config/data/synthetic.yaml").read_text()
    start, end = text.index("source:"), text.index("target:")
    project.path("config/data/web.yaml").write_text(text[:start] + source + text[end:])
    return project


def messages(server: WebServer) -> list[dict]:
    return [json.loads(request.body) for request in server.requests if request.target == HOOK]


def test_canaries_are_found_where_they_are(tmp_path: Path):
    secret = CANARIES["aws"]
    (tmp_path / "plain").write_text(f"a{secret}b")
    for n in range(3):
        (tmp_path / f"base{n}").write_bytes(base64.b64encode(b"x" * n + secret.encode() + b"yy"))
    (tmp_path / "none").write_text("canary")
    assert leaks(files(tmp_path)) == [
        f"{name}: aws" for name in ("base0", "base1", "base2", "plain")
    ]


def test_secrets_are_nowhere_in_a_run_that_ends_well(finished: Project):
    table = finished.path("results/data/raw/customer_churn.csv").read_bytes()
    project = with_web_source(VersionedProject.of(finished))
    meanwhile: list[str] = []

    def look_and_serve(handler: Handler) -> None:
        # What is deleted in the end can be left behind by a run that is killed.
        meanwhile.extend(leaks(files(project.folder)))
        content(table)(handler)

    with WebServer() as server:
        server.serve("/shop.csv", look_and_serve)
        server.serve(HOOK, status(200))
        server.serve("/hang", hang())
        known = variables(server, f"json://{server.host}/hang")
        stores = ("tracking=local", "versioning=local")
        config = (ONE_MODEL, "data=web", "notifications={kind: apprise, timeout: 6}", *stores)
        outcome = project.snakemake(config=config, variables=known).succeeded()
        assert server.count("/shop.csv") == 1
        assert f"?sig={CANARIES['query']}" in server.requests[0].target
        (message,) = messages(server)
        again = project.snakemake(config=config, variables=known).succeeded()
        new_login = {**known, "SHOP_URL": known["SHOP_URL"].replace("canaryuser", "another")}
        same = project.snakemake("-n", config=config, variables=new_login).succeeded()
        new_query = {**known, "SHOP_URL": f"{known['SHOP_URL']}&year=2024"}
        other = project.snakemake("-n", config=config, variables=new_query).succeeded()
        report = project.snakemake(
            "--report", "report.html", config=config, variables=known
        ).succeeded()
    # What was searched holds MLflow's database and the versions.
    assert project.path("results/mlflow/mlflow.db").exists()
    assert project.cached()
    outputs = [("printed", each.output.encode()) for each in (outcome, again, same, other, report)]
    assert leaks([*files(project.folder), *outputs]) == []
    assert meanwhile == []
    # The message says what a run has come to, and an address that hangs changes nothing.
    assert message["title"].startswith("churn_prediction: run finished after")
    assert "logistic_regression: ROC-AUC on the test set 0." in message["message"]
    assert "Not notified: CHURN_NOTIFY_URLS 2 (json): not delivered (2 attempts)" in outcome.output
    # What reruns: a new query may name other customers, a new login opens the same.
    assert "Nothing to be done" in again.output
    assert "Nothing to be done" in same.output
    assert "Fetching the raw customers" in other.output


def test_secrets_are_nowhere_in_runs_that_fail(finished: Project):
    with WebServer() as server:
        server.serve(HOOK, status(200))
        known = variables(server)
        typed = f"http://me:{CANARIES['password']}@{server.host}/none.csv?sig={CANARIES['query']}"
        with_web_source(finished)
        words = f"data.source.url='{typed}' data.source.retries=1"
        outcomes = [
            finished.snakemake(
                config=(ONE_MODEL, *config, "notifications=apprise"), variables=known
            ).failed()
            for config in (
                ("data=web", f"overrides={words}"),
                ("overrides=data.target=${oc.env:SMTP_PASS}",),
                ("overrides=data.source.url=" + typed, "data=web", "seed=-1"),
            )
        ]
        first, second = messages(server)
    outputs = [("printed", outcome.output.encode()) for outcome in outcomes]
    told = [("told", json.dumps(body).encode()) for body in (first, second)]
    assert leaks([*files(finished.folder), *outputs, *told]) == []
    assert first["title"].startswith("churn_prediction: run FAILED after")
    assert f"Cannot download http://***@{server.host}/none.csv?sig=***: " in first["message"]
    assert "download_data failed\n" in first["message"]
    assert f"cd {finished.folder} && python -m snakemake --cores 2" in first["message"]
    assert "process_features failed\n" in second["message"]


def test_new_notifications_rerun_nothing_and_a_dry_run_sends_none(finished: Project):
    with WebServer() as server:
        server.serve(HOOK, status(200))
        words = "notifications.log_lines=1 notifications.events=[start,success,error]"
        outcome = finished.snakemake(
            "-n",
            config=(
                "models=[baseline,logistic_regression]",
                "data={source: {rows: 400}}",
                "notifications=apprise",
                f"overrides={words}",
            ),
            variables=variables(server),
        ).succeeded()
        assert "Nothing to be done" in outcome.output
        new = finished.snakemake(
            "-n", config=(ONE_MODEL, "seed=1", "notifications=apprise"), variables=variables(server)
        ).succeeded()
        assert new.jobs
        assert server.requests == []


@pytest.mark.parametrize(
    "config",
    [
        ("model=../../escaped",),
        ("model=[baseline,../escaped]",),
        ("models=[..]",),
        ("data=../model/baseline",),
    ],
)
def test_names_that_leave_their_folder_are_refused(
    new_project: Callable[[str], Project], config: tuple[str, ...]
):
    project = new_project("project")
    outcome = project.snakemake("-n", config=config).failed()
    assert "Error: this run cannot start:\n  " in outcome.output
    assert not project.path("results").exists()


def test_swept_values_stay_in_the_folder(new_project: Callable[[str], Project]):
    words = "+model.params.constant='../../up','/etc/x','a b;$(touch escaped)'"
    project = new_project("project")
    outcome = project.snakemake("-n", config=("model=baseline", f"overrides={words}")).succeeded()
    names = re.findall(r"^Job \d+: Training (.*)$", outcome.output, flags=re.M)
    assert len(names) == 3
    for name in names:
        assert re.fullmatch(r"baseline\+constant=[\w.]+\+[0-9a-f]{8}", name), name
