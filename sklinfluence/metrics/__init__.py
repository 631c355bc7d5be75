"""Metrics that judge estimates of influence."""

from sklinfluence.metrics._agreement import agreement

__all__ = ["agreement"]
