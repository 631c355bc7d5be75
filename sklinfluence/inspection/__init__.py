"""Displays: figures of influence, in scikit-learn's Display API."""

from sklinfluence.inspection._agreement import AgreementDisplay
from sklinfluence.inspection._detection import DetectionCurveDisplay
from sklinfluence.inspection._graph import GraphInfluenceDisplay
from sklinfluence.inspection._heatmap import InfluenceHeatmapDisplay
from sklinfluence.inspection._ranking_change import RankingChangeDisplay
from sklinfluence.inspection._removal_curve import RemovalCurveDisplay
from sklinfluence.inspection._survival import SurvivalCurvesDisplay
from sklinfluence.inspection._top_objects import TopObjectsDisplay

__all__ = [
    "AgreementDisplay",
    "DetectionCurveDisplay",
    "GraphInfluenceDisplay",
    "InfluenceHeatmapDisplay",
    "RankingChangeDisplay",
    "RemovalCurveDisplay",
    "SurvivalCurvesDisplay",
    "TopObjectsDisplay",
]
