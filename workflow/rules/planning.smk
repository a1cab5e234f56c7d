# Needs nothing.
# Makes plans of thousands of jobs in half the time, and the first job start sooner: what Snakemake
# does again for each job, though it comes out the same, it does once, and what it imports for
# workflows of other kinds, it does not. Without these lines all works, but slower.
import atexit
import gc
from functools import lru_cache
from pkgutil import resolve_name


def replace(owner, name, make):
    """Let a function of Snakemake be what is made of it; not in a release that has no such one."""
    try:
        owner = resolve_name(f"snakemake.{owner}")
        setattr(owner, name, make(getattr(owner, name)))
    except (AttributeError, ImportError):
        pass


def once_a_rule(check):
    """Let Snakemake check that a script is there for the first job of its rule alone."""
    checked = set()

    def check_first(processor, job):
        if job.rule.name not in checked:
            check(processor, job)
            checked.add(job.rule.name)

    return check_first


def without_pandas(serialize):
    """Let Snakemake write a parameter as if no pandas were installed."""
    return resolve_name("snakemake.persistence:PersistenceBase._serialize_param_builtin")


def plainly(store):
    """Let Snakemake write parameters into a script as if no pandas were installed."""

    def store_plain(script, params):
        script._params_store, script._params_types = type(params)(toclone=params), {}

    return store_plain


def by_name(get_language):
    """Let Snakemake tell Python from notebooks without the package that reads these."""

    def get_by_name(source, text):
        is_python = source.get_filename().endswith(".py")
        return "python" if is_python else get_language(source, text)

    return get_by_name


# A plan is a million objects, none of which is garbage; Python would look through all of them again
# and again while they are made, and once more at the end.
gc.set_threshold(50_000, 20, 100)
atexit.register(gc.freeze)
# All parameters are plain values. To see that none is a table, Snakemake would import pandas, which
# takes a fifth of the time of a run with nothing to do.
replace("persistence:PersistenceBase", "_serialize_param", without_pandas)
replace("iocontainers:Snakemake", "_safely_store_params", plainly)
replace("script", "get_language", by_name)
if workflow.is_main_process:
    # The scripts of this workflow have no wildcards in their names.
    replace("dag:ScriptProcessor", "process_job", once_a_rule)
    # Called ten times a job, for some hundred functions.
    replace("common", "get_function_params", lru_cache(maxsize=1000))
    replace("rules", "get_function_params", lru_cache(maxsize=1000))
