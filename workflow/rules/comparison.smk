# Needs the two sets of customers, and every model of the run with its evaluation.
# Makes the leaderboard, the comparison and signs of leaks, names the champion, and notes the
# configuration behind all results.
from churn.config.display import as_plain


rule compare_models:
    """Put all models of the run side by side and tell which can be told apart."""
    input:
        facts=rules.download_data.output.facts,
        scores=of_all_models(rules.train_model.output.metrics),
        reports=of_all_models(rules.evaluate_model.output.report),
        predictions=of_all_models(rules.evaluate_model.output.predictions),
    output:
        leaderboard="results/leaderboard.csv",
        comparison="results/comparison.json",
        config="results/config.yaml",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("compare_models", "scores", "predictions"),
    params:
        library(
            "bootstrap",
            "comparison",
            "errors",
            "files",
            "jobs",
            "leaderboard",
            "redaction",
            "resampled_metrics",
            "significance",
        ),
        # Functions, as every other job would compose all models for them.
        points=lambda wildcards: RUN.swept(),
        configuration=lambda wildcards: as_plain(RUN, leave_out=WITHOUT_EFFECT),
        folds=RUN.section("training.cross_validation.folds"),
        bootstrap=RUN.section("evaluation.bootstrap"),
        alpha=RUN.section("champion.alpha"),
        seed=RUN.section("seed"),
    message:
        "Comparing the models"
    script:
        "../scripts/compare_models.py"


rule check_leakage:
    """Look for signs that the test set, or a feature, gives the answer away."""
    input:
        train=rules.process_features.output.train,
        test=rules.process_features.output.test,
    output:
        signals="results/data/leakage.json",
    log:
        "results/logs/check_leakage.log",
    benchmark:
        "results/benchmarks/check_leakage.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("check_leakage", "train", "test"),
    params:
        library("customers", "errors", "files", "jobs", "leakage", "redaction", "splitting"),
    message:
        "Looking for leaks"
    script:
        "../scripts/check_leakage.py"


rule name_champion:
    """Name the best model champion, if it passes the gates and beats the one in office."""
    input:
        comparison=rules.compare_models.output.comparison,
        reports=of_all_models(rules.evaluate_model.output.report),
        models=of_all_models(rules.train_model.output.model),
        leakage=rules.check_leakage.output.signals,
        train=rules.process_features.output.train,
        test=rules.process_features.output.test,
    output:
        champion="results/champion.json",
    log:
        "results/logs/name_champion.log",
    benchmark:
        "results/benchmarks/name_champion.jsonl"
    # The model in office is no output: it outlives the runs, where they are started from.
    localrule: STORED_ELSEWHERE
    conda:
        "../../environment.yml"
    resources:
        **needs("name_champion", "train", "test"),
    params:
        library(
            "bootstrap",
            "champion",
            "customers",
            "errors",
            "estimators",
            "files",
            "gates",
            "jobs",
            "persistence",
            "prediction",
            "redaction",
            "resampled_metrics",
            "significance",
            "slices",
            "splitting",
            "standard_errors",
            "thread_pools",
            "trusted_types",
        ),
        champion=RUN.section("champion"),
        evaluation=RUN.section("evaluation", leave_out=["explanations", "threshold"]),
        scoring={
            "background_rows": RUN.section("evaluation.explanations.background_rows"),
            "delimiter": RUN.section("data.delimiter"),
            "id": RUN.section("data.id"),
            "missing_values": RUN.section("features.missing_values"),
            "reasons": RUN.section("evaluation.explanations.reasons"),
        },
        slices=RUN.section("data.slices"),
        seed=RUN.section("seed"),
    message:
        "Naming the champion"
    script:
        "../scripts/name_champion.py"


rule enforce_gates:
    """Fail, after everything else, if the quality gates refuse the champion."""
    input:
        champion=rules.name_champion.output.champion,
    output:
        passed="results/gates_passed.txt",
    log:
        "results/logs/enforce_gates.log",
    benchmark:
        "results/benchmarks/enforce_gates.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("enforce_gates"),
    params:
        library("errors", "files", "gates", "jobs", "redaction"),
    message:
        "Enforcing the quality gates"
    script:
        "../scripts/enforce_gates.py"
