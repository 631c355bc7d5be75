"""One thing to check in the data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing to check, or to note.

    Attributes
    ----------
    level : {"check", "note"}
        Whether it may change a conclusion.
    title : str
        A few words.
    text : str
        What was found, why it matters and what to do.
    """

    level: str
    title: str
    text: str


def check(title, text):
    """Make the finding that may change a conclusion.

    Parameters
    ----------
    title, text : str
        See :class:`Finding`.

    Returns
    -------
    list of Finding
        This one.
    """
    return [Finding("check", title, text)]


def note(title, text):
    """Make the finding that is good to know.

    Parameters
    ----------
    title, text : str
        See :class:`Finding`.

    Returns
    -------
    list of Finding
        This one.
    """
    return [Finding("note", title, text)]


def p_value(p):
    """Write a p-value.

    Parameters
    ----------
    p : float
        Between 0 and 1.

    Returns
    -------
    str
        With three decimals, or an upper bound.
    """
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def counted(number, what):
    """Write a number of things.

    Parameters
    ----------
    number : int
        How many.
    what : str
        One of them.

    Returns
    -------
    str
        Singular or plural.
    """
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
