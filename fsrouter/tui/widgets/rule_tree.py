"""The rule book as a tree by kind; a `*` marks what the draft changes, a `!` what there is a finding about."""

from __future__ import annotations

from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from fsrouter.engine.model.rulebook import SECTIONS
from fsrouter.tui.editing.draft import COMPANY, Place
from fsrouter.tui.queries.rule_draft import RuleDraft
from fsrouter.tui.widgets.text import sanitize


class RuleTree(Tree[Place]):
    """Sections, and the names in them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "Down", show=False, id="tree.down"),
        Binding("k", "cursor_up", "Up", show=False, id="tree.up"),
        Binding("left", "fold", "Fold", show=False, id="tree.fold"),
        Binding("right", "unfold", "Unfold, or go in", show=False, id="tree.unfold"),
    ]

    def __init__(self) -> None:
        super().__init__("rule book")
        self.show_root = False
        self.guide_depth = 2
        self._sections: dict[str, TreeNode[Place]] = {}
        self._leaves: dict[Place, TreeNode[Place]] = {}

    def show(self, picture: RuleDraft) -> None:
        """Have the tree be that of a draft; what is unfolded and chosen stays so."""
        for section in (COMPANY, *SECTIONS):
            names = picture.draft.names(section)
            node = self._sections.get(section)
            if node is None:
                node = self._sections[section] = self.root.add(Text(section), data=(section, ""))
            self._label(node, _heading(picture, section, names))
            before = [name for (place, name) in self._leaves if place == section]
            if before != names:
                self._replace(node, section, names)
            for name in names:
                self._label(self._leaves[section, name], _leaf(picture, section, name))

    def _replace(self, node: TreeNode[Place], section: str, names: list[str]) -> None:
        node.remove_children()
        self._leaves = {place: leaf for place, leaf in self._leaves.items() if place[0] != section}
        for name in names:
            self._leaves[section, name] = node.add_leaf(Text(sanitize(name)), data=(section, name))

    def _label(self, node: TreeNode[Place], label: str) -> None:
        if str(node.label) != label:
            node.set_label(Text(label))

    def reveal(self, section: str, name: str) -> None:
        """Unfold what a definition is in, and choose it."""
        leaf = self._leaves.get((section, name))
        if leaf is not None:
            self._sections[section].expand()
            self.call_after_refresh(self.move_cursor, leaf)

    def action_fold(self) -> None:
        """Fold the section that the cursor is in."""
        node = self.cursor_node
        section = self._sections.get(node.data[0]) if node and node.data else None
        if section is not None:
            self.move_cursor(section)
            section.collapse()

    def action_unfold(self) -> None:
        """Unfold a section; of a definition, go into it."""
        node = self.cursor_node
        if node is not None and node.allow_expand:
            node.expand()
        elif node is not None:
            self.action_select_cursor()


def _heading(picture: RuleDraft, section: str, names: list[str]) -> str:
    marks = _marks(
        any(place == section for place, _ in picture.draft.edits), any(place == section for place, _ in picture.remarks)
    )
    return f"{section} {f'{len(names)} ' if section != COMPANY else ''}{marks}".rstrip()


def _leaf(picture: RuleDraft, section: str, name: str) -> str:
    marks = _marks((section, name) in picture.draft.edits, (section, name) in picture.remarks)
    value: Any = picture.book.section(section).get(name) if section != COMPANY else None
    title = getattr(value, "title", "") or getattr(value, "label", "") or getattr(value, "name", "")
    reach = picture.reaches.get((section, name))
    return sanitize("  ".join(filter(None, (f"{name} {marks}".rstrip(), title, reach.short if reach else ""))))


def _marks(changed: bool, remarked: bool) -> str:
    return "*" * changed + "!" * remarked
