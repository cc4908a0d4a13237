"""The board: a screen that shows a picture of the database and keeps it fresh.

A picture is made by a query in a thread, which never touches the screen: it posts a message, and the board's handlers
alone change what is seen. The next look is timed when a picture has arrived, never by a clock of its own, so a slow
database is not asked twice at once. When the database is away the last picture stays, with its age, until it is back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget

from fsrouter.engine.walk.trace import age
from fsrouter.errors import Error
from fsrouter.tui.widgets.frame import Foot, Masthead, Status

if TYPE_CHECKING:
    from fsrouter.tui.app import Dashboard

P = TypeVar("P")
T = TypeVar("T")


def narrow_below(width: int) -> list[tuple[int, str]]:
    """Breakpoints for a screen that is `-narrow` in fewer columns than `width`, else `-wide`."""
    return [(0, "-narrow"), (width, "-wide")]


class Loaded(Message):
    """A picture has been made; `looked` says which look it answers."""

    def __init__(self, picture: Any, looked: int) -> None:
        super().__init__()
        self.picture, self.looked = picture, looked


class Failed(Message):
    """A picture could not be made, and why."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class Done(Message):
    """A piece of work is done: `then` is what the board does with its result."""

    def __init__(self, then: Callable[[Any], None], result: Any) -> None:
        super().__init__()
        self.then, self.result = then, result


class Board(Screen[None], Generic[P]):
    """A screen with a picture. `MODE` is its place, `ABOUT` what it is for, `PERIOD` seconds between two looks."""

    MODE: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    PERIOD: float = 1.0
    #: Actions that change something, which `--read-only` takes away.
    WRITES: ClassVar[frozenset[str]] = frozenset()
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "reload", "Look again", show=False, id="board.reload")
    ]
    DEFAULT_CSS = "Board { overflow: hidden; background: $surface; }"

    def __init__(self) -> None:
        super().__init__()
        self.picture: P | None = None
        self.pictured = 0.0
        self._looked = 0
        self._looking = False
        self._again = False
        self._next: Timer | None = None

    @property
    def dashboard(self) -> Dashboard:
        """The program that this board belongs to."""
        return cast("Dashboard", self.app)

    @property
    def above(self) -> str:
        """The place that the masthead shows."""
        return self.MODE

    # What a board is made of

    def painter(self) -> Callable[[], P]:
        """What makes the next picture; it is called in a thread and must not touch the screen."""
        raise NotImplementedError

    def show(self, picture: P) -> None:
        """Put a picture on the screen."""
        raise NotImplementedError

    def body(self) -> Iterable[Widget]:
        """What stands between masthead and foot."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield Masthead(self.above)
        yield Status()
        yield from self.body()
        yield Foot()

    def say(self, said: str, beside: str = "") -> None:
        """Say how the picture stands."""
        status = self.query_one(Status)
        status.said, status.beside = said, beside

    # How it is kept fresh

    def on_screen_resume(self) -> None:
        self.query_one(Masthead).aside = self.dashboard.aside
        self.reload()

    def action_reload(self) -> None:
        """Look again, now."""
        self.reload()

    def reload(self) -> None:
        """Have a new picture made; when one is being made already, another one after it."""
        if self._looking:
            self._again = True
            return
        if self._next:
            self._next.stop()
        self._looking, self._again = True, False
        self._looked += 1
        query, looked = self.painter(), self._looked
        self.run_worker(lambda: self._work(query, looked), thread=True, group="look", name=f"look {self.MODE}")

    def _work(self, query: Callable[[], P], looked: int) -> None:
        try:
            self.post_message(Loaded(query(), looked))
        except Exception as error:
            self.post_message(Failed(error))

    @on(Loaded)
    def _loaded(self, message: Loaded) -> None:
        self.picture, self.pictured = message.picture, self.dashboard.clock()
        self.query_one(Status).trouble = ""
        self.show(message.picture)
        self._looked_once()

    @on(Failed)
    def _failed(self, message: Failed) -> None:
        error = message.error
        told = str(error) if isinstance(error, Error) else f"the picture could not be made: {error!r}"
        old = f"picture {age(self.dashboard.clock() - self.pictured)} old: " if self.pictured else ""
        self.query_one(Status).trouble = f"{old}{told.splitlines()[0]}"
        self._looked_once()

    def _looked_once(self) -> None:
        self._looking = False
        if self._again:
            self.reload()
        elif self.looks_again():
            self._next = self.set_timer(self.PERIOD, self._look)

    def looks_again(self) -> bool:
        """Whether this board looks again by itself."""
        return True

    def _look(self) -> None:
        if self.is_current or (isinstance(self.app.screen, ModalScreen) and self in self.app.screen_stack):
            self.reload()

    # What it has done

    def work(self, what: Callable[[], T], then: Callable[[T], None]) -> None:
        """Have something done in a thread, and then go on with its result. An error of ours is told to the operator."""
        self.run_worker(lambda: self._do(what, then), thread=True, group="work", name=f"work {self.MODE}")

    def _do(self, what: Callable[[], T], then: Callable[[T], None]) -> None:
        try:
            result = what()
        except Error as error:
            self.post_message(Done(self.complain, str(error)))
        except Exception as error:  # a fault of ours, which must not take the picture away from the operator
            self.post_message(Done(self.complain, f"that did not work: {error!r}"))
        else:
            self.post_message(Done(then, result))

    @on(Done)
    def _done(self, message: Done) -> None:
        message.then(message.result)

    def complain(self, what: str) -> None:
        """Tell the operator what did not work."""
        self.notify(what, severity="error", markup=False, timeout=8)

    def tell(self, what: str) -> None:
        """Tell the operator what was done."""
        self.notify(what, markup=False, timeout=4)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (self.dashboard.read_only and action in self.WRITES)
