"""Trees of texts: what a link holds comes back, and nodes keep their numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import PlaygroundError, SamplingSettings
from playground.analysis.writing_tree import BY_HAND, ENDINGS, WritingTree, how_drawn, how_said, read_tree

IDS = st.lists(st.integers(0, 10**6), min_size=1, max_size=4)
HOWS = st.sampled_from([BY_HAND, "greedy", how_drawn(SamplingSettings(temperature=1e-05, seed=2**53))])


@st.composite
def trees(draw: st.DrawFn) -> WritingTree:
    tree = WritingTree()
    for _ in range(draw(st.integers(0, 6))):
        tip = draw(st.integers(0, tree.n_nodes))
        tree = WritingTree(tree.runs, tip).grown(draw(IDS), draw(st.sampled_from(list(ENDINGS.values()))), draw(HOWS))
    return tree


@given(trees())
def test_a_link_gives_the_tree_back(tree: WritingTree) -> None:
    text = tree.text("m1")
    assert read_tree(text, "m1") == (tree if tree.runs else WritingTree())
    assert read_tree(text, "m2") == WritingTree(), "another prompt's tree"
    assert all(sign.isalnum() or sign in "~.-+" for sign in text)


@given(trees())
def test_paths_lead_from_the_prompt_to_every_leaf(tree: WritingTree) -> None:
    seen = {n for leaf in tree.leaves() for n in tree.path(leaf)}
    assert seen == set(range(1, tree.n_nodes + 1))
    for leaf in tree.leaves():
        path = tree.path(leaf)
        assert path == sorted(path) and path[-1] == leaf
        assert tree.ids(leaf) == tuple(tree.token_ids()[n - 1] for n in path)


@given(trees(), IDS)
def test_growing_changes_no_other_number(tree: WritingTree, ids: list[int]) -> None:
    grown = tree.grown(ids, None, "greedy")
    assert grown.ids(grown.tip) == (*tree.ids(tree.tip), *ids)
    assert grown.token_ids()[: tree.n_nodes] == tree.token_ids()
    assert grown.parents()[: tree.n_nodes] == tree.parents()


def test_tokens_that_are_written_one_by_one_are_one_run() -> None:
    tree = WritingTree().grown([1], None, BY_HAND).grown([2], None, "greedy").grown([3], None, "greedy")
    assert len(tree.runs) == 2 and tree.begun(tree.tip, "greedy") == 1
    assert tree.begun(tree.tip, "t1k0p1s0") == 3, "other settings begin anew"
    capped = tree.grown([4], "max new tokens", "greedy")
    assert capped.begun(capped.tip, "greedy") == 4, "a run that has ended is not gone on with"
    forked = WritingTree(capped.runs, 2)
    assert forked.begun(2, "greedy") == 2, "in the middle of a run another one begins"


@pytest.mark.parametrize(
    "text",
    ["m~1.0", "m~x.0~0-1--hand", "m~1.0~1-1--hand", "m~9.0~0-1--hand", "m~1.0~0-1-z-hand", "m~1.0~0---hand",
     "m~1.0~0-1--<b>", "m~1.5~0-1--hand", "m~1~0-1--hand", "m~1.0~0-1.x--hand"],
)  # fmt: skip
def test_what_is_no_tree_is_refused(text: str) -> None:
    with pytest.raises(PlaygroundError, match=r"\.$"):
        read_tree(text, "m")


def test_settings_in_words() -> None:
    settings = SamplingSettings(temperature=0.8, top_k=50, top_p=0.9, seed=7)
    assert how_said(how_drawn(settings)) == "temperature 0.8, top-k 50, top-p 0.9, seed 7"
    more = SamplingSettings(temperature=0.8, top_k=50, top_p=0.9, seed=7, min_p=0.1)
    assert how_said(how_drawn(more)) == "temperature 0.8, top-k 50, top-p 0.9, and more, seed 7"
    assert how_said(how_drawn(SamplingSettings(do_sample=False))) == "greedy"
