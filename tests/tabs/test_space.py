"""The space on the page: what was picked, where a layout begins and ends, and which controls have something to do."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground import engine
from playground.analysis.embedding import cosines, pca
from playground.analysis.embedding.points import Gathering, gathered
from playground.errors import PlaygroundError
from playground.hooks import embedding_table
from playground.tabs import drawing
from playground.tabs.contract import Look
from playground.tabs.embeddings.space import QUICK, read_picked, space_mark
from playground.tabs.handlers import Handlers
from playground.tabs.panels import rest_controls
from playground.tabs.visits import visit_of
from playground.views.pictures import Cloud
from playground.views.view import View
from tests.tabs.tiny_pages import PROMPTS, find, page, shown, values_of, visit_on
from tests.tiny import tiny

NAME = "embeddings-space"
WORDS: dict[str, Any] = {"points": "words", "list": "own", "own": "pets: cat bat\nother: sat mat on the"}


def cloud(model: str = "gpt2", look: Look = Look(), **values: Any) -> tuple[Cloud, View]:  # noqa: B008 - frozen
    view = shown(NAME, PROMPTS[model], look, **values)
    assert isinstance(view.picture, Cloud)
    return view.picture, view


@pytest.mark.parametrize("model", PROMPTS)
def test_points_are_the_projection_of_the_models_own_vectors(model: str) -> None:
    picture, view = cloud(model, points="vocabulary", many=250)
    rows = embedding_table(tiny(PROMPTS[model].model.removeprefix("tiny-")))
    assert len(picture.names) == min(250, len(rows))
    if len(picture.names) == len(rows):
        np.testing.assert_allclose(picture.points, pca(rows, 2).points, atol=1e-5)
        np.testing.assert_allclose([row[4] for row in view.table.rows], np.linalg.norm(rows, axis=1), rtol=1e-5)
    assert "PCA" in " ".join(picture.said) and "mean taken away" in " ".join(picture.said)


def test_lines_lead_to_what_is_nearest_before_projecting() -> None:
    picture, view = cloud(look=Look(pos=1), around=3)
    assert picture.chosen == 1 and len(picture.near) == 6
    points = gathered(tiny("gpt2"), engine.trace(PROMPTS["gpt2"]), Gathering(encoder=True, around=3))
    near = cosines(points.vectors, points.vectors[1])
    np.testing.assert_allclose(picture.nearness, near[picture.near], atol=1e-6)
    others = [i for i, ids in enumerate(points.token_ids) if ids != points.token_ids[1]]
    assert picture.nearness[0] == pytest.approx(max(near[i] for i in others))
    assert picture.names[picture.near[0]] in view.reading
    np.testing.assert_allclose([row[5] for row in view.table.rows], near, atol=1e-6)


def test_what_was_circled_is_the_table_and_is_forgotten_with_its_points() -> None:
    mark = space_mark(PROMPTS["gpt2"].model, Gathering("words", words=WORDS["own"]))
    picture, view = cloud(**WORDS, picked=f"{mark}~2~0-1.3")
    assert picture.lassoed.tolist() == [0, 1, 3] and picture.chosen == 2
    assert [row[1] for row in view.table.rows] == [picture.names[i] for i in (0, 1, 3)]
    assert "3 points circled" in view.reading and "on average a cosine of" in view.reading
    elsewhere, _ = cloud(**{**WORDS, "own": "a: cat mat sat"}, picked=f"{mark}~2~0-1.3")
    assert elsewhere.lassoed.size == 0 and elsewhere.chosen is None


def test_a_link_does_not_keep_what_was_picked_among_other_points() -> None:
    tab, space = find(NAME)
    visit = visit_on(PROMPTS["gpt2"])
    mark = space_mark(PROMPTS["gpt2"].model, Gathering("words", words=WORDS["own"]))
    visit.chosen["embeddings", "space"] = {"picked": f"{mark}~2~"}
    drawing.draw(tab, space, visit, values_of(tab, PROMPTS["gpt2"], "space", **WORDS))
    assert visit.chosen["embeddings", "space"] == {"picked": f"{mark}~2~"}
    drawing.draw(tab, space, visit, values_of(tab, PROMPTS["gpt2"], "space", **{**WORDS, "own": "a: cat mat"}))
    assert visit.chosen["embeddings", "space"] == {}


def test_pairs_are_told_of_a_list_of_pairs_only() -> None:
    _, view = cloud(points="words", list="opposites")
    assert "nearest other word is its opposite" in view.reading and "same list" not in view.reading
    assert "no single token here" in view.reading, "a tiny vocabulary spells these words"
    _, view = cloud(**WORDS)
    assert "of the same list" in view.reading


def test_rows_of_the_table_are_told_of_rows_only_and_the_plots_own_nearest() -> None:
    _, rows = cloud(look=Look(pos=1))
    _, deep = cloud(look=Look(pos=1), level="after layer 1")
    assert "in the whole token table" in rows.reading and "in the whole token table" not in deep.reading
    for level in ("token rows", "after layer 0", "after layer 1"):
        for pos in range(5):
            picture, view = cloud(look=Look(pos=pos), level=level, around=0)
            points = gathered(tiny("gpt2"), engine.trace(PROMPTS["gpt2"]), Gathering(level=level, encoder=True))
            vectors = points.vectors - points.vectors.mean(0)
            near = cosines(vectors, vectors[pos])
            near[[ids == points.token_ids[pos] for ids in points.token_ids]] = -np.inf
            name = points.names[int(near.argmax())]
            assert (f"the nearest is “{name}” (" in view.reading) == (name != picture.names[picture.near[0]])


@pytest.mark.parametrize(
    ("text", "chosen", "circled"),
    [("", None, ()), ("m", None, ()), ("m~", None, ()), ("m~3~", 3, ()), ("m~9~", None, ()),
     ("m~~0-2.8-99", None, (0, 1, 2, 8)),
     ("m~x~y.1-.-3.²", None, (1,)), ("other~3~1", None, ()), ("m~-1~5-2", None, ())],
)  # fmt: skip
def test_what_was_picked_is_read_or_ignored(text: str, chosen: int | None, circled: tuple[int, ...]) -> None:
    assert read_picked(text, "m", 9) == (chosen, circled)


def test_few_points_are_laid_out_at_once_many_by_the_button_and_then_kept() -> None:
    few, _ = cloud(**WORDS, method="tsne")
    assert "step 750 of 750" in few.said[-1]
    assert len(embedding_table(tiny("gpt2"))) > QUICK
    many: dict[str, Any] = {"points": "vocabulary", "many": 250, "method": "tsne"}
    before, view = cloud(**many)
    assert "PCA" in before.said[-1] and "press Lay out" in view.reading
    tab, space = find(NAME)
    action = space.actions[0]
    given = values_of(tab, PROMPTS["gpt2"], "space", **many)
    question = drawing.asked(tab, space, visit_on(PROMPTS["gpt2"]), given, action.reads)
    stopped = [one for one in action.run(question, lambda: True) if isinstance(one, View)]
    assert len(stopped) == 1
    assert "PCA" in cloud(**many)[0].said[-1], "what was stopped is not kept for the whole"
    *_, last = [one for one in action.run(question, lambda: False) if isinstance(one, View)]
    assert isinstance(last.picture, Cloud)
    after, view = cloud(**many, token_colour="cluster")
    np.testing.assert_array_equal(after.points, last.picture.points)
    assert "says little" in view.reading, "another colour does not begin anew"


def test_colours_are_told_of_every_point() -> None:
    for key, which in (("text_colour", "text"), ("token_colour", "vocabulary")):
        for colour in ("cluster", "kind", "theme"):
            given: dict[str, Any] = {"points": which, "many": 250, key: colour}
            picture, _ = cloud(**given)
            counts = np.bincount(picture.groups, minlength=len(picture.legend))
            assert all(f"({count:,})" in name for count, name in zip(counts, picture.legend, strict=True))
            assert (picture.rest is None) == (colour != "theme")


def test_a_list_without_words_is_refused_calmly() -> None:
    with pytest.raises(PlaygroundError, match="no words"):
        cloud(points="words", list="own", own=" ")
    with pytest.raises(PlaygroundError, match="needs at least 5"):
        cloud(points="words", list="own", own="cat bat", method="tsne")


def test_controls_and_the_button_stand_where_they_have_something_to_do() -> None:
    handlers: Handlers = page()
    visit = visit_of("space")
    visit.__dict__.update(visit_on(PROMPTS["gpt2"]).__dict__)
    tab = handlers.page.tab("embeddings")
    mine = handlers.page.by_tab["embeddings"]

    def seen(**values: Any) -> dict[str, bool]:
        given = values_of(tab, PROMPTS["gpt2"], "space", **values)
        rest_controls(handlers.page, tab, visit, given)
        rests = {key for owner, key, how in visit.resting["embeddings"] if owner == "space" and how != "interactive"}
        return {key: key not in rests for key in ("level", "around", "list", "own", "many", "seed", "layout")}

    assert ("space", "layout") in mine.buttons
    assert seen() == {"level": True, "around": True, "list": False, "own": False, "many": False, "seed": False,
                      "layout": False}  # fmt: skip
    assert seen(level="after layer 1", method="tsne")["around"] is False
    assert seen(method="tsne")["layout"] is True
    assert seen(points="words", list="own")["own"] is True
    # Back to the text of a model with one tower: the choice of the tower stays hidden.
    changes = rest_controls(handlers.page, tab, visit, values_of(tab, PROMPTS["gpt2"], "space"))
    assert changes[mine.widgets["space", "side"]]["visible"] is False
    assert changes[mine.widgets["space", "level"]]["visible"] is True
