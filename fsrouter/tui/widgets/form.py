"""The form of a definition: a row for each key, made from the schema; gone into where a line is not enough.

What is typed is checked as it is typed, by the schema and by what there is in the rule book. The form changes nothing:
it posts what the definition shall be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, get_args

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from fsrouter.engine.lint.check import destination_problem
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schema import Path, Tree, dissect
from fsrouter.tui.editing import completion, shape
from fsrouter.tui.editing.draft import kind_of
from fsrouter.tui.queries.rule_draft import Remark, format_path
from fsrouter.tui.widgets.dialogs import Ask, last_among
from fsrouter.tui.widgets.table import Cell, Column, Table
from fsrouter.tui.widgets.text import TextPane

COLUMNS = (Column("KEY", 14, 1, look="strong"), Column("VALUE", 20, 4))


class Form(Vertical):
    """The form of one definition, at one place in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", id="form.add"),
        Binding("d,delete", "remove", "Remove", id="form.remove"),
        Binding("K,shift+up", "shift(-1)", "Move up", id="form.moveup"),
        Binding("J,shift+down", "shift(1)", "Move down", id="form.movedown"),
        Binding("left,backspace,escape", "up", "Back", show=False, id="form.back"),
        Binding("right", "into", "Into", show=False, id="form.into"),
    ]

    class Edited(Message):
        """The definition shall be another one."""

        def __init__(self, tree: Tree) -> None:
            super().__init__()
            self.tree = tree

    class Left(Message):
        """There is nothing above any more."""

    def __init__(self, read_only: bool) -> None:
        super().__init__()
        self._read_only = read_only
        self._book: RuleBook | None = None
        self._section = self._definition = ""
        self._tree: Tree = None
        self._path: Path = ()
        self._remarks: Sequence[Remark] = ()

    def compose(self) -> ComposeResult:
        yield TextPane(id="crumbs", fixed=True)
        yield Table[shape.Row](COLUMNS, lambda row: str(row.key), self._cells, empty="nothing yet; a adds", id="rows")
        yield TextPane(id="explanation", fixed=True)

    @property
    def table(self) -> Table[shape.Row]:
        """The rows."""
        return self.query_one("#rows", Table)

    @property
    def place(self) -> tuple[str, str]:
        """The section and name of the definition that is shown."""
        return self._section, self._definition

    def open(self, book: RuleBook, section: str, name: str, tree: Tree, remarks: Sequence[Remark] = ()) -> None:
        """Show a definition and what there is to remark on it; where one was gone into stays when it is the same."""
        same = (section, name) == self.place
        self._book, self._section, self._definition, self._tree = book, section, name, tree
        self._path = self._path if same else ()
        self._remarks = [remark for remark in remarks if remark.sign == "!"]
        while self._path and self._gone(self._path):
            self._path = self._path[:-1]
        self._fill()

    def wait(self, section: str, name: str) -> None:
        """Show that a definition is being read."""
        self._section, self._definition, self._tree, self._path, self._remarks = "", "", None, (), ()
        self.table.fill(())
        self.query_one("#crumbs", TextPane).show(f"{section} / {name}: reading it ...")
        self._explain_row()

    def _gone(self, path: Path) -> bool:
        """Whether a place is not there any more; a key whose value is empty is."""
        if isinstance(path[-1], int):
            return self._at(path) is None
        return len(path) > 1 and self._at(path[:-1]) is None

    @property
    def _kind(self) -> Any:
        return kind_of(self._section)

    def _at(self, path: Path) -> Tree:
        return shape.look_up(self._kind, self._tree, path)[1]

    def _kind_at(self, path: Path) -> Any:
        return shape.look_up(self._kind, self._tree, path)[0]

    def _fill(self, choose: str | None = None) -> None:
        rows = shape.rows(self._kind, self._tree, self._path) if self._section else []
        self.table.fill(rows, choose)
        self.query_one("#crumbs", TextPane).show(format_path((self._section, self._definition, *self._path)))
        self._explain_row()

    def _cells(self, row: shape.Row) -> Sequence[str | Cell]:
        key = f"{format_path((row.key,))}{' !' * bool(self._remarked(row.key))}"
        if row.value or not row.default:
            return key, row.value if row.value or not row.required else Cell("must be given", "alert")
        return key, Cell(row.default, "dim")

    def _remarked(self, key: str | int) -> str:
        """What there is to remark on a row, or on something in it; "" when nothing is."""
        here = (*self._path, key)
        return next((remark.text for remark in self._remarks if remark.path[: len(here)] == here), "")

    @on(Table.Moved)
    def _explain_row(self) -> None:
        row, pane = self.table.item, self.query_one("#explanation", TextPane)
        if row and (remark := self._remarked(row.key)):
            pane.show(f"! {remark}", "bold")
            return
        default = f" When not given: {row.default}." if row and row.default and not row.value else ""
        pane.show(f"{row.about if row else ''}{default}")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (self._read_only and action in ("add", "remove", "shift"))

    # Going in and out

    @on(Table.Opened, "#rows")
    def _opened(self, message: Table.Opened) -> None:
        message.stop()
        self.action_into()

    def action_into(self) -> None:
        """Edit the row's line, or go into what is more than a line."""
        row = self.table.item
        if row is None:
            return
        if row.line:
            self._edit(row.key)
        else:
            self._path = (*self._path, row.key)
            self._fill("0")

    def action_up(self) -> None:
        """Go back to what this is a part of."""
        if self._path:
            last, self._path = self._path[-1], self._path[:-1]
            self._fill(str(last))
        else:
            self.post_message(self.Left())

    # Editing

    def _edit(self, key: str | int) -> None:
        path = (*self._path, key)
        kind = self._kind_at(path)
        row = next((row for row in self.table.items if row.key == key), None)
        dialog = Ask(
            ".".join(map(str, (self._section, self._definition, *path))),
            shape.typed(kind, self._at(path)),
            hint=row.about if row else "",
            complete=last_among(completion.values(self._known, kind, path)),
            check=partial(self._problem, kind),
            optional=True,
        )
        self.app.push_screen(dialog, partial(self._typed, kind, path))

    @property
    def _known(self) -> RuleBook:
        assert self._book is not None
        return self._book

    def _problem(self, kind: Any, line: str) -> str:
        """What is wrong with a line that is typed."""
        if not line:
            return ""
        tree, problem = shape.read_line(kind, line, self._known.context)
        if problem or not shape.is_route(kind):
            return problem
        items = tree if isinstance(tree, list) else [tree]
        return next(filter(None, (destination_problem(self._known, item) for item in items)), "")

    def _typed(self, kind: Any, path: Path, line: str | None) -> None:
        if line is not None:
            self._put(path, shape.read_line(kind, line, self._known.context)[0] if line else None)

    def _put(self, path: Path, value: Tree) -> None:
        """Ask for the definition with another value at a place; None takes away what is there."""
        self.post_message(self.Edited(shape.put(self._kind, self._tree, path, value)))

    def action_add(self) -> None:
        """Add an element to the list or mapping that is shown."""
        if not self._section:
            return
        kind = self._kind_at(self._path)
        if not shape.is_many(kind):
            row = self.table.item
            if row is not None and not row.line:
                self.action_into()
                self.action_add()
            return
        plain = dissect(kind)[2]
        here = self._at(self._path)
        if plain.__origin__ is dict:
            check = partial(_key_problem, get_args(plain)[0], self._known)
            choices = last_among(completion.keys(self._known, self._path))
            self.app.push_screen(Ask("What is to be added?", complete=choices, check=check), self._add_key)
            return
        count = len(here) if isinstance(here, list) else int(here is not None)
        element = get_args(plain)[0]
        if shape.is_line(element):
            self._edit(count)
            return
        self._put((*self._path, count), {})
        self._path = (*self._path, count)

    def _add_key(self, key: str | None) -> None:
        if not key:
            return
        path = (*self._path, key)
        if shape.is_line(self._kind_at(path)):
            self._edit(key)
        else:
            self._put(path, {})
            self._path = path

    def action_remove(self) -> None:
        """Take the row away; a key goes back to its default."""
        row = self.table.item
        if row is not None:
            self._put((*self._path, row.key), None)

    def action_shift(self, rows: int) -> None:
        """Move an element of a list up or down: the first branch that holds decides."""
        here = self._at(self._path) if self._section else None
        row = self.table.item
        if not isinstance(here, list) or row is None:
            return
        old, new = int(row.key), int(row.key) + rows
        if 0 <= new < len(here):
            items = list(here)
            items.insert(new, items.pop(old))
            self._put(self._path, items)
            self.table.choose(str(new))


def _key_problem(kind: Any, book: RuleBook, text: str) -> str:
    return shape.read_line(kind, text, book.context)[1] if text else "write what is to be added"
