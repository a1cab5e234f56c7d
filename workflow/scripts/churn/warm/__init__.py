"""Warm workers: jobs forked from one interpreter that has the heavy modules imported already."""
