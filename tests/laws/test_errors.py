"""One tree of errors: every class that is raised on purpose descends from Error, and its drawing has them all."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator

import click
import pytest

import fsrouter
from fsrouter.cli.exit_codes import exits
from fsrouter.errors import Error, Refused
from fsrouter.esl import validation


def classes() -> Iterator[type[BaseException]]:
    """Every class of an exception in fsrouter; the simulator plays FreeSWITCH, and knows nothing of it."""
    for found in pkgutil.walk_packages(fsrouter.__path__, "fsrouter."):
        if found.name.endswith("__main__") or found.name.startswith("fsrouter.simulator"):
            continue
        for value in vars(importlib.import_module(found.name)).values():
            if inspect.isclass(value) and issubclass(value, BaseException) and value.__module__ == found.name:
                yield value


CLASSES = tuple(classes())


def drawn() -> dict[str, tuple[str, int]]:
    """The drawing: the base and the exit code of each class by its name."""
    found: dict[str, tuple[str, int]] = {}
    above: list[str] = []
    for lead, name, code in re.findall(r"^ {4}((?:[|` -]{4})*)(\w+) +exit (\d)", Error.__doc__ or "", re.M):
        depth = len(lead) // 4
        found[name] = (above[depth - 1] if depth else "", int(code))
        above[depth:] = [name]
    return found


def test_drawing_has_every_class_with_its_base_and_exit_code() -> None:
    ours = {each.__name__: each for each in CLASSES}
    assert len(ours) == len(CLASSES) > 25, "two classes of one name"
    bases = {name: next((b.__name__ for b in each.__bases__ if b in CLASSES), "") for name, each in ours.items()}
    assert drawn() == {name: (bases[name], getattr(each, "exit_code", -1)) for name, each in ours.items()}


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_command_ends_with_its_exit_code(kind: type[Error], capsys: pytest.CaptureFixture[str]) -> None:
    context = click.Context(click.Command("x"))
    error = kind.__new__(kind)
    error.args = ("it is wrong",)
    with pytest.raises(click.exceptions.Exit) as ended, exits(context):
        raise error
    assert ended.value.exit_code == drawn()[kind.__name__][1]
    assert "it is wrong" in capsys.readouterr().err


def test_refused_says_why_what_of_and_which_character() -> None:
    with pytest.raises(ValueError, match="refused as uuid: it has the character ' '") as caught:
        validation.uuid("a b")
    assert isinstance(caught.value, Refused) and (caught.value.kind, caught.value.character) == ("uuid", " ")
    assert str(Refused("is no duration; write 25s")) == "is no duration; write 25s"
