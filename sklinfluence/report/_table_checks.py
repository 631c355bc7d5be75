"""What a statistician would look for in the table itself, before any model."""

import numpy as np
import pandas as pd

# A value counts as extreme from here on, in robust standard deviations.
_EXTREME = 6.0
# Columns with fewer distinct values have categories rather than tails.
TAILS = 10
# Pairs of columns with a larger correlation are named.
_CORRELATED = 0.9
_FEW_ROWS = 10


def robust_deviations(X):
    """Return distances from the median, in robust standard deviations.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    DataFrame of shape (n, p)
        (x − median) / (interquartile range / 1.349); zero for columns with few
        distinct values or without an interquartile range.
    """
    spread = (X.quantile(0.75) - X.quantile(0.25)) / 1.349
    usable = (X.nunique() > TAILS) & (spread > 0)
    deviations = (X - X.median()) / spread.where(usable)
    return deviations.fillna(0.0)


def extremes(X):
    """Find values far from all others.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    dict of str to list of int
        For columns that have such values, positions of their rows, the farthest first.
    """
    far = robust_deviations(X).abs()
    found = {}
    for name in X.columns:
        values = far[name].to_numpy()
        rows = np.flatnonzero(values > _EXTREME)
        # Many of them are a long tail, which is the shape of the column.
        if 0 < len(rows) <= max(5, 0.01 * len(X)):
            found[name] = rows[np.argsort(-values[rows], kind="stable")].tolist()
    return found


def long_tails(X):
    """Find columns with a long tail on the right, of positive numbers.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    list of str
        Names; a logarithm might suit them.
    """
    skew = X.skew()
    tailed = (skew > 2) & (X.nunique() > TAILS) & (X.min() >= 0)
    return X.columns[tailed].tolist()


def duplicates(table):
    """Find rows that are equal in all columns of the model and in the outcome.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    list of list of int
        Groups of positions.
    """
    whole = table.X.reset_index(drop=True)
    whole = whole.assign(**{"\0outcome": table.shown.to_numpy()})
    groups = whole.groupby(list(whole.columns), sort=False).indices.values()
    return [rows.tolist() for rows in groups if len(rows) > 1]


def has_fine_column(table):
    """Say whether rows are hardly equal by chance.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    bool
        Whether some column has another value in every fourth row.
    """
    return bool(table.X.nunique().max() >= len(table.X) / 4)


def rare_values(table):
    """Find 0/1 columns of which one value is rare, or has one outcome only.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    dict of str to tuple of (float, int, int)
        For such columns the rare value, its number of rows, and how many of these
        have an event (are of class 1); -1 for numbers.
    """
    happened = {
        "survival": lambda y: y["event"],
        "classes": lambda y: y == 1,
        "number": lambda y: None,
    }[table.kind](table.y)
    found = {}
    for name in table.X.columns:
        values, counts = np.unique(table.X[name], return_counts=True)
        if len(values) != 2:
            continue
        rare = values[counts.argmin()]
        inside = (table.X[name] == rare).to_numpy()
        events = -1 if happened is None else int(happened[inside].sum())
        one_sided = table.kind == "classes" and events in (0, int(inside.sum()))
        if inside.sum() < _FEW_ROWS or events == 0 or one_sided:
            found[name] = float(rare), int(inside.sum()), events
    return found


def codes(X):
    """Find columns of a few whole numbers, which may be codes of categories.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    dict of str to list of float
        Their values.
    """
    values = {name: np.unique(X[name]) for name in X.columns}
    return {
        name: found.tolist()
        for name, found in values.items()
        if 2 < len(found) <= 6 and np.all(found == np.round(found))
    }


def identifiers(X):
    """Find columns of whole numbers, another in every row, in order.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    list of str
        Names of columns that look like identifiers.
    """
    ordered = [
        name
        for name in X.columns
        if X[name].is_monotonic_increasing and X[name].is_unique
    ]
    return [name for name in ordered if np.all(X[name] == X[name].round())]


def correlated_pairs(X):
    """Find pairs of columns that nearly say the same.

    Parameters
    ----------
    X : DataFrame of shape (n, p)
        Columns.

    Returns
    -------
    list of tuple of (str, str, float)
        Names and correlations, the strongest first.
    """
    correlation = pd.DataFrame(X).corr().to_numpy()
    i, j = np.triu_indices(len(correlation), 1)
    strength = correlation[i, j]
    strong = np.flatnonzero(np.abs(strength) > _CORRELATED)
    strong = strong[np.argsort(-np.abs(strength[strong]), kind="stable")]
    names = X.columns
    return [(names[i[k]], names[j[k]], float(strength[k])) for k in strong]
