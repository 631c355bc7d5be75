"""Metrics that judge estimates of influence."""

from sklinfluence.metrics._agreement import agreement, top_overlap
from sklinfluence.metrics._datamodeling import (
    datamodeling_audit,
    linear_datamodeling_score,
)
from sklinfluence.metrics._detection import (
    chance_average_precision,
    detection_average_precision,
    detection_curve,
)
from sklinfluence.metrics._removal_curve import addition_curve, removal_curve
from sklinfluence.metrics._scorers import (
    make_agreement_scorer,
    make_datamodeling_scorer,
)

__all__ = [
    "addition_curve",
    "agreement",
    "chance_average_precision",
    "datamodeling_audit",
    "detection_average_precision",
    "detection_curve",
    "linear_datamodeling_score",
    "make_agreement_scorer",
    "make_datamodeling_scorer",
    "removal_curve",
    "top_overlap",
]
