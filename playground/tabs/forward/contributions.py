"""What each part of the model adds to one token's logit."""

from __future__ import annotations

from ... import engine
from ...analysis.contributions import contributions
from ...views import code
from ...views.contributions import contributions_view
from ...views.view import View
from ..contract import Asked, TabView
from ..controls import choice, words
from ..places import position


def show(asked: Asked) -> View:
    """The logit of the chosen token at the chosen place, taken apart."""
    prompt, trace = asked.run, engine.trace(asked.run)
    pos = position(prompt, trace.tokens, asked.look.pos)
    found = engine.analysed(contributions, prompt, pos, asked.values["token"], asked.values["against"])
    return contributions_view(
        found,
        trace.tokens,
        order=asked.values["order"],
        layer=asked.look.layer,
        head=asked.look.head,
        answers="at" if engine.load(prompt.model).kind == "encoder" else "after",
        code=code.captured(prompt.model, prompt.text, prompt.target, "direct_logit_attribution"),
        missing=trace.missing,
    )


CONTRIBUTIONS = TabView(
    "contributions",
    "Contributions",
    show,
    controls=(
        words("token", "Token (empty: the most probable)", "", limit=100),
        words("against", "Against another token (may stay empty)", "", limit=100),
        choice("order", "Bars", {"largest": "the largest first", "way": "layer by layer"}, "largest"),
    ),
    reads=frozenset({"pos", "layer", "head", "token", "against", "order"}),
    help="A token's **logit** is the model's score for it before softmax. It is a sum: every head, every feed-forward "
    "network and the embedding have each added their part. Bars to the right speak for the token, bars to the left "
    "against it. Type two tokens to see what decides between them.",
)
