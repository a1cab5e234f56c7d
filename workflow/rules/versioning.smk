# Needs every result, config/versioning, and a git repository with .dvc/config in it.
# Makes metrics and curves as DVC compares them, and the version of all results in DVC's cache
# with its pointer in run.dvc.


rule tabulate_run:
    """Write metrics and curves of all models in the form that DVC compares."""
    input:
        reports=of_all_models(rules.evaluate_model.output.report),
        curves=of_all_models(rules.evaluate_model.output.curves),
    output:
        metrics=directory("results/metrics"),
        roc="results/curves/roc.json",
        precision_recall="results/curves/precision_recall.json",
        calibration="results/curves/calibration.json",
    log:
        "results/logs/tabulate_run.log",
    benchmark:
        "results/benchmarks/tabulate_run.jsonl"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        library("errors", "files", "jobs", "redaction", "version_views"),
    message:
        "Tabulating metrics and curves"
    script:
        "../scripts/tabulate_run.py"


rule version_results:
    """Version all results; the only process that DVC works in, and the last job."""
    input:
        earlier_run,
        rules.results.input,
        rules.tabulate_run.output,
    output:
        note="results/version.json",
    log:
        "results/logs/version_results.log",
    benchmark:
        "results/benchmarks/version_results.jsonl"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        library(
            "errors",
            "files",
            "git",
            "jobs",
            "pointers",
            "redaction",
            "restoring_state",
            "run_identity",
            "version_errors",
            "version_settings",
            "version_store",
            "versioning",
        ),
        versioning=RUN.section("versioning"),
    message:
        "Versioning the results"
    script:
        "../scripts/version_results.py"
