# Needs the source and the column roles in config/data, the split in config/features.
# Makes the raw table, the training and the test set, and the profile of the customers.


rule download_data:
    """Fetch the raw table from its source and check it against its checksum."""
    input:
        source=SOURCE,
    output:
        raw=f"results/data/raw/customer_churn.{RUN.raw_suffix()}",
        facts="results/data/download.json",
    log:
        "results/logs/download_data.log",
    benchmark:
        "results/benchmarks/download_data.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("download_data", "source"),
    params:
        library(
            "credentials",
            "download",
            "errors",
            "files",
            "http_pieces",
            "jobs",
            "pieces",
            "redaction",
            "sources",
            "synthetic",
        ),
        source=credentials.recordable(RUN.section("data.source")),
    message:
        "Fetching the raw customers"
    script:
        "../scripts/download_data.py"


rule process_features:
    """Check and clean the raw table, describe it, and split off the test set."""
    input:
        raw=rules.download_data.output.raw,
        facts=rules.download_data.output.facts,
    output:
        train="results/data/processed/train.parquet",
        test="results/data/processed/test.parquet",
        profile="results/data/profile.json",
    log:
        "results/logs/process_features.log",
    benchmark:
        "results/benchmarks/process_features.jsonl"
    conda:
        "../../environment.yml"
    resources:
        **needs("process_features", "raw"),
    params:
        library(
            "cleaning",
            "customers",
            "errors",
            "features",
            "files",
            "jobs",
            "profiling",
            "raw_table",
            "redaction",
            "roles",
            "splitting",
            "validation",
        ),
        data=RUN.section("data", leave_out=["slices", "source"]),
        features=RUN.section("features"),
        seed=RUN.section("seed"),
    message:
        "Checking, cleaning and splitting the customers"
    script:
        "../scripts/process_features.py"
