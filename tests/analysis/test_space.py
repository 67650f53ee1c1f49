"""The points of the space: which they are, where they lie, what lies near and what lies together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground import PlaygroundError, capture, load_model
from playground.analysis.embedding import cosines, nearest, pca
from playground.analysis.embedding import projection as projection_module
from playground.analysis.embedding.clusters import clusters_of
from playground.analysis.embedding.layouts import STEPS, Layout, tsne_steps, umap_steps
from playground.analysis.embedding.near import mean_cosine, near_points, nearest_partner, same_neighbour
from playground.analysis.embedding.points import Gathering, gathered, kind_of
from playground.analysis.embedding.table import TokenTable, largest, measured, token_table
from playground.analysis.embedding.themes import MOST_THEMES, MOST_WORDS, PARTNERS, READY, partners_of, themes_of
from playground.analysis.typed import typed_ids
from tests.tiny import FAMILIES, tiny


def cloud(n: int, width: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, width)) * np.linspace(3, 0.2, width) + 1).astype(np.float32)


# ---- principal components of many vectors ----


@pytest.mark.parametrize("shape", [(400, 90), (90, 400), (70, 70)])
def test_many_vectors_have_scikit_learns_components(shape: tuple[int, int]) -> None:
    learned = pytest.importorskip("sklearn.decomposition")
    vectors = cloud(*shape)
    ours, theirs = pca(vectors, 3), learned.PCA(3, svd_solver="full").fit(vectors.astype(np.float64))
    np.testing.assert_allclose(ours.explained, theirs.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(np.abs((ours.components * theirs.components_).sum(1)), 1, atol=1e-4)
    np.testing.assert_allclose(np.abs(ours.points), np.abs(theirs.transform(vectors)), atol=2e-3)


def test_the_first_components_are_found_by_iteration_where_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = cloud(200, 150)
    exact = pca(vectors, 3)
    monkeypatch.setattr(projection_module, "EXACT", 100)
    found = pca(vectors, 3)
    np.testing.assert_allclose(found.explained, exact.explained, rtol=1e-4)
    np.testing.assert_allclose(np.abs((found.components * exact.components).sum(1)), 1, atol=1e-3)


# ---- the token table ----


@pytest.mark.parametrize("centred", [False, True])
@pytest.mark.parametrize("name", ["gpt2", "bert", "marian"])
def test_a_table_measured_once_gives_the_cosines_of_its_definition(name: str, centred: bool) -> None:
    model = tiny(name)
    rows = model.module.get_input_embeddings().weight.detach().numpy()  # type: ignore[operator]
    table, vector = token_table(model), rows[5] + rows[9]
    mean = rows.mean(0) if centred else 0
    np.testing.assert_allclose(table.cosines(vector, centred=centred), cosines(rows - mean, vector - mean), atol=2e-6)
    found = table.nearest(vector, 4, (5,), centred=centred)
    assert [i for i, _ in found] == [i for i, _ in nearest(rows - mean, vector - mean, 4, (5,))]


def test_random_pairs_are_different_rows_and_lose_their_common_direction_with_the_mean() -> None:
    table = cloud(300, 16) + 4
    found = measured(table)
    np.testing.assert_allclose(found.mean, table.mean(0), atol=1e-5)
    assert float(found.random.mean()) > 0.8 and abs(float(found.random_centred.mean())) < 0.05
    assert (np.diff(found.random) >= 0).all() and found.random.max() < 1 - 1e-6
    one = measured(table[:1])
    assert np.isfinite(one.random).all() and np.isfinite(one.random_centred).all()


def test_a_row_without_length_points_nowhere() -> None:
    table = cloud(6, 4)
    table[2] = 0
    found = TokenTable(table, measured(table)).cosines(table[0])
    assert found[2] == 0 and np.isfinite(found).all()


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=12), st.integers(0, 14), st.sets(st.integers(0, 11)))
def test_the_largest_are_those_of_a_stable_sort(values: list[int], count: int, out: set[int]) -> None:
    out = {i for i in out if i < len(values)}
    order = [i for i in np.argsort(-np.array(values), kind="stable").tolist() if i not in out]
    assert [i for i, _ in largest(np.array(values, np.float32), count, tuple(out))] == order[:count]


# ---- which points ----


@pytest.mark.parametrize("name", FAMILIES)
def test_the_text_among_its_neighbours(name: str) -> None:
    model = tiny(name)
    trace = capture(model, "The cat sat", "the cat" if model.info.kind == "encoder-decoder" else None)
    stack = trace.encoder or trace
    plain, among = (gathered(model, trace, Gathering(encoder=True, around=n)) for n in (0, 3))
    np.testing.assert_array_equal(among.vectors[: len(stack)], plain.vectors)
    assert plain.pos.tolist() == list(range(len(stack)))
    if plain.level == "token rows":
        more = [one for (one,) in among.token_ids[len(stack) :]]
        assert len(set(more)) == len(more) > 0 and not set(more) & {t.token_id for t in stack.tokens}
        assert (among.pos[len(stack) :] == -1).all()
        # A neighbour is drawn as the model would add it, had it stood in the text.
        rows = token_table(model).rows
        factor = np.linalg.norm(plain.vectors[0]) / np.linalg.norm(rows[stack.tokens[0].token_id])
        np.testing.assert_allclose(among.vectors[len(stack) :], rows[more] * factor, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "t5"])
def test_words_are_the_means_of_their_tokens(name: str) -> None:
    model, rows = tiny(name), token_table(tiny(name)).rows
    found = gathered(model, None, Gathering("words", words="a: cat unbelievable\nb: cat sat"))
    assert found.names == ("cat", "unbelievable", "sat") and found.themes == ("a", "a", "b")
    for word, ids, vector in zip(found.names, found.token_ids, found.vectors, strict=True):
        assert list(ids) == typed_ids(model, word, both_texts=True)
        np.testing.assert_allclose(vector, rows[list(ids)].mean(0), atol=1e-6)


def test_some_of_the_vocabulary_all_of_it_and_vectors_of_one_length() -> None:
    model = tiny("gpt2")
    n = len(token_table(model).rows)
    some, every = (gathered(model, None, Gathering("vocabulary", many=many)) for many in (10, 10**6))
    assert len(some.names) == 10 and some.token_ids[0] == (0,) and some.token_ids[-1] == (n - 1,)
    assert [one for (one,) in every.token_ids] == list(range(n))
    unit = gathered(model, None, Gathering("vocabulary", many=10, unit=True))
    np.testing.assert_allclose(np.linalg.norm(unit.vectors, axis=1), 1, rtol=1e-5)
    np.testing.assert_array_equal(unit.lengths, some.lengths)


@pytest.mark.parametrize(
    ("name", "marked", "kind"),
    [("␣cat", "bytes", "starts a word"), ("cat", "bytes", "inside a word"), ("cat", "wordpiece", "starts a word"),
     ("##s", "wordpiece", "inside a word"), ("##7", "wordpiece", "number"), ("␣12", "bytes", "number"),
     ("!?", "bytes", "sign"), ("␣", "metaspace", "sign"), ("\\xf0", "bytes", "part of a character"),
     ("<0x0A>", "metaspace", "part of a character"), ("猫", "metaspace", "inside a word"),
     ("x", "plain", "starts a word")],
)  # fmt: skip
def test_kinds_of_token(name: str, marked: str, kind: str) -> None:
    assert kind_of(name, marked, special=False) == kind
    assert kind_of(name, marked, special=True) == "special token"


def test_lists_of_words() -> None:
    assert themes_of("pets: dog, cat\n\nbig small\n: odd\npets: dog bird") == {
        "pets": ("dog", "cat", "bird"), "list 2": ("big", "small"), "list 3": ("odd",)
    }  # fmt: skip
    for text in ("", " \n:", "pets:"):
        with pytest.raises(PlaygroundError, match="no words"):
            themes_of(text)
    for text in ("a: " + " ".join(f"w{i}" for i in range(MOST_WORDS + 1)), "\n".join(f"{i}: w{i}" for i in range(9))):
        with pytest.raises(PlaygroundError, match="at most"):
            themes_of(text)
    for text in READY.values():
        assert 2 <= len(themes_of(text)) <= MOST_THEMES


# ---- what lies near, what lies together ----


def test_near_points_leave_the_same_token_out() -> None:
    model = tiny("gpt2")
    found = gathered(model, capture(model, "cat sat cat on cat"), Gathering())
    near = near_points(found, 0, 9)
    assert len(near) == len(set(found.token_ids)) - 1 and all(found.token_ids[i] != found.token_ids[0] for i, _ in near)
    values = cosines(found.vectors, found.vectors[0])
    assert [c for _, c in near] == sorted((c for _, c in near), reverse=True)
    assert all(c == pytest.approx(float(values[i])) for i, c in near)


def test_mean_cosine_and_same_neighbour_by_their_definitions() -> None:
    vectors = cloud(9, 5)
    pairs = [float(cosines(vectors[i : i + 1], vectors[j])[0]) for i in range(9) for j in range(9) if i != j]
    assert mean_cosine(vectors) == pytest.approx(np.mean(pairs), abs=1e-6)
    labels = list("aabbbacca")
    nearest_to = [nearest(vectors, vectors[i], 1, (i,))[0][0] for i in range(9)]
    same, chance = same_neighbour(vectors, labels)
    assert same == sum(labels[i] == labels[j] for i, j in enumerate(nearest_to))
    assert chance == pytest.approx(sum((labels.count(name) - 1) / 8 for name in labels))


def test_a_list_of_pairs_counts_whose_nearest_is_its_partner() -> None:
    names = ("a", "b", "c", "d", "e")
    vectors = np.array([[1, 0], [1, 0.1], [0, 1], [-1, 0.1], [-1, 0]], np.float32)
    pairs = {"a": "b", "b": "a", "c": "d", "d": "c", "e": "f", "f": "e"}
    assert nearest_partner(vectors, names, pairs) == (2, 4), "f is not there; d is nearer to e"


@pytest.mark.parametrize("name", PARTNERS)
def test_lists_of_pairs_have_a_partner_for_every_word(name: str) -> None:
    partners = partners_of(name)
    words = [word for line in themes_of(READY[name]).values() for word in line]
    assert sorted(words) == sorted(partners) and all(partners[partners[word]] == word for word in words)
    assert partners_of("everyday") == {}


def test_clusters_are_middles_of_their_members_and_no_worse_than_scikit_learns() -> None:
    learned = pytest.importorskip("sklearn.cluster")
    vectors = cloud(60, 6) + np.repeat(np.eye(6) * 12, 10, axis=0).astype(np.float32)
    found = clusters_of(vectors, 6)
    sizes = np.bincount(found.labels)
    assert sizes.tolist() == [10] * 6 and [found.labels[i] for i in found.typical] == list(range(6))
    middles = np.stack([vectors[found.labels == i].mean(0) for i in range(6)])
    apart = ((vectors[:, None] - middles) ** 2).sum(-1)
    assert (apart.argmin(1) == found.labels).all()
    assert float(apart.min(1).sum()) <= learned.KMeans(6, n_init=4, random_state=0).fit(vectors).inertia_ * 1.001
    assert np.array_equal(clusters_of(vectors, 6).labels, found.labels), "seeded"


def test_equal_vectors_are_one_cluster() -> None:
    found = clusters_of(np.ones((5, 3), np.float32), 3)
    assert found.labels.tolist() == [0] * 5 and len(found.typical) == 1


# ---- layouts ----


@pytest.mark.parametrize("n_axes", [2, 3])
def test_tsne_brings_groups_together_step_by_step(n_axes: int) -> None:
    pytest.importorskip("openTSNE")
    vectors = (cloud(36, 8) * 0.1 + np.repeat(np.eye(8)[:3] * 9, 12, axis=0)).astype(np.float32)
    steps = list(tsne_steps(vectors, Layout(n_axes=n_axes, perplexity=8)))
    assert steps[0].step == 0 and steps[0].divergence is None and steps[-1].step == steps[-1].n_steps == STEPS
    last = steps[-1].points
    assert last.shape == (36, n_axes) and np.isfinite(last).all()
    apart = np.linalg.norm(last[:, None] - last[None], axis=-1) + np.eye(36) * 1e9
    assert (apart.argmin(1) // 12 == np.arange(36) // 12).all(), "everybody's nearest is of its own group"
    late = [step.divergence for step in steps if step.step > 250]
    assert late[-1] < late[0]  # type: ignore[operator]


def test_tsne_is_seeded_and_says_what_perplexity_it_could_take() -> None:
    pytest.importorskip("openTSNE")
    vectors = cloud(12, 5)

    def last(seed: int) -> np.ndarray:
        *_, end = tsne_steps(vectors, Layout(perplexity=30, seed=seed))
        assert end.perplexity == pytest.approx(11 / 3)
        return end.points

    np.testing.assert_array_equal(last(3), last(3))
    assert not np.allclose(last(0), last(3))
    equal = list(tsne_steps(np.ones((6, 3), np.float32), Layout()))
    assert np.isfinite(equal[-1].points).all()


def test_too_few_points_are_refused_and_so_is_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for steps in (tsne_steps, umap_steps):
        with pytest.raises(PlaygroundError, match="at least 5"):
            next(steps(cloud(4, 3), Layout()))
    monkeypatch.setattr("playground.analysis.embedding.layouts.has_umap", lambda: False)
    with pytest.raises(PlaygroundError, match="not installed"):
        next(umap_steps(cloud(9, 3), Layout("umap")))


# ---- what the lessons say ----


def test_lesson_sad_is_among_the_nearest_of_happy() -> None:
    model = load_model("storyteller")
    table = token_table(model)
    happy, sad = (typed_ids(model, word)[0] for word in ("happy", "sad"))
    assert sad in [i for i, _ in table.nearest(table.rows[happy], 5, (happy,))]


def test_lesson_words_of_a_theme_stand_together() -> None:
    found = gathered(load_model("storyteller"), None, Gathering("words", words=READY["everyday"]))
    same, chance = same_neighbour(found.vectors, found.themes)
    assert same > 0.9 * len(found.names) and chance < 0.2 * len(found.names)
