"""The one form in which every data set is returned."""

import numpy as np
from sklearn.utils import Bunch

from sklinfluence.utils import survival_target


def survival_bunch(
    data, event, time, *, description, return_X_y=False, as_frame=True, **more
):
    """Put a survival data set into the form that scikit-learn's loaders return.

    Parameters
    ----------
    data : DataFrame of shape (n, p)
        Numeric covariates.
    event, time : array-like of shape (n,)
        Whether the event was observed, and the time of the event or of censoring.
    description : str
        What the data set is: a title, an empty line, and the details.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    as_frame : bool, default=True
        Return data as a DataFrame, not as an array.
    **more : object
        Further attributes of the Bunch.

    Returns
    -------
    Bunch or tuple
        The data set. Covariates are float64 and rows are numbered from 0.
    """
    data = data.astype(np.float64).reset_index(drop=True)
    target = survival_target(event, time)
    frame = data.assign(event=target["event"], time=target["time"])
    feature_names = list(data.columns)
    if not as_frame:
        data, frame = data.to_numpy(), None
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        frame=frame,
        feature_names=feature_names,
        DESCR=_with_counts(description, target),
        **more,
    )


def _with_counts(description, target):
    title, details = description.strip().split("\n\n", maxsplit=1)
    counts = f":Rows: {len(target)}\n:Events observed: {target['event'].sum()}"
    return f"{title}\n{'-' * len(title)}\n\n{counts}\n\n{details}\n"
