# Needs the evaluation of every model of the run.
# Makes the leaderboard, names the champion, and notes the configuration behind all results.
from churn.config.display import as_plain


rule compare_models:
    """Put all models of the run side by side and name the best."""
    input:
        reports=collect(rules.evaluate_model.output.report, model=MODELS),
        library=library("comparison", "errors", "files", "jobs", "redaction"),
    output:
        leaderboard="results/leaderboard.csv",
        champion="results/champion.json",
        config="results/config.yaml",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.jsonl"
    conda:
        "../../environment.yml"
    params:
        points=RUN.swept(),
        configuration=as_plain(RUN, leave_out=["logging", "project"]),
    message:
        "Comparing the models"
    script:
        "../scripts/compare_models.py"
