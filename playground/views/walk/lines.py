"""The lines of Python that give a step's numbers again."""

from __future__ import annotations

from ...analysis.walk import SOURCE
from .. import code

_WHOLE = {
    "row": "embeddings[{pos}]", "position": "positions[{pos}]", "token-type": "token_types",
    "embed-norm": "embed_norm.left[{pos}]",
    "sum": "layers[0].resid_pre[{pos}]", "final-norm": "final_norm.left[{pos}]", "logits": "logits[{pos}]",
    "softmax": "logits[{pos}]", "tokens": "tokens", "write": "logits[{pos}].argmax()",
}  # fmt: skip
"""Steps below and above the layers: what of the tower they are."""
_LOOKING = {
    "qkv": "detail.{attention}.q.left[{pos}]", "heads": "{attention}.q[{head}, {pos}]",
    "scores": "{attention}.scores[{head}, {pos}]", "scale": "{attention}.masked[{head}, {pos}]",
    "softmax": "{attention}.weights[{head}, {pos}]", "weights": "{attention}.weights[{head}, {pos}]",
    "mix": "{attention}.head_out[{head}, {pos}]", "out": "detail.{attention}.out.left[{pos}]",
}  # fmt: skip
_FEED_FORWARD = {
    "up": "detail.mlp.pre[{pos}]", "act": "detail.mlp.post[{pos}]", "gate": "detail.mlp.down.entered[{pos}]",
    "down": "detail.mlp.down.left[{pos}]",
}  # fmt: skip
_ADDED = {"attn": "attn_out", "cross": "cross_out", "mlp": "mlp_out"}


def lines_for(model: str, text: str, target: str | None, layer: int, name: str, pos: int, head: int) -> str:
    """Captures the text with the steps inside one layer, and prints what a step gives."""
    own = name.removeprefix(SOURCE)
    tower = "trace" if own == name else "trace.encoder"
    part, _, rest = own.partition("-")
    attention = "cross_attention" if part == "cross" else "attention"
    if own in _WHOLE:
        found = _WHOLE[own]
    elif rest in ("norm", "behind", "after"):
        found = f"layers[{layer}].detail.norms"
    else:
        table = _FEED_FORWARD if part == "mlp" else _LOOKING
        found = f"layers[{layer}]." + table.get(rest, f"{_ADDED[part]}[{{pos}}]")
    shown = found.format(pos=pos, head=head, attention=attention)
    captured = code.captured(model, text, target).removesuffix(")\n")
    return f"{captured}, detail={layer})\nprint({tower}.{shown})\n"
