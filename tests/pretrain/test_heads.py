"""What is measured of heads over several texts is what the page's definitions give for each."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from playground.pretrain.evaluation.heads import best_head, induction_heads, roles


@pytest.fixture(scope="module")
def model() -> GPT2LMHeadModel:
    torch.manual_seed(3)
    config = GPT2Config(vocab_size=80, n_positions=64, n_embd=16, n_layer=3, n_head=2, initializer_range=0.5)
    return GPT2LMHeadModel._from_config(config, attn_implementation="eager").eval()


def test_roles_are_means_over_the_rows_and_places(model: GPT2LMHeadModel) -> None:
    ids = torch.randint(1, 80, (5, 12), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        weights = torch.stack(model(ids, output_attentions=True).attentions)
    found = roles(model, ids)
    previous = weights.diagonal(-1, dim1=-2, dim2=-1).mean(dim=(1, -1))
    torch.testing.assert_close(found["previous"], previous)
    torch.testing.assert_close(found["first"], weights[..., 2:, 0].mean(dim=(1, -1)))
    assert found["previous"].shape == (3, 2) and previous.std() > 0.005


def test_induction_asks_for_what_followed_in_the_first_saying(model: GPT2LMHeadModel) -> None:
    length = 9
    run = torch.stack([1 + torch.randperm(79, generator=torch.Generator().manual_seed(1))[:length]])
    with torch.no_grad():
        weights = torch.stack(model(torch.cat([run, run], dim=1), output_attentions=True).attentions)[:, 0]
    by_hand = np.mean([weights[:, :, length + place, place + 1].numpy() for place in range(length)], axis=0)
    # The last answer of all is the first token of the second saying, which the last query may look at.
    np.testing.assert_allclose(induction_heads(model, 80, length, count=1, seed=1).numpy(), by_hand, atol=1e-6)


def test_the_best_head_is_named_by_layer_and_head() -> None:
    weights = torch.zeros(3, 2)
    weights[2, 1] = 0.7
    name, value = best_head(weights)
    assert name == "2.1" and value == pytest.approx(0.7)
