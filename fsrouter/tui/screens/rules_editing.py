"""How a draft is made, tried and saved: new, removed, undone, tried on yesterday's calls, saved as one revision."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import NAME, NUMBER
from fsrouter.engine.model.schema import Tree
from fsrouter.tui.editing.draft import COMPANY, NUMBERS, Compiled, Draft, Place
from fsrouter.tui.queries.replay import Saved, Trial, save, trial
from fsrouter.tui.queries.rule_draft import Drafted, overlap
from fsrouter.tui.screens.base import Board
from fsrouter.tui.screens.dialogs import Ask, Confirm, among
from fsrouter.tui.screens.replay import TrialScreen
from fsrouter.tui.screens.revisions import Revisions


class Drafting(Board[Drafted]):
    """A board with a draft."""

    WRITES: ClassVar[frozenset[str]] = frozenset({"new", "forget", "undo", "redo", "try", "add", "remove", "shift"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "try", "Try, save", id="rules.save", priority=True),
        Binding("u", "undo", "Undo", id="rules.undo"),
        Binding("U,ctrl+y", "redo", "Redo", show=False, id="rules.redo"),
        Binding("n", "new", "New", id="rules.new"),
        Binding("D", "forget", "Delete", show=False, id="rules.delete"),
        Binding("H", "history", "History", id="rules.history"),
    ]

    draft: Draft | None
    #: The revisions that were saved here and can be undone: the one before, and the one that was made.
    _made: tuple[tuple[int, int], ...] = ()

    @property
    def place(self) -> Place | None:
        """The definition that is looked at."""
        raise NotImplementedError

    def drafted(self, draft: Draft, place: Place | None = None) -> None:
        """Have another draft, and perhaps look at another definition."""
        raise NotImplementedError

    def edit(self, section: str, name: str, tree: Tree) -> None:
        """Have a definition be something else in the draft."""
        if self.dashboard.read_only:
            self.complain("this dashboard was started with --read-only")
        elif self.draft is not None:
            self.drafted(self.draft.put(section, name, tree))

    def action_undo(self) -> None:
        """Undo the last edit; without one, the last revision that was saved here."""
        if self.draft is not None and self.draft.past:
            self.drafted(self.draft.undone())
        elif self._made and self.draft is not None and self.draft.base.revision == self._made[-1][1]:
            before, made = self._made[-1]
            question = f"Undo revision {made}, which is in force, by going back to revision {before}?"
            self.app.push_screen(Confirm(question), lambda yes: self._take_back(before) if yes else None)
        else:
            self.tell("nothing was changed here; H shows the history, and goes back to any of it")

    def _take_back(self, revision: int) -> None:
        assert self.draft is not None
        books, company, who = self.dashboard.store.books, self.draft.base.company, self.dashboard.who
        self._made = self._made[:-1]
        self.work(lambda: books.rollback(company, revision, who), self._taken_back)

    def _taken_back(self, revision: int) -> None:
        self.tell(f"undone: in force as revision {revision}, from the next call on")
        self.reload()

    def action_redo(self) -> None:
        """Do again what was undone last."""
        if self.draft is not None:
            self.drafted(self.draft.redone())

    def action_new(self) -> None:
        """Begin a new definition."""
        section = self.place[0] if self.place and self.place[0] != COMPANY else "flows"
        ask = Ask(
            "A new definition in which section?", section, complete=among([(s, "") for s in SECTIONS]), check=_section
        )
        self.app.push_screen(ask, self._new_in)

    def _new_in(self, section: str | None) -> None:
        if section and self.draft is not None:
            says = "a telephone number" if section == NUMBERS else "lower-case letters, digits, . _ -"
            ask = Ask(f"The name of the new one in {section}", says=says, check=partial(_name, self.draft, section))
            self.app.push_screen(ask, partial(self._new, section))

    def _new(self, section: str, name: str | None) -> None:
        if name and self.draft is not None:
            tree = {}
            if section == NUMBERS:
                name = str(NUMBER.read(name, self.draft.base.context))
                tree = {"number": name}
            self.drafted(self.draft.put(section, name, tree), (section, name))

    def action_forget(self) -> None:
        """Take the definition away, in the draft."""
        if self.place and self.place[0] != COMPANY and self.draft is not None:
            self.drafted(self.draft.put(*self.place, None))

    def action_history(self) -> None:
        """Who changed what, and when."""
        if self.draft is not None:
            self.app.push_screen(Revisions(self.draft.base.company))

    # Trying and saving

    def action_try(self) -> None:
        """Try the draft on the last day's calls, and save it."""
        draft = self.draft
        if draft is None or not draft.edits:
            self.tell("nothing is changed, so there is nothing to save")
            return
        app, picture = self.dashboard, self.picture
        known = picture.compiled if picture is not None and picture.draft is draft else None
        store, now = app.store, app.clock()

        def tried() -> Trial | Compiled:
            compiled = known or draft.compiled()
            return compiled if compiled.book is None else trial(store, draft.base, compiled.book, now)

        self.say("trying it on the last day's calls ...")
        self.work(tried, partial(self._tried, draft))

    def _tried(self, draft: Draft, found: Trial | Compiled) -> None:
        if isinstance(found, Trial):
            self.app.push_screen(TrialScreen(found), partial(self._save, draft, found.new))
            return
        first, count = found.problems[0], len(found.problems)
        more = f" (and {count - 1} more; they stand beside what they speak of)" if count > 1 else ""
        self.complain(f"{first}{more}")
        self.reload()

    def _save(self, draft: Draft, new: RuleBook, message: str | None) -> None:
        if message:
            store, who = self.dashboard.store, self.dashboard.who
            self.work(lambda: save(store, draft.base, new, who, message), partial(self._saved, draft))

    def _saved(self, draft: Draft, saved: Saved) -> None:
        if not saved.refused:
            self._made = (*self._made, (draft.base.revision, saved.book.revision))
            self.tell(f"saved as revision {saved.book.revision}, in force from the next call on")
            self.drafted(Draft(saved.book))
            return
        both = overlap(draft.edits, saved.theirs)
        if not both:
            self.complain(
                f"{saved.refused}. What you changed was left alone, so your draft stands on it now: try again"
            )
            self._move(draft, saved.book)
            return
        question = "Somebody was faster and changed the same. Put your version on top of theirs, as a draft to try?"
        self.app.push_screen(
            Confirm(question, [saved.refused.splitlines()[0], *both]),
            lambda yes: self._move(draft, saved.book) if yes else None,
        )

    def _move(self, draft: Draft, base: RuleBook) -> None:
        """Have the same edits of another revision."""
        self.work(lambda: draft.onto(base), self.drafted)


def _section(text: str) -> str:
    return "" if text in SECTIONS else "is no section of the rule book"


def _name(draft: Draft, section: str, text: str) -> str:
    if section == NUMBERS:
        try:
            text = str(NUMBER.read(text, draft.base.context))
        except ValueError as error:
            return str(error)
    elif not NAME.fullmatch(text):
        return "names are lower-case letters, digits, . _ -"
    return f"{text} is there already" if text in draft.names(section) else ""
