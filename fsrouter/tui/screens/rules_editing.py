"""How rules are edited: new, removed, undone, replayed on the last day's calls, saved as one revision."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from fsrouter.engine.model.rulebook import SECTIONS, RuleBook
from fsrouter.engine.model.scalars import NAME, NUMBER
from fsrouter.engine.model.schema import Tree
from fsrouter.tui.editing.draft import COMPANY, NUMBERS, Compiled, Draft, Place
from fsrouter.tui.queries.replay import Replay, Saved, replay_last_day, save
from fsrouter.tui.queries.rule_draft import RuleDraft, overlap
from fsrouter.tui.screens.base import DashboardScreen
from fsrouter.tui.screens.replay import ReplayScreen
from fsrouter.tui.screens.revisions import Revisions
from fsrouter.tui.widgets.dialogs import Ask, among


class RulesEditing(DashboardScreen[RuleDraft]):
    """A screen with a draft of a rule book, and a definition that is looked at."""

    WRITES: ClassVar[frozenset[str]] = frozenset({"new", "forget", "undo", "redo", "try", "add", "remove", "shift"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "try", "Try, save", id="rules.save", priority=True),
        Binding("u", "undo", "Undo", id="rules.undo"),
        Binding("U,ctrl+y", "redo", "Redo", show=False, id="rules.redo"),
        Binding("n", "new", "New", id="rules.new"),
        Binding("D", "forget", "Delete", show=False, id="rules.delete"),
        Binding("H", "history", "History", id="rules.history"),
    ]

    draft: Draft | None = None
    #: The definition that is looked at.
    place: Place | None = None
    #: The revisions that were saved here and can be undone: the one before, and the one that was made.
    _made: tuple[tuple[int, int], ...] = ()

    def set_draft(self, draft: Draft, place: Place | None = None) -> None:
        """Have another draft, and perhaps look at another definition."""
        raise NotImplementedError

    def edit(self, section: str, name: str, tree: Tree) -> None:
        """Have a definition be something else in the draft."""
        if self.context.read_only:
            self.report_problem("this dashboard was started with --read-only")
        elif self.draft is not None:
            self.set_draft(self.draft.put(section, name, tree))

    def action_undo(self) -> None:
        """Undo the last edit; without one, the last revision that was saved here."""
        if self.draft is not None and self.draft.past:
            self.set_draft(self.draft.undone())
        elif self._made and self.draft is not None and self.draft.base.revision == self._made[-1][1]:
            before, made = self._made[-1]
            question = f"Undo revision {made}, which is in force, by going back to revision {before}?"
            self.confirm(question, partial(self._take_back, before))
        else:
            self.report("nothing was changed here; H shows the history, and goes back to any of it")

    def _take_back(self, revision: int) -> None:
        assert self.draft is not None
        self._made = self._made[:-1]
        context = self.context
        job = partial(
            context.store.books.rollback, self.draft.base.company, revision, context.who, context.installation
        )
        self.run_job(
            job, lambda made: self.report_change(f"undone: in force as revision {made}, from the next call on")
        )

    def action_redo(self) -> None:
        """Do again what was undone last."""
        if self.draft is not None:
            self.set_draft(self.draft.redone())

    def action_new(self) -> None:
        """Begin a new definition."""
        section = self.place[0] if self.place and self.place[0] != COMPANY else "flows"
        sections = among([(name, "") for name in SECTIONS])
        dialog = Ask("A new definition in which section?", section, complete=sections, check=_section_problem)
        self.ask(dialog, self._new_in)

    def _new_in(self, section: str) -> None:
        if self.draft is not None:
            hint = "a telephone number" if section == NUMBERS else "lower-case letters, digits, . _ -"
            check = partial(_name_problem, self.draft, section)
            self.ask(Ask(f"The name of the new one in {section}", hint=hint, check=check), partial(self._new, section))

    def _new(self, section: str, name: str) -> None:
        if self.draft is not None:
            tree = {}
            if section == NUMBERS:
                name = str(NUMBER.read(name, self.draft.base.context))
                tree = {"number": name}
            self.set_draft(self.draft.put(section, name, tree), (section, name))

    def action_forget(self) -> None:
        """Take the definition away, in the draft."""
        if self.place and self.place[0] != COMPANY and self.draft is not None:
            self.set_draft(self.draft.put(*self.place, None))

    def action_history(self) -> None:
        """Who changed what, and when."""
        if self.draft is not None:
            self.app.push_screen(Revisions(self.context, self.draft.base.company))

    # Replaying and saving

    def action_try(self) -> None:
        """Replay the last day's calls by the draft, and save it."""
        draft = self.draft
        if draft is None or not draft.edits:
            self.report("nothing is changed, so there is nothing to save")
            return
        context, picture = self.context, self.picture
        known = picture.compiled if picture is not None and picture.draft is draft else None

        def replay() -> Replay | Compiled:
            compiled = known or draft.compiled(context.installation)
            return compiled if compiled.book is None else replay_last_day(context, draft.base, compiled.book)

        self.set_status("trying it on the last day's calls ...")
        self.run_job(replay, partial(self._replayed, draft))

    def _replayed(self, draft: Draft, found: Replay | Compiled) -> None:
        if isinstance(found, Replay):
            self.app.push_screen(ReplayScreen(found), partial(self._save, draft, found.new))
            return
        first, count = found.problems[0], len(found.problems)
        more = f" (and {count - 1} more; they stand beside what they speak of)" if count > 1 else ""
        self.report_problem(f"{first}{more}")
        self.reload()

    def _save(self, draft: Draft, new: RuleBook, message: str | None) -> None:
        if message:
            self.run_job(partial(save, self.context, draft.base, new, message), partial(self._saved, draft))

    def _saved(self, draft: Draft, saved: Saved) -> None:
        if not saved.refused:
            self._made = (*self._made, (draft.base.revision, saved.book.revision))
            self.report(f"saved as revision {saved.book.revision}, in force from the next call on")
            self.set_draft(Draft.of(saved.book))
            return
        both = overlap(draft.edits, saved.theirs)
        if not both:
            self.report_problem(
                f"{saved.refused}. What you changed was left alone, so your draft stands on it now: try again"
            )
            self._move(draft, saved.book)
            return
        question = "Somebody was faster and changed the same. Put your version on top of theirs, as a draft to try?"
        self.confirm(question, partial(self._move, draft, saved.book), [saved.refused.splitlines()[0], *both])

    def _move(self, draft: Draft, base: RuleBook) -> None:
        """Have the same edits of another revision."""
        self.run_job(partial(draft.onto, base), self.set_draft)


def _section_problem(text: str) -> str:
    return "" if text in SECTIONS else "is no section of the rule book"


def _name_problem(draft: Draft, section: str, text: str) -> str:
    if section == NUMBERS:
        try:
            text = str(NUMBER.read(text, draft.base.context))
        except ValueError as error:
            return str(error)
    elif not NAME.fullmatch(text):
        return "names are lower-case letters, digits, . _ -"
    return f"{text} is there already" if text in draft.names(section) else ""
