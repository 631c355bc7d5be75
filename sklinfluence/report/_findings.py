"""What to check in the data, in sentences."""

from dataclasses import dataclass

from sklinfluence.report import _find_in_model, _find_in_rows, _find_in_table

CHECK, NOTE = "check", "note"


@dataclass(frozen=True)
class Findings:
    """What was found, and what was looked at without finding anything.

    Attributes
    ----------
    found : list of Finding
        What to check, before what to note.
    passed : list of str
        Names of the checks without a finding.
    """

    found: list
    passed: list


_CHECKS = {
    "separation": _find_in_model.no_maximum,
    "redundant columns": _find_in_model.redundant,
    "enough data for the number of columns": _find_in_model.few_events,
    "collinear columns": _find_in_model.collinear,
    "convergence of the fit": _find_in_model.not_stationary,
    "proportional hazards": _find_in_model.not_proportional,
    "a fit too good to be true": _find_in_model.too_good,
    "rows that the model cannot do without": _find_in_rows.indispensable,
    "rows that move a coefficient by one standard error": _find_in_rows.moving,
    "rows that stand out in Cook's distance": _find_in_rows.standing_out,
    "conclusions that rest on few rows": _find_in_rows.fragile_signs,
    "outcomes that the model did not expect": _find_in_rows.unexpected,
    "duplicate rows": _find_in_table.repeated,
    "names that occur twice": _find_in_table.repeated_names,
    "extreme values": _find_in_table.extreme,
    "long tails": _find_in_table.tails,
    "rare values": _find_in_table.rare,
    "numbers that are codes of categories": _find_in_table.coded,
    "columns that number the rows": _find_in_table.numbering,
    "times of zero": _find_in_table.zero_times,
}


def find(model, measures):
    """Look for everything that a statistician would ask about.

    Parameters
    ----------
    model : Model
        The fitted model.
    measures : Measures
        What removal of rows does.

    Returns
    -------
    Findings
        What was found.
    """
    results = {name: check(model, measures) for name, check in _CHECKS.items()}
    found = [one for findings in results.values() for one in findings]
    passed = [name for name, findings in results.items() if not findings]
    if model.table.kind != "survival":
        of_survival = {"proportional hazards", "times of zero"}
        passed = [name for name in passed if name not in of_survival]
    return Findings(sorted(found, key=lambda one: one.level != CHECK), passed)
