"""Findings about single rows and sets of rows."""

import numpy as np

from sklinfluence.report._finding import check, counted, note, p_value
from sklinfluence.report._request import listed

# A set of rows is small up to this share of them.
_SMALL_SHARE = 0.01
# Beyond three and a half a residual is worth a look, beyond five never chance.
_UNEXPECTED, _IMPOSSIBLE = 3.5, 5.0
# How many times the average distance makes a row stand out.
_STANDS_OUT = 20.0


def indispensable(model, measures):
    """Find rows without which there is no model."""
    lost = measures.moves.isna().any(axis=1)
    if not lost.any():
        return []
    return check(
        "Rows that the model cannot do without",
        f"Without {listed(measures.moves.index[lost])}, one at a time, some "
        "coefficients are not determined at all or have no finite value. Their "
        "influence is without bound: look at what only these rows have.",
    )


def moving(model, measures):
    """Find rows that move a coefficient by more than one standard error."""
    large = measures.moves.abs() > 1
    rows = np.flatnonzero(large.any(axis=1))
    if not len(rows):
        return []
    order = rows[np.argsort(-measures.moves.abs().iloc[rows].max(axis=1).to_numpy())]
    said = []
    for i in order:
        moves = measures.moves.iloc[i]
        parts = [f"{name} by {moves[name]:+.2f}" for name in moves.index[large.iloc[i]]]
        said.append(f"{measures.moves.index[i]} ({listed(parts, 4)})")
    return check(
        "Single rows move coefficients by more than one standard error",
        f"Removal of one row moves a coefficient, in standard errors: {listed(said)}. "
        "Check these rows against their source first. If they are right, say how the "
        "result looks without them.",
    )


def standing_out(model, measures):
    """Find rows with a Cook's distance far above the average."""
    distance = measures.rows["distance"]
    far = distance[distance > _STANDS_OUT * distance.mean()].sort_values()[::-1]
    if not len(far):
        return []
    said = [
        f"{name} ({value / distance.mean():.0f} times the average)"
        for name, value in far.items()
    ]
    moved = measures.moves.loc[far.index].abs().to_numpy().max()
    return note(
        "Rows that stand out",
        f"Removal of {listed(said, 5)}, one at a time, moves the coefficients together "
        "much more than that of other rows does, a single coefficient by up to "
        f"{moved:.2f} standard errors. Look at them in the table below.",
    )


def fragile_signs(model, measures):
    """Find coefficients whose sign few rows hold up."""
    found, unsure = [], []
    small = max(5, int(_SMALL_SHARE * len(measures.moves)))
    for name, one in measures.sets.items():
        if one is None or not one.reached or one.size > small:
            continue
        p = model.coefficients["p"][name]
        if not p < 0.05:
            unsure.append((name, one, p))
            continue
        found += check(
            f"The sign of {name} rests on {counted(one.size, 'row')}",
            f"{name} is significant ({p_value(p)}), but changes its sign without "
            f"{listed(one.names)} ({one.size / len(measures.moves):.1%} of the rows). "
            "A small p-value does not protect from that. Look at what these rows have "
            "in common before the effect is reported.",
        )
    return found + _unsure(unsure)


def _unsure(unsure):
    if not unsure:
        return []
    said = [
        f"{name} ({counted(one.size, 'row')}"
        + (f", {p_value(p)})" if np.isfinite(p) else ")")
        for name, one, p in unsure
    ]
    return note(
        "Signs that few rows can turn",
        f"The data do not settle the direction of these effects: {listed(said)}. "
        "Removal of so few rows turns the sign, as is to be expected of coefficients "
        "that are small beside their standard errors.",
    )


def unexpected(model, measures):
    """Find rows with large residuals."""
    residual = measures.rows["residual"]
    far = residual[residual.abs() > _UNEXPECTED]
    if not len(far):
        return []
    far = far.loc[far.abs().sort_values(ascending=False).index.unique()]
    words = {
        "survival": ("an event earlier than expected", "follow-up longer"),
        "classes": ("in the class against expectation", "not in it"),
        "number": ("above what is expected", "below"),
    }[model.table.kind]
    said = [f"{name} ({value:+.1f})" for name, value in far.items()]
    expected = len(residual) * 0.000465
    chance = len(far) <= 2 + 3 * expected and far.abs().max() < _IMPOSSIBLE
    return (note if chance else check)(
        "Outcomes that the model did not expect",
        f"{counted(len(far), 'row')} with a residual beyond ±{_UNEXPECTED} (positive: "
        f"{words[0]}, negative: {words[1]}): {listed(said)}. Of {len(residual)} rows, "
        f"about {expected:.1f} would be by chance. Check how the outcome was recorded.",
    )


def reasons(model, measures, position, most=3):
    """Say what makes a row unusual.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.
    position : int
        The row.
    most : int, default=3
        How many columns to name.

    Returns
    -------
    str
        Columns with unusual values, and whether the outcome is one; empty where
        nothing is.
    """
    X = model.table.X
    deviations = ((X.iloc[position] - X.mean()) / X.std(ddof=0)).dropna()
    order = deviations.abs().sort_values(ascending=False).index
    said = [
        f"{name} = {X[name].iloc[position]:.4g} ({_signed(deviations[name])} SD)"
        for name in order[:most]
        if abs(deviations[name]) > 2
    ]
    residual = measures.rows["residual"].iloc[position]
    if abs(residual) > 2:
        said.append(f"unexpected outcome (residual {_signed(residual)})")
    if model.table.kind == "survival":
        said += _late(model.table.y, position)
    return "; ".join(said)


def _late(y, position):
    """Say so where a row has its event when hardly anyone is left."""
    at_risk = int((y["time"] >= y["time"][position]).sum())
    if not y["event"][position] or at_risk > max(10, 0.01 * len(y)):
        return []
    return [f"an event with {counted(at_risk, 'row')} at risk"]


def _signed(value):
    return f"{value:+.1f}".replace("-", "−")
