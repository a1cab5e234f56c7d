"""Interactive plots of a run's results, a module a family."""
