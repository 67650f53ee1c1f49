"""The public API: what notebooks use and "copy as Python" prints, on the model that comes along."""

from __future__ import annotations

import importlib
import pkgutil
from itertools import islice

import numpy as np
import pytest

import playground
from playground import PlaygroundError, SamplingSettings, capture, generate, load_model, next_token


def test_every_public_name_is_there() -> None:
    for name in playground.__all__:
        assert getattr(playground, name) is not None
    assert set(playground._HOME_OF) == set(playground.__all__)
    assert playground.__all__ == sorted(playground.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = playground.nonsense


def test_no_module_has_the_name_of_something_public() -> None:
    """Importing it would put the module in the name's place: ``from playground import capture`` would give a module."""
    modules = {module.name for module in pkgutil.iter_modules(playground.__path__)}
    assert not modules & set(playground.__all__)
    for module in modules - {"__main__"}:
        importlib.import_module(f"playground.{module}")
    assert callable(playground.capture) and callable(playground.generate)


def test_the_design_on_one_page() -> None:
    """The example of the package's first lines and of DESIGN, to the letter."""
    model = load_model("storyteller")
    info = model.info
    assert (info.id, info.family, info.kind) == ("storyteller", "gpt2", "decoder")
    trace = capture(model, "Once upon a time")
    n = len(trace.tokens)
    assert "".join(t.text for t in trace.tokens) == "Once␣upon␣a␣time"
    layer = trace.layers[2]
    assert layer.resid_pre.shape == layer.resid_post.shape == (n, info.d_model)
    assert layer.attention is not None and layer.attention.weights.shape == (info.n_heads, n, n)
    assert trace.logits.shape == (n, info.vocab_size)
    settings = SamplingSettings(max_new_tokens=40, do_sample=True, temperature=0.8, top_k=50, top_p=0.9, seed=7)
    stages = next_token(trace.logits[-1], settings)
    for stage in (*(stage.probs for stage in stages), stages.final):
        assert stage.shape == (info.vocab_size,) and stage.sum() == pytest.approx(1, abs=1e-4)
    assert stages.kept.sum() <= 50
    for step in islice(generate(model, "Once upon a time", settings), 3):
        assert step.stages.final[step.token.token_id] > 0 and step.ended_by is None
    np.testing.assert_allclose(
        stages.final, next(generate(model, "Once upon a time", settings)).stages.final, atol=1e-4
    )


def test_errors_are_value_errors() -> None:
    assert issubclass(PlaygroundError, ValueError)
    with pytest.raises(ValueError):
        capture(load_model("storyteller"), "")
