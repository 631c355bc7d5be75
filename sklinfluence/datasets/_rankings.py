"""Generated rankings of the same items for every query."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import Bunch, check_random_state, check_scalar

_DESCRIPTION = """\
Generated rankings
------------------

:Queries: {n_queries}
:Items: {n_items}
:Listed: {n_listed}
:Malicious items: {malicious_items}

The scores of the items are data @ coef.T + intercept. A list follows the Plackett-Luce
model of the scores divided by the noise, {noise}. The best item of a list has the
relevance {n_listed}, the next one less, down to 1; items that are not listed have 0.
Malicious items are on top of the lists of the queries in which they are promoted.
"""


def make_ranking(
    n_queries=100,
    n_items=20,
    n_features=5,
    *,
    n_listed=5,
    noise=0.1,
    malicious_items=0,
    return_X_y=False,
    random_state=None,
):
    """Generate queries that rank the same items, by linear scores of their features.

    A list is drawn from the Plackett-Luce model: of all items the first is chosen, of
    the rest the second, and so on, each with a probability proportional to
    ``exp(score / noise)``. That is the order of the scores with Gumbel noise.

    Parameters
    ----------
    n_queries : int, default=100
        Number of queries.
    n_items : int, default=20
        Number of items that every query ranks.
    n_features : int, default=5
        Number of features of a query. They are standard normal.
    n_listed : int, default=5
        Number of items in every list, at most n_items.
    noise : float, default=0.1
        Scale of the Gumbel noise, where the scores of an item have the standard
        deviation 1 over the queries; 0 lists by the scores.
    malicious_items : int, default=0
        Number of items, at most n_listed, that are promoted: each is put on top of the
        lists of a random half of the queries, whatever their features. Several that
        meet in a list are in random order. Other lists are what they are without.
    return_X_y : bool, default=False
        Return the pair (data, target) in place of the Bunch.
    random_state : int, RandomState instance or None, default=None
        Makes the result reproducible.

    Returns
    -------
    Bunch
        With ``return_X_y=True`` the pair (data, target), else an object with

        data : ndarray of shape (n_queries, n_features)
            Features of the queries.
        target : ndarray of shape (n_queries, n_items)
            Relevances, int64: n_listed for the best item, down to 1 for the last of the
            list, without ties; 0 for what is not listed.
        coef : ndarray of shape (n_items, n_features)
            Weights of the scores, each row of length 1.
        intercept : ndarray of shape (n_items,)
            Intercepts of the scores, standard normal.
        malicious : ndarray of shape (malicious_items,)
            The malicious items, in increasing order.
        promoted : ndarray of shape (n_queries, malicious_items)
            Whether a malicious item was put on top of a list.
        DESCR : str
            How the data were generated.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    .. [1] R. L. Plackett. "The analysis of permutations". Applied Statistics
       24(2):193-202, 1975.

    Examples
    --------
    >>> from sklinfluence.datasets import make_ranking
    >>> ranking = make_ranking(n_items=8, malicious_items=1, random_state=0)
    >>> ranking.data.shape, ranking.target.shape
    ((100, 5), (100, 8))
    >>> best = ranking.target.argmax(axis=1)
    >>> bool((best[ranking.promoted[:, 0]] == ranking.malicious).all())
    True
    """
    counts = {"n_queries": n_queries, "n_items": n_items, "n_features": n_features}
    check_counts(noise, **counts)
    check_scalar(n_listed, "n_listed", Integral, min_val=1, max_val=n_items)
    check_scalar(malicious_items, "malicious_items", Integral, min_val=0)
    if malicious_items > n_listed:
        raise ValueError(
            f"Got malicious_items={malicious_items}; expected at most "
            f"n_listed={n_listed}, so that all of them fit into a list."
        )
    rng = check_random_state(random_state)
    X = rng.normal(size=(n_queries, n_features))
    coef, intercept = unit_rows(rng, n_items, n_features), rng.normal(size=n_items)
    utility = X @ coef.T + intercept + noise * rng.gumbel(size=(n_queries, n_items))
    # Last, so that the same seed without malicious items gives the same other lists.
    malicious, promoted = _promote(utility, malicious_items, rng)
    Y = _relevance(utility, n_listed)
    if return_X_y:
        return X, Y
    return Bunch(
        data=X,
        target=Y,
        coef=coef,
        intercept=intercept,
        malicious=malicious,
        promoted=promoted,
        DESCR=_DESCRIPTION.format(
            n_listed=n_listed, noise=noise, malicious_items=malicious_items, **counts
        ),
    )


def _promote(utility, n_malicious, rng):
    """Lift items above all others, in place; return which, and in which queries."""
    n_queries, n_items = utility.shape
    malicious = np.sort(rng.permutation(n_items)[:n_malicious])
    order = np.argsort(rng.uniform(size=(n_queries, n_malicious)), axis=0)
    promoted = order < (n_queries + 1) // 2
    top = utility.max(axis=1, keepdims=True) + 1.0 + rng.uniform(size=promoted.shape)
    utility[:, malicious] = np.where(promoted, top, utility[:, malicious])
    return malicious, promoted


def _relevance(utility, n_listed):
    rank = np.argsort(np.argsort(-utility, axis=1), axis=1)
    return np.maximum(n_listed - rank, 0)


def check_counts(noise, **counts):
    """Raise an error unless counts are positive integers and noise is not negative."""
    for name, count in counts.items():
        check_scalar(count, name, Integral, min_val=1)
    check_scalar(noise, "noise", Real, min_val=0.0)


def unit_rows(rng, n_rows, n_columns):
    """Return random directions, so that scores of normal features have variance 1."""
    rows = rng.normal(size=(n_rows, n_columns))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
