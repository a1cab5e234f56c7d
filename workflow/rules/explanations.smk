# Needs the fitted models, the test set and config/evaluation.
# Makes, for each model, which columns it relies on and how its predictions go with them.


rule explain_model:
    """Explain one model by the columns of the customers."""
    input:
        model=rules.train_model.output.model,
        test=rules.process_features.output.test,
    output:
        explanation="results/explanations/{model}.json",
    log:
        "results/logs/explain_model/{model}.log",
    benchmark:
        "results/benchmarks/explain_model/{model}.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("explain_model", "test"),
    params:
        library(
            "customers",
            "errors",
            "estimators",
            "explanations",
            "files",
            "importance",
            "jobs",
            "partial_dependence",
            "persistence",
            "perturbation",
            "prediction",
            "redaction",
            "thread_pools",
            "trusted_types",
        ),
        confidence=RUN.section("evaluation.bootstrap.confidence"),
        explanations=RUN.section(
            "evaluation.explanations", leave_out=["background_rows", "reasons"]
        ),
        seed=RUN.section("seed"),
    message:
        "Explaining {wildcards.model}"
    script:
        "../scripts/explain_model.py"
