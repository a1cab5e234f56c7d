"""The same configuration and data give the same bytes."""

from collections.abc import Callable

from support.project import Project


def test_same_bytes_in_two_folders_with_one_and_two_cores(new_project: Callable[[str], Project]):
    config = ("model=all", "data={source: {rows: 600}}")
    digests = []
    for cores in (1, 2):
        project = new_project(f"with_{cores}")
        project.snakemake(config=config, cores=cores).succeeded()
        digests.append(project.digests())
    assert digests[0] == digests[1]
    names = set(digests[0])
    for model in ("baseline", "random_forest", "hist_gradient_boosting"):
        assert f"models/{model}/model.skops" in names
        assert f"evaluation/{model}/predictions.parquet" in names


def test_another_seed_gives_other_bytes(finished: Project):
    before = finished.digests("models", "evaluation")
    finished.snakemake(config=("models=[baseline,logistic_regression]", "seed=7")).succeeded()
    after = finished.digests("models", "evaluation")
    assert before.keys() == after.keys()
    assert (
        before["models/logistic_regression/model.skops"]
        != after["models/logistic_regression/model.skops"]
    )
