"""What a tab is: a list of views, and what each view, control and action declares. Everything else follows from it.

A view is one file in ``tabs/NOUN/``. It declares what it reads and gives a View for what is asked; links, restoring,
endpoints, lessons, the browser tests and the row of view names are made from the declaration (``wiring``, ``links``,
``endpoints``). Nothing here knows Gradio: ``controls`` makes the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ..engine import Prompt
from ..errors import PlaygroundError
from ..views.view import View

if TYPE_CHECKING:
    import gradio as gr

    from ..facts import ModelInfo

LOOK_KEYS = ("pos", "layer", "head")
"""What is chosen on every tab at once."""


@dataclass(frozen=True)
class Look:
    """The token, layer and head that are chosen on every tab at once. None: each view chooses for itself."""

    pos: int | None = None
    """Index of a token in the text."""
    layer: int | None = None
    """−1 is the embedding, below the first layer."""
    head: int | None = None

    def only(self, keys: frozenset[str]) -> Look:
        """The same with only the named keys; the others are None."""
        return Look(*(getattr(self, key) if key in keys else None for key in LOOK_KEYS))


@dataclass(frozen=True)
class Asked:
    """All that a view may know: nothing else may change what it shows."""

    prompt: Prompt | None
    """What was run last; None for a view that needs no model (``TabView.needs_prompt``) before the first run."""
    look: Look
    values: Mapping[str, Any]
    """Values of the controls that the view reads, by key: of the right type and within their bounds."""

    @property
    def run(self) -> Prompt:
        """The prompt, where there must be one.

        Raises:
            PlaygroundError: nothing has been run yet.
        """
        if self.prompt is None:
            raise PlaygroundError("Nothing has been run yet. Choose a model, type a text and press Run.")
        return self.prompt

    def key(self) -> tuple[Any, ...]:
        """The same for two that ask for the same."""
        return self.prompt, self.look, tuple(sorted(self.values.items()))


@dataclass(frozen=True)
class Adaptation:
    """How a control fits itself to what was run."""

    visible: bool = True
    choices: tuple[str, ...] | None = None
    """None: the choices stay."""
    value: Any = None
    """None: the value stays."""


@dataclass(frozen=True)
class Control:
    """One thing that can be chosen, declared once; make one with the functions of ``controls``."""

    key: str
    """Its name in links, endpoints and ``Asked.values``; unique among those that one view reads."""
    label: str
    default: Any
    type: Any
    """Its type for programs: ``bool``, ``int``, ``float``, ``str`` or a ``Literal`` of strings."""
    read: Callable[[str], Any]
    """From text, as it stands in a link; raises ValueError with what it wants for what it cannot be."""
    widget: Callable[[str], gr.components.Component] | None
    """Makes the widget for an element id; None for what is chosen in the picture only."""
    typed: bool = False
    """True for text: it acts half a second after the last key, not with each."""
    more: bool = False
    """True for what only few need: it stands behind "More settings"."""
    large: bool = False
    """True for a text of several lines that the picture is about: on a phone it stands before it, small."""
    wide: bool = False
    """True for such a text that needs the width of the stage: it stands above the picture, not beside it."""
    adapt: Callable[[Prompt, Any], Adaptation] | None = None
    """From the prompt that was run and the present value: what the control offers now."""
    acts_if: str | None = None
    """Key of a switch beside it without which it changes nothing: it is greyed while that is off."""
    stands_if: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(key of a choice beside it, values): it stands there only while each choice is one of its values. Together
    with ``adapt`` both must allow it."""
    runs: bool = False
    """True for what the run itself is told (``running.run``), by its key: another value runs the text anew."""

    def take(self, value: Any) -> Any:
        """A value as it comes from a widget or a program.

        Raises:
            PlaygroundError: the control cannot be this; the sentence says what it wants.
        """
        try:
            return self.read("" if value is None else written(value))
        except (ValueError, OverflowError) as error:
            shown = "nothing" if value is None else f"“{str(value)[:40]}”"
            raise PlaygroundError(f"{self.label}: {shown} cannot be used here; it takes {error}.") from error


def written(value: Any) -> str:
    """A control's value as it stands in a link. A slider's whole number comes from the browser as 1 or as 1.0."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True)
class Unsuited:
    """Why a view cannot serve a model."""

    sentence: str
    model: str | None = None
    """A bundled model that would suit."""


def everyone(info: ModelInfo) -> Unsuited | None:
    """For views that serve every kind of model."""
    return None


@dataclass(frozen=True)
class Doing:
    """How far an action has come, for its progress bar; streamed between the Views."""

    sentence: str
    fraction: float | None = None
    """From 0 to 1; None where it is not known."""


@dataclass(frozen=True)
class Chosen:
    """What an action leaves behind as its last word: values of the view's controls, as a click in the picture names
    them. The view then draws itself from them, and a link holds them."""

    values: Mapping[str, Any]


Cancelled = Callable[[], bool]
"""Asked by an action between two steps of its work; True once the visitor has pressed Stop."""


@dataclass(frozen=True)
class Action:
    """Work that a button starts and that goes on for a while: write, draw 1,000 times, map all heads."""

    id: str
    label: str
    run: Callable[[Asked, Cancelled], Iterator[View | Doing | Chosen]]
    """Streams Views; the last one is the result, or what the view draws from values that are ``Chosen`` last. It ends
    within one step of work once it is cancelled."""
    reads: frozenset[str]
    """Keys of look and controls that the result depends on."""
    stays: bool = True
    """Whether its result stays, marked as out of date, when one of them changes; False: ``show`` draws in its place."""
    stands_if: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """As a control's: its button stands there only while each of these choices is one of its values."""
    kinds: tuple[str, ...] = ()
    """Kinds of model that there is something to do for; (): all of them. For others its button is not there."""
    labels: tuple[tuple[str, str], ...] = ()
    """(kind of model, what its button says there), where that is not ``label``."""

    def label_for(self, kind: str) -> str:
        """What its button says with a model of this kind."""
        return dict(self.labels).get(kind, self.label)


@dataclass(frozen=True)
class TabView:
    """One view of a tab."""

    id: str
    title: str
    show: Callable[[Asked], View]
    controls: tuple[Control, ...] = ()
    """Its own, in addition to those of the tab that it reads."""
    reads: frozenset[str] = frozenset()
    """Keys of look and controls that the picture depends on: its cache key. ``show`` is given nothing else."""
    suits: Callable[[ModelInfo], Unsuited | None] = everyone
    needs_prompt: bool = True
    """False for worked examples by hand, which stand before any model is loaded."""
    reads_text: bool = True
    """False for a view with texts of its own, or none: the page's text line is dimmed and says so."""
    actions: tuple[Action, ...] = ()
    help: str = ""
    """Two or three plain sentences beside the controls; Markdown."""

    @property
    def used(self) -> frozenset[str]:
        """Every key that the view or one of its actions reads."""
        return self.reads.union(*(action.reads for action in self.actions))


@dataclass(frozen=True)
class Tab:
    """One tab: its views, and the controls that several of them share."""

    id: str
    title: str
    views: tuple[TabView, ...]
    controls: tuple[Control, ...] = ()
    presets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Name → values of the tab's controls that it sets; offered above the controls."""
    about: str = ""
    """What the tab shows, in one sentence, for the README and the endpoints."""
    by_id: Mapping[str, TabView] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_id", {view.id: view for view in self.views})
        for view in self.views:
            keys = [control.key for control in self.controls_of(view)]
            unknown = view.used - set(keys) - set(LOOK_KEYS)
            if len(set(keys)) < len(keys) or set(keys) & set(LOOK_KEYS) or unknown:
                raise ValueError(f"{self.id}, {view.id}: keys {keys}, of which {sorted(unknown)} are read by nobody")

    def controls_of(self, view: TabView) -> tuple[Control, ...]:
        """The controls that stand beside a view: those of the tab that it reads, then its own."""
        return (*(control for control in self.controls if control.key in view.used), *view.controls)

    def widget_id(self, view: TabView | None, key: str) -> str:
        """The element id of a control's widget: ``<tab>-<view>-<key>``, without the view for one of the tab's own."""
        return "-".join([self.id, *([view.id] if view else []), key]).replace("_", "-")


def narrowed(asked: Asked, reads: frozenset[str]) -> Asked:
    """Only what may be read: a view that reaches for more fails at once, instead of showing what is out of date."""
    return replace(asked, look=asked.look.only(reads), values={k: v for k, v in asked.values.items() if k in reads})
