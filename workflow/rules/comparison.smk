# Needs the evaluation of every model of the run.
# Makes the leaderboard and names the champion.


rule compare_models:
    """Put all models of the run side by side and name the best."""
    input:
        reports=collect(rules.evaluate_model.output.report, model=MODELS),
        library=library("comparison", "errors", "files", "jobs", "redaction"),
    output:
        leaderboard="results/leaderboard.csv",
        champion="results/champion.json",
    log:
        "results/logs/compare_models.log",
    benchmark:
        "results/benchmarks/compare_models.jsonl"
    conda:
        "../../environment.yml"
    params:
        points=RUN.swept(),
    message:
        "Comparing the models"
    script:
        "../scripts/compare_models.py"
