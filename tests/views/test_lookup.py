"""The picture of a look-up says the numbers that it was given."""

from __future__ import annotations

import numpy as np
import pytest

from playground.analysis.lookup import look_up
from playground.views import pictures
from playground.views.lookup import COLUMNS, FIRST, lookup_view
from playground.views.view import View
from tests.tiny import tiny
from tests.views.shown import HOSTILE, shown, trace_of


def view_of(name: str, pos: int = 1, by_id: bool = True, last: bool = False) -> View:
    trace = trace_of(name)
    found = look_up(tiny(name), trace, False, pos, "id" if by_id else "angle")
    names = {i: HOSTILE if n == 0 else f"row {i}" for n, i in enumerate(found.rows)}
    return lookup_view(found, trace.tokens, names, by_id=by_id, last=last, code="pass\n")


@pytest.mark.parametrize("name", ["gpt2", "bert", "marian", "electra", "falcon"])
@pytest.mark.parametrize("by_id", [True, False])
def test_drawn_and_said_numbers_are_the_row_s(name: str, by_id: bool) -> None:
    view = view_of(name, by_id=by_id)
    picture = view.picture
    assert isinstance(picture, pictures.Lookup)
    rows = shown(view)["table"]["rows"]
    assert len(rows) == picture.width
    own = [row[1] for row in rows]
    np.testing.assert_allclose(picture.values[picture.own], own[:COLUMNS], rtol=1e-6)
    assert all(f"{value:.3f}".replace("-", "−") in view.reading for value in own[:FIRST])
    assert f"(1, {len(picture.tokens)}, {picture.sheet_width})" in view.reading
    assert picture.rows[picture.own].token_id == picture.token_ids[1]


def test_the_sheet_is_what_enters_or_what_leaves() -> None:
    enters, leaves = (view_of("gpt2", last=last).picture for last in (False, True))
    assert isinstance(enters, pictures.Lookup) and isinstance(leaves, pictures.Lookup)
    trace = trace_of("gpt2")
    assert trace.embeddings is not None and trace.final is not None
    np.testing.assert_array_equal(enters.sheet, trace.embeddings[:, : enters.sheet.shape[1]])
    np.testing.assert_array_equal(leaves.sheet, trace.final[:, : leaves.sheet.shape[1]])
    assert "last" in leaves.sheet_title and (enters.through, leaves.through) == (0, len(trace.layers))


@pytest.mark.parametrize(
    ("name", "added"), [("gpt2", "a row for its position"), ("bert", "a row for its sentence"), ("falcon", "")]
)
def test_rows_that_were_looked_up_are_not_said_to_be_what_enters(name: str, added: str) -> None:
    assert ("Before the first layer" in view_of(name).reading) == bool(added)
    assert added in view_of(name).reading and "Before the first layer" not in view_of(name, last=True).reading
