"""Switches by name: each makes its change, the board offers what can be done, and what it refuses cannot."""

from __future__ import annotations

import numpy as np
import pytest

from playground import Change, PlaygroundError, capture
from playground.analysis.switches import PARTS, WHOLE, change_of, read_switches, switchboard
from playground.hooks import refusal
from tests.hooks.test_changes import ROWS, TRIAL, model_of, run


def test_names_are_read_in_one_order() -> None:
    assert read_switches("mask h2.0  b1 h2.0") == ("b1", "h2.0", "mask")
    assert read_switches("") == ()
    assert read_switches(" ".join(read_switches("m0 eh1.2 norm"))) == read_switches("norm eh1.2 m0")
    for text in ("h2", "z1", "h-1.0", "h1.2.3", "<script>", "h1.٣", " ".join(f"m{n}" for n in range(65))):
        with pytest.raises(ValueError, match="names of switches"):
            read_switches(text)


def test_each_name_is_its_change() -> None:
    marian, gpt2 = run(model_of("marian")), run(model_of("gpt2"))
    for name, trace, change in [
        ("h1.2", gpt2, Change.zero_head(1, 2)),
        ("a0", gpt2, Change.skip_attention(0)),
        ("m1", gpt2, Change.skip_mlp(1)),
        ("n0", gpt2, Change.no_norm(0)),
        ("b1", gpt2, Change.skip_block(1)),
        ("mask", gpt2, Change.no_causal_mask()),
        ("scale", gpt2, Change.no_scale()),
        ("positions", gpt2, Change.no_positions()),
        ("norm", gpt2, Change.no_norm()),
        ("c1.0", marian, Change.zero_head(1, 0, cross=True)),
        ("eh0.1", marian, Change.zero_head(0, 1, encoder=True)),
        ("x1", marian, Change.skip_cross_attention(1)),
        ("eb0", marian, Change.skip_block(0, encoder=True)),
        ("enorm", marian, Change.no_norm(encoder=True)),
    ]:
        assert change_of(name, trace) == change
    assert change_of("h1.2", gpt2, mean=True) == Change.mean_head(gpt2, 1, 2)
    assert change_of("m1", gpt2, mean=True) == Change.mean_sublayer(gpt2, "mlp_out", 1)


@pytest.mark.parametrize("name", ["h9.0", "h0.9", "m9", "c0.0", "eh0.0", "nonsense"])
def test_what_another_model_has_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(PlaygroundError, match="There is no"):
        change_of(name, run(model_of("gpt2")))


@pytest.mark.parametrize("name", [*ROWS, *TRIAL])
def test_the_board_offers_what_can_be_done_and_no_more(name: str) -> None:
    """Every switch of layer 0 and of the whole model is tried: those on the board change the answers."""
    model = model_of(name)
    trace = run(model)
    board = switchboard(model, trace)
    offered = {key for key, why in board.whole if not why}
    for tower in board.towers:
        prefix = "e" if tower.encoder else ""
        if not tower.parts:  # LED's encoder: its layers are of a form that gives nothing away
            continue
        offered |= {f"{prefix}{part}0" for part in tower.parts[0]}
        offered |= {f"{prefix}h0.0"} if tower.n_heads[0] else set()
        offered |= {f"{prefix}c0.0"} if tower.n_cross[0] else set()
        assert len(tower.parts) == len(tower.n_heads) == len(tower.n_cross)
    wanted = {*WHOLE, "h0.0", "c0.0", "eh0.0", *(f"{e}{part}0" for part in PARTS for e in ("", "e"))}
    assert offered <= wanted
    for switch in sorted(offered):
        changed = run(model, change_of(switch, trace))
        assert np.abs(changed.logits - trace.logits).max() > 0, switch
    for switch in sorted(wanted - offered):
        try:
            refused = refusal(model, change_of(switch, trace)) is not None
        except PlaygroundError:
            refused = True
        assert refused or switch in ("scale", "mask"), f"{switch} could be done, and is not offered"


def test_a_refused_scale_was_not_there() -> None:
    model = model_of("t5")
    why = dict(switchboard(model, run(model)).whole)["scale"]
    assert "√d" in why
    with pytest.raises(PlaygroundError, match="scale"):
        run(model, Change.no_scale())


@pytest.mark.parametrize("name", ["llama", "bert", "marian", "gpt_neox", "gemma2"])
@pytest.mark.parametrize("site", ["attn_out", "mlp_out"])
def test_a_sublayer_gives_its_mean(name: str, site: str) -> None:
    model = model_of(name)
    plain = run(model)
    changed = run(model, Change.mean_sublayer(plain, site, 1))
    mean = getattr(plain.layers[1], site).mean(0)
    np.testing.assert_allclose(
        getattr(changed.layers[1], site), np.broadcast_to(mean, (len(plain), len(mean))), atol=1e-5
    )
    np.testing.assert_array_equal(changed.layers[0].resid_post, plain.layers[0].resid_post)
    twice = capture(
        model,
        [t.token_id for t in (plain.encoder or plain).tokens],
        None if plain.encoder is None else [t.token_id for t in plain.tokens],
        changes=[Change.patch(plain, site, 1)],
    )  # its own values, not their mean, change nothing
    np.testing.assert_allclose(twice.logits, plain.logits, atol=1e-5)
