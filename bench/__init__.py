"""Benchmarks, each beside a rival measured in the same run: ``python -m bench NAME --json``."""
