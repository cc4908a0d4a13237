"""What in a rule book the settings do not let be dialled: numbers, endpoints, extensions, and the trunks they leave by.

Asks the gate that calls ask, before anything rings. What is not known is not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fsrouter.engine.lint.findings import Finding, finding
from fsrouter.engine.lint.installation import Installation
from fsrouter.engine.lint.references import References
from fsrouter.engine.model import failsafes
from fsrouter.engine.model.rulebook import RuleBook
from fsrouter.engine.model.schema import Path
from fsrouter.errors import Refused

#: Something that is dialled: where it stands, what is asked of it, and itself.
Dialled = tuple[Path, Callable[[str], object], str]


def closed(book: RuleBook, known: Installation) -> Iterator[Finding]:
    """Everything that must not be dialled, and numbers for which there is no trunk."""
    gate = known.gate(book)
    if gate is None:
        return
    refs = References(book)
    numbers = list(refs.dialled)
    asked: list[Dialled] = [(path, gate.number, number) for path, number in numbers]
    endpoints = ((name, agent.endpoint) for name, agent in book.agents.items() if agent.endpoint)
    asked += [(("agents", name, "endpoint"), gate.endpoint, endpoint) for name, endpoint in endpoints]
    asked += [(path, gate.extension, there.name) for there, path in refs.places if there.kind == "extension"]
    asked += [(path, gate.trunk, trunk) for path, trunk in _trunks(book)] if numbers else []
    for path, ask, text in asked:
        try:
            ask(text)
        except Refused as why:
            yield finding("not-dialled", path, str(why))


def _trunks(book: RuleBook) -> Iterator[tuple[Path, str]]:
    """The trunks by which calls leave, each once: the company's for its queues and wherever a number has none."""
    own = {tracking.trunk: number for number, tracking in book.tracking_numbers.items()}
    queued = any(far_end.number for far_end in failsafes.queue_agents(book).values())
    if "" in own or queued or not own:
        yield ("trunk" if book.header.trunk else "company",), book.header.trunk
    yield from ((("tracking_numbers", number, "trunk"), trunk) for trunk, number in own.items() if trunk)
