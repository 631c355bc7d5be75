"""Labels of the caller's data, kept from input to output."""

import pandas as pd


def labelled(result, rows, columns):
    """Turn an array, or a pair of values and bounds, into DataFrames.

    Parameters
    ----------
    result : ndarray or tuple of ndarray
        Arrays of the same shape.
    rows, columns : array-like
        Labels.

    Returns
    -------
    DataFrame or tuple of DataFrame
        The same numbers.
    """
    if isinstance(result, tuple):
        return tuple(pd.DataFrame(part, rows, columns) for part in result)
    return pd.DataFrame(result, rows, columns)
