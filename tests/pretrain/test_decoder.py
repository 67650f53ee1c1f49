"""The written-out training step computes what the library's model computes, forward and backward."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional
from transformers import GPT2Config, GPT2LMHeadModel

from playground.pretrain.decoder import DropoutPool, parameters_of, training_loss


@pytest.fixture
def model() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    config = GPT2Config(
        vocab_size=300, n_positions=40, n_embd=64, n_layer=2, n_head=4, activation_function="gelu_pytorch_tanh",
        resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0, initializer_range=0.2, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    made = GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in made.parameters():  # biases and norms start at 0 and 1, where a slip would not show
            parameter.add_(0.1 * torch.randn_like(parameter))
    return made


def test_loss_and_every_gradient_are_those_of_the_library(model: GPT2LMHeadModel) -> None:
    ids = torch.randint(300, (3, 33))
    weights = torch.rand(3, 33)
    ours = training_loss(parameters_of(model), model.config, ids, weights)
    ours.backward()
    gradients = {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}
    model.zero_grad()
    losses = functional.cross_entropy(model(ids[:, :-1]).logits.flatten(0, 1), ids[:, 1:].flatten(), reduction="none")
    theirs = (losses * weights[:, 1:].flatten()).sum() / weights[:, 1:].sum()
    theirs.backward()
    assert float(ours.detach()) == pytest.approx(float(theirs.detach()), rel=5e-3)
    assert set(gradients) == {name for name, _ in model.named_parameters()}
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        alike = functional.cosine_similarity(gradients[name].flatten(), parameter.grad.flatten(), dim=0)
        assert alike > 0.995, f"{name}: {alike}"  # bfloat16 keeps 8 bits


def test_what_dropout_sets_to_nothing_is_not_added(model: GPT2LMHeadModel) -> None:
    """With all that the layers add dropped, the guess is that of the embeddings alone."""
    ids = torch.randint(300, (2, 17))
    factors = torch.zeros(5, 32, 64)
    factors[-1] = 1
    body = model.transformer
    stream = body.wte(ids[:, :-1]) + body.wpe.weight[:16]
    expected = functional.cross_entropy(model.lm_head(body.ln_f(stream)).flatten(0, 1), ids[:, 1:].flatten())
    got = training_loss(parameters_of(model), model.config, ids, dropout=factors)
    assert float(got.detach()) == pytest.approx(float(expected.detach()), rel=5e-3)


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    pool = DropoutPool(torch.device("cpu"))
    drawn = pool.draw((5, 100, 64), 0.25, torch.Generator().manual_seed(1)).float()
    assert (drawn == 0).float().mean().item() == pytest.approx(0.25, abs=0.02)
    assert drawn.mean().item() == pytest.approx(1.0, abs=0.02)
    assert not torch.equal(drawn, pool.draw((5, 100, 64), 0.25, torch.Generator().manual_seed(2)).float())
    more = pool.draw((5, 100, 64), 0.5, torch.Generator().manual_seed(1)).float()
    assert float((more == 0).float().mean()) == pytest.approx(0.5, abs=0.02) and more.max() == 2
