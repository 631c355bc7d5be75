"""Warnings that point at the user's line, however deep they arise."""

import sys
import warnings
from pathlib import Path

import sklearn

_INSIDE = tuple(
    str(Path(file).parent.resolve())
    for file in (sklearn.__file__, Path(__file__).parent)
)


def warn_user(message, category):
    """Warn at the first line outside of this package and of scikit-learn.

    Parameters
    ----------
    message : str
        The warning.
    category : type
        Its category.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)
