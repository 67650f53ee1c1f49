"""Measurements, not tests: ``python -m tests.benchmarks``. Nothing here is collected by the test run."""
