"""The ways of running the same work that are measured side by side."""
