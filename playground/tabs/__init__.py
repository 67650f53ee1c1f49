"""The tabs, in the order in which text travels. A new tab is a file here and a line in ``TABS``."""

from . import attention, embedding, forward, prompting, sampling, tokenization
from .base import Tab

TABS: tuple[Tab, ...] = (
    Tab("tokens", "Tokens", tokenization.build),
    Tab("embeddings", "Embeddings", embedding.build),
    Tab("attention", "Attention", attention.build),
    Tab("forward", "Forward pass", forward.build),
    Tab("sampling", "Sampling", sampling.build),
    Tab("prompting", "Prompting", prompting.build),
)
