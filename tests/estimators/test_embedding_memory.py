"""Memory: what is estimated is not below what is used, and not far above."""

import subprocess
import sys

import pytest

from sklinfluence.estimators._embedding_memory import check_memory_needed
from sklinfluence.estimators._graph_objects import Walks
from sklinfluence.utils._graphs import make_graph

SCRIPT = """
import warnings
from pathlib import Path
import numpy as np
from scipy.sparse import csr_array
from sklinfluence import NodeEmbedder
from sklinfluence.estimators._embedding_memory import memory_needed
warnings.simplefilter("ignore")

def used():
    # The peak of this program alone; that of getrusage is inherited.
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return 1024 * int(peak.split()[0])

def ring(n):
    # Neighbours on a ring, and some far away.
    rng, a = np.random.default_rng(0), np.arange(n)
    ends = np.r_[(a + 1) % n, (a + 2) % n, rng.permutation(n)]
    A = csr_array((np.ones(3 * n), (np.r_[a, a, a], ends)), shape=(n, n))
    return csr_array(A + A.T)

model = NodeEmbedder(8, n_restarts=1, max_iter=2, random_state=0)
model.fit(ring(20))
before, A = used(), ring(1500)
graph = model._graph(A)
needed, _ = memory_needed(graph, model._walks(), 8)
model.fit(A)
print(needed, used() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts memory as Linux does")
def test_estimate_against_what_is_used():
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    needed, used = map(float, done.stdout.split())
    assert used <= needed <= 6 * used


def test_refusal_says_how_much_and_what_to_do(karate):
    graph = make_graph(karate)
    check_memory_needed(graph, Walks(6, 3, 1000), 2, 1e9)
    for walks in (Walks(6, 3, 1000), Walks(6, 3, 1000, seed=0)):
        with pytest.raises(MemoryError, match=r"34 nodes .* window of 3.*window or"):
            check_memory_needed(graph, walks, 2, 1e4)
    with pytest.raises(MemoryError, match="n_walks"):
        check_memory_needed(graph, Walks(6, 3, 100_000, seed=0), 2, 5e8)
    check_memory_needed(graph, Walks(6, 3, 100_000), 2, 5e8)
