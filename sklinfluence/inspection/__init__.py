"""Displays: figures of influence, in scikit-learn's Display API."""

from sklinfluence.inspection._agreement import AgreementDisplay
from sklinfluence.inspection._top_objects import TopObjectsDisplay

__all__ = ["AgreementDisplay", "TopObjectsDisplay"]
