"""What may be changed in a forward pass: a value that says where and how, carried out by ``hooks``.

A change can be pickled, compared and used as a key. Arrays that it holds come from a trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import PlaygroundError
from .arrays import Array, ReadOnly

if TYPE_CHECKING:
    from .records import Layer, Stack, Trace

STREAM_SITES = ("resid_pre", "resid_post", "attn_out", "cross_out", "mlp_out")
"""Places that hold one vector for each position: (seq, d_model)."""
HEAD_SITES = ("head_out", "cross_head_out")
"""What one head gives, before the output projection: (seq, head_dim)."""
_WORDS = {
    "resid_pre": "the stream before layer {layer}",
    "resid_post": "the stream after layer {layer}",
    "attn_out": "what the attention of layer {layer} adds",
    "cross_out": "what the cross-attention of layer {layer} adds",
    "mlp_out": "what the feed-forward of layer {layer} adds",
    "head_out": "head {layer}.{head}",
    "cross_head_out": "cross-attention head {layer}.{head}",
}


@dataclass(frozen=True, eq=False)
class Change(ReadOnly):
    """One intervention. Made by the class methods below, which say what each does."""

    how: str
    """"set": the values at ``site`` are replaced; "skip": a block passes its input on; "drop": a mechanism is gone."""
    site: str
    """Of "set" one of ``STREAM_SITES`` and ``HEAD_SITES``; of "skip" "block"; of "drop" "positions", "mask", "scale" or
    "norm"."""
    layer: int | None = None
    """None: all layers ("scale"), or the final norm ("norm")."""
    head: int | None = None
    pos: int | None = None
    """The position that is set; None: every position."""
    value: Array | None = None
    """(width,), the same at every position, or (seq, width), one for each; None: zeros."""
    encoder: bool = False
    """True: in the encoder of an encoder–decoder."""
    words: str = ""
    """The change in a few words, for a title or a label."""

    @classmethod
    def zero_head(cls, layer: int, head: int, *, cross: bool = False, encoder: bool = False) -> Change:
        """One attention head gives zeros, at the input of the output projection."""
        site = "cross_head_out" if cross else "head_out"
        return cls(
            "set", site, layer, head, encoder=encoder, words=f"{_name(site, layer, head, encoder)} gives nothing"
        )

    @classmethod
    def mean_head(cls, source: Trace, layer: int, head: int, *, cross: bool = False, encoder: bool = False) -> Change:
        """One head gives, at every position, the mean over the positions of ``source`` of what it gave there.

        Raises:
            PlaygroundError: the source has no such layer or head, or its family hands no heads over.
        """
        site = "cross_head_out" if cross else "head_out"
        value = _values(source, site, layer, head, encoder).mean(0)
        words = f"{_name(site, layer, head, encoder)} gives its mean"
        return cls("set", site, layer, head, value=value, encoder=encoder, words=words)

    @classmethod
    def mean_sublayer(cls, source: Trace, site: str, layer: int, *, encoder: bool = False) -> Change:
        """A sublayer adds, at every position, the mean over the positions of ``source`` of what it added there.

        Args:
            source: a run of the same model.
            site: "attn_out", "cross_out" or "mlp_out".
            layer: which layer.
            encoder: in the encoder of an encoder–decoder.

        Raises:
            PlaygroundError: the source has no such place.
        """
        value = _values(source, site, layer, None, encoder).mean(0)
        words = f"{_name(site, layer, None, encoder)} is its mean"
        return cls("set", site, layer, value=value, encoder=encoder, words=words)

    @classmethod
    def skip_attention(cls, layer: int, *, encoder: bool = False) -> Change:
        """The self-attention of a layer adds nothing."""
        return cls("set", "attn_out", layer, encoder=encoder, words=f"no attention in {_layer(layer, encoder)}")

    @classmethod
    def skip_cross_attention(cls, layer: int) -> Change:
        """The cross-attention of a decoder's layer adds nothing."""
        return cls("set", "cross_out", layer, words=f"no cross-attention in {_layer(layer, False)}")

    @classmethod
    def skip_mlp(cls, layer: int, *, encoder: bool = False) -> Change:
        """The feed-forward of a layer adds nothing."""
        return cls("set", "mlp_out", layer, encoder=encoder, words=f"no feed-forward in {_layer(layer, encoder)}")

    @classmethod
    def skip_block(cls, layer: int, *, encoder: bool = False) -> Change:
        """A whole layer gives what it was given: the identity in its place, its norms left out too."""
        return cls("skip", "block", layer, encoder=encoder, words=f"{_layer(layer, encoder)} left out")

    @classmethod
    def no_positions(cls) -> Change:
        """No token knows where it stands: position rows are zeros, nothing is rotated, no bias by distance."""
        return cls("drop", "positions", words="no positions")

    @classmethod
    def no_causal_mask(cls) -> Change:
        """Every token of a decoder looks at all tokens, later ones too. A sliding window falls away with it."""
        return cls("drop", "mask", words="no causal mask")

    @classmethod
    def no_scale(cls, layer: int | None = None) -> Change:
        """Queries times keys are not divided by √head_dim: in one layer, or in all (also the encoder's)."""
        where = "" if layer is None else f" in {_layer(layer, False)}"
        return cls("drop", "scale", layer, words=f"scores are not scaled{where}")

    @classmethod
    def no_norm(cls, layer: int | None = None, *, encoder: bool = False) -> Change:
        """The norms of a layer's stream give what they were given; ``None``: the final norm does."""
        where = "the final norm" if layer is None else f"the norms of {_layer(layer, encoder)}"
        return cls("drop", "norm", layer, encoder=encoder, words=f"without {where}")

    @classmethod
    def patch(
        cls,
        source: Trace,
        site: str,
        layer: int,
        pos: int | None = None,
        *,
        head: int | None = None,
        encoder: bool = False,
    ) -> Change:
        """Puts what another run had at a place into this one (activation patching, Vig et al. 2020).

        Args:
            source: the other run, of the same model and as many tokens.
            site: "resid_pre", "resid_post", "attn_out", "cross_out", "mlp_out", "head_out" or "cross_head_out".
            layer: which layer.
            pos: one position (negative ones count from the end), or None for all.
            head: for the sites of a head.
            encoder: in the encoder of an encoder–decoder.

        Raises:
            PlaygroundError: no such place in the source.
        """
        value = _values(source, site, layer, head, encoder)
        if pos is not None:
            if not -len(value) <= pos < len(value):
                raise PlaygroundError(f"Position {pos} is outside the text of {len(value)} tokens. Choose another one.")
            pos = pos % len(value)
        at = "" if pos is None else f" at position {pos}"
        words = f"{_name(site, layer, head, encoder)}{at} from the other text"
        return cls("set", site, layer, head, pos, value if pos is None else value[pos], encoder, words)

    def _key(self) -> tuple[object, ...]:
        value = None if self.value is None else (self.value.shape, self.value.tobytes())
        return (self.how, self.site, self.layer, self.head, self.pos, value, self.encoder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Change) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def __str__(self) -> str:
        return self.words


def _layer(layer: int, encoder: bool) -> str:
    return f"the encoder's layer {layer}" if encoder else f"layer {layer}"


def _name(site: str, layer: int, head: int | None, encoder: bool) -> str:
    return ("the encoder's " if encoder else "") + _WORDS[site].format(layer=layer, head=head)


def _values(source: Trace, site: str, layer: int, head: int | None, encoder: bool) -> Array:
    """(seq, d_model) or, of a head, (seq, head_dim)."""
    if site not in (*STREAM_SITES, *HEAD_SITES):
        raise PlaygroundError(f"There is no place {site!r}. Choose one of {', '.join((*STREAM_SITES, *HEAD_SITES))}.")
    stack: Stack | None = source.encoder if encoder else source
    layers: Sequence[Layer] = stack.layers if stack is not None else ()
    if not 0 <= layer < len(layers):
        raise PlaygroundError(f"There is no {_layer(layer, encoder)} in this run; it has {len(layers)} layers.")
    if site in STREAM_SITES:
        found = getattr(layers[layer], site)
    else:
        attention = layers[layer].cross_attention if site == "cross_head_out" else layers[layer].attention
        found = None if attention is None else attention.head_out
        if found is not None and (head is None or not 0 <= head < len(found)):
            raise PlaygroundError(f"There is no head {head} in {_layer(layer, encoder)}; it has {len(found)} heads.")
        found = None if found is None else found[head]
    if found is None:
        raise PlaygroundError(f"This model does not hand over {_name(site, layer, head, encoder)}.")
    return np.ascontiguousarray(found.reshape(-1, found.shape[-1]), dtype=np.float32)
