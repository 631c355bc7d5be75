"""How numbers are written on the page."""

import numpy as np


def number(value, digits=3):
    """Write a number to so many significant digits.

    Parameters
    ----------
    value : float
        The number.
    digits : int, default=3
        Significant digits.

    Returns
    -------
    tuple of (float, str)
        The number, and how it is written; a dash for nan.
    """
    if not np.isfinite(value):
        return value, "–" if np.isnan(value) else str(value)
    text = f"{value:.{digits}g}"
    if "e" not in text and abs(value) >= 10**digits:
        text = f"{value:.0f}"
    elif "e" not in text:
        text = f"{value:#.{digits}g}".rstrip(".")
    return value, text.replace("-", "−")


def plain(value):
    """Write a value of the table as it was.

    Parameters
    ----------
    value : float
        The value.

    Returns
    -------
    tuple of (float, str)
        The value, and how it is written.
    """
    return value, f"{value:.6g}".replace("-", "−")


def probability(value):
    """Write a p-value.

    Parameters
    ----------
    value : float
        Between 0 and 1.

    Returns
    -------
    tuple of (float, str)
        The number, and how it is written.
    """
    if np.isnan(value):
        return value, "–"
    return value, "< 0.001" if value < 0.001 else f"{value:.3f}"


def signed(value, decimals=2):
    """Write a number of standard errors.

    Parameters
    ----------
    value : float
        The number.
    decimals : int, default=2
        Digits after the point.

    Returns
    -------
    tuple of (float, str)
        The number, and how it is written, with its sign.
    """
    if np.isnan(value):
        return value, "–"
    text = f"{value:+.{decimals}f}"
    if not text.strip("+-0."):
        text = text[1:]
    return value, text.replace("-", "−")
