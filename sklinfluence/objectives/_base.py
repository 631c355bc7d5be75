"""The objective L(θ, b), and every derivative of it from its value alone."""

from abc import ABC, abstractmethod

import numpy as np
from autograd import grad, make_hvp


class Objective(ABC):
    """A total training loss L(θ, b) of parameters and of the presence of objects.

    L is summed, not averaged, over its terms, with its penalty included, and it is
    what the model would minimise on the objects present: the model retrained without
    object i minimises L(θ, 1₋ᵢ). A subclass gives :meth:`value`, written with
    ``autograd.numpy``; derivatives follow by automatic differentiation. A subclass
    that knows closed forms overrides them, and
    :func:`~sklinfluence.objectives.check_objective` holds each against autograd.

    The *presence* b has shape ``(n_objects,)``, 1 where an object is present and 0
    where it is removed; ``None`` means that all are present.

    Attributes
    ----------
    n_params : int
        Number of parameters p.
    n_objects : int
        Number of training objects, whose removal is defined.
    """

    n_params: int
    n_objects: int
    #: Whether L grows in every direction, so that it has a minimum.
    is_coercive = False
    #: Indices (n_objects, m) of the parameters that exist only for each object, such as
    #: the output of an item: without it they are in the penalty alone. None: no such.
    owned = None

    @abstractmethod
    def value(self, theta, presence=None):
        """Return L(θ, b), a float.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        presence : ndarray of shape (n_objects,), default=None
            Which objects are present.

        Returns
        -------
        float
            The summed loss, penalty included.
        """

    def gradient(self, theta, presence=None):
        """Return ∇L(θ, b), of shape (n_params,)."""
        return grad(self.value)(theta, presence)

    def hessian_product(self, theta, V, presence=None):
        """Return ∇²L(θ, b) V, of shape (n_params, k), for V of that shape."""
        product = make_hvp(self.value)(theta, presence)[0]
        return np.stack([product(v) for v in np.asarray(V).T], axis=1)

    def hessian(self, theta, presence=None):
        """Return ∇²L(θ, b), of shape (n_params, n_params)."""
        H = self.hessian_product(theta, np.eye(self.n_params), presence)
        return (H + H.T) / 2

    def curvature_scale(self, theta, presence=None):
        """Return the natural unit of curvature of every parameter, (n_params,).

        The square root of the size of the terms that the diagonal of the Hessian is
        a sum of. Linear algebra is done in these units, so that units of columns do
        not decide what counts as flat.
        """
        return np.sqrt(np.abs(np.diag(self.hessian(theta, presence))))

    def removal_gradients(self, theta, removals=None):
        """Return the removal gradients r = ∇L(θ, 1) − ∇L(θ, b without the objects).

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        removals : list of ndarray of int, default=None
            Sets of objects, each removed at once; ``None``: each object by itself.

        Returns
        -------
        ndarray of shape (n_removals, n_params)
            A row for each removal.
        """
        full = self.gradient(theta)
        if removals is None:
            removals = np.arange(self.n_objects)
        return np.stack(
            [full - self.gradient(theta, self.presence_without(r)) for r in removals]
        )

    def removal_products(self, theta, V, removals=None):
        """Return the products rᵀV of removal gradients with V of shape (p, k).

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        V : ndarray of shape (n_params, k)
            Directions.
        removals : list of ndarray of int, default=None
            As in :meth:`removal_gradients`.

        Returns
        -------
        ndarray of shape (n_removals, k)
            One row a removal.
        """
        return self.removal_gradients(theta, removals) @ V

    def gradients(self, thetas, presences):
        """Return the gradients of m reduced objectives, each at its own parameters.

        Parameters
        ----------
        thetas : ndarray of shape (m, n_params)
            Parameters.
        presences : ndarray of shape (m, n_objects)
            Which objects are present in each.

        Returns
        -------
        ndarray of shape (m, n_params)
            ∇L(θ, b) of each row.
        """
        rows = zip(thetas, presences, strict=True)
        return np.stack([self.gradient(theta, b) for theta, b in rows])

    def hessians(self, thetas, presences):
        """Return ∇²L(θ, b) of m reduced objectives, of shape (m, p, p)."""
        rows = zip(thetas, presences, strict=True)
        return np.stack([self.hessian(theta, b) for theta, b in rows])

    def removal_hessians(self, theta):
        """Return ∇²L(θ, 1₋ᵢ) as a function of objects i.

        What all objects have in common is worked out once.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.

        Returns
        -------
        callable
            ``hessians(objects)`` of shape (m, p, p) for m objects, an array of int.
        """

        def hessians(objects):
            presences = np.stack([self.presence_without([i]) for i in objects])
            same = np.repeat(theta[None], len(objects), axis=0)
            return self.hessians(same, presences)

        return hessians

    def removal_roots(self, theta):
        """Return R with ∇²L(θ, 1₋ᵢ) = ∇²L(θ, 1) − R_i R_iᵀ, as a function of objects.

        ``roots(objects)`` is of shape (m, p, r). None where what removal takes out of
        the Hessian is not of low rank.
        """
        return None

    def concordance(self, theta, basis):
        """Return what bounds the change of curvature in coordinates of a basis.

        Parameters
        ----------
        theta : ndarray of shape (n_params,)
            Parameters.
        basis : ndarray of shape (n_params, q)
            Directions of the parameters.

        Returns
        -------
        Concordance or None
            None where no bound is known.
        """
        return None

    def dispersion(self, theta):
        """Return φ, L / φ being a negative log-likelihood up to a constant."""
        return 1.0

    def dispersion_without(self, theta, steps):
        """Return φ as estimated without each object, at θ + step: (n_objects,)."""
        return np.ones(len(steps))

    def without(self, objects):
        """Return the objective without some objects, for good.

        Parameters
        ----------
        objects : ndarray of int
            Objects that are gone, whatever the presence says.

        Returns
        -------
        Objective
            The reduced objective; it still counts all objects.
        """
        return _WithoutObjective(self, self.presence_without(objects))

    def presence_without(self, objects):
        """Return the presence vector in which these objects are removed."""
        presence = np.ones(self.n_objects)
        presence[np.asarray(objects, dtype=np.intp)] = 0.0
        return presence


class AutogradObjective(Objective):
    """An objective given by one function, differentiated automatically.

    Parameters
    ----------
    fun : callable
        ``fun(theta, presence) -> float``, the loss that training would minimise on
        the objects present, written with ``autograd.numpy``. It gets an array of ones
        where all objects are present.
    n_params : int
        Number of parameters.
    n_objects : int
        Number of training objects.
    owned : ndarray of int of shape (n_objects, m), default=None
        Parameters that exist only for each object, see :class:`Objective`.

    Examples
    --------
    A loss over pairs, which no sum over objects can express:

    >>> import autograd.numpy as np
    >>> from sklinfluence.objectives import AutogradObjective
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]])
    >>> def pairwise(theta, presence):
    ...     s = X @ theta
    ...     pairs = presence[:, None] * presence[None, :]
    ...     return np.sum(pairs * (s[:, None] - s[None, :] - 1.0) ** 2)
    >>> objective = AutogradObjective(pairwise, n_params=2, n_objects=3)
    >>> objective.removal_gradients(np.zeros(2)).shape
    (3, 2)
    """

    def __init__(self, fun, n_params, n_objects, owned=None):
        self.fun, self.owned = fun, owned
        self.n_params = n_params
        self.n_objects = n_objects

    def value(self, theta, presence=None):
        """Return ``fun(theta, presence)``."""
        if presence is None:
            presence = np.ones(self.n_objects)
        return self.fun(theta, presence)


class _WithoutObjective(Objective):
    """An objective some of whose objects are gone for good."""

    def __init__(self, whole, left):
        self.whole, self.left = whole, left
        self.n_params, self.n_objects = whole.n_params, whole.n_objects
        self.is_coercive = whole.is_coercive

    def _present(self, presence):
        return self.left if presence is None else self.left * presence

    def value(self, theta, presence=None):
        return self.whole.value(theta, self._present(presence))

    def gradient(self, theta, presence=None):
        return self.whole.gradient(theta, self._present(presence))

    def hessian_product(self, theta, V, presence=None):
        return self.whole.hessian_product(theta, V, self._present(presence))

    def hessian(self, theta, presence=None):
        return self.whole.hessian(theta, self._present(presence))
