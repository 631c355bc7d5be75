"""Findings about the model as a whole."""

from sklinfluence.report._finding import check, note, p_value
from sklinfluence.report._request import listed
from sklinfluence.report._residuals import proportionality
from sklinfluence.report._table_checks import correlated_pairs

# Rules of thumb: events a column (Peduzzi et al. 1996), variance inflation.
_FEW, _ENOUGH = 10, 20
_INFLATED, _ILL_CONDITIONED = 10.0, 30.0
_STATIONARY = 1e-4
_TOO_GOOD = 0.95


def no_maximum(model, measures):
    """Say that a penalty had to be added."""
    if not model.no_maximum:
        return []
    return check(
        "The model has no best fit",
        f"{model.no_maximum} Without a penalty, coefficients would grow without bound "
        "or not be determined. So that there is something to look at, this page shows "
        f"a fit with a ridge penalty of {model.alpha:g} on columns in standard "
        "deviations, which has no p-values. Look at whether one of these columns was "
        "recorded after the outcome or is another name for it; else merge rare "
        "categories, leave columns out, or report the penalised fit as such.",
    )


def redundant(model, measures):
    """Say which columns were left out because others imply them."""
    return [
        one
        for name, parts in model.aliased.items()
        for one in check(
            f"{name} was left out",
            f"{name} can be computed exactly from {listed(parts)}, so that no separate "
            "effects exist. It was left out of the model, as R does. If another "
            "column of these is the one to leave out, name it with --drop.",
        )
    ]


def few_events(model, measures):
    """Compare the amount of information with the number of coefficients."""
    table = model.table
    ratio = table.n_informative / table.X.shape[1]
    what = {
        "survival": "events",
        "classes": "rows in the smaller class",
        "number": "rows",
    }[table.kind]
    said = (
        f"There are {table.n_informative} {what} for {table.X.shape[1]} coefficients, "
        f"{ratio:.1f} for each."
    )
    if ratio < _FEW:
        return check(
            f"Few {what} per variable",
            f"{said} With fewer than about ten, coefficients tend to be too large, "
            "confidence intervals too narrow, and single rows decide. Use fewer "
            "columns, chosen beforehand, or a penalty (--alpha).",
        )
    if ratio < _ENOUGH:
        return note(
            f"{what.capitalize()} per variable",
            f"{said} That is enough to estimate effects; a model for prediction should "
            "have more.",
        )
    return []


def collinear(model, measures):
    """Find columns that explain one another."""
    inflation = model.coefficients["inflation"]
    high = inflation[inflation > _INFLATED]
    pairs = correlated_pairs(model.table.X)
    if not len(high) and not pairs and model.facts["condition"] < _ILL_CONDITIONED:
        return []
    said = [f"{a} and {b} (r = {r:+.3f})" for a, b, r in pairs]
    worst = high.sort_values(ascending=False)
    inflated = [f"{name} ({value:.0f}×)" for name, value in worst.items()]
    parts = [f"Strongly correlated: {listed(said, 5)}."] if said else []
    if inflated:
        parts.append(
            "By how much collinearity inflates the variance of coefficients (more "
            f"than tenfold): {listed(inflated)}."
        )
    return check(
        "Collinear columns",
        " ".join(parts) + f" The condition number is {model.facts['condition']:.0f}. "
        "The separate coefficients of such columns mean little and change sign "
        "easily, though predictions may be fine. Keep one of each, or combine them.",
    )


def not_stationary(model, measures):
    """Compare the distance to the optimum with the standard errors."""
    distance = model.facts["distance"]
    if distance < _STATIONARY and not measures.said:
        return []
    if distance < _STATIONARY:
        return note("Warnings of the computation", " ".join(measures.said))
    return check(
        "The fit did not converge",
        f"Its coefficients are {distance:.2g} standard errors from the optimum, so "
        "that influence computed at it is not that of the best fit. "
        + " ".join(measures.said),
    )


def not_proportional(model, measures):
    """Test a Cox model for effects that change over time."""
    if model.table.kind != "survival" or model.alpha:
        return []
    tests = proportionality(model)
    # Bonferroni's correction: one false alarm in twenty reports.
    low = tests[tests["p"] < 0.05 / len(tests)].sort_values("p")
    if not len(low):
        return []
    said = [
        f"{name} ({_course(model.coefficients.coefficient[name], trend)}, {p_value(p)})"
        for name, trend, p in low.itertuples()
    ]
    return check(
        "Hazards are not proportional",
        f"Effects change over time, those of {listed(said)}: scaled Schoenfeld "
        "residuals against the rank of time, level 5 % after Bonferroni's correction. "
        "One hazard ratio is then an average over the follow-up, and depends on its "
        "length. Plot the residuals, let the effect vary with time, or stratify.",
    )


def _course(coefficient, trend):
    return "growing" if coefficient * trend > 0 else "fading"


def too_good(model, measures):
    """Suspect a column that knows the outcome."""
    fit = model.facts["fit"]
    if not fit > _TOO_GOOD or model.no_maximum:
        return []
    ratio = model.coefficients["coefficient"] / model.coefficients["error"]
    strongest = ratio.abs().sort_values(ascending=False).index[:3]
    name = "R²" if model.table.kind == "number" else "concordance"
    return check(
        "The fit is very good",
        f"A {name} of {fit:.3f} is rare in data about people. Look at whether "
        f"a column was recorded after the outcome or is computed from it, first of "
        f"all {listed(strongest)}.",
    )
