"""Benchmarks that asv runs for every commit; sizes are small and data simulated."""
