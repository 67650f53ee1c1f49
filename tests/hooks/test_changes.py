"""Interventions: each equals what one would do to the weights by hand, in its own context only, and nothing stays."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from transformers.modeling_outputs import BaseModelOutput

from playground import Change, PlaygroundError, Trace, capture, check_laws
from playground.hooks import applied, applied_to_rows, forward_count, prepare
from playground.hooks.edits import replaced
from playground.hooks.parts import LayerParts
from playground.models import LoadedModel
from playground.trace.changes import HEAD_SITES, STREAM_SITES
from tests.hooks.odd import FAMILIES as ODD
from tests.hooks.odd import odd
from tests.hooks.variants import TEXT, plain_output, twin
from tests.tiny import BY_TRIAL, FAMILIES, UNDESCRIBED, build, tiny

ROWS = [name for name in FAMILIES if name not in (*UNDESCRIBED, *BY_TRIAL)]
TRIAL = [name for name, row in ODD.items() if "d" in row[3]]
DESCRIBED = [*ROWS, *BY_TRIAL, *TRIAL]
WHOLE = [name for name in DESCRIBED if name != "led"]
"""Without LED, whose encoder pads: its stream has other positions than the text."""
STEPS = [*ROWS, *(name for name in TRIAL if "q" in ODD[name][3] and name != "deberta-v2")]
"""Families that call our attention function, so that its mask, scale and positions can be dropped."""
OTHER = "Once upon a time there was a cat who sat"


@cache
def model_of(name: str) -> LoadedModel:
    return odd(name) if name in ODD else tiny(name)


def ids_of(trace: Trace) -> tuple[list[int], list[int] | None]:
    own = [t.token_id for t in trace.tokens]
    return (own, None) if trace.encoder is None else ([t.token_id for t in trace.encoder.tokens], own)


def run(model: LoadedModel, *changes: Change, text: str = TEXT) -> Trace:
    return capture(model, text, "the cat" if model.info.kind == "encoder-decoder" else None, changes=changes)


def turned(model: LoadedModel, trace: Trace) -> Trace:
    """Another run of as many tokens: the same ones backwards."""
    source, target = ids_of(trace)
    return capture(model, source[::-1], None if target is None else [target[0], *target[:0:-1]])


def close(ours: np.ndarray, theirs: np.ndarray) -> None:
    """Within 10⁻⁵, relative to the largest logit where that is more than 1."""
    np.testing.assert_allclose(ours, theirs, atol=1e-5 * max(1.0, float(np.abs(theirs).max())), rtol=0)


def last(model: LoadedModel) -> int:
    return model.info.n_layers - 1


# By hand: the module whose weights are set to zero in a model of its own, relative to one layer

PROJECTION = {
    "gpt_neo": "attn.attention.out_proj",
    "gpt2": "attn.c_proj", "gpt_neox": "attention.dense", "opt": "self_attn.out_proj", "bert": "attention.output.dense",
    "roberta": "attention.output.dense", "electra": "attention.output.dense", "distilbert": "attention.out_lin",
    "bart": "self_attn.out_proj", "mbart": "self_attn.out_proj", "marian": "self_attn.out_proj",
    "t5": "layer.0.SelfAttention.o", "mt5": "layer.0.SelfAttention.o",
}  # fmt: skip
DOWN = {
    "gpt2": "mlp.c_proj", "gpt_neox": "mlp.dense_4h_to_h", "opt": "fc2", "bert": "output.dense",
    "roberta": "output.dense", "electra": "output.dense", "distilbert": "ffn.lin2", "bart": "fc2", "mbart": "fc2",
    "marian": "fc2", "t5": "layer.2.DenseReluDense.wo", "mt5": "layer.2.DenseReluDense.wo",
}  # fmt: skip


def by_hand(model: LoadedModel, trace: Trace, do: Callable[[torch.nn.Module, LoadedModel], None]) -> np.ndarray:
    """Logits of an unhooked model of the same weights to whose last layer something was done."""
    plain = twin(model)
    path = next(n for n, m in model.module.named_modules() if m is prepare(model).parts.stack.layers[-1].layer)
    with torch.no_grad():
        do(plain.module.get_submodule(path), plain)
    return plain_output(plain, trace).logits[0].numpy()


def _zero(module: torch.nn.Module, columns: slice = slice(None), bias: bool = True) -> None:
    weight: Any = module.weight
    (weight if type(module).__name__ == "Conv1D" else weight.T)[columns] = 0
    if bias and getattr(module, "bias", None) is not None:
        module.bias.zero_()  # type: ignore[operator]


@pytest.mark.parametrize("name", [*ROWS, "gpt_neo"])
def test_a_head_without_output_is_a_projection_without_its_slice(name: str) -> None:
    model = model_of(name)
    head, family = model.info.n_heads - 1, model.info.family
    changed = run(model, Change.zero_head(last(model), head))
    width = model.info.head_dim

    def do(layer: torch.nn.Module, _: LoadedModel) -> None:
        projection = layer.get_submodule(PROJECTION.get(family, "self_attn.o_proj"))
        _zero(projection, slice(head * width, (head + 1) * width), bias=False)

    close(changed.logits, by_hand(model, changed, do))
    assert np.abs(changed.logits - run(model).logits).max() > 1e-3


@pytest.mark.parametrize("name", ROWS)
@pytest.mark.parametrize("part", ["attention", "mlp"])
def test_a_sublayer_left_out_is_one_whose_last_weights_are_zero(name: str, part: str) -> None:
    model = model_of(name)
    made = Change.skip_attention if part == "attention" else Change.skip_mlp
    changed = run(model, made(last(model)))
    table, otherwise = (PROJECTION, "self_attn.o_proj") if part == "attention" else (DOWN, "mlp.down_proj")
    path = table.get(model.info.family, otherwise)
    expected = by_hand(model, changed, lambda layer, _: _zero(layer.get_submodule(path)))
    close(changed.logits, expected)
    assert np.abs(changed.logits - run(model).logits).max() > 1e-3


@pytest.mark.parametrize("name", ROWS)
def test_a_block_left_out_is_a_model_without_it(name: str) -> None:
    model = model_of(name)
    changed = run(model, Change.skip_block(last(model)))

    def do(layer: torch.nn.Module, plain: LoadedModel) -> None:
        lists = [m for m in plain.module.modules() if isinstance(m, torch.nn.ModuleList) and layer in list(m)]
        del lists[0][-1]

    close(changed.logits, by_hand(model, changed, do))
    np.testing.assert_array_equal(changed.layers[-1].resid_post, changed.layers[-1].resid_pre)


@pytest.mark.parametrize("name", DESCRIBED)
def test_a_block_in_the_middle_passes_the_stream_on(name: str) -> None:
    changed = run(model_of(name), Change.skip_block(0))
    np.testing.assert_array_equal(changed.layers[1].resid_pre, changed.layers[0].resid_pre)
    assert np.abs(changed.logits - run(model_of(name)).logits).max() > 1e-7


@pytest.mark.parametrize("name", ["gpt2", "opt", "bert", "roberta", "distilbert", "bart", "marian"])
def test_no_positions_is_a_table_of_zeros(name: str) -> None:
    model = model_of(name)
    changed = run(model, Change.no_positions())
    plain = twin(model)
    paths = [n for n, _ in plain.module.named_modules() if n.rpartition(".")[2] in ("wpe", "embed_positions")]
    paths += [n for n, _ in plain.module.named_modules() if n.endswith("position_embeddings")]
    with torch.no_grad():
        for path in paths:
            plain.module.get_submodule(path).weight.zero_()  # type: ignore[operator]
    np.testing.assert_allclose(changed.logits, plain_output(plain, changed).logits[0].numpy(), atol=1e-5)
    assert np.abs(changed.logits - run(model).logits).max() > 1e-3


@pytest.mark.parametrize("name", [name for name in STEPS if name != "nemotron_h"])
def test_without_positions_and_mask_order_means_nothing(name: str) -> None:
    """Rotation and bias by distance, too: tokens in another order give the same answers in that order."""
    model = model_of(name)
    changes = (
        [Change.no_positions()] if model.info.kind == "encoder" else [Change.no_positions(), Change.no_causal_mask()]
    )
    source, target = ids_of(run(model))
    straight = capture(model, source, target, changes=changes)
    back = capture(model, source[::-1], None if target is None else target[::-1], changes=changes)
    np.testing.assert_allclose(straight.logits, back.logits[::-1], atol=1e-4)
    plain = capture(model, source[::-1], None if target is None else target[::-1])
    assert np.abs(capture(model, source, target).logits - plain.logits[::-1]).max() > 1e-3


@pytest.mark.parametrize("name", ["nemotron_h", "gptj", "bloom", "mamba"])
def test_positions_that_cannot_be_taken_out_are_not_said_to_be(name: str) -> None:
    with pytest.raises(PlaygroundError, match="positions enter in other ways"):
        run(model_of(name), Change.no_positions())


@pytest.mark.parametrize("name", [name for name in STEPS if model_of(name).info.kind != "encoder"])
def test_without_its_mask_a_decoder_looks_ahead(name: str) -> None:
    model = model_of(name)
    changed = run(model, Change.no_causal_mask())
    for layer in changed.layers:
        if layer.attention is not None:
            assert layer.attention.allowed is None and np.triu(layer.attention.weights, k=1).any()
    assert all(value is None or value < 1e-4 for value in vars(check_laws(model, changed)).values())
    assert np.abs(changed.logits - run(model).logits).max() > 1e-4


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "bart", "gemma2", "gpt_oss"])
def test_without_scale_scores_are_plain_products(name: str) -> None:
    model = model_of(name)
    changed = run(model, Change.no_scale())
    for stack in (changed, *([changed.encoder] if changed.encoder is not None else [])):
        assert {layer.attention.scaling for layer in stack.layers if layer.attention} == {1.0}
    laws = vars(check_laws(model, changed))
    assert all(value is None or value < 1e-4 for value in laws.values())
    one = run(model, Change.no_scale(1))
    assert [layer.attention.scaling == 1.0 for layer in one.layers if layer.attention][:2] == [False, True]


@pytest.mark.parametrize("name", ["gpt2", "llama", "bert", "gpt_neox", "t5", "gemma2", "olmo2"])
def test_without_norms_a_layer_reads_the_bare_stream(name: str) -> None:
    """By hand: the norms' forward gives its input back."""
    model = model_of(name)
    changed = run(model, Change.no_norm(last(model)))

    def do(layer: torch.nn.Module, _: LoadedModel) -> None:
        for path, module in layer.named_modules():
            if "norm" in type(module).__name__.lower() and not path.endswith(("q_norm", "k_norm")):
                module.forward = lambda hidden: hidden

    close(changed.logits, by_hand(model, changed, do))
    assert np.abs(changed.logits - run(model).logits).max() > 1e-3


@pytest.mark.parametrize("name", ["gpt2", "llama", "t5"])
def test_without_the_final_norm_the_stream_itself_is_read_out(name: str) -> None:
    model = model_of(name)
    changed = run(model, Change.no_norm())
    assert changed.final is not None
    np.testing.assert_array_equal(changed.final, changed.layers[-1].resid_post)
    assert np.abs(changed.logits - run(model).logits).max() > 1e-3


# Patching


def sites(trace: Trace, layer: int) -> list[dict[str, Any]]:
    """Every place of one layer that a patch can name."""
    found: list[dict[str, Any]] = [
        {"site": site} for site in STREAM_SITES if getattr(trace.layers[layer], site) is not None
    ]
    for site, attention in zip(
        HEAD_SITES, (trace.layers[layer].attention, trace.layers[layer].cross_attention), strict=True
    ):
        if attention is not None and attention.head_out is not None:
            found.append({"site": site, "head": attention.n_heads - 1})
    return found


@pytest.mark.parametrize("name", WHOLE)
def test_a_run_patched_with_itself_is_the_same_to_the_bit(name: str) -> None:
    model = model_of(name)
    plain = run(model)
    changes = [Change.patch(plain, layer=1, pos=pos, **place) for place in sites(plain, 1) for pos in (None, 0, -1)]
    if plain.encoder is not None:
        changes += [Change.patch(plain, "resid_post", 0, encoder=True)]
    for change in changes:
        if change.site == "mlp_out" and prepare(model).parts.stack.layers[1].mlp_scale != 1.0:
            continue  # dividing by the factor and multiplying again rounds
        if change.site == "attn_out" and prepare(model).parts.stack.layers[1].attn_scale != 1.0:
            continue
        if change.site == "mlp_out" and prepare(model).parts.stack.layers[1].mlp_beside is not None:
            continue  # the sum of two outputs stands in for one of them
        np.testing.assert_array_equal(run(model, change).logits, plain.logits, err_msg=str(change))


@pytest.mark.parametrize("name", WHOLE)
@pytest.mark.parametrize("site", ["resid_pre", "resid_post"])
def test_a_whole_depth_patched_gives_the_sources_answer(name: str, site: str) -> None:
    model = model_of(name)
    plain = run(model)
    source = turned(model, plain)
    if plain.encoder is not None:  # the answer also depends on the other text: patched with it, in the encoder
        source = capture(model, ids_of(source)[0], ids_of(plain)[1])
        changes = [Change.patch(source, "resid_post", len(plain.encoder.layers) - 1, encoder=True)]
    else:
        changes = [Change.patch(source, site, 1)]
    changed = run(model, *changes)
    np.testing.assert_array_equal(changed.logits, source.logits)
    assert np.abs(plain.logits - source.logits).max() > 1e-4


@pytest.mark.parametrize("name", DESCRIBED)
def test_every_place_takes_the_sources_value_and_no_other(name: str) -> None:
    model = model_of(name)
    plain = run(model)
    source = turned(model, plain)
    for place in sites(plain, 1):
        changed = run(model, Change.patch(source, layer=1, pos=2, **place))

        def value(trace: Trace, place: dict[str, Any] = place) -> np.ndarray:
            if "head" not in place:
                return getattr(trace.layers[1], place["site"])
            cross = place["site"].startswith("cross")
            attention = trace.layers[1].cross_attention if cross else trace.layers[1].attention
            assert attention is not None and attention.head_out is not None
            return attention.head_out[place["head"]]

        np.testing.assert_allclose(value(changed)[2], value(source)[2], atol=1e-5)
        np.testing.assert_allclose(np.delete(value(changed), 2, 0)[:2], value(plain)[:2], atol=1e-5)
        assert np.abs(changed.logits - plain.logits).max() > 0, place


def test_a_head_gives_its_mean() -> None:
    model = model_of("llama")
    plain = run(model)
    changed = run(model, Change.mean_head(plain, 0, 3))
    before, after = plain.layers[0].attention, changed.layers[0].attention
    assert before is not None and after is not None and before.head_out is not None and after.head_out is not None
    np.testing.assert_allclose(after.head_out[3], before.head_out[3].mean(0)[None].repeat(len(plain), 0), atol=1e-6)
    np.testing.assert_array_equal(after.head_out[:3], before.head_out[:3])


def test_a_text_of_another_length_cannot_be_patched_in() -> None:
    model = model_of("gpt2")
    with pytest.raises(PlaygroundError, match="same number of tokens"):
        run(model, Change.patch(capture(model, "The"), "resid_pre", 0))


# Nobody else is touched


@pytest.mark.parametrize("name", [*FAMILIES, *ODD])
def test_no_changes_change_nothing(name: str) -> None:
    model = model_of(name)
    np.testing.assert_array_equal(run(model).logits, capture(model, *ids_of(run(model)), changes=[]).logits)


def hooks_on(model: LoadedModel) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.module.modules())


@pytest.mark.parametrize("name", ["gpt2", "bert", "bart", "llama", "t5"])
def test_nothing_stays_hooked(name: str) -> None:
    model = model_of(name)
    plain = run(model)
    before = hooks_on(model)
    run(model, Change.zero_head(0, 0), Change.skip_block(1), Change.no_positions(), Change.no_norm(0))
    with pytest.raises(ZeroDivisionError), applied(model, [Change.skip_mlp(0)]):
        _ = 1 / 0
    assert hooks_on(model) == before
    np.testing.assert_array_equal(run(model).logits, plain.logits)


@pytest.mark.parametrize("name", ["gpt2", "gemma2", "bart", "t5"])
def test_threads_with_different_changes_get_their_own_answers(name: str) -> None:
    model = model_of(name)
    jobs = [(), (Change.zero_head(0, 1),), (Change.skip_block(1),), (Change.no_positions(),), (Change.skip_mlp(0),)]
    alone = [run(model, *changes).logits for changes in jobs]
    start = threading.Barrier(len(jobs))

    def work(changes: tuple[Change, ...]) -> list[np.ndarray]:
        start.wait()
        return [run(model, *changes).logits for _ in range(10)]

    with ThreadPoolExecutor(len(jobs)) as pool:
        for expected, found in zip(alone, pool.map(work, jobs), strict=True):
            for logits in found:
                np.testing.assert_allclose(logits, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["gpt2", "bert", "olmo2", "opt"])
def test_rows_of_a_batch_have_their_own_changes(name: str) -> None:
    model = model_of(name)
    plain = run(model)
    rows = [[Change.zero_head(0, 1)], [], [Change.skip_mlp(1)], [Change.patch(turned(model, plain), "resid_pre", 1, 2)]]
    ids = torch.tensor([ids_of(plain)[0]] * len(rows))
    with torch.inference_mode(), applied_to_rows(model, rows):
        logits = model.module(input_ids=ids).logits.numpy()
    for row, changes in zip(logits, rows, strict=True):
        np.testing.assert_allclose(row, run(model, *changes).logits, atol=1e-5)


def test_only_values_may_differ_from_row_to_row() -> None:
    with (
        pytest.raises(PlaygroundError, match="row to row"),
        applied_to_rows(model_of("gpt2"), [[Change.no_scale()], []]),
    ):
        pass


def test_a_cache_does_not_hide_a_change() -> None:
    """Position by position, as text is generated, a change gives what it gives in one pass."""
    model = model_of("llama")
    plain = run(model)
    changes = [Change.zero_head(0, 1), Change.patch(turned(model, plain), "resid_pre", 1, 3), Change.no_positions()]
    whole, cache = run(model, *changes), None
    for n, token in enumerate(plain.tokens):
        with torch.inference_mode(), applied(model, changes, start=n):
            output = model.module(input_ids=torch.tensor([[token.token_id]]), past_key_values=cache, use_cache=True)
        cache = output.past_key_values
        np.testing.assert_allclose(output.logits[0, -1].numpy(), whole.logits[n], atol=1e-4)


# The value itself


def test_a_change_is_a_value() -> None:
    plain = run(model_of("gpt2"))
    changes = [
        Change.zero_head(1, 2), Change.mean_head(plain, 1, 2), Change.patch(plain, "resid_pre", 1, -1),
        Change.patch(plain, "resid_pre", 1), Change.no_positions(), Change.skip_mlp(0), Change.skip_mlp(1),
    ]  # fmt: skip
    assert pickle.loads(pickle.dumps(changes)) == changes
    assert len({*changes, *pickle.loads(pickle.dumps(changes))}) == len(changes)
    assert changes[2].pos == len(plain) - 1 and all(str(change) for change in changes)
    with pytest.raises(ValueError, match="read-only"):
        changes[1].value[0] = 1  # type: ignore[index]


def test_a_trace_names_its_changes() -> None:
    changes = (Change.zero_head(1, 2), Change.no_positions())
    assert run(model_of("gpt2"), *changes).changes == changes
    assert run(model_of("gpt2")).changes == ()


REFUSED: list[tuple[str, Callable[[Trace], Change], str]] = [
    ("gpt2", lambda _: Change.zero_head(9, 0), "no layer 9"),
    ("gpt2", lambda _: Change.zero_head(0, 99), "no head 99"),
    ("gpt2", lambda _: Change.zero_head(0, 0, cross=True), "no cross-attention"),
    ("gpt2", lambda _: Change.zero_head(0, 0, encoder=True), "in its encoder"),
    ("nemotron_h", lambda _: Change.zero_head(0, 0), "no attention"),
    ("bert", lambda _: Change.no_causal_mask(), "no causal mask"),
    ("bert", lambda _: Change.no_norm(), "no final norm"),
    ("t5", lambda _: Change.no_scale(), "does not scale"),
    ("bloom", lambda _: Change.zero_head(0, 0), "in its own way"),
    ("gpt_neox_japanese", lambda _: Change.skip_mlp(0), "not known"),
    ("gpt2", lambda t: Change.patch(t, "nowhere", 0), "no place 'nowhere'"),
    ("gpt2", lambda t: Change.patch(t, "resid_pre", 7), "no layer 7"),
    ("gpt2", lambda t: Change.patch(t, "resid_pre", 0, 99), "outside the text"),
    ("gpt2", lambda t: Change.patch(t, "head_out", 0, head=None), "no head None"),
    ("gpt2", lambda t: Change.patch(t, "cross_out", 0), "does not hand over"),
    ("bloom", lambda t: Change.patch(t, "head_out", 0, head=0), "does not hand over"),
]


@pytest.mark.parametrize(("name", "make", "words"), REFUSED)
def test_what_cannot_be_changed_is_refused_with_a_sentence(
    name: str, make: Callable[[Trace], Change], words: str
) -> None:
    model = model_of(name)
    plain, before = run(model), hooks_on(model)
    with pytest.raises(PlaygroundError, match=words):
        run(model, make(plain))
    assert hooks_on(model) == before


def test_a_changed_pass_is_one_pass() -> None:
    model = model_of("gpt2")
    run(model, Change.no_positions())
    before = forward_count()
    run(model, Change.no_positions(), Change.zero_head(0, 0))
    assert forward_count() == before + 1


def test_both_feed_forwards_of_a_layer_are_left_out() -> None:
    model = model_of("granitemoeshared")
    parts: LayerParts = prepare(model).parts.stack.layers[0]
    assert parts.mlp_beside is not None
    layer = run(model, Change.skip_mlp(0)).layers[0]
    assert layer.resid_mid is not None
    np.testing.assert_allclose(layer.resid_mid, layer.resid_post, atol=1e-7)


def test_a_change_that_a_family_stumbles_over_is_a_sentence() -> None:
    model = build("gpt2")
    run(model)

    def stumble(*_: object) -> None:
        raise RuntimeError("The size of tensor a (8) must match the size of tensor b (128)")

    model.module.lm_head.forward = stumble
    with pytest.raises(PlaygroundError, match="cannot run with this change: no positions"):
        run(model, Change.no_positions())
    with pytest.raises(RuntimeError, match="size of tensor"):
        run(model)


class _Named(NamedTuple):
    hidden: torch.Tensor
    rest: int


def test_whatever_a_module_gives_keeps_its_form() -> None:
    """A tensor, a tuple, a named tuple (Reformer) or transformers' record, with None where nothing was asked for."""
    given, other = torch.zeros(2), torch.ones(2)
    assert replaced(given, other) is other
    assert replaced((None, given, 3), other) == (None, other, 3)
    assert replaced(_Named(given, 5), other) == _Named(other, 5)
    record = BaseModelOutput(last_hidden_state=given, hidden_states=(given,))
    changed = replaced(record, other)
    assert changed.last_hidden_state is other and record.last_hidden_state is given
    assert changed.hidden_states == (given,)
