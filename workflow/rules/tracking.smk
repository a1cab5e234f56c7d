# Needs all that the run has made, and config/tracking.
# Makes the record of what was logged to MLflow; the store and what waits for it are in
# results/mlflow.
from churn import mlflow_store

TRACKED = RUN.section("tracking.mode") != "off"

if workflow.is_main_process and RUN.section("tracking.mode") == "server":
    try:
        mlflow_store.server_uri()
    except InputError as error:
        stop(error)


rule track_runs:
    """Log the run to MLflow, register the champion, and log earlier runs that wait."""
    input:
        # What an earlier run could not log is tried again, though its record is there.
        again_if("track_runs", mlflow_store.is_pending),
        champion=rules.name_champion.output,
        comparison=rules.compare_models.output,
        leakage=rules.check_leakage.output,
        facts=rules.download_data.output.facts,
        profile=rules.process_features.output.profile,
        train=rules.process_features.output.train,
        models=of_all_models(rules.train_model.output),
        evaluations=of_all_models(rules.evaluate_model.output),
        plots=rules.draw_plots.output,
        card=rules.write_model_card.output,
        explanations=of_all_models(rules.explain_model.output),
    output:
        outcome="results/tracking.json",
    log:
        "results/logs/track_runs.log",
    benchmark:
        "results/benchmarks/track_runs.jsonl"
    localrule: True
    conda:
        "../../environment.yml"
    params:
        library(
            "cleaning",
            "customers",
            "errors",
            "files",
            "gates",
            "jobs",
            "logged_model",
            "mlflow_database",
            "mlflow_store",
            "redaction",
            "registry",
            "served_model",
            "tracking",
            "tracking_queue",
            "tracking_spool",
            "trusted_types",
        ),
        project=RUN.section("project"),
        tracking=RUN.section("tracking"),
    message:
        "Logging to MLflow"
    script:
        "../scripts/track_runs.py"
