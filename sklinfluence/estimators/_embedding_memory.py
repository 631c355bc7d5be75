"""How much memory embedding a graph takes, before anything is allocated."""

from sklinfluence.estimators._walks import fill_of_powers
from sklinfluence.losses._pair_softmax import KEPT, NUMBERS_AT_ONCE

# Copies of the pairs: of a power, its part, both ways, sums, and those remembered.
_COPIES = 8
_BYTES_OF_ENTRY = 16
_BYTES = 8
# Parameters times the vectors that L-BFGS and conjugate gradients remember.
_VECTORS = 60
# Scores of all pairs that are kept, or of those that are worked out at once, and
# temporaries of that size.
_SCORES = 6


def check_memory_needed(graph, walks, dimension, max_memory):
    """Refuse a graph whose pairs take more memory than there may be.

    Parameters
    ----------
    graph : Graph
        The graph.
    walks : Walks
        How pairs are counted.
    dimension : int
        Coordinates of an embedding.
    max_memory : float
        Bytes that may be used.

    Raises
    ------
    MemoryError
        If more is needed.
    """
    needed, pairs = memory_needed(graph, walks, dimension)
    if needed > max_memory:
        raise MemoryError(
            f"Embedding {graph.n_nodes} nodes in {dimension} dimensions needs about "
            f"{needed / 1e9:.2g} GB, with {pairs:.2g} pairs of nodes that meet within "
            f"a window of {walks.window}; max_memory allows {max_memory / 1e9:.2g} GB. "
            "Reduce window or dimension (of simulated walks, n_walks), or raise "
            "max_memory."
        )


def memory_needed(graph, walks, dimension):
    """Return about how many bytes embedding takes, and how many pairs there are."""
    n = graph.n_nodes
    steps = min(walks.window, walks.length - 1)
    pairs = fill_of_powers(graph.adjacency, steps)
    scores = n * n if n * n <= KEPT else NUMBERS_AT_ONCE
    needed = _COPIES * _BYTES_OF_ENTRY * pairs
    needed += _BYTES * (_VECTORS * 2 * n * dimension + _SCORES * scores)
    # Squares of embeddings, blocks of the preconditioner, and tangents of rotations.
    needed += _BYTES * n * dimension**2 * (6 + 2 * dimension)
    if walks.seed is not None:
        needed += _BYTES * 4 * n * walks.number * walks.length
    return needed, pairs
