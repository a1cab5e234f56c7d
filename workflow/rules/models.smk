# Needs the training and the test set, config/model, config/training and config/evaluation.
# Makes, for each model, the fitted model with its cross-validation, and its evaluation.
from churn.durations import longest_first

TRAINING_ORDER = longest_first(Path("results/benchmarks/train_model"), MODELS)


rule train_model:
    """Cross-validate one model on the training set and fit it on all of it."""
    input:
        train=rules.process_features.output.train,
    output:
        model="results/models/{model}/model.skops",
        metrics="results/models/{model}/metrics.json",
        out_of_fold="results/models/{model}/out_of_fold.parquet",
        config="results/models/{model}/config.yaml",
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/benchmarks/train_model/{model}.jsonl"
    # Before any evaluation, and the model first that took longest the last time.
    priority: lambda wildcards: TRAINING_ORDER.get(wildcards.model, 1)
    conda:
        "../../environment.yml"
    threads: share_of_cores("train_model")
    resources:
        **needs("train_model", "train"),
    params:
        library(
            "calibration",
            "customers",
            "errors",
            "estimators",
            "files",
            "jobs",
            "metrics",
            "persistence",
            "prediction",
            "preprocessing",
            "redaction",
            "side_by_side",
            "splitting",
            "thread_pools",
            "training",
            "trusted_types",
        ),
        model=lambda wildcards: RUN.model(wildcards.model),
        seed=RUN.section("seed"),
        training=RUN.section("training"),
    message:
        "Training {wildcards.model}"
    script:
        "../scripts/train_model.py"


rule evaluate_model:
    """Judge one model on the test set, at the threshold learned out of fold."""
    input:
        model=rules.train_model.output.model,
        out_of_fold=rules.train_model.output.out_of_fold,
        train=rules.process_features.output.train,
        test=rules.process_features.output.test,
    output:
        report="results/evaluation/{model}/report.json",
        curves="results/evaluation/{model}/curves.json",
        predictions="results/evaluation/{model}/predictions.parquet",
    log:
        "results/logs/evaluate_model/{model}.log",
    benchmark:
        "results/benchmarks/evaluate_model/{model}.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores("evaluate_model")
    resources:
        **needs("evaluate_model", "train", "test"),
    params:
        library(
            "bootstrap",
            "curves",
            "customers",
            "errors",
            "estimators",
            "evaluation",
            "files",
            "jobs",
            "metrics",
            "persistence",
            "prediction",
            "redaction",
            "resampled_metrics",
            "side_by_side",
            "slices",
            "standard_errors",
            "thread_pools",
            "thresholds",
            "trusted_types",
        ),
        evaluation=RUN.section("evaluation", leave_out=["explanations", "gates"]),
        slices=RUN.section("data.slices"),
        seed=RUN.section("seed"),
    message:
        "Evaluating {wildcards.model}"
    script:
        "../scripts/evaluate_model.py"
