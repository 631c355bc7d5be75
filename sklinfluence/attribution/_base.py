"""What an attribution method can do."""

from abc import ABC, abstractmethod

from sklearn.base import BaseEstimator


class Attributor(BaseEstimator, ABC):
    """A method that estimates what removing training objects changes.

    What a method needs and gives is declared as class data, which turns into one
    clear error where something is missing.
    """

    #: Whether the method needs an objective, with its gradient.
    needs_objective = False
    #: Whether θ̂₋ᵢ − θ̂ is available, for models that have parameters.
    gives_parameters = False
    #: Whether bounds on the distance to exact removal are available.
    gives_bounds = False

    @abstractmethod
    def prepare(self, problem, target):
        """Do what does not depend on the test objects.

        Parameters
        ----------
        problem : Problem
            The fitted model and its training data.
        target : Target
            What is attributed, prepared with the same problem.

        Returns
        -------
        self
            The method, ready to attribute.
        """

    @abstractmethod
    def attribute(self, X, y=None, removals=None):
        """Estimate the effect of removing training objects on the target.

        Parameters
        ----------
        X, y : test objects
            Rows and, where the target needs them, their targets.
        removals : list of ndarray of int, default=None
            Sets of objects, each removed at once; None: each object by itself.

        Returns
        -------
        ndarray of shape (n_test, n_removals)
            f(z; θ̂ without the objects) − f(z; θ̂), in the units of f; nan where there
            is no model without the objects. Methods that give bounds take
            ``return_bound=True`` and then return a second array of this shape, the
            largest possible distance from exact removal, nan where it is not known.
        """

    @abstractmethod
    def self_influence(self):
        """Estimate the effect of removing each object on its own target.

        Returns
        -------
        ndarray of shape (n_objects,)
            The diagonal of the influence on the training data, without the rest.
        """

    def parameter_influence(self, removals=None):
        """Estimate the change of the parameters.

        Parameters
        ----------
        removals : list of ndarray of int, default=None
            As for :meth:`attribute`.

        Returns
        -------
        ndarray of shape (n_removals, n_params)
            θ̂ without the objects − θ̂; with ``return_bound=True``, for methods that
            give bounds, also an array of bounds.

        Raises
        ------
        NotImplementedError
            If the method, or the model, has no parameters.
        """
        raise NotImplementedError(
            f"{type(self).__name__} estimates no change of parameters; use a method "
            "that does, such as VersatileInfluence()."
        )
