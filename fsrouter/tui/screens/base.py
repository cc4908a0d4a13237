"""The base of the screens: each shows a picture of the database and keeps it fresh.

A picture is made by a query in a thread, which never touches the screen: it posts a message, and the screen's handlers
alone change what is seen. The next look is timed when a picture has arrived, never by a clock of its own, so a slow
database is not asked twice at once. When the database is away the last picture stays, with its age, until it is back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget

from fsrouter.engine.walk.trace import age
from fsrouter.errors import Error
from fsrouter.tui.context import Context
from fsrouter.tui.widgets.dialogs import Ask, Confirm
from fsrouter.tui.widgets.filter import FilterInput
from fsrouter.tui.widgets.frame import Foot, Masthead, Status
from fsrouter.tui.widgets.table import Table

P = TypeVar("P")
T = TypeVar("T")


class Filterable(Protocol):
    """What a filter by words can be asked for."""

    @property
    def text(self) -> str: ...


F = TypeVar("F", bound=Filterable)


def narrow_below(width: int) -> list[tuple[int, str]]:
    """Breakpoints for a screen that is `-narrow` in fewer columns than `width`, else `-wide`."""
    return [(0, "-narrow"), (width, "-wide")]


class GoTo(Message):
    """Somebody wants to go somewhere: `where` is what could be typed at `:`."""

    def __init__(self, where: str) -> None:
        super().__init__()
        self.where = where


class Done(Message):
    """Something has been done in a thread: `then` is what the screen does with its result."""

    def __init__(self, then: Callable[[Any], None], result: Any) -> None:
        super().__init__()
        self.then, self.result = then, result


class DashboardScreen(Screen[None], Generic[P]):
    """A screen with a picture. `MODE` is its place, `ABOUT` what it is for, `PERIOD` seconds between two looks."""

    MODE: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    PERIOD: float = 1.0
    #: Actions that change something, which `--read-only` takes away.
    WRITES: ClassVar[frozenset[str]] = frozenset()
    #: What a filter of this screen may be; "" for a screen without one.
    FILTER: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "reload", "Look again", show=False, id="board.reload")
    ]

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.picture: P | None = None
        self.words: tuple[str, ...] = ()
        self._pictured = 0.0
        self._loading = False
        self._again = False
        self._next: Timer | None = None

    @property
    def above(self) -> str:
        """The place that the masthead shows."""
        return self.MODE

    # What a screen is made of

    def loader(self) -> Callable[[], P]:
        """What makes the next picture; it is called in a thread and must not touch the screen."""
        raise NotImplementedError

    def show(self, picture: P) -> None:
        """Put a picture on the screen."""
        raise NotImplementedError

    def body(self) -> Iterable[Widget]:
        """What stands between masthead and foot."""
        raise NotImplementedError

    @property
    def table(self) -> Table[Any]:
        """The table that lists what the screen is about."""
        return self.query_one(Table)

    def compose(self) -> ComposeResult:
        yield Masthead(self.above)
        yield Status()
        yield from self.body()
        if self.FILTER:
            yield FilterInput(self.FILTER)
        yield Foot()

    def set_status(self, text: str, beside: str = "") -> None:
        """Show how the picture stands."""
        status = self.query_one(Status)
        status.text, status.beside = text, beside

    def redraw(self) -> None:
        """Show the same picture again, as it is to be seen by now."""
        if self.picture is not None:
            self.show(self.picture)

    # How it is kept fresh

    def on_screen_resume(self) -> None:
        context = self.context
        aside = (context.company, "read-only" if context.read_only else "", context.who)
        self.query_one(Masthead).aside = " · ".join(filter(None, aside))
        self.reload()

    def action_reload(self) -> None:
        """Look again, now."""
        self.reload()

    def reload(self) -> None:
        """Have a new picture made; when one is being made already, another one after it."""
        if self._loading:
            self._again = True
            return
        if self._next:
            self._next.stop()
        self._loading, self._again = True, False
        load = self.loader()
        self.run_worker(lambda: self._load(load), thread=True, group="look", name=f"look {self.MODE}")

    def _load(self, load: Callable[[], P]) -> None:
        try:
            self.post_message(Done(self._loaded, load()))
        except Exception as error:
            self.post_message(Done(self._failed, error))

    def _loaded(self, picture: P) -> None:
        self.picture, self._pictured = picture, self.context.clock()
        self.query_one(Status).trouble = ""
        self.show(picture)
        self._await_next()

    def _failed(self, error: Exception) -> None:
        why = str(error) if isinstance(error, Error) else f"the picture could not be made: {error!r}"
        old = f"picture {age(self.context.clock() - self._pictured)} old: " if self._pictured else ""
        self.query_one(Status).trouble = f"{old}{why.splitlines()[0]}"
        self._await_next()

    def _await_next(self) -> None:
        self._loading = False
        if self._again:
            self.reload()
        elif self.refreshes():
            self._next = self.set_timer(self.PERIOD, self._look_again)

    def refreshes(self) -> bool:
        """Whether this screen looks again by itself."""
        return True

    def _look_again(self) -> None:
        if self.is_current or (isinstance(self.app.screen, ModalScreen) and self in self.app.screen_stack):
            self.reload()

    @on(Done)
    def _done(self, message: Done) -> None:
        message.then(message.result)

    # What works on every screen

    def find(self, *what: str) -> None:
        """Find something here: what the filter lets through."""
        self.query_one(FilterInput).open(*what)

    def action_filter(self) -> None:
        """Show only what a filter lets through."""
        self.find()

    @on(FilterInput.Edited)
    def _filter_edited(self, message: FilterInput.Edited) -> None:
        self.filter_by(message.text)

    def filter_by(self, text: str) -> None:
        """Show what a filter lets through: what has all of its words."""
        self.words = tuple(text.casefold().split())
        self.redraw()

    def filtered(self, items: Sequence[F]) -> Sequence[F]:
        """The items that have all words of the filter in their text."""
        if not self.words:
            return items
        texts = ((item, item.text.casefold()) for item in items)
        return [item for item, text in texts if all(word in text for word in self.words)]

    def action_other(self) -> None:
        """Go to the other table."""
        self.focus_next("Table")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (self.context.read_only and action in self.WRITES)

    def ask(self, dialog: Ask, then: Callable[[str], None]) -> None:
        """Have a line typed, and go on with it unless the operator gives up."""
        self.app.push_screen(dialog, lambda line: None if line is None else then(line))

    def confirm(self, question: str, act: Callable[[], None], more: Sequence[str] = ()) -> None:
        """Ask a question, and act when the answer is yes."""
        self.app.push_screen(Confirm(question, more), lambda yes: act() if yes else None)

    def run_job(self, job: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do something in a thread, and then go on with its result. The operator is told of an error of ours."""
        self.run_worker(lambda: self._do(job, then), thread=True, group="work", name=f"work {self.MODE}")

    def _do(self, job: Callable[[], T], then: Callable[[T], None]) -> None:
        try:
            result = job()
        except Error as error:
            self.post_message(Done(self.report_problem, str(error)))
        except Exception as error:  # a fault of ours, which must not take the picture away from the operator
            self.post_message(Done(self.report_problem, f"that did not work: {error!r}"))
        else:
            self.post_message(Done(then, result))

    def report(self, what: str) -> None:
        """Tell the operator what was done."""
        self.notify(what, markup=False, timeout=4)

    def report_change(self, what: str) -> None:
        """Tell the operator what was done, and show it."""
        self.report(what)
        self.reload()

    def report_problem(self, what: str) -> None:
        """Tell the operator what did not work."""
        self.notify(what, severity="error", markup=False, timeout=8)
