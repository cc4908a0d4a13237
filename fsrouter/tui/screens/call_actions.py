"""What can be done with a call wherever one is seen: hang up, send elsewhere, tag, score.

Each asks first and names the call; the router that has the call does it, and what came of it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from textual.binding import Binding, BindingType

from fsrouter.engine.model.destinations import destination
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.store import commands
from fsrouter.tui.screens.base import Board, P
from fsrouter.tui.screens.dialogs import Ask, Confirm, among

#: Scores that can be given (`fsrouter calls score`).
BEST = 100


class Calling(Board[P]):
    """A board on which a call can be chosen."""

    WRITES: ClassVar[frozenset[str]] = frozenset({"hang_up", "transfer", "tag", "score"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "hang_up", "Hang up", id="calls.hangup"),
        Binding("x", "transfer", "Transfer", id="calls.transfer"),
        Binding("t", "tag", "Tag", id="calls.tag"),
        Binding("r", "score", "Score", id="calls.score"),
    ]

    def call_here(self) -> tuple[str, str, str] | None:
        """The chosen call: its uuid, its company, and how a confirmation names it; None when there is none."""
        raise NotImplementedError

    def action_hang_up(self) -> None:
        """End the chosen call."""
        here = self.call_here()
        if here:
            uuid, _, name = here
            self._sure(f"Hang up the call of {name}?", partial(self._order, uuid, "hangup", ""))

    def action_transfer(self) -> None:
        """Send the chosen call somewhere else."""
        here = self.call_here()
        book = self.dashboard.library.known.get(here[1]) if here else None
        if here is None or book is None:
            return
        uuid, _, name = here
        ask = Ask(
            f"Transfer the call of {name} to",
            says="a destination of the rule book; tab completes",
            complete=among(commands.targets(book)),
            check=partial(commands.flaw, book),
        )
        self.app.push_screen(ask, partial(self._transfer, uuid, name))

    def _transfer(self, uuid: str, name: str, where: str | None) -> None:
        if where:
            self._sure(f"Transfer the call of {name} to {where}?", partial(self._order, uuid, "transfer", where))

    def action_tag(self) -> None:
        """Give the chosen call a tag."""
        here = self.call_here()
        book = self.dashboard.library.known.get(here[1]) if here else None
        if here is None or book is None:
            return
        uuid, _, name = here
        ask = Ask(f"Tag the call of {name} with", check=partial(_tag_flaw, book))
        self.app.push_screen(ask, partial(self._tag, uuid, name))

    def _tag(self, uuid: str, name: str, tag: str | None) -> None:
        if tag:
            self._sure(f"Tag the call of {name} with {tag}?", partial(self._order, uuid, "tag", tag))

    def action_score(self) -> None:
        """Score the chosen call."""
        here = self.call_here()
        if here is None:
            return
        uuid, _, name = here
        ask = Ask(
            f"Score the call of {name} with", says=f"0 to {BEST}; rules see it at the next call", check=score_flaw
        )
        self.app.push_screen(ask, partial(self._score, uuid, name))

    def _score(self, uuid: str, name: str, score: str | None) -> None:
        if score:
            self._sure(f"Score the call of {name} with {score}?", partial(self._scored, uuid, name, int(score)))

    def _scored(self, uuid: str, name: str, score: int) -> None:
        journal = self.dashboard.store.journal
        self.work(lambda: journal.score(uuid, score), lambda done: self._told(f"{name}: scored {score}"))

    def _order(self, uuid: str, verb: str, argument: str) -> None:
        store, who, stopping = self.dashboard.store, self.dashboard.who, self.dashboard.stopping
        self.work(lambda: commands.order(store, uuid, verb, argument, who, stopping), self._told)

    def _told(self, what: str) -> None:
        self.tell(what)
        self.reload()

    def _sure(self, question: str, act: Callable[[], None]) -> None:
        self.app.push_screen(Confirm(question), lambda yes: act() if yes else None)


def score_flaw(text: str) -> str:
    """What is wrong with a score that somebody types."""
    return "" if text.isascii() and text.isdigit() and int(text) <= BEST else f"write a number from 0 to {BEST}"


def _tag_flaw(book: RuleBook, text: str) -> str:
    try:
        destination(f"tag:{text}", book.context)
    except ValueError as error:
        return str(error)
    return ""
