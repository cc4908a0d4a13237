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

from fsrouter.tui.context import Context
from fsrouter.tui.editing.draft import COMPANY, Draft, Place
from fsrouter.tui.gc_pause import gc_paused
from fsrouter.tui.queries.rule_draft import Remark, RuleDraft, load
from fsrouter.tui.screens.base import narrow_below
from fsrouter.tui.screens.rules_editing import RulesEditing
from fsrouter.tui.widgets.form import Form
from fsrouter.tui.widgets.rule_tree import RuleTree
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.yaml_editor import YamlEditor

BESIDE = (Column("", 1, look="alert"), Column("< POINTS HERE   > POINTS ON   ! FOUND", 20, 1))
LOOKS = {"!": "alert", "?": "dim", "$": "dim", "<": "accent", ">": ""}


class Rules(RulesEditing):
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

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._shown: tuple[object, ...] | None = None
        self._reading: tuple[object, ...] | None = None

    def body(self) -> Iterable[Widget]:
        with Horizontal():
            yield RuleTree()
            with ContentSwitcher(initial="form"):
                with Horizontal(id="form"):
                    yield Form(self.context.read_only)
                with Horizontal(id="yaml"):
                    yield YamlEditor()
                yield Table[Remark](BESIDE, _key, _cells, empty="nothing", id="beside")
            yield Table[Remark](BESIDE, _key, _cells, empty="nothing", id="always")

    # The picture

    def loader(self) -> Callable[[], RuleDraft]:
        return partial(load, self.context, self.draft, self.picture)

    def show(self, picture: RuleDraft) -> None:
        if picture.asked is not self.draft:
            return  # it was edited since, and the next picture is on its way
        self.draft = picture.draft
        self.query_one(RuleTree).show(picture)
        if self.place is None:
            self.place = (COMPANY, picture.draft.base.company)
        self._fill(picture)
        newer = f"; revision {picture.newer} is in force meanwhile" if picture.newer else ""
        faults = len(picture.compiled.problems)
        found = sum(len(remarks) for remarks in picture.remarks.values()) - faults
        counts = [f"{faults} fault{'s' * (faults != 1)}"] if faults else []
        counts.append(f"{found} finding{'s' * (found != 1)}")
        self.set_status(f"{_title(picture.draft)}{newer}", " · ".join(counts))

    def _fill(self, picture: RuleDraft) -> None:
        assert self.place is not None and self.draft is not None
        section, name = self.place
        shown = (self.place, self.draft, picture.remarks, picture.book)
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
            self.run_job(partial(_read, draft, section, name), self._was_read)
        return False

    def _was_read(self, done: None) -> None:
        self._reading = None
        if self.picture:
            self._fill(self.picture)

    # Going about

    def find(self, *what: str) -> None:
        """Go to a definition: its company, section and name."""
        company, section, name = what
        if self.context.company not in ("", company):
            self.context.company = company
        if self.draft is not None and self.draft.base.company != company:
            self.draft = None
            self.context.company = company
        self.place = (section, name)
        self.query_one(RuleTree).reveal(section, name)
        self.action_see("form")
        self.reload()
        self.query_one(Form).table.focus()

    @on(Tree.NodeHighlighted)
    def _highlighted(self, event: Tree.NodeHighlighted[Place]) -> None:
        if event.node.data and event.node.data[1] and event.node.data != self.place:
            self.place = event.node.data
            if self.picture:
                self._fill(self.picture)
                if self._seen == "yaml":
                    self.action_see("form")

    @on(Tree.NodeSelected)
    def _selected(self, event: Tree.NodeSelected[Place]) -> None:
        if event.node.data and event.node.data[1]:
            self._highlighted(event)  # type: ignore[arg-type]
            self.action_see("form")
            self.query_one(Form).table.focus()

    @on(Form.Left)
    def _left(self) -> None:
        self.query_one(RuleTree).focus()

    @on(Table.Opened, "#beside, #always")
    def _jumped(self, message: Table.Opened) -> None:
        remark: Remark | None = message.table.item
        if remark is not None and remark.to is not None and self.draft is not None:
            self.find(self.draft.base.company, *remark.to)

    @property
    def _seen(self) -> str:
        return self.query_one(ContentSwitcher).current or "form"

    def action_see(self, what: str) -> None:
        """See the definition as a form, as YAML, or what stands beside it; the same again goes back to the form."""
        switcher = self.query_one(ContentSwitcher)
        what = "form" if what == switcher.current else what
        switcher.current = what
        self.set_class(what == "yaml", "-rewriting")
        section, name = self.place or ("", "")
        if what == "yaml" and self.draft is not None and name and self.draft.at_hand(section, name):
            editor = self.query_one(YamlEditor)
            editor.open(section, self.draft.tree(section, name), self.draft.base.context, self.context.read_only)
            editor.query_one("TextArea").focus()
        elif what == "beside":
            self.query_one("#beside").focus()
        elif what == "form" and not self.query_one(RuleTree).has_focus:
            self.query_one(Form).table.focus()

    # Editing

    @on(Form.Edited)
    def _edited(self, message: Form.Edited) -> None:
        if self.place:
            self.edit(*self.place, message.tree)

    @on(YamlEditor.Edited)
    def _rewritten(self, message: YamlEditor.Edited) -> None:
        if self.place and message.tree is not None:
            self.edit(*self.place, message.tree)
        self.action_see("form")

    def set_draft(self, draft: Draft, place: Place | None = None) -> None:
        self.draft, self._shown = draft, None
        if place is not None:
            self.place = place
        elif self.place and self.place[1] not in draft.names(self.place[0]):
            self.place = (COMPANY, draft.base.company)
        if self.picture and self.place and self._at_hand(*self.place):
            section, name = self.place
            self.query_one(Form).open(self.picture.book, section, name, draft.tree(section, name))
        if draft.edits:
            self.set_status(_title(draft), "checking ...")
        self.reload()


def _title(draft: Draft) -> str:
    book = draft.base
    edits = f"DRAFT of {len(draft.edits)} on " if draft.edits else ""
    return f"{edits}{book.header.title or book.company}, revision {book.revision}"


def _read(draft: Draft, section: str, name: str) -> None:
    with gc_paused():
        draft.tree(section, name)


def _key(remark: Remark) -> str:
    return f"{remark.sign}{remark.text}"


def _cells(remark: Remark) -> Sequence[str | Cell]:
    return remark.sign, Cell(remark.text, LOOKS[remark.sign])
