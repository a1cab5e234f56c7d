"""The profile for Kubernetes, against a stand-in for the cluster's API and a real S3 server."""

from collections.abc import Callable
from pathlib import Path

from support.kubernetes_api import image, kubernetes_api
from support.object_store import ENVIRONMENT, SECRET, needs_rclone, s3_server
from support.project import Project
from support.slurm import PYTHON, command, needs_plugins, start

pytestmark = [needs_plugins, needs_rclone]

IMAGE = "registry.example/churn"


def test_pod_that_failed_comes_back_with_more_and_stores_its_result(
    new_project: Callable[[str], Project], tmp_path: Path
):
    project = new_project("pods")
    # The files that travel to the pods are those that git knows.
    for words in (["init", "--quiet"], ["add", "--all"]):
        project.run(["git", *words]).succeeded()
    with (
        s3_server(tmp_path / "objects", "churn") as url,
        kubernetes_api(tmp_path, lambda number: number > 1, image(PYTHON)) as (api, config),
    ):
        call = command(
            *("results/data/download.json", "--container-image", IMAGE),
            *("--default-storage-prefix", "s3://churn/first", "--storage-s3-endpoint-url", url),
            *("--seconds-between-status-checks", "1"),
            profile="kubernetes",
        )
        process = start(project, call, KUBECONFIG=str(config), **ENVIRONMENT)
        code = process.wait(timeout=300)
    printed = project.path("printed").read_text()
    assert code == 0, "\n".join([printed, *api.printed])
    assert (tmp_path / "objects/churn/first/results/data/download.json").is_file()
    first, second = [job["spec"]["template"]["spec"]["containers"][0] for job in api.jobs]
    assert {first["image"], second["image"]} == {IMAGE}
    asked = [container["resources"]["requests"] for container in (first, second)]
    assert memory(asked[1]) == 2 * memory(asked[0]) > 0
    # The key is in no command, and Kubernetes' secret that holds it is gone.
    assert SECRET not in str(api.jobs) + printed + str(api.printed)
    assert api.secrets == {}
    assert api.deleted == [api.jobs[1]["metadata"]["name"]]


def memory(requests: dict[str, str]) -> int:
    return int(requests["memory"].removesuffix("M"))
