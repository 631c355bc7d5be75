"""How much memory embedding a graph takes, before anything is allocated."""

from sklinfluence.estimators._walks import fill_of_powers

# Copies of the pairs while they are summed up: a power, its part, both ways, the sum.
_COPIES = 6
_BYTES_OF_ENTRY = 12
_BYTES = 8
# Parameters times the vectors that L-BFGS and conjugate gradients remember.
_VECTORS = 60
# Scores that are kept, and temporaries of that size.
_SCORES = 4 * (1 << 22)


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
    needed = _COPIES * _BYTES_OF_ENTRY * pairs
    needed += _BYTES * (_VECTORS * 2 * n * dimension + min(4 * n * n, _SCORES))
    # Squares of embeddings, and blocks of the preconditioner.
    needed += _BYTES * 6 * n * dimension**2
    if walks.seed is not None:
        needed += _BYTES * 4 * n * walks.number * walks.length
    return needed, pairs
