"""A complete binary tree over instants, in which a run of instants is a few nodes."""

import numpy as np


class IntervalTree:
    """Nodes 1 (the root) to 2·size − 1, leaf g being node ``size + g``.

    Parameters
    ----------
    n_leaves : int
        Number of instants; padded to a power of two.

    Attributes
    ----------
    size : int
        Number of leaves with padding.
    n_nodes : int
        Length of an array indexed by node (node 0 is unused).
    """

    def __init__(self, n_leaves):
        self.n_leaves = n_leaves
        self.size = 1 << max(n_leaves - 1, 0).bit_length()
        self.n_nodes = 2 * self.size

    def cover(self, first, last):
        """Split the runs ``first[j]:last[j]`` into nodes, at most two a level.

        Parameters
        ----------
        first, last : ndarray of shape (n,)
            Runs of leaves; empty where ``first >= last``.

        Returns
        -------
        subjects, nodes : ndarray of shape (n_pairs,)
            Run ``subjects[k]`` contains the whole of node ``nodes[k]``; the nodes of
            a run are disjoint.
        """
        left, right = first + self.size, last + self.size
        subjects, nodes = [], []
        alive = np.flatnonzero(left < right)
        left, right = left[alive], right[alive]
        while len(alive):
            odd_left, odd_right = left & 1 == 1, right & 1 == 1
            subjects += [alive[odd_left], alive[odd_right]]
            nodes += [left[odd_left], right[odd_right] - 1]
            left, right = (left + odd_left) >> 1, right >> 1
            keep = left < right
            alive, left, right = alive[keep], left[keep], right[keep]
        empty = np.zeros(0, dtype=np.intp)
        return np.concatenate([empty, *subjects]), np.concatenate([empty, *nodes])

    def node_sums(self, c):
        """Sum leaf values up the tree.

        Parameters
        ----------
        c : ndarray of shape (n_leaves, ...)
            Values at the leaves.

        Returns
        -------
        ndarray of shape (n_nodes, ...)
            Sum over the leaves below each node.
        """
        return self.reduce(c, np.add, 0.0)

    def reduce(self, c, ufunc, padding):
        """Combine leaf values up the tree with any associative ufunc."""
        nodes = np.full((self.n_nodes, *c.shape[1:]), padding)
        nodes[self.size : self.size + self.n_leaves] = c
        level = self.size
        while level > 1:
            below = nodes[level : 2 * level]
            nodes[level // 2 : level] = ufunc(below[0::2], below[1::2])
            level //= 2
        return nodes

    def leaf_sums(self, nodes):
        """Sum node values down the tree: each leaf gets the sum over its ancestors."""
        sums = nodes.copy()
        level = 2
        while level <= self.size:
            sums[level : 2 * level] += np.repeat(sums[level // 2 : level], 2, axis=0)
            level *= 2
        return sums[self.size : self.size + self.n_leaves]
