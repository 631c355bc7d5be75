"""What an attribution method is given."""

from dataclasses import dataclass, field
from typing import Any

from sklinfluence.utils._objects import RowObjects


@dataclass(frozen=True)
class Problem:
    """A fitted model with its training data: what there is to attribute.

    Attributes
    ----------
    estimator : estimator
        The specification, to be cloned for retraining.
    fitted : fitted estimator
        The model that is explained.
    X, y : training data
        As given to ``fit``.
    fit_params : dict
        What else ``fit`` was given.
    objective : FittedObjective or None
        Objective of the fitted model, where one is known and wanted.
    objects : RowObjects
        What the objects are: by default the rows of X. Its ``are_rows`` says whether
        they are, and ``are_in_tests`` whether they leave the test objects as well, as
        items and nodes do.
    n_jobs, memory, verbose
        How long jobs run, as in scikit-learn.
    """

    estimator: Any
    fitted: Any
    X: Any
    y: Any
    fit_params: dict = field(default_factory=dict)
    objective: Any = None
    objects: Any = field(default_factory=RowObjects)
    n_jobs: int | None = None
    memory: Any = None
    verbose: int = 0

    @property
    def n_objects(self):
        """Number of training objects."""
        return self.objects.count(self.X, self.y)

    @property
    def object_names(self):
        """Names of the training objects, as a pandas index where there is one."""
        return self.objects.names(self.X, self.y)
