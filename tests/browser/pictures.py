"""A view of every kind of picture, made by the real views from tiny models: what the browser tests draw.

``VIEWS`` maps a name to a function from a text to a View. A new kind of picture is a new line.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import cycle

from playground import SamplingSettings, Trace, beam_search, capture, check_laws, generate, logit_lens, next_token
from playground.analysis.attention import ROLES, attention_maps, role_scores, sides
from playground.analysis.attention.beside import mask_lifted
from playground.analysis.attention.by_hand import attention_of, nobody_looks_ahead, softmax_of
from playground.analysis.attention.by_hand import tokens as typed_tokens
from playground.analysis.attention.maps import thumbnails_without
from playground.analysis.attention.steps import head_matrices
from playground.analysis.attention.steps import head_steps as step_by_step
from playground.analysis.by_hand import activated, network, normed
from playground.analysis.context import context_curve, context_sweep
from playground.analysis.contributions import contributions
from playground.analysis.embedding import pca
from playground.analysis.embedding.angles import Word, pair_of
from playground.analysis.embedding.arithmetic import ready_sums, sum_of
from playground.analysis.embedding.clusters import clusters_of
from playground.analysis.embedding.common import common_of
from playground.analysis.embedding.layouts import Layout, tsne_steps
from playground.analysis.embedding.near import near_points
from playground.analysis.embedding.points import Gathering, Which, gathered
from playground.analysis.embedding.table import token_table
from playground.analysis.generation import Branches, MaskFills, WrittenToken, runs_figures
from playground.analysis.lens import additions, best_guesses, follow, stream_lengths
from playground.analysis.lookup import look_up
from playground.analysis.patched import Patching, grid_of, place_of
from playground.analysis.paths import distortion, find_word, level_vectors, paths, same_word
from playground.analysis.position import entering, forgotten, sinusoids
from playground.analysis.prompting import compare, expectation, surprisal
from playground.analysis.prompting.shots import Example, Task, looks_of_answer, order_sweep, share_on, shots_sweep
from playground.analysis.prompting.surprise import expected_at
from playground.analysis.reach import reach
from playground.analysis.sampling.draws import draw_many
from playground.analysis.sampling.figures import cut_curve, top_p_of
from playground.analysis.segmentation import segmentation
from playground.analysis.size import growth
from playground.analysis.size.counting import size_of
from playground.analysis.switches import switchboard
from playground.analysis.tokenization import strip_of
from playground.analysis.tokenization.strip import Form
from playground.analysis.tokenizers import Tokenized, compare_tokenizers, fed_ids, language_tax
from playground.analysis.vocabulary import search, vocabulary_of
from playground.analysis.walk import inside_layer, machine_of, steps_at, way_out_at
from playground.analysis.what_if import both_texts, changed, head_effects
from playground.analysis.writing_tree import BY_HAND, WritingTree, how_drawn
from playground.models import load_tokenizer
from playground.tokens import kind_of_pieces
from playground.trace import Token
from playground.views.angles import Near, ThreeWords, TwoWords, pair_view, word_sum_view
from playground.views.attention import Heads, attention_view
from playground.views.attention.beside import lifted_beside
from playground.views.attention.by_hand import ByHand, by_hand_view
from playground.views.attention.maps import Extras
from playground.views.attention.matrices import matrices_view
from playground.views.attention.steps import Standing as StepStanding
from playground.views.attention.steps import steps_view
from playground.views.attention.text import Looks, attention_text_view
from playground.views.bertviz import bertviz_view
from playground.views.context import Sight, context_view
from playground.views.contributions import contributions_view
from playground.views.forward import Cells, lens_view, residual_view
from playground.views.forward_by_hand import activations_view, network_view, norm_view
from playground.views.layers import Shown as OnTheWay
from playground.views.layers import text_view, word_view
from playground.views.lookup import lookup_view
from playground.views.patch import Patched, patch_view
from playground.views.patch import shown_ids as patch_ids
from playground.views.position import forget_view, sum_view, top_ids, waves_view
from playground.views.prompting import Compared, Side, compared_view
from playground.views.sampling import Answer, distribution_view, shown_ids
from playground.views.shots import shots_view
from playground.views.shots_records import Answered, Ordered, Seen, Sheet
from playground.views.size import size_view
from playground.views.space import Scene as Points
from playground.views.space import space_view
from playground.views.split import split_view
from playground.views.stages import ranked, stages_view
from playground.views.surprise import Surprised, surprise_view
from playground.views.surprise import shown_ids as surprise_ids
from playground.views.tokenization import tokens_view
from playground.views.tokenization.vocabulary import Looking, vocabulary_view
from playground.views.tokenizers import languages_view, misread_view, token_rows_view
from playground.views.versus import Entry, first_ids, versus_view
from playground.views.view import View
from playground.views.walk import Standing, walk_view
from playground.views.what_if import Scene, what_if_view
from playground.views.what_if import shown_ids as what_if_ids
from playground.views.writing import Standing as InTheMaking
from playground.views.writing import pieces_of, writing_view
from playground.views.writing import shown_ids as shown_bars
from tests.tiny import tiny

TEXT = "The cat sat on the mat. The cat"
HOSTILE = "hostile tokens"
"""Not a text: every token of ``TEXT`` has one of these names instead."""
HOSTILE_TOKENS = (
    "<script>window.hacked = 1</script>", "<img src=x onerror='window.hacked = 2'>", "${window.hacked = 3}",
    "{{constructor.constructor('window.hacked = 4')()}}", "<b>bold</b>", "&lt;", "e\u0301\u0301\u0301", "x" * 200,
    "שלום", "\u202eright-to-left", "👩\u200d👩\u200d👧", "␣␣", "↵", "@query", "",
)  # fmt: skip
CODE = "from playground import capture\n\ntrace = capture(model, 'The cat')  # one forward pass\nprint(1.5)\n"
SETTINGS = SamplingSettings(max_new_tokens=12, temperature=0.9, top_k=20, top_p=0.8, seed=3)


@cache
def trace_of(name: str, text: str) -> Trace:
    """A forward pass of a tiny model; an encoder–decoder writes a fixed target. ``HOSTILE`` renames the tokens."""
    model = tiny(name)
    plain = TEXT if text == HOSTILE else text
    trace = capture(model, plain, "the cat sat" if model.info.kind == "encoder-decoder" else None)
    if text != HOSTILE:
        return trace
    encoder = trace.encoder and replace(trace.encoder, tokens=renamed(trace.encoder.tokens))
    return replace(trace, tokens=renamed(trace.tokens), encoder=encoder)


def renamed(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The same tokens, called like markup and code: as a stranger's tokenizer may call them."""
    return tuple(replace(token, text=name) for token, name in zip(tokens, cycle(HOSTILE_TOKENS), strict=False))


def tokens(text: str, name: str = "gpt2", form: Form = "tokens", typed: str | None = None) -> View:
    """The strip, one token chosen."""
    trace = trace_of(name, text)
    strip = strip_of(tiny(name), trace, typed and trace.text + typed, "source", form, "end" if typed else "refuse")
    return tokens_view(strip, CODE, kind=tiny(name).info.kind, chosen=1, show_special=True)


def vocabulary(text: str, find: str = "", kind: str = "all", length: int = 0, token: int | None = 40) -> View:
    """The tokens of a tiny vocabulary; hostile ones are called like markup."""
    model = tiny("gpt2")
    whole = vocabulary_of(model)
    if text == HOSTILE:
        whole = replace(whole, texts=tuple(name for _, name in zip(whole.texts, cycle(HOSTILE_TOKENS), strict=False)))
    found = search(whole, find, kind=kind, length=length)
    return vocabulary_view(
        whole, found, Looking(find, kind, "all", length, 0, token, ("the cat", 1), "bytes", model.info.vocab_size), CODE
    )


def heads_of(text: str, name: str, kind: str, layer: int = 1, head: int = 1) -> Heads:
    """Which heads a view of attention shows."""
    maps = attention_maps(trace_of(name, text), kind)
    return Heads(maps, layer, head, pos=min(3, len(maps.rows) - 1), code=CODE)


def heads(text: str, name: str = "gpt2", kind: str = "self") -> View:
    """All heads, one of them large."""
    return attention_view(heads_of(text, name, kind))


def over_text(text: str, name: str = "gpt2", kind: str = "self") -> View:
    """Where words look, over the running text."""
    shown = heads_of(text, name, kind)
    layer = shown.maps.layers[1]
    return attention_text_view(
        Looks(kind, "head", layer.weights[1], shown.maps.rows, shown.maps.columns, None, None, shown.pos, 1, 1,
              len(shown.maps.layers), layer.n_heads, shown.maps.causal, CODE)
    )  # fmt: skip


def lens(text: str, name: str = "gpt2") -> View:
    """The logit lens; layer 0 is chosen."""
    model, trace = tiny(name), trace_of(name, text)
    laws = check_laws(model, trace)
    pos = min(2, len(trace) - 1)
    lens, lengths = logit_lens(model, trace), stream_lengths(trace)
    best = best_guesses(model, trace, 0, pos, 8)
    last = (len(trace) - 1,)
    cells = Cells("guess", 0, pos, best, asked=last)
    if name != "gpt2":
        cells = Cells("rank", 0, pos, best, follow(model, trace, "cat"), asked=last, start=True)
    return lens_view(trace, lens, lengths, additions(trace, pos), laws, cells, code=CODE)


def bars(text: str, temperature: float = 0.9) -> View:
    """The next-token distribution under settings that cut tokens."""
    expected = expectation(trace_of("gpt2", text))
    settings = SamplingSettings(temperature=temperature, top_k=6, top_p=0.9)
    stages = next_token(expected.logits, settings)
    names = [t.text for _, t in zip(shown_ids(expected), cycle(trace_of("gpt2", text).tokens), strict=False)]
    return distribution_view([Answer("After the text", -1, expected, stages, names)], settings, CODE)


def stages(text: str) -> View:
    """The next-token distribution stage by stage."""
    logits = expectation(trace_of("gpt2", text)).logits
    settings = SamplingSettings(temperature=0.8, top_k=6, top_p=0.9)
    found = next_token(logits, settings)
    names = [t.text for _, t in zip(ranked(found), cycle(trace_of("gpt2", text).tokens), strict=False)]
    return stages_view(
        found, names, settings, place="After the text", python=CODE, curve=cut_curve(found), cut=top_p_of(found, 0.9),
        boundary=names[0], draws=draw_many(found.final, 60, 1),
    )  # fmt: skip


def two_prompts(text: str) -> View:
    """Two prompts side by side, and how they go on."""
    model, other = tiny("gpt2"), "Once upon a time"
    traces = trace_of("gpt2", text), capture(model, other)
    found = compare(expectation(traces[0]), expectation(traces[1]))
    names = tuple(t.text for _, t in zip(found.ids, cycle(traces[0].tokens), strict=False))
    first, second = (
        Side(title, trace.tokens, TEXT, traces[0].tokens[:4], "and so on")
        for title, trace in zip(("Prompt A", "Prompt B"), traces, strict=True)
    )
    return compared_view(Compared((first, second), found, names, False, CODE, ""))


def shots(text: str, over: str = "shots") -> View:
    """A task with two examples on a tiny model; the case that is asked is the text."""
    asked = "cat"
    task, examples = Task(("Yes", "No"), "{text}? {label}"), (Example("mat", "Yes"), Example("sea", "No"))
    model = tiny("gpt2")
    found = tuple(shots_sweep(model, task, examples, asked))
    trace = capture(model, found[-1].prompt.text)
    looks = looks_of_answer(trace)
    tokens = renamed(trace.tokens) if text == HOSTILE else trace.tokens
    seen = Seen(tokens, found[-1].prompt, looks, share_on(looks, found[-1].prompt.spans), (1, 1))
    answered: Answered | Ordered = Answered(found, 2, "shots", (None, 0, 1))
    if over == "orders":
        *_, last = order_sweep(model, task, examples, asked)
        answered = Ordered(last, found[-1], 0)
    typed = HOSTILE_TOKENS if text == HOSTILE else ("mat", "sea", "cat")
    written = tuple(Example(word, example.label) for word, example in zip(typed, examples, strict=False))
    sheet = Sheet(
        (("words", typed[0]),), "words", task.labels, task.template, written, typed[2], (typed[2], "sea"), "", "m", 9
    )
    return shots_view(sheet, answered, seen, CODE)


def surprise(text: str, name: str = "gpt2") -> View:
    """Every token of a text by its surprisal."""
    model, trace = tiny(name), trace_of(name, text)
    found = surprisal(model, trace)
    pos = min(3, len(trace) - 1)
    expected = expected_at(model, trace, pos)
    ids = {*surprise_ids(expected, trace.tokens[pos].token_id), *(int(i) for i in found.guesses)}
    names = {i: t.text for i, t in zip(sorted(ids), cycle(trace.tokens), strict=False)}
    source = TEXT if trace.encoder is not None else None
    return surprise_view(Surprised(found, None, source, pos, expected, names, None, CODE))


def writing(text: str, name: str = "gpt2", colouring: str = "probability") -> View:
    """Two texts from one prompt, one of them forked off by hand."""
    tree = WritingTree().grown([40, 41, 42, 43, 44], "max new tokens", how_drawn(SETTINGS))
    tree = WritingTree(tree.runs, 2).grown([50], None, BY_HAND).grown([51, 52], "stopped", "greedy")
    branches = Branches(tiny(name), TEXT)
    found: dict[int, WrittenToken] = {}
    for leaf in tree.leaves():
        found |= zip(tree.path(leaf), branches.tokens(tree.ids(leaf)), strict=True)
    tokens = [found[n] for n in range(1, tree.n_nodes + 1)]
    if text == HOSTILE:
        renewed = renamed(tuple(t.token for t in tokens))
        tokens = [replace(t, token=token) for t, token in zip(tokens, renewed, strict=True)]
    stages = branches.ahead(tree.ids(6), SETTINGS)
    names = [t.text for _, t in zip(shown_bars(stages, 51), cycle(trace_of(name, text).tokens), strict=False)]
    pieces, places = pieces_of(TEXT, trace_of(name, text).tokens, encoder=False)
    standing = InTheMaking(tree, "mark", pieces, places, tokens, 7, "probability", stages, names, 51)
    return writing_view(standing, CODE)


def filling(text: str) -> View:
    """An encoder's text with one mask, which is to be filled."""
    masked = f"{text} [MASK]"
    found = MaskFills(tiny("bert"), masked).ahead((), SETTINGS)
    assert found is not None
    pos, stages = found
    tokens = trace_of("bert", masked).tokens
    names = [t.text for _, t in zip(shown_bars(stages, None), cycle(tokens), strict=False)]
    pieces, places = pieces_of(masked, tokens, encoder=True)
    standing = InTheMaking(
        WritingTree(), "mark", pieces, places, [], 0, "probability", stages, names, open=True, mask=pos
    )
    return writing_view(standing, CODE)


def versus(text: str) -> View:
    """Greedy beside a beam search."""
    model, settings = tiny("gpt2"), SamplingSettings(max_new_tokens=5, do_sample=False)
    *_, tree = beam_search(model, TEXT, settings, 3)
    branches = Branches(model, TEXT)
    stages = branches.ahead((), settings)
    names = [t.text for _, t in zip(first_ids(stages), trace_of("gpt2", text).tokens, strict=False)]
    texts = [[step.token.token_id for step in generate(model, TEXT, settings)], tree.finished[0].token_ids]
    many = runs_figures([list(generate(model, TEXT, replace(SETTINGS, seed=n))) for n in range(3)])
    entries = []
    for title, ids in zip(("greedy", "beam search"), texts, strict=True):
        tokens = branches.tokens(ids)
        if text == HOSTILE:
            again = renamed(tuple(t.token for t in tokens))
            tokens = tuple(replace(t, token=token) for t, token in zip(tokens, again, strict=True))
        entries.append(Entry(title, "said", stages, names, tokens, "max new tokens", many))
    return versus_view([t.text for t in trace_of("gpt2", text).tokens], entries, CODE, beams=tree)


def space(text: str, n_axes: int, which: Which = "text") -> View:
    """The text's vectors in two or three dimensions, or some of the vocabulary laid out by neighbours."""
    trace, model = trace_of("gpt2", text), tiny("gpt2")
    wanted = Gathering(which, "after layer 1", many=60)
    found = gathered(model, trace, wanted)
    how = Layout("tsne", n_axes, 10) if which == "vocabulary" else None
    return space_view(
        Points(
            wanted=wanted, points=found, how=how, colour="theme" if how is None else "cluster",
            place=pca(found.vectors, n_axes) if how is None else next(tsne_steps(found.vectors, how)),
            clusters=None if how is None else clusters_of(found.vectors, 4),
            chosen=1, near=near_points(found, 1, 4), centred=None, cosines=found.vectors @ found.vectors[1],
            rows=[(1, "␣x", 0.5)], lassoed=(0, 2, 3), alike=(0.5, 0.1), same=None, partners=None,
            n_vocab=model.info.vocab_size, mark="a", strange=False, code=CODE,
        )
    )  # fmt: skip


def lookup(text: str, order: str) -> View:
    """A token's row among others."""
    trace = trace_of("gpt2", text)
    found = look_up(tiny("gpt2"), trace, False, 1, order)
    names = {i: token.text for i, token in zip(found.rows, cycle(trace.tokens), strict=False)}
    return lookup_view(found, trace.tokens, names, by_id=order == "id", last=order == "angle", code=CODE)


def through_layers(text: str) -> View:
    """The text's tokens on their way through the layers."""
    trace = trace_of("gpt2", text)
    found = level_vectors(trace)
    laid = paths(found, "level", False)
    shown = OnTheWay(found, laid, 1, "level", False, distortion(found), CODE)
    return text_view(shown, trace.tokens, min(1, len(trace) - 1))


def one_word(text: str) -> View:
    """One word in two sentences, level by level."""
    sentences = (TEXT, "Once upon a time a cat was happy")
    same = same_word([trace_of("gpt2", one) for one in sentences], [find_word("cat", one) for one in sentences], True)
    shown = OnTheWay(same.levels, paths(same.levels, "level", False), 2, "level", False, distortion(same.levels), CODE)
    return word_view(shown, same, "cat", sentences, causal=True)


def positions_forgotten(text: str) -> View:
    """The same text without positions."""
    trace = trace_of("gpt2", text)
    found = forgotten(tiny("gpt2"), trace, len(trace) - 1)
    names = {i: token.text for i, token in zip(top_ids(found), cycle(trace.tokens), strict=False)}
    return forget_view(found, trace.tokens, trace.tokens, names, "decoder", CODE)


def position_sum(text: str) -> View:
    """Token row and position row."""
    trace = trace_of("gpt2", text)
    found = entering(trace, 1)
    assert found is not None
    return sum_view(found, trace.tokens, 1, CODE)


def two_words(text: str) -> View:
    """The angle of two tokens of the text, whatever they are called."""
    table, tokens = token_table(tiny("gpt2")), trace_of("gpt2", text).tokens
    words = tuple(Word(t.text, (t.token_id,), (t.text,), table.rows[t.token_id]) for t in (tokens[0], tokens[-1]))
    pair = pair_of(table, words[0].vector, words[1].vector)
    near = zip(table.nearest(words[0].vector, 10, words[0].token_ids), cycle(tokens), strict=False)
    found = tuple(Near(i, token.text, cosine, f"#{i}") for (i, cosine), token in near)
    return pair_view(TwoWords((words[0], words[1]), pair, False, found, common_of(table.measures, pair.cosine), CODE))


def word_sum(text: str) -> View:
    """Three words and their sum; the answers are called like the text's tokens."""
    model, table, typed = tiny("gpt2"), token_table(tiny("gpt2")), ("king", "man", "woman")
    found = sum_of(model, table, typed)
    ids = dict.fromkeys([*(one.token_id for one in found.answers), found.first_of_all])
    names = {i: token.text for i, token in zip(ids, cycle(trace_of("gpt2", text).tokens), strict=False)}
    return word_sum_view(ThreeWords(found, typed, False, False, names, ready_sums(model, None, False), 5_000_000, CODE))


def size(name: str, other: str | None = None) -> View:
    """How large a model is, alone or beside another."""
    sizes = [size_of(tiny(model)) for model in (name, other) if model]
    return size_view(
        sizes[0], sizes[1] if other else None, lengths=(9, 5 if sizes[0].info.n_encoder_layers else 0),
        grown=[growth(one, 4096) for one in sizes], precision="fp16", code=CODE,
    )  # fmt: skip


def parts_of_a_logit(text: str, name: str, order: str, against: str = "") -> View:
    """What every part adds to a logit; head 1.1 is chosen."""
    trace = trace_of(name, text)
    found = contributions(tiny(name), trace, min(2, len(trace) - 1), "", against)
    return contributions_view(found, trace.tokens, order=order, layer=1, head=1, answers="after", code=CODE)


def context(text: str, alone: bool = False) -> View:
    """More and more context and an exchanged word; ``alone``: without the recurrent network."""
    model, trace = tiny("gpt2"), trace_of("gpt2", text)
    sweep, found = context_sweep(model, trace, len(trace) - 2), reach(model, trace, 2)
    if alone:
        found = replace(found, network_bits=None, state_change=None, states=None, state_changes=None)
    n_names = 1 + len(sweep.guesses) + len(found.others)
    names = [t.text for _, t in zip(range(n_names), cycle(trace.tokens), strict=False)]
    curve = None if alone else context_curve(model, trace)
    return context_view(Sight(trace.tokens, 0, sweep, found, names, curve), CODE)


def split(text: str, name: str = "gpt2") -> View:
    """The way of a text to its tokens, at the second of the steps in which its longest word is spelled."""
    typed = f"{' '.join(HOSTILE_TOKENS)} [MASK]" if text == HOSTILE else f"{text} [MASK] capital"
    tokenizer = tiny(name).tokenizer
    found = segmentation(tokenizer, typed)
    word = max(range(len(found.words)), key=lambda i: len(found.words[i].ids))
    return split_view(found, kind_of_pieces(tokenizer), word, 4, found.first_pos(word), CODE)


def several_tokenizers(text: str) -> View:
    """Three tokenizers on one text."""
    found = compare_tokenizers({name: tiny(name).tokenizer for name in ("gpt2", "bert", "marian")}, f"{TEXT} café 猫")
    if text == HOSTILE:

        def named(entry: Tokenized) -> Tokenized:
            return replace(entry, name=HOSTILE_TOKENS[0], tokens=renamed(entry.tokens))

        found = replace(found, text=HOSTILE_TOKENS[1][: len(found.text)].ljust(len(found.text), "<"))
        found = replace(found, entries=tuple(named(entry) for entry in found.entries))
    return token_rows_view(found, CODE)


def languages(text: str) -> View:
    """Two tokenizers on one sentence in many languages."""
    named = {HOSTILE_TOKENS[0] if text == HOSTILE else "gpt2": "gpt2", "bert": "bert"}
    return languages_view([language_tax(name, tiny(model).tokenizer) for name, model in named.items()], CODE)


def misread(text: str, writer: str) -> View:
    """A tiny model fed the ids of another tokenizer: of a small one, or of one that has more tokens than the model."""
    model, trace = tiny("gpt2"), trace_of("gpt2", text)
    found = fed_ids(model, trace, TEXT, writer, tiny(writer).tokenizer if writer == "bert" else load_tokenizer(writer))
    if text == HOSTILE:
        names = [token.text for token, _ in zip(cycle(trace.tokens), found.tokens, strict=False)]
        tokens = [replace(t, written=name, read=name) for t, name in zip(found.tokens, names, strict=True)]
        found = replace(found, tokens=tuple(tokens), writer=HOSTILE_TOKENS[0])
    return misread_view(found, CODE)


def norms(text: str) -> View:
    """Length of the stream, of a family without a described way out."""
    trace = trace_of("falcon", text)
    return residual_view(trace, stream_lengths(trace), pos=1, layer=0, code=CODE, notes=trace.missing)


def walk(text: str, step: str, name: str = "gpt2", encoder: bool = False) -> View:
    """The machine, standing at a step of layer 1."""
    model, trace = tiny(name), trace_of(name, text)
    pos = min(2, len(trace) - 1)
    inside = inside_layer(model, trace, 1)
    steps = steps_at(model, trace, inside, 1 if encoder else pos, 1, encoder=encoder)
    at = [n.name for n in steps].index(step)
    source = trace.encoder.tokens if trace.encoder is not None else ()
    tower = inside.encoder if encoder and inside.encoder is not None else inside.main
    return walk_view(
        Standing(
            machine_of(model, trace, inside, pos, 1), steps, tower.layer, 1, at, 1, trace.tokens, source, encoder,
            (0, "last", None), (1, "first", 0), "next token", (("Tokenize", 0, "tokens"),), 0, (1, "final-norm", None),
            4, CODE,
        ),
        way_out_at(model, trace, inside, pos),
    )  # fmt: skip


def heads_grown(text: str) -> View:
    """Sorted by a role, resting places left out, and the map without a mask beside it."""
    model, trace = tiny("gpt2"), trace_of("gpt2", text)
    shown = heads_of(text, "gpt2", "self")
    role = ROLES["previous"]
    lifted = mask_lifted(model, trace)
    extras = Extras(
        role, role_scores(trace, "self").values["previous"], thumbnails_without(model, trace, "self"), (),
        lifted_beside(shown, lifted, ["a", "b", "c"], ["d", "e", "f"]),
    )  # fmt: skip
    return attention_view(shown, extras)


def head_steps(text: str, name: str = "gpt2", kind: str = "self", step: str = "dot") -> View:
    """One head of layer 1 at one token, step by step."""
    model, trace = tiny(name), trace_of(name, text)
    pos = min(3, len(sides(trace, kind)[0]) - 1)
    steps = step_by_step(model, trace, inside_layer(model, trace, 1), kind, 1, 0, pos, None)
    return steps_view(StepStanding(steps, step, 2, CODE))


def matrices(text: str, name: str = "gpt2", kind: str = "self") -> View:
    """One head of layer 1 as whole matrices."""
    trace = trace_of(name, text)
    return matrices_view(trace, kind, 1, 0, min(3, len(sides(trace, kind)[0]) - 1), 1, CODE)


def by_hand(text: str) -> View:
    """Attention on typed numbers, a list beside it."""
    typed = typed_tokens("a 0.5 | 0.4 | 0.6\nb 0.7 | 0.8 | 0.9")
    made = attention_of(typed.q, typed.k, typed.v, scaling=1.0, allowed=nobody_looks_ahead(2))
    names = tuple(t.text for t in trace_of("gpt2", text).tokens[:2])
    listed = softmax_of("0.56, 0.72, 0.11")
    return by_hand_view(ByHand(head_matrices(made, 0, 0, 1), names, names, 0, 1, 1.0, listed, "pass\n", "pass\n"))


def worked_network(text: str) -> View:
    """The small network of the forward pass, typed."""
    return network_view(network("1, 2", "0.5, 0.25, 0\n-1, 0.5, -0.5\n1, 1, -1", "1, 2, 0.5, 0.1"), "h1", CODE)


def what_if(text: str, name: str = "gpt2", off: tuple[str, ...] = ("h0.1", "m1")) -> View:
    """A tiny model with something switched off, all heads mapped, both texts written."""
    model, trace = tiny(name), trace_of(name, text)
    found = changed(model, trace, off, False, 1)
    named = [t.text for _, t in zip(range(20), cycle(trace.tokens), strict=False)]
    ids = what_if_ids(found, 7)
    ids += [int(found.before.argmax()), int(found.after.argmax())]
    scene = Scene(
        tokens=trace.tokens, place="After the text", board=switchboard(model, trace), off=off, changed=found,
        refused="", token_id=7, names=dict(zip(ids, named, strict=False)),
        effects=head_effects(model, trace, 7, 1, False), texts=both_texts(model, trace, off, False),
        code=CODE, encoder_only=name == "bert",
    )  # fmt: skip
    return what_if_view(scene)


def patch(text: str, site: str = "resid") -> View:
    """The stream of one text put into the run of another."""
    model, first = tiny("gpt2"), trace_of("gpt2", text)
    ids = [t.token_id for t in first.tokens]
    second = capture(model, ids[::-1])
    asked = Patching(site, first_id=7, second_id=9)
    grid, place = grid_of(model, first, second, asked), place_of(model, first, second, asked, 1, 2)
    names = dict(zip(patch_ids(place, grid), (t.text for t in first.tokens), strict=False))
    names |= {i: "x" for i in patch_ids(place, grid) if i not in names}
    return patch_view(Patched(grid, 1, 2, place, names, ("The first text", "the second text"), "after it", CODE))


VIEWS: dict[str, Callable[[str], View]] = {
    "network": worked_network,
    "normed": lambda text: norm_view(normed("2, 4, 4, 4, 5, 5, 7, 9"), 7, CODE),
    "activations": lambda text: activations_view(activated(1.0), "GELU", (-10.0, 10.0), CODE),
    "what-if": what_if,
    "what-if-cross": lambda text: what_if(text, "marian", ("c0.1", "em1")),
    "patch": patch,
    "patch-heads": lambda text: patch(text, "head_out"),
    "tokens": tokens,
    "tokens-bytes": lambda text: tokens(text if text == HOSTILE else f"{text} 🧿"),
    "vocabulary": vocabulary,
    "vocabulary-narrowed": lambda text: vocabulary(text, "a*", "inside", length=2, token=None),
    "tokens-levels": lambda text: tokens(text, "bert", "levels", " and more"),
    "stages": stages,
    "heads": heads,
    "cross": lambda text: heads(text, "marian", "cross"),
    "text": over_text,
    "text-cross": lambda text: over_text(text, "marian", "cross"),
    "heads-grown": heads_grown,
    "headsteps": head_steps,
    "headsteps-turned": lambda text: head_steps(text, "llama", step="qkv"),
    "headsteps-cross": lambda text: head_steps(text, "marian", "cross", "out"),
    "headsteps-weights": lambda text: head_steps(text, "falcon", step="all"),
    "headsteps-softmax": lambda text: head_steps(text, "t5", step="softmax"),
    "headsteps-mix": lambda text: head_steps(text, step="mix"),
    "matrices": matrices,
    "matrices-cross": lambda text: matrices(text, "marian", "cross"),
    "attention-by-hand": by_hand,
    "lens": lens,
    "lens-cross": lambda text: lens(text, "marian"),
    "bars": bars,
    "two-prompts": two_prompts,
    "shots": shots,
    "shots-orders": lambda text: shots(text, "orders"),
    "surprise": surprise,
    "surprise-target": lambda text: surprise(text, "marian"),
    "writing": writing,
    "writing-mask": filling,
    "versus": versus,
    "flat": lambda text: space(text, 2),
    "solid": lambda text: space(text, 3),
    "two-words": two_words,
    "word-sum": word_sum,
    "laid-out": lambda text: space(text, 2, "vocabulary"),
    "lookup": lambda text: lookup(text, "id"),
    "lookup-angle": lambda text: lookup(text, "angle"),
    "layers": through_layers,
    "layers-word": one_word,
    "position-waves": lambda text: waves_view(sinusoids(24, 16), 5, 4, CODE),
    "position-forgotten": positions_forgotten,
    "position-sum": position_sum,
    "norms": norms,
    "tokenrows": several_tokenizers,
    "languages": languages,
    "misread": lambda text: misread(text, "bert"),
    "misread-past": lambda text: misread(text, "storyteller"),
    "split": split,
    "split-wordpiece": lambda text: split(text, "bert"),
    "split-lattice": lambda text: split(text, "marian"),
    "context": context,
    "context-alone": lambda text: context(text, alone=True),
    "contributions": lambda text: parts_of_a_logit(text, "gpt2", "largest"),
    "size": lambda text: size("gpt2"),
    "size-beside": lambda text: size("marian", "gpt2"),
    "contributions-cross": lambda text: parts_of_a_logit(text, "marian", "way", "the"),
    "walk": lambda text: walk(text, "attn-softmax"),
    "walk-activation": lambda text: walk(text, "mlp-act", "llama"),
    "walk-cross": lambda text: walk(text, "cross-mix", "marian"),
    "walk-source": lambda text: walk(text, "encoder-attn-heads", "t5", encoder=True),
    "walk-answer": lambda text: walk(text, "softmax", "bert"),
    "walk-mask": lambda text: walk(text, "write", "bert"),
    "walk-write": lambda text: walk(text, "write", "marian"),
    "bertviz-head": lambda text: bertviz_view(heads_of(text, "gpt2", "self"), "head"),
    "bertviz-model": lambda text: bertviz_view(heads_of(text, "gpt2", "self"), "model"),
    "bertviz-neuron": lambda text: bertviz_view(heads_of(text, "llama", "self"), "neuron"),
}
"""Name of a panel → from a text to what it shows."""
