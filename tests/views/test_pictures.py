"""Each view of each tab on real traces of tiny models: true numbers in picture, reading and table."""

from __future__ import annotations

import base64
import dataclasses
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest

from playground import PlaygroundError, SamplingSettings, Trace, capture, check_laws, generate, logit_lens, next_token
from playground.analysis.attention import attentions, sides
from playground.analysis.embedding import cosines, pca
from playground.analysis.lens import additions
from playground.analysis.prompting import Expectation, expectation
from playground.analysis.sampling import softmax
from playground.analysis.tokenization import tokenization
from playground.trace import Attention, Token
from playground.views import figures, theme
from playground.views.attention import Heads, attention_view
from playground.views.bertviz import bertviz_view
from playground.views.embedding import embedding_view
from playground.views.facts import duration, facts, parameters
from playground.views.forward import lens_view, residual_view
from playground.views.prompting import comparison_view, union_ids
from playground.views.sampling import distribution_view, generation_view, shown_ids
from playground.views.tokenization import tokens_view
from playground.views.view import View, percent
from tests.tiny import tiny

TEXT = "The cat sat on the mat. The dog sat on the cat."
HOSTILE = "<b>x</b> &amp; <script>alert(1)</script> ${1+1}"


def trace_of(name: str, text: str = TEXT) -> Trace:
    model = tiny(name)
    return capture(model, text, "the cat sat" if model.info.kind == "encoder-decoder" else None)


def shown(view: View) -> dict[str, Any]:
    """What the browser gets; fails where JSON would."""
    payload: dict[str, Any] = json.loads(json.dumps(view.payload(), allow_nan=False))
    assert view.reading.endswith(".") and view.notes and view.python
    compile(view.python, "code", "exec")
    return payload


def unpacked(text: str, dtype: str = "<f4") -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype)


def accepted(figure: dict[str, Any]) -> None:
    """Plotly checks every name and value when a figure is made of a dict."""
    for mode in theme.MODES:
        go.Figure(figures.resolve(figure, mode))


# Tokens


def tokens_of(name: str, text: str, **kwargs: Any) -> tuple[View, tuple[Token, ...]]:
    tokens = trace_of(name, text).tokens
    back = tiny(name).tokenizer.decode([t.token_id for t in tokens], skip_special_tokens=True)
    given = {"chosen": None, "show_special": True, **kwargs}
    return tokens_view(text, tokens, tokenization(text, tokens, str(back)), "pass\n", **given), tokens


def test_one_chip_for_each_token() -> None:
    view, tokens = tokens_of("gpt2", HOSTILE, chosen=2)
    payload = shown(view)
    chips = payload["picture"]["tokens"]
    assert [c["id"] for c in chips] == [t.token_id for t in tokens] == [row[1] for row in payload["table"]["rows"]]
    assert "".join(c["text"] for c in chips).replace("␣", " ") == HOSTILE, "escaping is the browser's business"
    assert payload["picture"]["chosen"] == 2


def test_hidden_special_tokens_keep_positions_true() -> None:
    everything, tokens = tokens_of("bert", "The [MASK] sat", chosen=3)
    hidden, _ = tokens_of("bert", "The [MASK] sat", chosen=3, show_special=False)
    assert len(everything.table.rows) == len(tokens) > len(hidden.table.rows)
    chips = hidden.picture["tokens"]
    assert [c["pos"] for c in chips] == [i for i, t in enumerate(tokens) if not t.special]
    assert chips[hidden.picture["chosen"]]["pos"] == 3
    assert tokens_of("bert", "The cat", chosen=0, show_special=False)[0].picture["chosen"] is None
    assert any("hidden" in note for note in hidden.notes) and not any("hidden" in note for note in everything.notes)


def test_the_tokens_reading_counts_what_was_typed_and_what_was_added() -> None:
    reading = tokens_of("bert", "The cat sat")[0].reading
    assert reading.startswith("11 characters with 3 words became 3 tokens, and the tokenizer added 2 special tokens")
    assert "2 special tokens" in tokens_of("bert", "The [MASK] sat")[0].reading
    assert "special" not in tokens_of("gpt2", "The cat sat")[0].reading


def test_whether_the_way_back_is_exact_is_said() -> None:
    assert any("very text that was typed" in note for note in tokens_of("gpt2", TEXT)[0].notes)
    notes = tokens_of("bert", "The CAT")[0].notes
    assert any("differs from what was typed from character 0 on" in note for note in notes)


# Embeddings


@pytest.mark.parametrize("n", [2, 3])
@pytest.mark.parametrize("text", [TEXT, HOSTILE, "a"])
def test_points_are_the_projection(n: int, text: str) -> None:
    trace = trace_of("gpt2", text)
    vectors = trace.layers[1].resid_post
    projection = pca(vectors, n)
    view = embedding_view(
        trace.tokens, vectors, projection, level="after layer 1", chosen=0, code="pass", neighbours=[(1, "␣x", 0.5)]
    )
    payload = shown(view)
    figure = payload["picture"]["figure"]
    accepted(figure)
    drawn = figure["data"][0]
    for axis, column in zip("xyz", projection.points.T, strict=False):
        np.testing.assert_array_equal(unpacked(drawn[axis]["bdata"]), column)
    assert drawn["customdata"] == list(range(len(trace.tokens)))
    near = cosines(vectors, vectors[0])
    np.testing.assert_allclose([row[-1] for row in payload["table"]["rows"]], near)
    np.testing.assert_allclose(
        [row[-2] for row in payload["table"]["rows"]], np.linalg.norm(vectors, axis=-1), rtol=1e-6
    )
    assert percent(float(projection.explained.sum())) in view.reading
    for share in projection.explained:
        assert percent(share) in json.dumps(figure["layout"], ensure_ascii=False)


def test_tokens_reach_plotly_as_they_are() -> None:
    """The script in the browser keeps Plotly from reading them as HTML; escaped here too, they would show it."""
    trace = trace_of("gpt2", HOSTILE)
    vectors = trace.layers[0].resid_post
    view = embedding_view(trace.tokens, vectors, pca(vectors, 2), level="l", chosen=0, code="pass", neighbours=[])
    drawn = view.picture["figure"]["data"][0]
    assert drawn["text"] == [t.text for t in trace.tokens]
    assert all(t.text in label for t, label in zip(trace.tokens, drawn["hovertext"], strict=True))


def test_the_embedding_reading_names_the_nearest_other_token() -> None:
    trace = trace_of("gpt2", "one two two three")
    vectors = trace.layers[0].resid_post
    chosen = 0
    view = embedding_view(
        trace.tokens, vectors, pca(vectors), level="here", chosen=chosen, code="pass", neighbours=[(7, "␣x", 0.25)]
    )
    others = [i for i, t in enumerate(trace.tokens) if t.token_id != trace.tokens[chosen].token_id]
    best = max(others, key=lambda i: cosines(vectors, vectors[chosen])[i])
    assert f"the way of “{trace.tokens[best].text}”" in view.reading and "“␣x” 0.25" in view.reading


# Attention


@pytest.mark.parametrize(
    ("name", "kind", "causal"),
    [("gpt2", "self", True), ("bert", "self", False), ("falcon", "self", True), ("marian", "self", True),
     ("marian", "cross", False), ("marian", "encoder", False)],
)  # fmt: skip
def test_heads(name: str, kind: str, causal: bool) -> None:
    trace = trace_of(name)
    layers, (rows, columns) = attentions(trace, kind), sides(trace, kind)
    layer, head, pos = 1, layers[1].n_heads - 1, len(rows) - 1
    heads = Heads(layers, rows, columns, kind, layer, head, pos, "pass\n")
    view = attention_view(heads)
    payload = shown(view)
    picture, weights = payload["picture"], layers[layer].weights[head]
    np.testing.assert_array_equal(unpacked(picture["weights"]).reshape(weights.shape), weights)
    assert (picture["size_q"], picture["size_k"]) == weights.shape == (len(rows), len(columns))
    assert len(unpacked(picture["thumbs"], "u1")) == (
        picture["n_layers"] * picture["n_heads"] * picture["thumb_q"] * picture["thumb_k"]
    )
    assert (picture["n_layers"], picture["n_heads"]) == (len(layers), layers[0].n_heads)
    assert picture["causal"] == causal
    for cells, row in zip(payload["table"]["rows"], weights, strict=True):
        assert cells[1:] == pytest.approx(row.tolist()) and sum(cells[1:]) == pytest.approx(1, abs=1e-4)
    best = int(weights[pos].argmax())
    assert f"“{rows[pos].text}” looks most at “{columns[best].text}” ({percent(weights[pos, best])})" in view.reading


@pytest.mark.parametrize("drawing", ["head", "model"])
@pytest.mark.parametrize(("name", "kind"), [("gpt2", "self"), ("marian", "cross"), ("marian", "encoder")])
def test_bertviz_draws_the_weights(name: str, kind: str, drawing: str) -> None:
    trace = trace_of(name)
    layers, (rows, columns) = attentions(trace, kind), sides(trace, kind)
    view = bertviz_view(Heads(layers, rows, columns, kind, 1, 1, 0, "pass\n"), drawing)
    block = shown(view)["picture"]["block"]
    np.testing.assert_array_equal(
        unpacked(block["weights"]).reshape(block["shape"]), np.stack([a.weights for a in layers])
    )
    assert (len(block["left"]), len(block["right"])) == tuple(block["shape"][2:])


@pytest.mark.parametrize(
    ("n_layers", "layer", "expected"), [(3, 1, [0, 1, 2]), (40, 0, [0]), (40, 20, [20]), (40, 39, [39])]
)
def test_bertviz_takes_what_a_browser_can_draw(n_layers: int, layer: int, expected: list[int]) -> None:
    """Of many layers those around the chosen one; of too long a text nothing, with a sentence."""
    n = 100 if n_layers < 10 else 300
    attention = Attention(weights=np.zeros((4, n, n), np.float32))
    tokens = trace_of("gpt2").tokens[:1] * n
    heads = Heads([attention] * n_layers, tokens, tokens, "self", layer, 0, 0, "pass\n")
    assert bertviz_view(heads, "head").picture["include_layers"] == expected
    if n_layers > 10:
        with pytest.raises(PlaygroundError, match="shorter text"):
            bertviz_view(heads, "model")


# Forward pass


@pytest.mark.parametrize("name", ["gpt2", "bert", "t5", "gpt_neox"])
def test_the_lens(name: str) -> None:
    model, trace = tiny(name), trace_of(name)
    lens = logit_lens(model, trace)
    n, pos = len(trace), 1
    laws = check_laws(model, trace)
    view = lens_view(trace, lens, additions(trace, pos), laws, row=1, pos=pos, code="pass\n")
    payload = shown(view)
    picture, rows = payload["picture"], payload["table"]["rows"]
    assert len(rows) == len(lens.rows) * n
    np.testing.assert_allclose(unpacked(picture["cells"]["p"]).reshape(-1, n), lens.top_probs)
    norms = unpacked(picture["norms"]).reshape(-1, n)
    np.testing.assert_allclose(norms[0], np.linalg.norm(trace.layers[0].resid_pre, axis=-1), rtol=1e-5)
    np.testing.assert_allclose(norms[-1], np.linalg.norm(trace.layers[-1].resid_post, axis=-1), rtol=1e-5)
    own = softmax(trace.logits)
    for cells in rows[-n:]:
        assert cells[4] == pytest.approx(own[cells[1]].max(), rel=1e-4) and cells[5] == 1
    assert percent(own[pos].max()) in view.reading and f"“{lens.top_texts[-1][pos]}”" in view.reading


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
    view = lens_view(trace, told, [], check_laws(model, trace), row=0, pos=0, code="pass\n")
    assert words in view.reading


def test_an_undescribed_family_shows_the_length_of_its_stream() -> None:
    trace = trace_of("falcon")
    view = residual_view(trace, pos=2, code="pass\n")
    payload = shown(view)
    accepted(payload["picture"]["figure"])
    assert len(payload["table"]["rows"]) == len(trace.layers) + 1
    assert payload["table"]["rows"][-1][3] == pytest.approx(
        float(np.linalg.norm(trace.layers[-1].resid_post[2])), rel=1e-5
    )
    assert set(trace.missing) <= set(view.notes)


# Sampling


def distribution(settings: SamplingSettings) -> tuple[View, Expectation, Any]:
    trace = trace_of("gpt2")
    expected = expectation(trace)
    stages = next_token(expected.logits, settings)
    names = [f"n{i}" for i in shown_ids(expected)]
    view = distribution_view(expected, stages, settings, names, place="After x", code="pass\n", pos=-1)
    return view, expected, stages


@pytest.mark.parametrize(
    "settings",
    [
        SamplingSettings(),
        SamplingSettings(temperature=0.8, top_k=5, top_p=0.9),
        SamplingSettings(temperature=0.1),
        SamplingSettings(top_p=0.05),
        SamplingSettings(do_sample=False, top_k=3),
    ],
)
def test_bars_and_the_rest_are_everything(settings: SamplingSettings) -> None:
    view, expected, stages = distribution(settings)
    payload = shown(view)
    (group,) = payload["picture"]["groups"]
    assert sum(b["value"] for b in group["bars"]) + group["rest"]["value"] == pytest.approx(1, abs=1e-5)
    assert sum(b["before"] for b in group["bars"]) + group["rest"]["before"] == pytest.approx(1, abs=1e-5)
    assert group["bars"][0]["id"] == int(expected.probs.argmax())
    for bar in group["bars"]:
        assert bar["before"] == pytest.approx(float(expected.probs[bar["id"]]))
        assert (bar["state"] == "cut") == (bar["value"] == 0)
        assert ("note" in bar) == (bar["state"] == "cut")
    for cells in payload["table"]["rows"]:
        assert cells[3:7] == pytest.approx([float(p[cells[1]]) for p in (
            stages.raw, stages.temperature, stages.top_k, stages.top_p)])  # fmt: skip
    if not settings.do_sample:
        assert group["bars"][0]["value"] == 1 and "greedy" in view.reading
    else:
        assert percent(float(stages.final[group["bars"][0]["id"]])) in view.reading


def test_which_setting_cut_a_token_is_said() -> None:
    view, _, _ = distribution(SamplingSettings(top_k=3, top_p=0.01))
    notes = [bar.get("note") for bar in view.picture["groups"][0]["bars"]]
    assert notes[0] is None
    assert notes[1:4] == ["cut by top-p", "cut by top-p", "cut by top-k"]


@pytest.mark.parametrize("running", [True, False])
def test_the_written_text(running: bool) -> None:
    settings = SamplingSettings(max_new_tokens=6, seed=2)
    steps = list(generate(tiny("gpt2"), "The cat", settings))
    view = generation_view(trace_of("gpt2", "The cat").tokens, steps, settings, "pass\n", running=running)
    picture = shown(view)["picture"]
    assert [s["id"] for s in picture["steps"]] == [s.token.token_id for s in steps]
    assert [s["p"] for s in picture["steps"]] == pytest.approx([s.raw_probability for s in steps])
    assert picture["ended_by"] == steps[-1].ended_by == "max new tokens"
    assert "cap of 6 new tokens" in view.reading
    first = sum(s.rank == 1 for s in steps)
    assert f"6 tokens, sampled with seed 2: {first} of them" in view.reading


@pytest.mark.parametrize(
    ("ended", "running", "words"),
    [
        ("end token", False, "its end token"),
        ("context window", False, "the context window is full"),
        (None, False, "stopped by hand"),
        (None, True, "seen before."),
    ],
)
def test_how_it_ended_is_said(ended: str | None, running: bool, words: str) -> None:
    settings = SamplingSettings(max_new_tokens=2, do_sample=False)
    steps = [dataclasses.replace(s, ended_by=None) for s in generate(tiny("gpt2"), "The cat", settings)]
    steps[-1] = dataclasses.replace(steps[-1], ended_by=ended)
    view = generation_view((), steps, settings, "pass\n", running=running)
    assert words in view.reading and "greedy" in view.reading
    assert view.picture["ended_by"] == (ended or (None if running else "cancelled"))


def test_nothing_written_yet() -> None:
    shown(generation_view((), [], SamplingSettings(), "pass\n", running=True))


# Prompting


def test_two_prompts() -> None:
    model = tiny("gpt2")
    a, b = expectation(capture(model, "The cat")), expectation(capture(model, "Once upon a time"))
    ids = union_ids(a, b)
    assert {int(np.argmax(a.probs)), int(np.argmax(b.probs))} <= set(ids) and len(set(ids)) == len(ids) <= 20
    largest = [max(a.probs[i], b.probs[i]) for i in ids]
    assert largest == sorted(largest, reverse=True)
    view = comparison_view(a, b, ids, [f"n{i}" for i in ids], ("Prompt A", "Prompt B"), "pass\n")
    payload = shown(view)
    for group, mine, other in zip(payload["picture"]["groups"], (a, b), (b, a), strict=True):
        assert sum(bar["value"] for bar in group["bars"]) + group["rest"]["value"] == pytest.approx(1, abs=1e-4)
        for bar in group["bars"]:
            assert bar["value"] == pytest.approx(float(mine.probs[bar["id"]]))
            assert bar["before"] == pytest.approx(float(other.probs[bar["id"]]))
    for token_id, _, first, second, difference in payload["table"]["rows"]:
        assert (first, second) == pytest.approx((a.probs[token_id], b.probs[token_id]))
        assert difference == pytest.approx(second - first, abs=1e-6)
    most = int(np.abs(b.probs - a.probs).argmax())
    assert percent(a.probs[most]) in view.reading and percent(b.probs[most]) in view.reading


def test_equal_prompts() -> None:
    a = expectation(trace_of("gpt2"))
    ids = union_ids(a, a)
    assert "expect the same" in comparison_view(a, a, ids, [""] * len(ids), ("A", "B"), "pass\n").reading


# The header's facts


@pytest.mark.parametrize(
    ("n", "text"), [(7, "7"), (4_300, "4.3 k"), (6_300_000, "6.3 M"), (124_439_808, "124 M"), (1_240_000_000, "1.24 B")]
)
def test_parameters(n: int, text: str) -> None:
    assert parameters(n) == text


@pytest.mark.parametrize(("ms", "text"), [(0.5, "0.5 ms"), (57.34, "57.3 ms"), (999.6, "1 s"), (1030, "1.03 s")])
def test_duration(ms: float, text: str) -> None:
    assert duration(ms) == text


@pytest.mark.parametrize("name", ["gpt2", "marian", "bert"])
def test_facts(name: str) -> None:
    trace, info = trace_of(name), tiny(name).info
    items = {item["label"]: item for item in json.loads(json.dumps(facts(info, trace), allow_nan=False))["items"]}
    used = len(trace.encoder.tokens) if trace.encoder is not None else len(trace)
    assert items["tokens of the context window"]["share"] == pytest.approx(used / 64)
    layers = "2 + 3" if trace.encoder is not None else "2"
    assert items["layers × heads × width"]["value"] == f"{layers} × {info.n_heads} × 32"
    assert items["last forward pass"]["value"].endswith(" ms")
