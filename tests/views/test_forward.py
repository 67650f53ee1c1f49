"""The way up: true guesses, lengths and additions, and what is said of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from playground import capture, check_laws, load_model, logit_lens
from playground.analysis.lens import additions, best_guesses, follow, stream_lengths
from playground.analysis.sampling import softmax
from playground.views.forward import Cells, lens_view, residual_view
from playground.views.pictures import Grid, Lens
from playground.views.view import percent
from tests.tiny import tiny
from tests.views.shown import shown, trace_of


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5", "gpt_neox"])
def test_the_lens(name: str) -> None:
    model, trace = tiny(name), trace_of(name)
    lens, lengths = logit_lens(model, trace), stream_lengths(trace)
    n, pos = len(trace), 1
    laws = check_laws(model, trace)
    best = best_guesses(model, trace, 0, pos, 8)
    view = lens_view(trace, lens, lengths, additions(trace, pos), laws, Cells("guess", 0, pos, best), code="pass\n")
    rows, picture = shown(view)["table"]["rows"], view.picture
    assert isinstance(picture, Lens) and len(rows) == len(lens.rows) * n
    np.testing.assert_allclose(picture.norms[0], np.linalg.norm(trace.layers[0].resid_pre, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(picture.norms[-1], np.linalg.norm(trace.layers[-1].resid_post, axis=-1), rtol=1e-5)
    own = softmax(trace.logits)
    for cells in rows[-n:]:
        assert cells[4] == pytest.approx(own[cells[1]].max(), rel=1e-4) and cells[5] == 1
    assert [row[6] for row in rows] == pytest.approx(lens.final_probs.reshape(-1).tolist(), rel=1e-4)
    assert rows[n + pos][3] == picture.best[0].text and rows[n + pos][4] == pytest.approx(picture.best[0].p, rel=1e-4)
    assert percent(own[pos].max()) in view.reading and f"“{lens.top_texts[-1][pos]}”" in view.reading


def test_every_addition_names_its_layer_and_part() -> None:
    """Three parts a layer with cross-attention: nothing may be guessed from their number."""
    model, trace = tiny("marian"), trace_of("marian")
    view = lens_view(
        trace, logit_lens(model, trace), stream_lengths(trace), additions(trace, 0), check_laws(model, trace),
        Cells("guess", -1, 0, ()), code="pass\n",
    )  # fmt: skip
    assert isinstance(view.picture, Lens)
    found = [(part.layer, part.part) for part in view.picture.added]
    assert found == [(layer, part) for layer in range(len(trace.layers)) for part in ("attn", "cross", "mlp")]
    cross = trace.layers[1].cross_out
    assert cross is not None
    assert view.picture.added[4].norm == pytest.approx(float(np.linalg.norm(cross[0])), rel=1e-5)


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([1, 1, 1], "from the embedding on"),
        ([2, 1, 1], "from the stream after layer 0 on"),
        ([1, 2, 1], "from the stream after layer 1 on"),
        ([1, 1, 2], "from the stream after layer 1 on"),
    ],
)
def test_from_where_on_the_guess_stays(ids: list[int], words: str) -> None:
    model, trace = tiny("gpt2"), trace_of("gpt2")
    lens = logit_lens(model, trace)
    told = dataclasses.replace(lens, top_ids=np.array(ids)[:, None].repeat(len(trace), 1))
    laws = check_laws(model, trace)
    view = lens_view(trace, told, stream_lengths(trace), [], laws, Cells("guess", -1, 0, ()), code="pass\n")
    assert words in view.reading


def test_a_followed_token_is_told_and_tabled() -> None:
    model, trace = tiny("marian"), trace_of("marian")
    found = follow(model, trace, "cat")
    cells = Cells("rank", 0, 1, best_guesses(model, trace, 0, 1, 3), found, (len(trace) - 1,), start=True)
    laws = check_laws(model, trace)
    view = lens_view(trace, logit_lens(model, trace), stream_lengths(trace), [], laws, cells, code="pass\n")
    whole = shown(view)
    assert f"ends at rank {found.ranks[-1, 1]:,} with {percent(found.probs[-1, 1])}" in view.reading
    assert whole["table"]["columns"][5] == f"rank of “{found.token.text}”"
    assert [row[5] for row in whole["table"]["rows"]] == found.ranks.reshape(-1).tolist()
    assert any("start token" in note for note in view.notes)
    assert isinstance(view.picture, Lens) and len(view.picture.best) == 3 and view.picture.followed == found.token.text


def test_an_undescribed_family_shows_the_length_of_its_stream() -> None:
    trace = trace_of("falcon")
    view = residual_view(trace, stream_lengths(trace), pos=2, layer=None, code="pass\n", notes=trace.missing)
    payload = shown(view)
    assert len(payload["table"]["rows"]) == len(trace.layers) + 1
    length = float(np.linalg.norm(trace.layers[-1].resid_post[2]))
    assert payload["table"]["rows"][-1][3] == pytest.approx(length, rel=1e-5)
    assert isinstance(view.picture, Grid)
    which, row, column = view.picture.chosen or (0, 0, 0)
    assert view.picture.maps[which].values[row, column] == pytest.approx(length, rel=1e-5)
    assert set(trace.missing) <= set(view.notes)


def test_a_click_on_a_length_names_layer_and_place() -> None:
    trace = trace_of("falcon")
    picture = residual_view(trace, stream_lengths(trace), pos=2, layer=-1, code="pass\n", notes=()).picture
    assert isinstance(picture, Grid) and picture.chosen == (0, 0, 2)
    down, across = picture.maps[0].down, picture.maps[0].across
    assert (down.key, down.values) == ("layer", (-1, *range(len(trace.layers)))) and across.key == "pos"


def test_the_lesson_tells_the_truth() -> None:
    """Another girl's name climbs to the front at the last place; the answer stands there before the top."""
    model = load_model("storyteller")
    trace = capture(model, "Once upon a time, there was a little girl named")
    lens, lucy = logit_lens(model, trace), follow(model, trace, "Lucy").ranks[:, -1]
    assert lens.top_texts[-1][-1] == "␣Lily" and 1 < lens.settled(len(trace) - 1) < len(lens.rows) - 1
    assert lucy[-1] <= 10 and lucy[1] > 100
