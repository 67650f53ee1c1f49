"""One task with no example, with one, with more: how probable the model holds each label, and where it looks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

import numpy as np

from ... import engine
from ...analysis.prompting.shots import (
    Example,
    FewShotPrompt,
    Looks,
    OrderSweep,
    Shot,
    Task,
    all_orders,
    few_shot_prompt,
    looks_of_answer,
    orders,
    share_on,
    sweep,
)
from ...analysis.prompting.tasks import ReadyTask, examples_of, ready_for
from ...engine import Prompt
from ...errors import PlaygroundError
from ...views.shots import shots_view
from ...views.shots_records import Answered, Ordered, Seen, Sheet
from ...views.view import View
from ..contract import Action, Asked, Cancelled, Chosen, Control, Doing, TabView
from ..controls import chosen
from ..places import within

OVER = ("shots", "flips", "orders")
"""What the curve goes over: the number of examples, labels that are flipped one by one, orders of the examples."""
SHEET = frozenset({"task", "labels", "form", "examples", "query"})
"""What is written down; kept in the picture."""
LONGEST = 4000


def show(asked: Asked) -> View:
    """The task as it is written down, the curve over its examples, and where the answer looks."""
    sheet = _sheet(asked)
    try:
        task, examples = _task(sheet), sheet.examples
        prompt = _prompt(asked, task, examples, sheet.query)
        over = asked.values["over"]
        found = engine.analysed(sweep, prompt, task, examples, sheet.query, "flips" if over == "flips" else "shots")
    except PlaygroundError as error:
        return shots_view(replace(sheet, trouble=str(error)), None, None, "")
    if over == "orders":
        return _ordered(asked, sheet, engine.remembered(all_orders, prompt, task, examples, sheet.query), found[-1])
    at = asked.values["n"]
    at = at if 0 <= at < len(found) else len(found) - 1
    answered = Answered(found, at, over, _told(asked, sheet, found))
    return shots_view(sheet, answered, _seen(asked, found[at]), _code(asked, task, examples, sheet.query))


def try_orders(asked: Asked, cancelled: Cancelled) -> Iterator[View | Doing | Chosen]:
    """The same examples in all orders, or in 24 of them."""
    sheet = _sheet(asked)
    task, examples = _task(sheet), sheet.examples
    prompt = _prompt(asked, task, examples, sheet.query)
    steps = engine.analysed_in_steps(orders, prompt, task, examples, sheet.query, keep_as=all_orders)
    for found in steps:
        if cancelled():
            return
        yield Doing(f"Order {len(found.orders)} of {found.n_planned}", len(found.orders) / found.n_planned)
    yield Chosen({"over": "orders", "n": -1})


def _ordered(asked: Asked, sheet: Sheet, found: OrderSweep | None, shot: Shot) -> View:
    """The answer in every order that was tried; the prompt is the one in the given order."""
    told = _told(asked, sheet, (shot,))[0]
    code = _code(asked, _task(sheet), sheet.examples, sheet.query)
    return shots_view(sheet, Ordered(found, shot, told), _seen(asked, shot), code)


def _sheet(asked: Asked) -> Sheet:
    """What is written down: a ready task where nothing else was typed."""
    model = asked.run.model
    tasks = ready_for(engine.load(model).kind)
    ready = next((task for task in tasks if task.id == asked.values["task"]), tasks[0])
    labels = tuple(part.strip() for part in asked.values["labels"].split("|")) if asked.values["labels"] else None
    typed, examples, trouble = asked.values["examples"], ready.examples, ""
    try:
        examples = examples_of(typed) if typed else ready.examples
    except PlaygroundError as error:
        trouble = str(error)
    query = asked.values["query"] or ready.queries[0]
    return Sheet(
        tasks=tuple((task.id, task.title) for task in tasks),
        task=ready.id,
        labels=labels or ready.task.labels,
        form=asked.values["form"] or ready.task.template,
        examples=examples,
        query=query,
        queries=ready.queries,
        about=ready.about if not (labels or asked.values["form"]) else "",
        model=model,
        n_parameters=engine.load(model).n_parameters,
        separator=ready.task.separator,
        trouble=trouble,
    )


def _task(sheet: Sheet) -> Task:
    if sheet.trouble:
        raise PlaygroundError(sheet.trouble)
    return Task(sheet.labels, sheet.form, separator=sheet.separator)


def _prompt(asked: Asked, task: Task, examples: tuple[Example, ...], query: str) -> Prompt:
    """What is fed with all examples."""
    return Prompt(asked.run.model, few_shot_prompt(task, examples, query, _mask(asked.run.model)).text)


def _mask(model: str) -> str | None:
    mask = engine.mask_token(model) if engine.load(model).kind == "encoder" else None
    return mask[0] if mask is not None else None


def _told(asked: Asked, sheet: Sheet, shots: tuple[Shot, ...]) -> tuple[int | None, ...]:
    """For each prompt the label that its examples point to, where that is known."""
    tasks: tuple[ReadyTask, ...] = ready_for(engine.load(asked.run.model).kind)
    ready = next(task for task in tasks if task.id == sheet.task)
    found = (ready.told(shot.examples, sheet.query) for shot in shots)
    return tuple(sheet.labels.index(label) if label in sheet.labels else None for label in found)


def _seen(asked: Asked, shot: Shot) -> Seen:
    """The prompt as it was fed, and where each head of the place that answers looks."""
    model = asked.run.model
    mask = engine.mask_token(model) if engine.load(model).kind == "encoder" else None
    trace = engine.trace(Prompt(model, shot.prompt.text))
    tokens = trace.tokens if trace.encoder is None else trace.encoder.tokens
    try:
        looks = looks_of_answer(trace, None if mask is None else mask[1])
    except PlaygroundError as error:
        return Seen(tokens, shot.prompt, None, None, (0, 0), str(error))
    return Seen(tokens, shot.prompt, looks, share_on(looks, shot.prompt.spans), _head(asked, looks, shot.prompt))


def _head(asked: Asked, looks: Looks, prompt: FewShotPrompt) -> tuple[int, int]:
    """The chosen layer and head, else the head that looks most at the labels of the examples."""
    n_layers, n_heads = looks.weights.shape[:2]
    on_labels = share_on(looks, prompt.labels).sum(-1)
    layer, head = np.unravel_index(int(on_labels.argmax()), on_labels.shape) if prompt.labels else (0, 0)
    return within(asked.look.layer, n_layers, int(layer)), within(asked.look.head, n_heads, int(head))


def _code(asked: Asked, task: Task, examples: tuple[Example, ...], query: str) -> str:
    over = asked.values["over"]
    function = {"shots": "shots_sweep", "flips": "flip_sweep", "orders": "order_sweep"}[over]
    lines = "".join(f"    Example({e.text!r}, {e.label!r}),\n" for e in examples)
    apart = "" if task.separator == "\n" else f", separator={task.separator!r}"
    called = f"{function}(model, task, examples, {query!r})"
    printed = (
        f"*_, found = {called}\nprint(found.mean, found.band)\n"
        if over == "orders"
        else f"for shot in {called}:\n    print(dict(zip(shot.scores.labels, shot.scores.shares.tolist())))\n"
    )
    return (
        "from playground import load_model\n"
        f"from playground.analysis.prompting.shots import Example, Task, {function}\n\n"
        f"model = load_model({asked.run.model!r})\n"
        f"task = Task({task.labels!r}, {task.template!r}{apart})\n"
        f"examples = [\n{lines}]\n" + printed
    )


def _read(text: str) -> str:
    if len(text) > LONGEST:
        raise ValueError(f"at most {LONGEST:,} characters")
    return text


def _read_over(text: str) -> str:
    if text not in OVER:
        raise ValueError(f"one of {', '.join(OVER)}")
    return text


def _written(key: str, label: str) -> Control:
    """A text that is typed in the picture; empty: as in the ready task."""
    return Control(key, label, "", str, _read, None)


SHOTS = TabView(
    "shots",
    "Shots",
    show,
    controls=(
        Control("over", f"what the curve goes over: {', '.join(OVER)}", "shots", Literal[OVER], _read_over, None),
        _written("task", "id of a ready task; empty: the first for the kind of model"),
        _written("labels", "labels, separated by |; empty: the ready task's"),
        _written("form", "how a case is written, with {text} and {label}; empty: the ready task's"),
        _written("examples", "an example a line, text => label; none: no examples; empty: the ready task's"),
        _written("query", "the case that is asked; empty: the ready task's"),
        chosen("n", "point of the curve whose prompt is shown; -1: the last", -1, 100, -1),
    ),
    reads=SHEET | {"over", "n", "layer", "head"},
    reads_text=False,
    actions=(Action("orders", "Try the examples in other orders", try_orders, SHEET, stays=False),),
    help="A task, some solved **examples**, and one case to answer. With no example the prompt is **zero-shot**, with "
    "one **one-shot**, with more **few-shot**. Change a label, move or remove an example, type your own: the model is "
    "asked again at once. It is not trained meanwhile (**in-context learning**).",
)
