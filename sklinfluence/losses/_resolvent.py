"""Sums Σ_q C_q / (Z_q − w_i) over runs of q, for all i at once.

Taking subject i out of a risk set changes its total from Z_q to Z_q − w_i, so these
sums carry the removal gradients of the Cox likelihood. Where Z_q >= 16 w_i the
quotient is a fast geometric series,

    1 / (Z − w) = Σ_r w^r / Z^(r+1),

whose terms separate i from q: one cumulative sum serves all i. The few remaining
pairs (fewer than 16 subjects can hold a sixteenth of one total) are done one by one.
"""

import numpy as np
from scipy import sparse

from sklinfluence.losses._interval_tree import IntervalTree

_FAR = 16.0  # a pair is far where Z >= _FAR * w
_NEGLIGIBLE = 2.0**-54
_BLOCK_RANGE = 1e15  # powers of Z stay representable within a block of this range
_PAIRS_AT_ONCE = 1 << 19


def nested_resolvent(Z, C, w, last):
    """Return R[i] = Σ_{q < last[i]} C[q] / (Z[q] − w[i]) for decreasing Z.

    Parameters
    ----------
    Z : ndarray of shape (n_terms,)
        Positive, not increasing.
    C : ndarray of shape (n_terms, k)
        Numerators.
    w : ndarray of shape (n,)
        What is taken out of Z; smaller than every Z of its run.
    last : ndarray of shape (n,)
        Length of each run.

    Returns
    -------
    ndarray of shape (n, k)
        The sums, to a few units of round-off.
    """
    out = np.zeros((len(w), C.shape[1]))
    far = np.minimum(np.searchsorted(-Z, -_FAR * w, side="right"), last)
    for start, stop in _magnitude_blocks(Z):
        length = np.clip(far - start, 0, stop - start)
        _add_nested_series(out, Z[start:stop], C[start:stop], w, length)
    for rows, i, q in _pair_chunks(far, last):
        _add_pairs(out, Z, C, w, rows, i, q)
    return out


def _magnitude_blocks(Z):
    start = 0
    while start < len(Z):
        stop = np.searchsorted(-Z, -Z[start] / _BLOCK_RANGE, side="right")
        stop = max(int(stop), start + 1)
        yield start, stop
        start = stop


def _add_nested_series(out, Z, C, w, length):
    rows = np.flatnonzero(length)
    if not len(rows):
        return
    unit = Z[-1]
    coefficients = C / Z[:, None]
    shrink = (unit / Z)[:, None]
    length, power = length[rows], np.ones(len(rows))
    largest = w[rows] / Z[length - 1]
    order = 0
    while len(rows):
        sums = np.cumsum(coefficients, axis=0)
        out[rows] += power[:, None] * sums[length - 1]
        order += 1
        keep = largest**order > _NEGLIGIBLE
        rows, length, largest = rows[keep], length[keep], largest[keep]
        if not len(rows):
            return
        power = (w[rows] / unit) ** order
        # Terms with the largest Z no longer count for anyone: drop them.
        until = w[rows].max() * _NEGLIGIBLE ** (-1.0 / order)
        drop = min(np.searchsorted(-Z, -until, side="left"), length.min() - 1)
        Z, length = Z[drop:], length - drop
        coefficients, shrink = coefficients[drop:], shrink[drop:]
        coefficients = coefficients * shrink


def interval_resolvent(Z, C, w, first, last):
    """Return R[i] = Σ_{first[i] <= q < last[i]} C[q] / (Z[q] − w[i]) for any Z.

    Parameters and result are those of :func:`nested_resolvent`, but for ``first``,
    the start of each run; Z may come in any order.
    """
    out = np.zeros((len(w), C.shape[1]))
    tree = IntervalTree(len(Z))
    unit = tree.reduce(Z, np.minimum, np.finfo(float).max)
    i, node = tree.cover(first, last)
    far_i, far_node, near_i, near_node = [], [], [], []
    while len(i):
        far = unit[node] >= _FAR * w[i]
        leaf = ~far & (node >= tree.size)
        far_i.append(i[far])
        far_node.append(node[far])
        near_i.append(i[leaf])
        near_node.append(node[leaf])
        split = ~far & ~leaf
        i = np.repeat(i[split], 2)
        node = (2 * node[split][:, None] + np.array([0, 1])).ravel()
    if far_i:
        far_i, far_node = np.concatenate(far_i), np.concatenate(far_node)
        _add_tree_series(out, tree, unit, Z, C, w, far_i, far_node)
        near_i = np.concatenate(near_i)
        near_q = np.concatenate(near_node) - tree.size
        order = np.argsort(near_i, kind="stable")
        for chunk in _chunks(order, near_i):
            i, q = near_i[chunk], near_q[chunk]
            _add_pairs(out, Z, C, w, np.unique(i), i, q)
    return out


def _add_tree_series(out, tree, unit, Z, C, w, i, node):
    ratio = w[i] / unit[node]
    power = np.ones(len(i))
    order = 0
    while len(i):
        sums = _scaled_node_sums(tree, unit, C / Z[:, None], order)
        pairs = sparse.csr_array(
            (power, (i, node)), shape=(len(out), tree.n_nodes)
        )
        out += pairs @ sums
        order += 1
        keep = ratio**order > _NEGLIGIBLE
        i, node, ratio = i[keep], node[keep], ratio[keep]
        power = ratio**order


def _scaled_node_sums(tree, unit, leaves, order):
    """Σ over the leaves below a node of leaf · (unit[node] / Z_leaf)^order."""
    nodes = np.zeros((tree.n_nodes, leaves.shape[1]))
    nodes[tree.size : tree.size + tree.n_leaves] = leaves
    level = tree.size
    while level > 1:
        parent = unit[level // 2 : level].repeat(2)
        shrink = (parent / unit[level : 2 * level]) ** order
        below = nodes[level : 2 * level] * shrink[:, None]
        nodes[level // 2 : level] = below[0::2] + below[1::2]
        level //= 2
    return nodes


def _pair_chunks(first, last):
    """Yield (rows, i, q) that list the pairs first[i] <= q < last[i] in pieces."""
    count = np.maximum(last - first, 0)
    rows = np.flatnonzero(count)
    ends = np.cumsum(count[rows])
    start = 0
    while start < len(rows):
        done = ends[start - 1] if start else 0
        stop = int(np.searchsorted(ends, done + _PAIRS_AT_ONCE, side="right"))
        stop = max(stop, start + 1)
        chunk = rows[start:stop]
        i = np.repeat(chunk, count[chunk])
        offset = np.repeat(np.cumsum(count[chunk]) - count[chunk], count[chunk])
        yield chunk, i, first[i] + np.arange(len(i)) - offset
        start = stop


def _chunks(order, key):
    """Split sorted positions into pieces that keep equal keys together."""
    ordered = key[order]
    start = 0
    while start < len(order):
        stop = min(start + _PAIRS_AT_ONCE, len(order))
        if stop < len(order):
            stop = int(np.searchsorted(ordered, ordered[stop - 1], side="right"))
        yield order[start:stop]
        start = stop


def _add_pairs(out, Z, C, w, rows, i, q):
    """Add pairs sorted by i; ``rows`` are the distinct i."""
    quotients = C[q] / (Z[q] - w[i])[:, None]
    out[rows] += np.add.reduceat(quotients, np.searchsorted(i, rows), axis=0)
