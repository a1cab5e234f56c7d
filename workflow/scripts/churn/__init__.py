"""The library behind the workflow: plain modules, one concern each."""
