# Needs the results of all models, the comparison, the champion and the profile of the customers.
# Makes the plots, as pages and as Vega-Lite specifications, and the model card: what stands in
# Snakemake's report, with captions from workflow/report.
from churn.config.display import as_command


rule draw_plots:
    """Draw the results of all models over each other."""
    input:
        reports=of_all_models(rules.evaluate_model.output.report),
        curves=of_all_models(rules.evaluate_model.output.curves),
        scores=of_all_models(rules.train_model.output.metrics),
        explanations=of_all_models(rules.explain_model.output.explanation),
        comparison=rules.compare_models.output.comparison,
        config=rules.compare_models.output.config,
        leakage=rules.check_leakage.output.signals,
        profile=rules.process_features.output.profile,
        page=template("page.html.jinja"),
        configuration=template("configuration.html.jinja"),
        style=template("style.css"),
    output:
        **plot_pages("Data", customers="Customers"),
        **plot_pages(
            "Models",
            ranking="Ranking",
            calibration="Calibration",
            decision="Decision",
            slices="Slices",
            explanations="Explanations",
        ),
        **plot_pages("Comparison", leaderboard="Leaderboard", pairs="Pairwise tests"),
        specifications=collect("results/plots/{chart}.json", chart=CHARTS),
        configuration=report(
            "results/plots/configuration.html",
            category="Run",
            caption="../report/configuration.rst",
            labels={"page": "Configuration"},
        ),
    log:
        "results/logs/draw_plots.log",
    benchmark:
        "results/benchmarks/draw_plots.jsonl"
    conda:
        "../../environment.yml"
    threads: share_of_cores("draw_plots")
    resources:
        **needs("draw_plots", "reports", "curves"),
    params:
        library(
            "errors",
            "files",
            "html_pages",
            "jobs",
            "plots.calibration",
            "plots.comparison",
            "plots.customers",
            "plots.decision",
            "plots.drawing",
            "plots.explanations",
            "plots.ranking",
            "plots.results",
            "plots.slices",
            "plots.theme",
            "redaction",
            "side_by_side",
            "titles",
        ),
        # The captions quote these.
        alpha=RUN.section("champion.alpha"),
        confidence=RUN.section("evaluation.bootstrap.confidence"),
        cross_validation=RUN.section("training.cross_validation"),
        seed=RUN.section("seed"),
        slices=RUN.section("evaluation.slices"),
        test_size=RUN.section("features.test_size"),
        threshold=RUN.section("evaluation.threshold"),
    message:
        "Drawing the plots"
    script:
        "../scripts/draw_plots.py"


rule write_model_card:
    """Write the model card of the best model, champion or not."""
    input:
        champion=rules.name_champion.output.champion,
        config=rules.compare_models.output.config,
        explanations=of_all_models(rules.explain_model.output.explanation),
        facts=rules.download_data.output.facts,
        profile=rules.process_features.output.profile,
        reports=of_all_models(rules.evaluate_model.output.report),
        card=template("model_card.md.jinja"),
        page=template("model_card.html.jinja"),
        style=template("style.css"),
    output:
        markdown="results/model_card.md",
        html=report(
            "results/model_card.html",
            category="Champion",
            caption="../report/model_card.rst",
            labels={"page": "Model card"},
        ),
    log:
        "results/logs/write_model_card.log",
    benchmark:
        "results/benchmarks/write_model_card.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("write_model_card"),
    params:
        library("errors", "files", "html_pages", "jobs", "model_card", "redaction", "titles"),
        command=as_command(RUN, leave_out=WITHOUT_EFFECT),
    message:
        "Writing the model card"
    script:
        "../scripts/write_model_card.py"
