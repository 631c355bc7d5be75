"""Graphs in the colours of influence, and rankings without an item."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from sklinfluence import InfluenceExplainer, ListMLERanker, NodeEmbedder
from sklinfluence.datasets import make_ranking
from sklinfluence.inspection import GraphInfluenceDisplay, RankingChangeDisplay

NAMES = ["tea", "milk", "jam", "bread", "salt", "rice"]


@pytest.fixture(scope="module")
def path():
    names = list("abcdef")
    return pd.DataFrame(np.eye(6, k=1) + np.eye(6, k=-1), names, names)


@pytest.fixture(scope="module")
def lists():
    data = make_ranking(
        80, 6, 3, n_listed=4, noise=0.3, malicious_items=1, random_state=0
    )
    return data.data, pd.DataFrame(data.target, columns=NAMES)


def test_nodes_have_the_colours_of_their_influence(path):
    explainer = InfluenceExplainer(NodeEmbedder(random_state=0)).fit(path)
    layout = {name: (i, i % 2) for i, name in enumerate("abcdef")}
    display = GraphInfluenceDisplay.from_explainer(explainer, ("b", "c"), layout=layout)
    influence = explainer.influence([("b", "c")])[0]
    np.testing.assert_array_equal(display.values, influence)
    known = np.isfinite(influence)
    dots = display.ax_.collections[-1]
    np.testing.assert_allclose(
        dots.get_facecolors()[known], display.colors_.to_rgba(influence[known])
    )
    np.testing.assert_allclose(dots.get_facecolors()[~known, :3], 0.8)
    # Without one of the pair there is no pair.
    np.testing.assert_array_equal(known, [True, False, False, True, True, True])
    np.testing.assert_allclose(dots.get_offsets(), list(layout.values()))
    thick = np.array(dots.get_linewidths()) > 1
    np.testing.assert_array_equal(thick, [False, True, True, False, False, False])
    assert {text.get_text() for text in display.ax_.texts} == set("abcdef")
    assert display.figure_.axes[1].get_ylabel() == (
        "change of the loss of the pair\nwithout the node"
    )


def test_edges_have_the_colours_of_their_influence(path):
    explainer = InfluenceExplainer(NodeEmbedder(random_state=0), objects="edges")
    explainer.fit(path)
    display = GraphInfluenceDisplay.from_explainer(explainer, ("b", "c"))
    influence = explainer.influence([("b", "c")])[0]
    below, lines = display.ax_.collections[:2]
    assert len(below.get_segments()) == 5
    known = np.isfinite(influence)
    np.testing.assert_allclose(
        lines.get_colors()[known], display.colors_.to_rgba(influence[known])
    )
    widths = np.array(lines.get_linewidths())[known]
    assert np.argmax(widths) == np.argmax(np.abs(influence[known]))


def test_arrays_on_a_directed_graph_of_positions():
    cycle = np.eye(4, k=1) + np.eye(4, k=-3)
    _, ax = plt.subplots()
    display = GraphInfluenceDisplay.from_arrays(
        cycle, [0.0, 1.0, -1.0, 0.5], pair=(0, 2), ax=ax, colorbar=False
    )
    assert display.ax_ is ax
    assert len(display.figure_.axes) == 1
    with pytest.raises(ValueError, match=r"shape \(2,\) for a graph of 4 edges"):
        GraphInfluenceDisplay.from_arrays(cycle, [0.0, 1.0], objects="edges")


def test_graphs_need_networkx_and_an_explainer_of_graphs(monkeypatch, explained):
    with pytest.raises(ValueError, match="expected one of the nodes or edges"):
        GraphInfluenceDisplay.from_explainer(explained, (0, 1))
    monkeypatch.setitem(sys.modules, "networkx", None)
    with pytest.raises(ImportError, match="Drawing a graph needs networkx"):
        GraphInfluenceDisplay.from_arrays(np.eye(3, k=1), [1, 2, 3])


def test_ranking_change_is_that_of_a_refit(lists):
    X, Y = lists
    ranker = ListMLERanker()
    explainer = InfluenceExplainer(ranker, target="loss", objects="items").fit(X, Y)
    display = RankingChangeDisplay.from_explainer(explainer, X[:1], "jam", k=4)
    names = np.array(NAMES)
    before = names[ranker.fit(X, Y).rank(X[:1])[0]]
    rest = Y.drop(columns="jam")
    after = rest.columns[ranker.fit(X, rest).rank(X[:1])[0]]
    assert display.before == before.tolist()
    assert display.after == after.tolist()
    left = [name for name in before if name != "jam"]
    moves = {name: left.index(name) - list(after).index(name) for name in left}
    assert display.moves_ == {name: moves[name] for name in display.moves_}
    assert set(before[:4]) | set(after[:4]) == {*display.moves_, "jam"}
    written = [text.get_text() for text in display.ax_.texts]
    ranks = [
        f"{place}. {name}"
        for ranking in (before, after)
        for place, name in enumerate(ranking, 1)
        if name in {*before[:4], *after[:4]}
    ]
    # Beside these, the line through the removed one.
    assert [text for text in written if text] == ranks
    place = before.tolist().index("jam") + 1
    assert written[written.index("") - 1] == f"{place}. jam"


def test_lines_have_the_colour_of_the_move():
    display = RankingChangeDisplay.from_arrays([3, 1, 0, 2], [0, 1, 2], removed=3)
    assert display.moves_ == {1: -1, 0: 1, 2: 0}
    colors = {tuple(line.get_ydata()): line.get_color() for line in display.ax_.lines}
    assert to_rgba(colors[(3, 1)]) == to_rgba("#D55E00")
    assert to_rgba(colors[(2, 2)]) == to_rgba("#0072B2")
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["all items", "without item 3"]


def test_rankings_that_do_not_belong_together(lists, explained):
    with pytest.raises(ValueError, match="Got removed='x'; expected one of the 2"):
        RankingChangeDisplay.from_arrays(["a", "b"], ["a"], removed="x")
    with pytest.raises(ValueError, match="does not hold the items of before"):
        RankingChangeDisplay.from_arrays(["a", "b", "c"], ["a"], removed="b")
    with pytest.raises(ValueError, match="expected objects='items'"):
        RankingChangeDisplay.from_explainer(explained, explained.problem_.X[:1], 0)
    X, Y = lists
    items = InfluenceExplainer(ListMLERanker(), target="loss", objects="items")
    items.fit(X, Y)
    with pytest.raises(ValueError, match="Got 2 queries; expected one"):
        RankingChangeDisplay.from_explainer(items, X[:2], "jam")
    with pytest.raises(ValueError, match="Got item='ham'; expected a name"):
        RankingChangeDisplay.from_explainer(items, X[:1], "ham")


def test_long_names_and_ranks_stay_in_the_picture():
    before = [f"a list entry with a rather long name, the {i}th" for i in range(20)]
    after = [before[i] for i in (15, 2, 3, 5, 4, *range(6, 15), *range(16, 19), 1, 19)]
    display = RankingChangeDisplay.from_arrays(before, after, removed=before[0], k=6)
    display.figure_.canvas.draw()
    frame = display.figure_.bbox
    texts = [*display.ax_.texts, *display.ax_.get_xticklabels()]
    boxes = [text.get_window_extent() for text in texts if text.get_text()]
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)
    heads = [label.get_window_extent() for label in display.ax_.get_xticklabels()]
    assert heads[0].x1 < heads[1].x0
    low, high = sorted(display.ax_.get_ylim())
    heights = np.concatenate([line.get_ydata() for line in display.ax_.lines])
    assert low < heights.min()
    assert heights.max() < high
    assert any(text.get_text().startswith("18. ") for text in display.ax_.texts)


def test_names_can_be_read_on_dark_nodes():
    cycle = np.eye(4, k=1) + np.eye(4, k=-3)
    values = [1.0, -1.0, 0.0, np.nan]
    display = GraphInfluenceDisplay.from_arrays(cycle, values, vmin=-1, vmax=1)
    inks = [text.get_color() for text in display.ax_.texts]
    assert inks == ["white", "white", "black", "black"]


def test_places_and_pairs_that_are_not_there():
    names = list("abcd")
    cycle = pd.DataFrame(np.eye(4, k=1) + np.eye(4, k=-3), names, names)
    draw = GraphInfluenceDisplay.from_arrays
    with pytest.raises(ValueError, match=r"without a place for \['b', 'c', 'd'\]"):
        draw(cycle, np.zeros(4), layout={"a": (0, 0)})
    with pytest.raises(ValueError, match=r"layout of shape \(3, 2\); expected \(4, 2"):
        draw(cycle, np.zeros(4), layout=np.zeros((3, 2)))
    with pytest.raises(ValueError, match="Got the node 'z'"):
        draw(cycle, np.zeros(4), pair=("a", "z"))


def test_edges_of_one_width_and_objects_that_are_none(path):
    draw = GraphInfluenceDisplay.from_arrays
    display = draw(path, [0.1, 0.2, -0.3, 0.4, 0.5], objects="edges", width=2)
    assert set(display.ax_.collections[1].get_linewidths()) == {2}
    with pytest.raises(ValueError, match="objects='edge'; expected 'nodes' or 'edges'"):
        draw(path, [0.1, 0.2, -0.3, 0.4, 0.5], objects="edge")


def test_items_that_are_tuples(lists):
    X, Y = lists
    pairs = [(name, len(name)) for name in NAMES]
    plain, paired = (
        InfluenceExplainer(ListMLERanker(), target="loss", objects="items").fit(
            X, Y.set_axis(columns, axis=1)
        )
        for columns in (NAMES, pd.MultiIndex.from_tuples(pairs))
    )
    by_name = RankingChangeDisplay.from_explainer(plain, X[:1], "jam", k=4)
    by_pair = RankingChangeDisplay.from_explainer(paired, X[:1], ("jam", 3), k=4)
    assert by_pair.removed == ("jam", 3)
    assert [name for name, _ in by_pair.before] == by_name.before
    assert [name for name, _ in by_pair.after] == by_name.after
    label = by_pair.ax_.get_xticklabels()[1].get_text()
    assert label == "without jam, 3"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (["a"], [], "expected at least two, each once"),
        (["a", "b", "b"], ["b", "b"], "expected at least two, each once"),
        (["a", 1], ["1"], r"\['1'\] should not be in it, \[1\] should"),
        (["a", "b"], ["b", "b"], "does not hold the items of before"),
    ],
    ids=["one", "twice", "text-for-number", "twice-after"],
)
def test_rankings_without_places_for_all(before, after, message):
    with pytest.raises(ValueError, match=message):
        RankingChangeDisplay.from_arrays(before, after, removed="a")


def test_two_items():
    display = RankingChangeDisplay.from_arrays(["a", 1], [1], removed="a", c="k")
    assert display.moves_ == {1: 0}
    assert display.ax_.lines[0].get_color() == "k"
