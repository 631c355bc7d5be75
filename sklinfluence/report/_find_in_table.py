"""Findings about the values in the table."""

from sklinfluence.report import _table_checks as checks
from sklinfluence.report._finding import check, counted, note
from sklinfluence.report._request import listed


def repeated(model, measures):
    """Find rows that occur more than once."""
    groups = checks.duplicates(model.table)
    if not groups:
        return []
    names = model.table.X.index
    extra = sum(len(rows) - 1 for rows in groups)
    said = [" = ".join(listed(names[rows], 4).split(", ")) for rows in groups]
    title = "Duplicate rows"
    text = (
        f"{counted(extra, 'row')} equal{'s' if extra == 1 else ''} another one in all "
        f"columns and in the outcome: {listed(said, 5)}. "
    )
    if not checks.has_fine_column(model.table):
        return note(title, text + "With columns of few values that may be chance.")
    return check(
        title,
        text + "If they are the same subject entered twice, standard errors are too "
        "small and removal of one copy hides its influence; remove the copies.",
    )


def repeated_names(model, measures):
    """Find values of the identifier that occur more than once."""
    names = model.table.X.index
    twice = names[names.duplicated()].unique()
    if not len(twice):
        return []
    return check(
        "Names that occur twice",
        f"{counted(len(twice), 'name')} in {names.name!r} stand for several rows: "
        f"{listed(twice)}. Repeated measurements of a subject are not independent, "
        "and standard errors are too small. This page removes rows one at a time, not "
        "subjects.",
    )


def extreme(model, measures):
    """Find values far from all others."""
    X = model.table.X
    found = checks.extremes(X)
    if not found:
        return []
    said = [
        f"{name}: "
        + listed([f"{X[name].iloc[i]:.4g} in {X.index[i]}" for i in rows], 3)
        + f" (median {X[name].median():.4g})"
        for name, rows in found.items()
    ]
    more = f"; and {len(said) - 6} more columns" if len(said) > 6 else ""
    return check(
        "Extreme values",
        "More than six robust standard deviations from the median – "
        f"{'; '.join(said[:6])}{more}. Look for wrong units, a missing decimal point, "
        "or a code for a missing value such as 999.",
    )


def tails(model, measures):
    """Find columns with a long tail."""
    X = model.table.X
    names = checks.long_tails(X)
    if not names:
        return []
    said = [
        f"{name} (median {X[name].median():.4g}, up to {X[name].max():.4g} in "
        f"{X.index[X[name].argmax()]})"
        for name in names
    ]
    return note(
        "Long tails",
        f"{listed(said)} {'has' if len(names) == 1 else 'have'} a long tail to the "
        "right, so that a few rows determine the slope. Consider a logarithm or a "
        "curved effect.",
    )


def rare(model, measures):
    """Find 0/1 columns with a rare value."""
    table = model.table
    found = checks.rare_values(table)
    if not found:
        return []
    what = "events" if table.kind == "survival" else "of the class"
    said = [
        f"{name} = {value:g} in {counted(rows, 'row')}"
        + (f", {events} {what}" if events >= 0 else "")
        for name, (value, rows, events) in found.items()
    ]
    return check(
        "Rare values",
        f"{'; '.join(said)}. Their coefficients rest on these rows alone. Merge rare "
        "categories where that makes sense.",
    )


def coded(model, measures):
    """Find columns of a few whole numbers."""
    found = checks.codes(model.table.X)
    if not found:
        return []
    said = [
        f"{name} ({', '.join(f'{value:g}' for value in values)})"
        for name, values in found.items()
    ]
    return note(
        "Numbers that may be codes",
        f"{listed(said)} entered the model as numbers: each step has the same effect. "
        "If they are codes of categories, name the columns with --categorical.",
    )


def numbering(model, measures):
    """Find columns that look like identifiers."""
    names = checks.identifiers(model.table.X)
    if not names:
        return []
    return check(
        "A column that numbers the rows",
        f"{listed(names)} rises by whole numbers from row to row, like an identifier. "
        "If it is one, it is no covariate: use --id, or leave it out with --drop. If "
        "it is the order of inclusion, its effect is a drift over time.",
    )


def zero_times(model, measures):
    """Find rows that were followed for no time."""
    table = model.table
    if table.kind != "survival" or not (table.y["time"] == 0).any():
        return []
    zero = table.y["time"] == 0
    return note(
        "Times of zero",
        f"{counted(int(zero.sum()), 'row')} {'has' if zero.sum() == 1 else 'have'} a "
        f"time of zero: {listed(table.X.index[zero], 5)}. Censored ones say nothing; "
        "events at time zero often mean that the start was recorded late.",
    )
