"""Sums Σ_q C_q / (Z_q − w_i) over runs of q, for all i at once.

Taking subject i out of a risk set changes its total from Z_q to Z_q − w_i, so these
sums carry the removal gradients of the Cox likelihood. Where Z_q >= 16 w_i the
quotient is a fast geometric series,

    1 / (Z − w) = Σ_r w^r / Z^(r+1),

whose terms separate i from q: one cumulative sum serves all i. The few remaining
pairs (fewer than 16 subjects can hold a sixteenth of one total) are done one by one.

Second derivatives of the likelihood need the derivative of these sums in log w_i,

    Σ_q C_q w_i / (Z_q − w_i)² ,   w / (Z − w)² = Σ_r (r + 1) w^(r+1) / Z^(r+2) ,

which comes from the same cumulative sums, one order up.
"""

import itertools

import numpy as np
from scipy import sparse

from sklinfluence.losses._interval_tree import IntervalTree
from sklinfluence.utils._blocks import blocks

_FAR = 16.0  # a pair is far where Z >= _FAR * w
_NEGLIGIBLE = 2.0**-54
_BLOCK_RANGE = 1e15  # powers of Z stay representable within a block of this range
_PAIRS_AT_ONCE = 1 << 17  # temporary arrays stay small beside the data
_ROWS_AT_ONCE = 1 << 16


class NestedResolvent:
    """The sums R[i] = Σ_{q < last[i]} C[q] / (Z[q] − w[i]) for decreasing Z.

    Parameters
    ----------
    Z : ndarray of shape (n_terms,)
        Positive, not increasing.
    w : ndarray of shape (n,)
        What is taken out of Z; smaller than every Z of its run.
    last : ndarray of shape (n,)
        Length of each run.
    """

    def __init__(self, Z, w, last):
        self.Z, self.w, self.last = Z, w, last
        self.far = np.minimum(np.searchsorted(-Z, -_FAR * w, side="right"), last)
        self.series = [
            (slice(start, stop), _NestedSeries(Z[start:stop], w, self.far - start))
            for start, stop in _magnitude_blocks(Z)
        ]

    def __call__(self, C, derivative=False):
        """Return the sums, or derivatives in log w, (n, k), for C of (n_terms, k)."""
        out = np.zeros((len(self.w), C.shape[1]), order="F")
        for block, series in self.series:
            series.add(out, C[block], derivative)
        for rows, i, q in _pair_chunks(self.far, self.last):
            _add_pairs(out, self.Z, C, self.w, rows, i, q, derivative)
        return out

    def smallest(self):
        """Return the smallest Z of every run, infinite where it is far from w."""
        out = np.full(len(self.w), np.inf)
        near = np.flatnonzero(self.last > self.far)
        out[near] = self.Z[self.last[near] - 1]
        return out


class _NestedSeries:
    """The geometric series over the first ``length[i]`` of decreasing Z, for all i.

    What does not depend on the numerators is worked out once: for every order r, which
    rows it still matters for, where their cumulative sum ends, and their w^r.
    """

    def __init__(self, Z, w, length):
        self.Z, self.w, self.orders = Z, w, []
        length = np.clip(length, 0, len(Z))
        rows = np.flatnonzero(length)
        length, unit = length[rows], Z[-1]
        largest = w[rows] / Z[length - 1]
        first = order = 0
        while len(rows):
            power = (w[rows] / unit) ** order
            self.orders.append((first, rows, length - 1 - first, power))
            order += 1
            keep = largest**order > _NEGLIGIBLE
            rows, length, largest = rows[keep], length[keep], largest[keep]
            if len(rows):
                # Terms with the largest Z no longer count for anyone.
                until = w[rows].max() * _NEGLIGIBLE ** (-1.0 / order)
                first = np.searchsorted(-Z, -until, side="left")
                first = min(int(first), int(length.min()) - 1)

    def add(self, out, C, derivative):
        """Add Σ_{q < length[i]} C[q] / (Z[q] − w[i]), or its derivative, to row i."""
        shrink = self.Z[-1] / self.Z
        orders = self._derivative_orders() if derivative else self.orders
        for column, numerators in zip(out.T, C.T, strict=True):
            coefficients = numerators / self.Z
            if derivative:
                coefficients *= shrink
            for order, (first, rows, end, power) in enumerate(orders):
                if order:
                    coefficients[first:] *= shrink[first:]
                sums = np.cumsum(coefficients[first:])
                for some in blocks(len(rows), _ROWS_AT_ONCE):
                    column[rows[some]] += power[some] * sums.take(end[some])

    def _derivative_orders(self):
        """Return the orders with (r + 1) w^(r+1) in place of w^r."""
        return [
            (first, rows, end, (r + 1) * power * (self.w[rows] / self.Z[-1]))
            for r, (first, rows, end, power) in enumerate(self.orders)
        ]


def _magnitude_blocks(Z):
    start = 0
    while start < len(Z):
        stop = np.searchsorted(-Z, -Z[start] / _BLOCK_RANGE, side="right")
        stop = max(int(stop), start + 1)
        yield start, stop
        start = stop


class StratifiedResolvent:
    """A :class:`NestedResolvent` for every stratum, whose terms stand together.

    Parameters
    ----------
    Z : ndarray of shape (n_terms,)
        Positive, not increasing within a stratum.
    w, first, last : ndarray of shape (n,)
        As for :class:`IntervalResolvent`; every run starts with its stratum.
    bounds : ndarray of shape (n_strata + 1,)
        The terms of stratum k are ``bounds[k]:bounds[k + 1]``.
    """

    def __init__(self, Z, w, first, last, bounds):
        self.n, self.strata = len(w), []
        everyone = len(bounds) == 2
        for start, stop in itertools.pairwise(bounds):
            if start == stop:
                continue
            terms, rows = slice(start, stop), slice(None)
            if not everyone:
                rows = np.flatnonzero((first == start) & (last > first))
            runs = last[rows] - start
            self.strata.append((rows, terms, NestedResolvent(Z[terms], w[rows], runs)))

    def __call__(self, C, derivative=False):
        """Return the sums, or derivatives in log w, (n, k), for C of (n_terms, k)."""
        out = np.zeros((self.n, C.shape[1]))
        for rows, terms, resolvent in self.strata:
            if isinstance(rows, slice):
                return resolvent(C[terms], derivative)
            out[rows] = resolvent(C[terms], derivative)
        return out

    def smallest(self):
        """Return the smallest Z of every run, infinite where it is far from w."""
        out = np.full(self.n, np.inf)
        for rows, _, resolvent in self.strata:
            out[rows] = resolvent.smallest()
        return out


class IntervalResolvent:
    """The sums R[i] = Σ_{first[i] <= q < last[i]} C[q] / (Z[q] − w[i]) for any Z.

    Parameters are those of :class:`NestedResolvent`, but for ``first``, the start of
    each run; Z may come in any order.
    """

    def __init__(self, Z, w, first, last):
        self.Z, self.w = Z, w
        self.tree = IntervalTree(len(Z))
        self.unit = self.tree.reduce(Z, np.minimum, np.finfo(float).max)
        self.far, near = self._split(*self.tree.cover(first, last))
        order = np.argsort(near[0], kind="stable")
        self.near = near[0][order], near[1][order] - self.tree.size

    def _split(self, i, node):
        """Split nodes until each is far from its subject, or a single term."""
        far, near = [], []
        while True:
            is_far = self.unit[node] >= _FAR * self.w[i]
            is_near = ~is_far & (node >= self.tree.size)
            far.append((i[is_far], node[is_far]))
            near.append((i[is_near], node[is_near]))
            split = ~is_far & ~is_near
            if not split.any():
                break
            i = np.repeat(i[split], 2)
            node = (2 * node[split][:, None] + np.array([0, 1])).ravel()
        return [
            [np.concatenate(part) for part in zip(*x, strict=True)] for x in (far, near)
        ]

    def __call__(self, C, derivative=False):
        """Return the sums, or derivatives in log w, (n, k), for C of (n_terms, k)."""
        out = np.zeros((len(self.w), C.shape[1]))
        self._add_series(out, C, *self.far, derivative)
        for i, q in _whole_subjects(*self.near):
            _add_pairs(out, self.Z, C, self.w, np.unique(i), i, q, derivative)
        return out

    def smallest(self):
        """Return the smallest Z of every run, infinite where it is far from w."""
        i, q = self.near
        out = np.full(len(self.w), np.inf)
        np.minimum.at(out, i, self.Z[q])
        return out

    def _add_series(self, out, C, i, node, derivative):
        ratio = self.w[i] / self.unit[node]
        leaves = C / self.Z[:, None]
        shape = (len(out), self.tree.n_nodes)
        order = 0
        while len(i):
            up = order + derivative
            sums = _scaled_node_sums(self.tree, self.unit, leaves, up)
            power = (up if derivative else 1.0) * ratio**up
            out += sparse.csr_array((power, (i, node)), shape=shape) @ sums
            order += 1
            keep = ratio**order > _NEGLIGIBLE
            i, node, ratio = i[keep], node[keep], ratio[keep]


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


def _whole_subjects(i, q):
    """Yield the pairs (i, q), sorted by i, in pieces that split no subject."""
    start = 0
    while start < len(i):
        stop = min(start + _PAIRS_AT_ONCE, len(i))
        stop = int(np.searchsorted(i, i[stop - 1], side="right"))
        yield i[start:stop], q[start:stop]
        start = stop


def _add_pairs(out, Z, C, w, rows, i, q, derivative):
    """Add pairs sorted by i; ``rows`` are the distinct i."""
    rest = (Z[q] - w[i])[:, None]
    quotients = C[q] / rest
    if derivative:
        quotients *= w[i][:, None] / rest
    out[rows] += np.add.reduceat(quotients, np.searchsorted(i, rows), axis=0)
