"""How a family works that nobody described: found by watching one short pass, then put before the laws.

A layer takes the stream x and gives y. Between them something is added, normed, added again: of everything that the
layer's modules gave, we look for those whose sum leads from x to y through places where the stream was really seen.
What is found has the form of a row of ``architectures`` (which module's output is added, by what factor, what norms
after it), and is believed only when ``laws`` hold on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from torch import Tensor, nn

from ..parts import LayerParts
from ..watch import Call
from .equations import factor, flat, same, two_factors

MOST_ADDITIONS = 3  # self-attention, cross-attention, feed-forward


@dataclass(frozen=True, eq=False)
class Added:
    """One addition to the stream: ``factor`` times what ``call`` gave, normed by ``norm`` in post-norm families."""

    call: Call
    output: Tensor
    factor: float = 1.0
    norm: nn.Module | None = None
    after: Tensor | None = None
    """The stream behind it."""
    beside: Added | None = None
    """A second output that is added in the same step."""


@dataclass(frozen=True, eq=False)
class _Inside:
    """The calls of one layer whose tensors have the stream's shape."""

    outputs: list[Added]
    inputs: list[tuple[Call, Tensor]]


def layer_parts(calls: Sequence[Call], layer: Call, attentions: dict[int, bool]) -> tuple[LayerParts, bool] | None:
    """The parts of one layer and whether its sublayers run in parallel; None where no sum leads from x to y.

    Args:
        calls: all calls inside the layer, in order.
        layer: the layer's own call.
        attentions: id of each module that called the attention function → whether it is a cross-attention.
    """
    assert layer.entered is not None and layer.left is not None
    start, end = layer.entered[0].float(), layer.left[0].float()
    inside = _inside(calls, start)
    steps = _walk(inside, start, end, [], -1)
    parallel = False
    if steps is None:
        steps, parallel = _both_at_once(inside, start, end), True
    if steps is None:
        steps, parallel = _walk(inside, start, end, [], -1, pairs=True), False
    if steps is None:
        return None
    roles = _roles(steps, calls, inside, attentions)
    if roles is None:
        return None
    found = dict(zip(roles, steps, strict=True))
    if len({step.norm is None for step in steps}) > 1:
        return None
    return _parts(layer.module, found), parallel


def _parts(layer: nn.Module, found: dict[str, Added]) -> LayerParts:
    attn, cross, mlp = (found.get(role) for role in ("attn", "cross", "mlp"))
    return LayerParts(
        layer=layer,
        attn=attn.call.module if attn else None,
        cross=cross.call.module if cross else None,
        mlp=mlp.call.module if mlp else None,
        attn_norm=attn.norm if attn else None,
        cross_norm=cross.norm if cross else None,
        mlp_norm=mlp.norm if mlp else None,
        attn_scale=attn.factor if attn else 1.0,
        cross_scale=cross.factor if cross else 1.0,
        mlp_scale=mlp.factor if mlp else 1.0,
        attn_beside=_beside(attn),
        mlp_beside=_beside(mlp),
    )


def _beside(step: Added | None) -> tuple[nn.Module, float] | None:
    return None if step is None or step.beside is None else (step.beside.call.module, step.beside.factor)


def _inside(calls: Sequence[Call], like: Tensor) -> _Inside:
    outputs: list[Added] = []
    for call in calls:
        left = flat(call.left, like)
        # The outermost of those that give the same tensor: rows name `mlp`, not `mlp.dropout`. Calls come in the
        # order of their beginnings, so the outer one is here first.
        if left is None or same(left, like) or any(same(left, known.output) for known in outputs):
            continue
        outputs.append(Added(call, left))
    entered = ((call, flat(call.entered, like)) for call in calls)
    return _Inside(outputs, [(call, tensor) for call, tensor in entered if tensor is not None])


def _walk(
    inside: _Inside, stream: Tensor, end: Tensor, steps: list[Added], after: int, pairs: bool = False
) -> list[Added] | None:
    """Additions one after the other that lead from the stream to the end, each seen before the next begins."""
    if len(steps) == MOST_ADDITIONS:
        return None
    left = sorted((a for a in inside.outputs if a.call.ended > after), key=lambda a: a.call.ended)
    for added in left:
        scale = factor(end, stream, added.output)
        if scale is not None:
            return [*steps, Added(added.call, added.output, scale, after=end)]
        for call, seen in inside.inputs:
            if call.started < added.call.ended:
                continue
            scale = factor(seen, stream, added.output)
            if scale is None:
                continue
            step = Added(added.call, added.output, scale, after=seen)
            found = _walk(inside, seen, end, [*steps, step], call.started, pairs)
            found = found or _normed(inside, call, step, end, steps)
            if found is not None:
                return found
            break
    return _paired(inside, stream, end, steps, left) if pairs else None


def _paired(inside: _Inside, stream: Tensor, end: Tensor, steps: list[Added], left: list[Added]) -> list[Added] | None:
    """The same where two outputs are added in one step: Falcon-H1's attention and state space, a shared expert."""
    norms = [(call, tensor) for call, tensor in inside.inputs if not any(call.module.children())]
    for i, one in enumerate(left):
        for other in left[i + 1 :]:
            goals = [(other.call.ended, end), *((c.started, t) for c, t in norms if c.started > other.call.ended)]
            for when, goal in goals:
                scales = two_factors(goal, stream, one.output, other.output)
                if scales is None:
                    continue
                second = Added(other.call, other.output, scales[1])
                step = Added(one.call, one.output, scales[0], after=goal, beside=second)
                rest = [*steps, step] if goal is end else _walk(inside, goal, end, [*steps, step], when, True)
                if rest is not None:
                    return rest
    return None


def _normed(inside: _Inside, norm: Call, step: Added, end: Tensor, steps: list[Added]) -> list[Added] | None:
    """The same where the stream goes on behind the norm that read the sum: post-norm families."""
    left = flat(norm.left, end)
    if left is None or any(True for _ in norm.module.children()):
        return None
    step = Added(step.call, step.output, step.factor, norm.module, left)
    if same(left, end):
        return [*steps, step]
    return _walk(inside, left, end, [*steps, step], norm.ended)


def _both_at_once(inside: _Inside, start: Tensor, end: Tensor) -> list[Added] | None:
    """Two sublayers that both read the stream before the layer (GPT-J, GPT-NeoX, Cohere)."""
    ordered = sorted(inside.outputs, key=lambda a: a.call.ended)
    for i, one in enumerate(ordered):
        for other in ordered[i + 1 :]:
            scales = two_factors(end, start, one.output, other.output)
            if scales is not None:
                return [Added(a.call, a.output, s, after=end) for a, s in zip((one, other), scales, strict=True)]
    return None


def _roles(steps: list[Added], calls: Sequence[Call], inside: _Inside, attentions: dict[int, bool]) -> list[str] | None:
    """ "attn", "cross" or "mlp" for each addition; None where two would have one role."""
    # The stream is no sign of kinship: T5's feed-forward reads what the whole block of the attention gave.
    streams = [step.after for step in steps if step.after is not None]
    givers = [a for a in inside.outputs if not any(same(a.output, stream) for stream in streams)]
    roles = [_role(step.call, calls, givers, attentions, 4) for step in steps]
    for n, step in enumerate(steps):
        if step.beside is not None and roles[n] is None:
            roles[n] = _role(step.beside.call, calls, givers, attentions, 4)
            if roles[n] is not None:  # the attention comes first, what stands beside it second
                steps[n] = replace(step.beside, after=step.after, beside=replace(step, after=None, beside=None))
    mixes = len(roles) > 1 or not _is_feed_forward(steps[0].call.module)
    if roles[0] is None and mixes and "attn" not in roles:
        roles[0] = "attn"  # a mixer of another kind (state space, convolution) in attention's place
    named = [role or "mlp" for role in roles]
    return named if len(set(named)) == len(named) else None


def _is_feed_forward(module: nn.Module) -> bool:
    """By its class's name: where a layer has one sublayer only, nothing else tells a state space from an MLP."""
    name = type(module).__name__.lower()
    return any(word in name for word in ("mlp", "moe", "ffn", "feedforward", "expert"))


def _role(
    call: Call, calls: Sequence[Call], givers: Sequence[Added], attentions: dict[int, bool], deep: int
) -> str | None:
    """What a call belongs to: the attention inside it, or, for a norm or dropout, inside what gave it its input."""
    below = {attentions[id(module)] for module in call.module.modules() if id(module) in attentions}
    if below:
        return "cross" if True in below else "attn"
    if call.entered is None or deep == 0:
        return None
    for giver in givers:
        entered = flat(call.entered, giver.output)
        if giver.call.ended <= call.started and entered is not None and same(entered, giver.output):
            return _role(giver.call, calls, givers, attentions, deep - 1)
    # inside a module that called the attention function, behind it: an output projection that stands alone
    return next(
        (
            "cross" if attentions[id(outer.module)] else "attn"
            for outer in calls
            if id(outer.module) in attentions and outer.started < call.started and call.ended < outer.ended
        ),
        None,
    )
