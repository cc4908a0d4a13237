"""Putting a caller on a list: what is asked for it, wherever it is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fsrouter.engine.model.lists import typed
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.tui.queries.lists import problem, put, reason_problem, until_problem
from fsrouter.tui.screens.base import DashboardScreen
from fsrouter.tui.widgets.dialogs import Ask, among


def put_on_a_list(
    screen: DashboardScreen[Any], book: RuleBook, name: str, value: str = "", then: Callable[[str], None] | None = None
) -> None:
    """Ask what is to stand on a list (`value` stands there already), why, and until when; and put it there. `then` is
    told in words what was done; the screen looks again when it is not given.
    """
    who = Ask(
        f"Put whom on {name}?",
        value,
        hint="a number, its beginning as +1900*, or contact:ID",
        check=partial(problem, book),
    )
    why = Ask(
        f"Why on {name}?", hint="a reason for those who come after you; or nothing", check=reason_problem, optional=True
    )
    until = Ask(
        f"Until when on {name}?",
        hint="30d, 18:00, 2026-12-31T18:00; nothing for ever",
        check=partial(until_problem, screen.context, book),
        optional=True,
    )

    def write(what: str, reason: str, end: str) -> None:
        context = screen.context

        def job() -> str:
            zone, now = book.header.timezone, context.clock()
            entry = typed(name, what, book.context, zone=zone, now=now, who=context.who, reason=reason, until=end)
            return put(context, book.company, entry)

        screen.run_job(job, then or screen.report_change)

    screen.ask(who, lambda what: screen.ask(why, lambda reason: screen.ask(until, partial(write, what, reason))))


def choose_a_list(screen: DashboardScreen[Any], book: RuleBook, question: str, then: Callable[[str], None]) -> None:
    """Ask which of a rule book's lists is meant, and go on with its name; the only one is not asked for."""
    if not book.lists:
        screen.report_problem(f"the rule book of {book.company} has no lists; add one under `lists`")
        return
    if len(book.lists) == 1:
        then(next(iter(book.lists)))
        return
    choices = [(name, each.title) for name, each in book.lists.items()]
    known = ", ".join(book.lists)
    check = lambda text: "" if text in book.lists else f"there is no list {text!r}; there are {known}"  # noqa: E731
    screen.ask(Ask(question, complete=among(choices), check=check), then)
