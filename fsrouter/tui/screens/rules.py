"""3 Rules: the rule book as a tree, each definition as a form and as YAML, and what stands beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import ContentSwitcher, Tree

from fsrouter.tui.editing.draft import COMPANY, Draft, Place
from fsrouter.tui.queries.gc_pause import still
from fsrouter.tui.queries.rule_draft import Drafted, Remark, Wanted, look
from fsrouter.tui.screens.base import Board, narrow_below
from fsrouter.tui.screens.rules_editing import Drafting
from fsrouter.tui.widgets.form import Form
from fsrouter.tui.widgets.rule_tree import BookTree
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.yaml_editor import YamlEditor

BESIDE = (Column("", 1, look="alert"), Column("< POINTS HERE   > POINTS ON   ! FOUND", 20, 1))
LOOKS = {"!": "alert", "<": "accent", ">": ""}


class Rules(Drafting, Board[Drafted]):
    """The rule book of one company, and a draft of what shall be changed in it."""

    MODE = "rules"
    PERIOD = 2.0
    ABOUT = """The rule book as a tree by kind. Enter goes into a definition; there, enter edits a row and what is more
than a line is gone into. y shows the YAML of the same thing, w what points here (<), where this points (>) and what
is found (!). Everything you change is a draft (*): ctrl+s tries it on the last day's calls and saves it as one
revision with a message, in force from the next call on. u undoes."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "see('yaml')", "YAML", id="rules.yaml"),
        Binding("w", "see('beside')", "Where", id="rules.where"),
        Binding("e", "see('form')", "Form", show=False, id="rules.form"),
    ]
    HORIZONTAL_BREAKPOINTS = narrow_below(130)
    DEFAULT_CSS = """
    Rules {
        & Horizontal { height: 1fr; }
        & ContentSwitcher { width: 2fr; height: 1fr; border-left: solid $panel; }
        & #always { width: 1fr; height: 1fr; border-left: solid $panel; display: none; }
        &.-wide #always { display: block; }
        &.-wide BookTree { width: 40; }
        &.-narrow.-rewriting BookTree { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.draft: Draft | None = None
        self._place: Place | None = None
        self._shown: tuple[object, ...] | None = None
        self._reading: tuple[object, ...] | None = None

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield BookTree()
            with ContentSwitcher(initial="form"):
                with Horizontal(id="form"):
                    yield Form()
                with Horizontal(id="yaml"):
                    yield YamlEditor()
                yield Table[Remark](BESIDE, _key, _cells, empty="nothing", id="beside")
            yield Table[Remark](BESIDE, _key, _cells, empty="nothing", id="always")

    # The picture

    def painter(self) -> Callable[[], Drafted]:
        draft = self.draft
        company = draft.base.company if draft else self.dashboard.company
        wanted = Wanted(self.dashboard.company or company, draft, self.picture)
        return partial(look, self.dashboard.store, self.dashboard.library, wanted)

    def show(self, picture: Drafted) -> None:
        if picture.asked is not self.draft:
            return  # it was edited since, and the next picture is on its way
        self.draft = picture.draft
        self.query_one(BookTree).show(picture)
        if self._place is None:
            self._place = (COMPANY, picture.draft.base.company)
        self._fill(picture)
        self.say(*self._standing(picture))

    def _standing(self, picture: Drafted) -> tuple[str, str]:
        draft = picture.draft
        said = self._named(draft)
        if draft.edits:
            said = f"DRAFT of {len(draft.edits)} on {said}"
        if picture.newer:
            said += f"; revision {picture.newer} is in force meanwhile"
        faults = len(picture.compiled.problems)
        found = sum(len(remarks) for remarks in picture.remarks.values()) - faults
        told = [f"{faults} fault{'s' * (faults != 1)}"] if faults else []
        return said, " · ".join([*told, f"{found} finding{'s' * (found != 1)}"])

    def _named(self, draft: Draft) -> str:
        book = draft.base
        return f"{book.header.title or book.company}, revision {book.revision}"

    def _fill(self, picture: Drafted) -> None:
        assert self._place is not None and self.draft is not None
        section, name = self._place
        shown = (self._place, self.draft, picture.remarks, picture.book)
        if self._shown is not None and all(a is b for a, b in zip(shown, self._shown, strict=True)):
            return  # it is there already, and a table of 100,000 rules takes its time
        if not name or not self._at_hand(section, name):
            return
        tree = self.draft.tree(section, name)
        if tree is None:
            return
        self._shown = shown
        form = self.query_one(Form)
        remarks: Sequence[Remark] = picture.beside(section, name)
        form.open(picture.book, section, name, tree, remarks)
        for id in ("#beside", "#always"):
            self.query_one(id, Table).fill(remarks)

    def _at_hand(self, section: str, name: str) -> bool:
        """Whether a definition can be shown at once. A large one is read in a thread, and shown after that."""
        draft = self.draft
        if draft is None or draft.at_hand(section, name):
            return draft is not None
        self.query_one(Form).wait(section, name)
        if self._reading != (draft.base, section, name):
            self._reading = draft.base, section, name
            self.work(partial(_read, draft, section, name), lambda done: self._was_read())
        return False

    def _was_read(self) -> None:
        self._reading = None
        if self.picture:
            self._fill(self.picture)

    # Going about

    def open(self, company: str, section: str, name: str) -> None:
        """Go to a definition."""
        if self.dashboard.company not in ("", company):
            self.dashboard.company = company
        if self.draft is not None and self.draft.base.company != company:
            self.draft = None
            self.dashboard.company = company
        self._place = (section, name)
        self.query_one(BookTree).reveal(section, name)
        self.action_see("form")
        self.reload()
        self.query_one(Form).table.focus()

    @on(Tree.NodeHighlighted)
    def _highlighted(self, event: Tree.NodeHighlighted[Place]) -> None:
        if event.node.data and event.node.data[1] and event.node.data != self._place:
            self._place = event.node.data
            if self.picture:
                self._fill(self.picture)
                self.action_see("form") if self._seen == "yaml" else None

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Place]) -> None:
        if event.node.data and event.node.data[1]:
            self._highlighted(event)  # type: ignore[arg-type]
            self.action_see("form")
            self.query_one(Form).table.focus()

    @on(Form.Left)
    def _left(self) -> None:
        self.query_one(BookTree).focus()

    @on(Table.Opened, "#beside, #always")
    def _jumped(self, message: Table.Opened) -> None:
        remark: Remark | None = message.table.item
        if remark is not None and remark.to is not None and self.draft is not None:
            self.open(self.draft.base.company, *remark.to)

    @property
    def _seen(self) -> str:
        return self.query_one(ContentSwitcher).current or "form"

    def action_see(self, what: str) -> None:
        """See the definition as a form, as YAML, or what stands beside it; the same again goes back to the form."""
        switcher = self.query_one(ContentSwitcher)
        what = "form" if what == switcher.current else what
        switcher.current = what
        self.set_class(what == "yaml", "-rewriting")
        section, name = self._place or ("", "")
        if what == "yaml" and self.draft is not None and name and self.draft.at_hand(section, name):
            editor = self.query_one(YamlEditor)
            editor.open(section, self.draft.tree(section, name), self.draft.base.context, self.dashboard.read_only)
            editor.query_one("TextArea").focus()
        elif what == "beside":
            self.query_one("#beside").focus()
        elif what == "form" and not self.query_one(BookTree).has_focus:
            self.query_one(Form).table.focus()

    # Editing

    @property
    def place(self) -> Place | None:
        return self._place

    @on(Form.Edited)
    def _edited(self, message: Form.Edited) -> None:
        if self._place:
            self.edit(*self._place, message.tree)

    @on(YamlEditor.Edited)
    def _rewritten(self, message: YamlEditor.Edited) -> None:
        if self._place and message.tree is not None:
            self.edit(*self._place, message.tree)
        self.action_see("form")

    def drafted(self, draft: Draft, place: Place | None = None) -> None:
        self.draft, self._shown = draft, None
        if place is not None:
            self._place = place
        elif self._place and self._place[1] not in draft.names(self._place[0]):
            self._place = (COMPANY, draft.base.company)
        if self.picture and self._place and self._at_hand(*self._place):
            section, name = self._place
            self.query_one(Form).open(self.picture.book, section, name, draft.tree(section, name))
        if draft.edits:
            self.say(f"DRAFT of {len(draft.edits)} on {self._named(draft)}", "checking ...")
        self.reload()


def _read(draft: Draft, section: str, name: str) -> None:
    with still():
        draft.tree(section, name)


def _key(remark: Remark) -> str:
    return f"{remark.sign}{remark.text}"


def _cells(remark: Remark) -> Sequence[str | Cell]:
    return remark.sign, Cell(remark.text, LOOKS[remark.sign])
