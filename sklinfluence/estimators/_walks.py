"""How often a node is the context of another on random walks: counts of pairs."""

import numpy as np
from scipy.sparse import csr_array, eye_array, issparse
from sklearn.utils import check_array, check_random_state

from sklinfluence.utils._graphs import make_graph
from sklinfluence.utils._sparse import scaled_rows

# Keys of pairs that are counted at once.
_KEYS_AT_ONCE = 1 << 22


def expected_counts(adjacency, walk_length, window, n_walks=1):
    r"""Return the expected number of pairs of a centre and a context on random walks.

    From every node, ``n_walks`` walks of ``walk_length`` nodes start. The step from a
    node goes along its edges in proportion to their weights; a node that has none
    keeps the walk. The node of step j is the centre of the contexts of steps
    ``max(0, j - window) <= k < min(j + window, walk_length)``, itself among them.
    With P the chances of a step and π_j the expected number of walks at each node at
    step j,

    .. math:: C = \sum_{j, k \ge j} \mathrm{diag}(\pi_j) P^{k-j}
                + \sum_{j, k < j} (\mathrm{diag}(\pi_k) P^{j-k})^\top .

    Pairs as far apart share their power of P, so ``window`` powers are enough.

    Parameters
    ----------
    adjacency : array-like or sparse matrix of shape (n, n)
        Weights of edges from rows to columns, not negative.
    walk_length : int
        Nodes on a walk.
    window : int
        Steps that a context is away at most, behind the centre; one less ahead of it.
    n_walks : int, default=1
        Walks from every node.

    Returns
    -------
    ndarray or csr_array of shape (n, n)
        Expected counts, centres in rows, sparse where ``adjacency`` is.

    References
    ----------
    B. Perozzi, R. Al-Rfou and S. Skiena, "DeepWalk: online learning of social
    representations", KDD 2014, for the walks.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence.estimators import expected_counts
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> expected_counts(path, walk_length=2, window=1)
    array([[1.5, 0.5, 0. ],
           [1. , 3. , 1. ],
           [0. , 0.5, 1.5]])
    """
    return mean_counts(_checked(adjacency), walk_length, window, n_walks)


def mean_counts(A, walk_length, window, n_walks=1):
    """Return :func:`expected_counts` of a matrix that is known to be valid."""
    chances, start = _chances(A), np.full(A.shape[0], float(n_walks))
    visits = _visits(chances, start, walk_length)
    power = eye_array(len(start), format="csr") if issparse(A) else np.eye(len(start))
    counts = None
    for apart in range(min(window, walk_length - 1) + 1):
        power = chances if apart == 1 else power @ chances if apart else power
        part = scaled_rows(visits[: walk_length - apart].sum(axis=0), power)
        # Ahead of the centre less than a window, behind it all of one.
        ahead, behind = apart < window, apart > 0
        both = part + part.T if ahead and behind else part if ahead else part.T
        counts = both if counts is None else counts + both
    return csr_array(counts) if issparse(A) else counts


def sampled_counts(adjacency, walk_length, window, n_walks=1, random_state=None):
    """Return the number of pairs of a centre and a context on simulated walks.

    Parameters
    ----------
    adjacency : array-like or sparse matrix of shape (n, n)
        Weights of edges from rows to columns, not negative.
    walk_length, window, n_walks : int
        As in :func:`expected_counts`.
    random_state : int, RandomState instance or None, default=None
        Of the walks.

    Returns
    -------
    ndarray or csr_array of shape (n, n)
        Counts, whole numbers, centres in rows, sparse where ``adjacency`` is.

    Examples
    --------
    >>> import numpy as np
    >>> from sklinfluence.estimators import sampled_counts
    >>> path = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]])
    >>> float(sampled_counts(path, 2, 1, n_walks=100, random_state=0).sum())
    900.0
    """
    A, rng = _checked(adjacency), check_random_state(random_state)
    drawn = rng.random_sample((A.shape[0], n_walks, walk_length - 1))
    counts = counts_of_draws(csr_array(A), drawn, window)
    return counts if issparse(A) else counts.toarray()


def counts_of_draws(adjacency, drawn, window):
    """Return the counts on the walks that given random numbers lead to.

    Parameters
    ----------
    adjacency : csr_array of shape (n, n)
        Positive weights.
    drawn : ndarray of shape (n, n_walks, walk_length - 1)
        Uniform random numbers, one for each step of the walks from each node.
    window : int
        As in :func:`expected_counts`.

    Returns
    -------
    csr_array of shape (n, n)
        Counts.
    """
    walks, n = _walk(adjacency, drawn), adjacency.shape[0]
    length = walks.shape[1]
    counts = csr_array((n, n))
    for j in range(length):
        for k in range(max(0, j - window), min(j + window, length)):
            counts = counts + _tally(walks[:, j], walks[:, k], n)
    return counts


def pairs_of_walk(walk_length, window):
    """Return how many pairs of a centre and a context a walk has."""
    steps = np.arange(walk_length)
    first = np.maximum(0, steps - window)
    return int(np.sum(np.minimum(steps + window, walk_length) - first))


def fill_of_powers(adjacency, power, sample=64):
    """Return about how many pairs of nodes are at most so many steps apart.

    Parameters
    ----------
    adjacency : csr_array of shape (n, n)
        The graph.
    power : int
        Number of steps.
    sample : int, default=64
        Nodes that it is found out for, evenly spread.

    Returns
    -------
    float
        The number of pairs, exact where there are no more nodes than ``sample``.
    """
    n = adjacency.shape[0]
    some = np.unique(np.linspace(0, n - 1, min(sample, n)).astype(int))
    reached = eye_array(n, format="csr")[some]
    step = csr_array((adjacency + eye_array(n)) != 0)
    for _ in range(power):
        reached = csr_array((reached @ step) != 0)
    return reached.nnz * n / len(some)


def _checked(adjacency):
    """Return a square matrix of weights, sparse if it was."""
    A = check_array(adjacency, accept_sparse="csr", dtype=np.float64)
    sparse = make_graph(A).adjacency
    return sparse if issparse(A) else A


def _chances(A):
    """Return the chances of a step from rows to columns."""
    degree = np.ravel(A.sum(axis=1))
    alone = (degree == 0).astype(float)
    chances = scaled_rows(1.0 / (degree + alone), A)
    if not alone.any():
        return chances
    if issparse(A):
        return csr_array(chances + scaled_rows(alone, eye_array(len(alone)).tocsr()))
    return chances + np.diag(alone)


def _visits(chances, start, walk_length):
    """Return the expected number of walks at each node at each step, (length, n)."""
    visits, back = [start], chances.T
    for _ in range(walk_length - 1):
        visits.append(back @ visits[-1])
    return np.array(visits)


def _walk(A, drawn):
    """Return the nodes of all walks, of shape (n n_walks, walk_length)."""
    n, n_walks, n_steps = drawn.shape
    walks = np.empty((n * n_walks, n_steps + 1), dtype=np.intp)
    walks[:] = np.repeat(np.arange(n), n_walks)[:, None]
    if not A.nnz:
        return walks
    first, after = A.indptr[:-1], A.indptr[1:]
    # Weights of each row, added up from its first: a number below their sum hits one.
    total = np.concatenate([[0.0], np.cumsum(A.data)])
    moves = after > first
    for step, u in enumerate(drawn.reshape(n * n_walks, n_steps).T):
        at = walks[:, step]
        low, high = total[first[at]], total[after[at]]
        edge = np.searchsorted(total, low + u * (high - low), side="right") - 1
        edge = np.clip(edge, first[at], after[at] - 1)
        walks[:, step + 1] = np.where(moves[at], A.indices[edge], at)
    return walks


def _tally(centre, context, n):
    """Count pairs, a part of the walks at once."""
    counts = csr_array((n, n))
    for start in range(0, len(centre), _KEYS_AT_ONCE):
        some = slice(start, start + _KEYS_AT_ONCE)
        key, number = np.unique(centre[some] * n + context[some], return_counts=True)
        pairs = (key // n, key % n)
        counts = counts + csr_array((number.astype(float), pairs), shape=(n, n))
    return counts
