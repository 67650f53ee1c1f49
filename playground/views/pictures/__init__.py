"""Every kind of picture: the contract with the browser.

A picture is a frozen dataclass. Its fields are exactly what the script of its kind reads: a test draws every kind in a
browser and fails on a field that is sent and never read, or read and never sent. Indices are the model's own: layer −1
is the embedding, ``pos`` counts the tokens that the model reads.

To add a kind, say ``river``:

1. ``playground/views/pictures/river.py``: ``class River(Picture)`` with ``kind = "river"`` and one field for each thing
   that is drawn, its shape in the docstring; ``__post_init__`` checks the shapes (``self.expect``). Give fields that a
   click does not change ``field(metadata=KEPT)``: they are sent once. A tuple that grows while it is watched takes
   ``KEPT_IN_BLOCKS``. Import the record below.
2. ``assets/pictures/river.js``: ``Playground.kinds.river = (host, panel) => ({draw(picture), resize?(), hover?(pos),
   image?(), remove?()})``. Arrays arrive as typed arrays with a ``shape``. ``panel.pick({"pos": 3})`` is a click.
   Parts of a long script go into ``river-PART.js``; they are loaded before it.
3. ``assets/pictures/river.css``: its style, if it has one. Script and style are found by their names.
4. A view that returns ``View(picture=River(…), …)``. If its table holds the picture's own numbers, give it as
   ``MatrixTable``, ``GridTable`` or ``RecordsTable`` (:mod:`playground.views.tables`): it is then not sent twice.
5. A line in ``tests/browser/pictures.py`` that makes the view from a tiny model, and a test of its own in
   ``tests/views``. The contract, hostile tokens, phone, theme and table tests run over that list.
"""

from .arrows import Arrow, ArrowPoint, Arrows
from .attention_text import AttentionText, TextPiece
from .bars import Bar, BarGroup, Bars
from .base import KEPT, KEPT_IN_BLOCKS, Picture
from .bertviz import Bertviz
from .by_hand import Activations, Network, Normed, NormStage
from .cloud import Cloud
from .context import Context, ContextRow
from .grid import Axis, Grid, HeatMap, full_of
from .group import Group, Row
from .head_steps import HeadSteps
from .heads import Heads, OtherMap
from .layer_paths import LayerPaths
from .lens import Added, Lens
from .lookup import Lookup, TableRow
from .matrices import Matrices
from .plot import Plot
from .shots import Curve, CurveLine, ShotExample, Shots
from .signed_bars import SignedBar, SignedBars, SignedGroup, track_of
from .split import Brick, Split, SplitChip, SplitLine, SplitOption, SplitStep, SplitToken
from .spread import Spread, SpreadRow
from .stacked import Segment, Stacked, StackedBar
from .stages import Column, DrawnColumn, Stages, TopP
from .tinted_text import TextMark, TintedText
from .tokenizers import (
    LanguageRow,
    Languages,
    Misread,
    MisreadBar,
    MisreadToken,
    RowEntry,
    RowToken,
    TokenRows,
)
from .tokens import BackPart, Chip, LevelRow, SpecialMark, Tokens, WindowBar
from .versus import BeamDot, BeamSearch, Contender, Versus, VersusFigure, VersusToken
from .vocabulary import VocabularyCard, VocabularyEntry, VocabularyPage, VocabularyShare
from .walk import Walk
from .what_if import Continued, Pair, Pairs, Switches, SwitchTower, WholeSwitch, WrittenLine
from .word_sums import SumLine, WordSums
from .writing import Node, Place, Writing, WrittenRun, WrittenText

KINDS: dict[str, type[Picture]] = {record.kind: record for record in Picture.__subclasses__()}

__all__ = [
    "KEPT", "KEPT_IN_BLOCKS", "KINDS", "Activations", "Added", "Arrow", "ArrowPoint", "Arrows", "AttentionText",
    "Axis", "BackPart", "Bar", "BarGroup", "Bars", "BeamDot", "BeamSearch", "Bertviz", "Brick", "Chip", "Cloud",
    "Column", "Contender", "Context", "ContextRow", "Continued", "Curve", "CurveLine", "DrawnColumn", "Grid", "Group",
    "HeadSteps", "Heads", "HeatMap", "LanguageRow", "Languages", "LayerPaths", "Lens", "LevelRow", "Lookup",
    "Matrices", "Misread", "MisreadBar", "MisreadToken", "Network", "Node", "NormStage", "Normed", "OtherMap", "Pair",
    "Pairs", "Picture", "Place", "Plot", "Row", "RowEntry", "RowToken", "Segment", "ShotExample", "Shots",
    "SignedBar", "SignedBars", "SignedGroup", "SpecialMark", "Split", "SplitChip", "SplitLine", "SplitOption",
    "SplitStep", "SplitToken", "Spread", "SpreadRow", "Stacked", "StackedBar", "Stages", "SumLine", "SwitchTower",
    "Switches", "TableRow", "TextMark", "TextPiece", "TintedText", "TokenRows", "Tokens", "TopP", "Versus",
    "VersusFigure", "VersusToken", "VocabularyCard", "VocabularyEntry", "VocabularyPage", "VocabularyShare", "Walk",
    "WholeSwitch", "WindowBar", "WordSums", "Writing", "WrittenLine", "WrittenRun", "WrittenText", "full_of",
    "track_of",
]  # fmt: skip
