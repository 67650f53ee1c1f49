"""Two to four settings on one prompt and one seed, greedy and beam search among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from ... import engine
from ...analysis.sampling import SamplingSettings, Stages
from ...analysis.writing_tree import how_drawn, how_said
from ...engine import Prompt
from ...facts import ModelInfo
from ...views.versus import Entry, first_ids, versus_view
from ...views.view import View
from ...views.writing import pieces_of
from ..contract import Action, Asked, Cancelled, Control, Doing, TabView, Unsuited
from ..controls import choice, slider
from .settings import PRESETS, RESHAPING, WRITING, chosen_settings, settings_of

if TYPE_CHECKING:
    from ...analysis.generation import BeamTree, Step, WrittenToken

EVERY_S = 0.1
N_RUNS = 20
OWN, BEAMS, NONE = "own", "beams", "none"
OPTIONS = {name: name for name in PRESETS} | {OWN: "as set here", BEAMS: "beam search"}
SLOTS = ("first", "second", "third", "fourth")
OWN_KEYS = frozenset({*SLOTS, "num_beams", "length_penalty"})


@dataclass
class Contest:
    """One of the settings while its text is written."""

    name: str
    settings: SamplingSettings
    stages: Stages
    first_names: list[str]
    token_ids: list[int] = field(default_factory=list)
    ended: str | None = None
    runs: Any = None


def show(asked: Asked) -> View:
    """What each of the settings would draw its first token from."""
    return _view(asked, _contests(asked))


def write(asked: Asked, cancelled: Cancelled) -> Iterator[View]:
    """Writes the texts one after the other."""
    contests = _contests(asked)
    tree: BeamTree | None = None
    for index, contest in enumerate(contests):
        for found in _written(asked, contest, cancelled):
            tree = found or tree
            yield _view(asked, contests, running=index, tree=tree)
        if cancelled():
            break
    yield _view(asked, contests, tree=tree)


def many(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing]:
    """Writes each text, and what draws at random twenty times, with as many seeds."""
    from ...analysis.generation import runs_figures

    contests = _contests(asked)
    tree: BeamTree | None = None
    for index, contest in enumerate(contests):
        for found in _written(asked, contest, cancelled):
            tree = found or tree
        yield _view(asked, contests, running=index, tree=tree)
        if contest.name == BEAMS or not contest.settings.do_sample:
            continue
        texts: list[list[Step]] = []
        for n in range(N_RUNS):
            yield Doing(f"{OPTIONS[contest.name]}: run {n + 1} of {N_RUNS}", (index + n / N_RUNS) / len(contests))
            again = replace(contest.settings, seed=contest.settings.seed + n)
            steps = list(engine.generate(asked.run, again, cancelled, ()))
            if cancelled() or not steps:
                break
            texts.append(steps)
        contest.runs = runs_figures(texts) if texts else None
        if cancelled():
            break
    yield _view(asked, contests, tree=tree)


def _written(asked: Asked, contest: Contest, cancelled: Cancelled) -> Iterator[BeamTree | None]:
    """Writes one text; gives something as often as the page is to be drawn anew."""
    if contest.name == BEAMS:
        tree, pace = None, engine.Pace(2 * EVERY_S)
        beams, penalty = asked.values["num_beams"], asked.values["length_penalty"]
        for tree in engine.beams(asked.run, contest.settings, beams, penalty, cancelled):
            if pace.due():
                contest.token_ids = _best_ids(tree)
                yield tree
        if tree is not None:
            contest.token_ids = _best_ids(tree)
            contest.ended = _beams_ended(tree)
            yield tree
        return
    pace = engine.Pace(EVERY_S)
    for step in engine.generate(asked.run, contest.settings, cancelled, ()):
        contest.token_ids.append(step.token.token_id)
        contest.ended = step.ended_by
        if pace.due():
            yield None
    if contest.ended is None and contest.token_ids:
        contest.ended = "stopped"


def _best_ids(tree: BeamTree) -> list[int]:
    if tree.finished:
        return list(tree.finished[0].token_ids)
    return [node.token.token_id for node in tree.path(tree.beams[0])] if tree.beams else []


def _beams_ended(tree: BeamTree) -> str:
    if not tree.done:
        return "stopped"
    last = tree.nodes[tree.finished[0].node].token if tree.finished else None
    return "end token" if last is not None and last.special else "max new tokens"


def _contests(asked: Asked) -> list[Contest]:
    names = [asked.values[slot] for slot in SLOTS if asked.values[slot] != NONE]
    return [_contest(asked, name) for name in names]


def _contest(asked: Asked, name: str) -> Contest:
    chosen = chosen_settings(asked)
    if name in PRESETS:
        chosen = settings_of({**_plain(asked.values), **PRESETS[name]})
    elif name == BEAMS:
        chosen = replace(chosen, do_sample=False)
    found = engine.ahead(asked.run, (), chosen)
    assert found is not None
    return Contest(name, chosen, found[1], engine.names(asked.run.model, first_ids(found[1])))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """What all contenders share: a preset stands for itself, without the further cuts of the rail."""
    return {key: values[key] for key in ("max_new_tokens", "seed", "stop_strings") if key in values}


def _view(asked: Asked, contests: list[Contest], *, running: int | None = None, tree: BeamTree | None = None) -> View:
    prompt, trace = asked.run, engine.trace(asked.run)
    pieces, _ = pieces_of(prompt.text, trace.tokens, encoder=False)
    written = engine.written_tokens(prompt, tuple(tuple(c.token_ids) for c in contests))
    entries = [_entry(asked, contest, tokens) for contest, tokens in zip(contests, written, strict=True)]
    return versus_view(
        pieces if trace.encoder is None else (), entries, _code(asked, contests), running=running, beams=tree
    )


def _entry(asked: Asked, contest: Contest, tokens: tuple[WrittenToken, ...]) -> Entry:
    said = how_said(how_drawn(contest.settings))
    if contest.name == BEAMS:
        said = f"{asked.values['num_beams']} beams"
    return Entry(
        title=OPTIONS[contest.name],
        said=said if said != OPTIONS[contest.name] else "the most probable token always",
        stages=contest.stages,
        first_names=contest.first_names,
        tokens=tokens,
        ended=contest.ended,
        runs=contest.runs,
        draws=contest.settings.do_sample and contest.name != BEAMS,
    )


def _code(asked: Asked, contests: list[Contest]) -> str:
    prompt: Prompt = asked.run
    lines = [
        "from playground import SamplingSettings, beam_search, generate, load_model",
        "",
        f"model, text = load_model({prompt.model!r}), {prompt.text!r}",
    ]
    for contest in contests:
        if contest.name == BEAMS:
            beams, penalty = asked.values["num_beams"], asked.values.get("length_penalty", 1.0)
            lines += [
                f"*_, tree = beam_search(model, text, {contest.settings!r}, {beams}, {penalty})",
                "for node in tree.path(tree.finished[0].node):",
                "    print(node.token.text, node.log_prob, node.score)",
            ]
        else:
            lines += [
                f"for step in generate(model, text, {contest.settings!r}):",
                "    print(step.token.text, step.raw_probability, step.entropy_bits)",
            ]
    return "\n".join(lines) + "\n"


def _writers(info: ModelInfo) -> Unsuited | None:
    if info.kind != "encoder":
        return None
    return Unsuited(
        "An encoder-only model does not go on with a text: it fills in masks, in the view “Write”.", "storyteller"
    )


def _slot(key: str, label: str, default: str, options: Mapping[str, str] = OPTIONS) -> Control:
    """A choice of many words: a list that unfolds."""
    titles = [(title, value) for value, title in options.items()]
    return replace(
        choice(key, label, options, default),
        widget=lambda id: gr.Dropdown(titles, value=default, label=label, elem_id=id),
    )


_OR_NOTHING = {**OPTIONS, NONE: "nothing"}

COMPARE = TabView(
    "compare",
    "Compare",
    show,
    controls=(
        _slot("first", "First", "greedy"),
        _slot("second", "Second", OWN),
        _slot("third", "Third", BEAMS, _OR_NOTHING),
        _slot("fourth", "Fourth", NONE, _OR_NOTHING),
        slider("num_beams", "beams, for beam search", 2, 8, 1, 4),
        slider("length_penalty", "length penalty, for beam search", -2.0, 3.0, 0.1, 1.0),
    ),
    reads=RESHAPING | {*SLOTS, "num_beams"},
    suits=_writers,
    actions=(
        Action("write", "Write all", write, reads=WRITING | OWN_KEYS),
        Action("runs", "20 runs each", many, reads=WRITING | OWN_KEYS),
    ),
    help="The same prompt and seed under several settings. **Greedy** takes the most probable token always; **beam "
    "search** looks for the most probable whole text; the others draw. **as set here** takes the controls of the tab. "
    "**20 runs each** writes with twenty seeds, to see how much the texts differ.",
)
