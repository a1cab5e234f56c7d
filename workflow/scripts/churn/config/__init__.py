"""Composed, validated configuration: the only part that knows Hydra, OmegaConf and Pydantic."""
