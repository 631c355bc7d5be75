"""Colours that colour-blind readers tell apart, and words for units."""

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#999999"  # Okabe and Ito (2008)

_UNITS = {
    "LogRisk": "log-risk",
    "Loss": "loss",
    "Parameter": "coefficient",
    "RelativeRisk": "relative risk",
    "Score": "score",
}


def unit_of(explainer):
    """Return what the influence of a fitted explainer is measured in.

    Parameters
    ----------
    explainer : InfluenceExplainer
        Fitted explainer.

    Returns
    -------
    str
        A word for an axis label.
    """
    return _UNITS.get(type(explainer.target_).__name__, "target")
