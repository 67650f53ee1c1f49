"""Carries changes out, in one context, for as long as a ``with`` lasts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from ..errors import PlaygroundError
from ..models import LoadedModel
from ..trace import Change
from .edits import Edits, applying
from .plan import Plan, Resume
from .prepare import probe_inputs


@contextmanager
def applied(model: LoadedModel, changes: Sequence[Change], *, start: int = 0) -> Iterator[None]:
    """Everything that the model does in this context, inside this ``with``, is done with the changes.

    Args:
        model: from ``load_model``.
        changes: carried out together; none of them leaves everything as it is, to the bit.
        start: place in the text of the first position that is fed, where a cache holds the ones before it.

    Raises:
        PlaygroundError: the family does not allow one of them, or there is no such layer.
    """
    with applied_to_rows(model, [changes], start=start):
        yield


_ORDER: WeakKeyDictionary[nn.Module, bool] = WeakKeyDictionary()


def order_is_lost(model: LoadedModel) -> bool:
    """Whether a model without positions and mask treats every order of its tokens alike: found out once per model.

    It shows that all that tells positions was really taken out: permuted tokens give the same answers, permuted.
    """
    if model.module not in _ORDER:
        changes = [Change.no_positions()]
        if model.info.kind != "encoder":
            changes.append(Change.no_causal_mask())
        given = probe_inputs(model)
        turned = {k: v.flip(-1) if isinstance(v, Tensor) else v for k, v in given.items()}
        with _applied(model, [changes], 0, checked=False), torch.inference_mode():
            straight, back = model.module(**given).logits, model.module(**turned).logits
        room = 1e-4 * max(1.0, float(straight.abs().max()))
        _ORDER[model.module] = float((straight - back.flip(1)).abs().max()) <= room
    return _ORDER[model.module]


def refusal(model: LoadedModel, change: Change) -> str | None:
    """Why the family does not allow a change, in a sentence; None where it does, as far as can be told without a run:
    a scale that was not there to be dropped shows only afterwards."""
    plan = Plan(model, Edits(), 1)
    try:
        if change.site == "positions":
            _check_positions(model, plan)
        plan.add(change, None)
    except PlaygroundError as error:
        return str(error)
    return None


def _check_positions(model: LoadedModel, plan: Plan) -> None:
    """Raises where positions enter by state spaces, convolutions or biases of a family's own: they cannot be taken
    out."""
    if plan.prepared.attention != "steps" or not order_is_lost(model):
        plan.refuse("positions enter in other ways than tables, rotation and biases")


@contextmanager
def applied_to_rows(
    model: LoadedModel, rows: Sequence[Sequence[Change]], *, start: int = 0, resume: Resume | None = None
) -> Iterator[None]:
    """The same for a batch: each row of it has its own changes. One row alone stands for the whole batch.

    With ``resume`` the layers below one are not run: what enters it is given. Only for changes at that layer or above.

    Raises:
        PlaygroundError: as ``applied``; or rows differ in more than values that are set.
    """
    with _applied(model, rows, start, resume=resume):
        yield


@contextmanager
def _applied(
    model: LoadedModel,
    rows: Sequence[Sequence[Change]],
    start: int,
    *,
    checked: bool = True,
    resume: Resume | None = None,
) -> Iterator[None]:
    if not any(rows):
        yield
        return
    plan = Plan(model, Edits(start=start), len(rows))
    if checked and any(change.site == "positions" for changes in rows for change in changes):
        _check_positions(model, plan)
    for n, changes in enumerate(rows):
        for change in changes:
            plan.add(change, None if len(rows) == 1 else n)
    handles = plan.hook(resume)
    try:
        with applying(plan.edits):
            yield
        plan.check()
    finally:
        for handle in handles:
            handle.remove()
