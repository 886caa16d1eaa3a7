"""What a route matches: headers by their exact name and value, paths by whole elements, each request for itself."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterproof.instruments.completions import arrived, streamed, whole
from clusterproof.instruments.routing import MANY, ref, said, served
from clusterproof.instruments.traffic import AT_ONCE, Request
from clusterproof.model import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterproof.bench.bench import Bench
    from clusterproof.instruments.traffic import Target
    from clusterproof.model import Observation

HEADER, MODEL = "X-Model", "b"
OTHERS = (  # what a match that is not exact would take for the model
    (HEADER, "bb"),
    (HEADER, "ab"),
    (HEADER, "B"),
    (HEADER, "a b"),
    ("X-Model-Name", MODEL),
)
PREFIX = "/models"
PATHS = {"/models/hostname": "b", "/models-b/hostname": "a", "/modelsb/hostname": "a", "/all/models/hostname": "a"}
KEPT = 26  # requests on one connection
STREAMS = 3


def rules() -> list[dict[str, Any]]:
    """Return the rules of a route: what is special goes to one backend, all else to the other one."""
    header = {"headers": [{"type": "Exact", "name": HEADER.lower(), "value": MODEL}]}
    path = {"path": {"type": "PathPrefix", "value": PREFIX}}
    special = [{"matches": [match], "backendRefs": [ref("b")]} for match in (header, path)]
    return [{"backendRefs": [ref("a")]}, *special]


def matched(bench: Bench, target: Target) -> Iterator[Observation]:
    """Send what matches, and what nearly does."""
    claim = f"Every request with {HEADER}: {MODEL} reaches the backend of that model"
    yield served(bench, claim, replace(target, headers={HEADER: MODEL}), frozenset({"b"}))
    yield bench.observe(
        f"No request with another name or value of {HEADER} reaches that backend",
        kind=Kind.NEGATIVE,
        expected={f"{name}: {value}": {"a": MANY} for name, value in OTHERS},
        actual={f"{name}: {value}": dict(target.tally(MANY, said, {name: value})) for name, value in OTHERS},
    )
    pairs = [pair for pairs in _in_turns(target) for pair in pairs]
    yield bench.observe(
        "On one connection each request goes where its own headers say",
        expected={"a for a": len(pairs) // 2, "b for b": len(pairs) // 2},
        actual=dict(Counter(pairs)),
    )
    yield bench.observe(
        "A path prefix matches whole elements of a path, from its beginning",
        kind=Kind.NEGATIVE,
        expected={path: {server: MANY} for path, server in PATHS.items()},
        actual={path: dict(Counter(target.answers([Request(path)] * MANY, said))) for path in PATHS},
    )


def _in_turns(target: Target) -> list[list[str]]:
    """Send requests for either backend in turns on some connections; return who has answered, and for whom."""
    requests = [Request(headers={HEADER: MODEL} if number % 2 else {}) for number in range(KEPT)]

    def on_one(_number: int) -> list[str]:
        answers = target.kept(requests, said)
        return [f"{name} for {'ab'[number % 2]}" for number, name in enumerate(answers)]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(on_one, range(AT_ONCE)))


def completed(bench: Bench, target: Target) -> Iterator[Observation]:
    """Send completions, whole ones and streams, to the backend of a model."""
    to = replace(target, headers={HEADER: MODEL})
    yield bench.observe(
        "Every completion arrives at the server of its model as it was sent",
        expected={"b": MANY},
        actual=dict(arrived(to, MANY)),
    )
    words = whole(to)
    streams = [streamed(to) for _ in range(STREAMS)]
    yield bench.observe(
        "Every word of a stream comes before the server sends the next one",
        expected=f"{words!r}, each word alone",
        actual=streams,
        holds=all(_is_stream(each, words) for each in streams),
    )


def _is_stream(seen: dict[str, Any], words: str) -> bool:
    return bool(words) and seen["says"] == words and seen["ended"] and seen["words"] == seen["came alone"] > 1
