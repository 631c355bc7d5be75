"""What can be removed from lists: documents, items that all lists share, or queries."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np


@dataclass(frozen=True)
class DocumentObjects:
    """Objects that take documents with them, out of lists and denominators.

    Attributes
    ----------
    of_document : ndarray of shape (n_documents,), int
        Object of each document: itself, or the item that it shows to its query.
    n_objects : int
        Number of objects.
    """

    of_document: np.ndarray
    n_objects: int
    are_queries = False

    @cached_property
    def are_documents(self):
        """Whether every object is a document, and every document an object."""
        if self.n_objects != len(self.of_document):
            return False
        return bool((np.sort(self.of_document) == np.arange(self.n_objects)).all())

    @cached_property
    def document_of_object(self):
        """Document of each object, where each has one."""
        return np.argsort(self.of_document)

    def parts(self, presence, query_weight):
        """Return the presence of every document, and the weight of every query."""
        if presence is None:
            return np.ones(len(self.of_document)), query_weight
        return np.asarray(presence, dtype=float)[self.of_document], query_weight


@dataclass(frozen=True)
class QueryObjects:
    """Queries, whose removal takes their terms out of the sum and no other.

    Attributes
    ----------
    n_documents : int
        Number of documents of all queries.
    n_objects : int
        Number of queries.
    """

    n_documents: int
    n_objects: int
    are_queries = True
    are_documents = False

    def parts(self, presence, query_weight):
        """Return the presence of every document, and the weight of every query."""
        ones = np.ones(self.n_documents)
        if presence is None:
            return ones, query_weight
        return ones, query_weight * presence


class WithoutObjects:
    """Objects some of which are gone, whatever the presence says.

    Parameters
    ----------
    objects : DocumentObjects or QueryObjects
        All objects.
    removed : ndarray of int
        Those that are gone.
    """

    are_documents = False

    def __init__(self, objects, removed):
        self.objects, self.left = objects, np.ones(objects.n_objects)
        self.left[removed] = 0.0
        self.are_queries, self.n_objects = objects.are_queries, objects.n_objects

    def parts(self, presence, query_weight):
        """Return the presence of every document, and the weight of every query."""
        present = self.left if presence is None else self.left * presence
        return self.objects.parts(present, query_weight)
