"""What can be done with a call wherever one is seen: hang up, send elsewhere, tag, score.

Each asks first and names the call; the router that has the call does it, and what came of it is reported.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from fsrouter.engine.lint.check import destination_problem
from fsrouter.engine.model.destinations import destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import CallLine
from fsrouter.store.commands import DONE, Command
from fsrouter.tui.editing.destinations import transfer_targets
from fsrouter.tui.screens.base import DashboardScreen, P
from fsrouter.tui.widgets.dialogs import Ask, among
from fsrouter.tui.widgets.text import caller_of

#: Scores that can be given (`fsrouter calls score`).
BEST = 100


class CallActions(DashboardScreen[P]):
    """A screen on which a call can be chosen."""

    WRITES: ClassVar[frozenset[str]] = frozenset({"hang_up", "transfer", "tag", "score"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hang_up", "Hang up", id="calls.hangup"),
        Binding("x", "transfer", "Transfer", id="calls.transfer"),
        Binding("t", "tag", "Tag", id="calls.tag"),
        Binding("r", "score", "Score", id="calls.score"),
    ]

    def chosen_call(self) -> CallLine | None:
        """The chosen call; None when there is none."""
        raise NotImplementedError

    def action_hang_up(self) -> None:
        """End the chosen call."""
        call = self.chosen_call()
        if call:
            self.confirm(f"Hang up the call of {caller_of(call)}?", partial(self._command, call, "hangup", ""))

    def action_transfer(self) -> None:
        """Send the chosen call somewhere else."""
        call, book = self._call_and_book()
        if call and book:
            dialog = Ask(
                f"Transfer the call of {caller_of(call)} to",
                hint="a destination of the rule book; tab completes",
                complete=among(transfer_targets(book)),
                check=partial(destination_problem, book),
            )
            self._ask_and_confirm(dialog, partial(self._command, call, "transfer"))

    def action_tag(self) -> None:
        """Give the chosen call a tag."""
        call, book = self._call_and_book()
        if call and book:
            dialog = Ask(f"Tag the call of {caller_of(call)} with", check=partial(_tag_problem, book))
            self._ask_and_confirm(dialog, partial(self._command, call, "tag"))

    def action_score(self) -> None:
        """Score the chosen call."""
        call = self.chosen_call()
        if call:
            hint = f"0 to {BEST}; rules see it at the next call"
            dialog = Ask(f"Score the call of {caller_of(call)} with", hint=hint, check=score_problem)
            self._ask_and_confirm(dialog, partial(self._score, call))

    def _call_and_book(self) -> tuple[CallLine | None, RuleBook | None]:
        call = self.chosen_call()
        return call, self.context.rulebooks.known.get(call.company) if call else None

    def _ask_and_confirm(self, dialog: Ask, act: Callable[[str], None]) -> None:
        """Have a line typed, and act with it when the operator is sure."""
        self.ask(dialog, lambda line: self.confirm(f"{dialog.question} {line}?", partial(act, line)))

    def _score(self, call: CallLine, score: str) -> None:
        journal = self.context.store.journal
        job = partial(journal.score, call.uuid, int(score))
        self.run_job(job, lambda done: self.report_change(f"{caller_of(call)}: scored {score}"))

    def _command(self, call: CallLine, verb: str, argument: str) -> None:
        context = self.context
        run = context.store.commands.run
        job = partial(run, call.uuid, verb, argument, context.who, context.stopping, context.patience)
        self.run_job(job, self._commanded)

    def _commanded(self, command: Command) -> None:
        what = f"{command.verb} {command.argument}".strip()
        if command.result == DONE:
            self.report_change(f"{what}: done")
        else:
            self.report_problem(f"{command.verb}: {command.result}")


def score_problem(text: str) -> str:
    """What is wrong with a score that somebody types."""
    return "" if text.isascii() and text.isdigit() and int(text) <= BEST else f"write a number from 0 to {BEST}"


def _tag_problem(book: RuleBook, text: str) -> str:
    try:
        destination(f"tag:{text}", book.context)
    except ValueError as error:
        return str(error)
    return ""
