"""`docs/pools.md` says what the web server does."""

from __future__ import annotations

import json
import re
from urllib.parse import urlencode

from paths import DOCS

from fsrouter.router.http.application import Application
from fsrouter.router.http.metrics import MEASURES
from fsrouter.router.http.server import PATIENCE
from fsrouter.router.http.visits import MOST_WAITING
from fsrouter.router.service import Service
from fsrouter.store.visitors import FACTS, PAGE, REMEMBERED
from router.http.shop import data, request

TEXT = (DOCS / "pools.md").read_text(encoding="utf-8")


def test_docs_list_every_measure() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| `fsrouter_")]
    assert rows == [f"| `fsrouter_{name}` | {kind} | {what} |" for name, kind, what, *_ in MEASURES]


def test_docs_script_sends_the_fields_that_are_understood(application: Application, service: Service) -> None:
    script = TEXT.partition("<script>")[2].partition("</script>")[0]
    sent = re.findall(r'"(\w+)"', re.search(r"\[(\"session\".*?)\]", script).group(1))  # type: ignore[union-attr]
    sent += re.findall(r'body\.set\("(\w+)"', script)
    assert sorted(sent) == sorted(["session", *FACTS])
    form = urlencode({name: f"{name}-12345678" for name in sent}).encode()
    answer = application.answer(request(method="POST", body=form))
    assert set(re.findall(r"shown\.(\w+)", script)) == set(data(answer))
    number = data(answer)["number"]
    assert set(service.store.visitors.of("acme", number, 0.0, 1800.0)) == set(FACTS)


def test_docs_answers_have_the_keys_of_real_ones(application: Application) -> None:
    shown = json.loads(re.search(r'\{"number".*\}', TEXT).group())  # type: ignore[union-attr]
    assert list(shown) == list(data(application.answer(request(query="session=session-1"))))
    health = json.loads(re.search(r'\{"status".*?\}\n', TEXT, re.DOTALL).group())  # type: ignore[union-attr]
    assert list(health) == list(data(application.answer(request("/health"))))


def test_docs_name_the_limits_in_force() -> None:
    assert f"until {REMEMBERED / 3600:g} hours after" in TEXT
    assert f"{PAGE} characters" in TEXT and f"no more than {MOST_WAITING} at once" in TEXT
    assert PATIENCE == 10 and "ten seconds" in TEXT
