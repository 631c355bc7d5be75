"""Progress bars."""

import sys

from tqdm import tqdm


def progress(items, what, verbose, total=None):
    """Show a progress bar while iterating.

    Parameters
    ----------
    items : iterable
        What to iterate over.
    what : str
        What is counted, shown before the bar.
    verbose : int
        0 for silence.
    total : int, default=None
        Number of items where ``items`` has no length.

    Returns
    -------
    iterable
        The same items.
    """
    return tqdm(
        items,
        desc=what,
        total=total,
        disable=not verbose,
        file=sys.stderr,
        leave=True,
        mininterval=0.2,
    )
