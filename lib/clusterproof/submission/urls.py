"""Whether addresses can be reached: asked only where a person wants it, honestly, and with doubts kept as doubts."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urlsplit

from clusterproof import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterproof.submission.submission import Submission

AGENT = f"clusterproof/{__version__} (checks the links of a Kubernetes AI conformance submission)"
HEADERS = {"User-Agent": AGENT, "Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
WITHIN = 15.0  # seconds for one answer
TRIES, PAUSE = 3, 1.0  # tries of one address; seconds before the second, twice as many before the third
WORKERS = 8
_BAD, _BROKEN = 400, 500
_UNSURE = frozenset({401, 403, 407, 451})
_LATER = frozenset({408, 425, 429})


class Reached(StrEnum):
    """What is known of an address after asking."""

    YES = "reached"
    GONE = "gone"
    UNSURE = "cannot tell"
    TRANSIENT = "no answer now"
    PRIVATE = "not public"


@dataclass(frozen=True)
class Answer:
    """What an address answered; ``why`` is a part of a sentence."""

    reached: Reached
    why: str = ""


def targets(submission: Submission) -> Iterator[str]:
    """Yield the addresses that the validator would ask."""
    for _, value in (submission.value(name) for name in _fields()):
        if isinstance(value, str) and value.startswith("http"):
            yield value
    for _, item in submission.judged:
        yield from (entry.text for entry in item.links if entry.text.startswith(("http://", "https://")))


def reach(addresses: Iterable[str], known: dict[str, Answer] | None = None) -> dict[str, Answer]:
    """Return what addresses answer, each asked once whatever its fragment, several at the same time.

    ``known`` are answers of an earlier time, which are not asked for again. Never raises; hangs on no server.
    """
    found = dict(known or {})
    wanted = list(dict.fromkeys(base(each) for each in addresses))
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for each in wanted:
        if each not in found:
            waiting.put(each)
    answers: queue.SimpleQueue[tuple[str, Answer]] = queue.SimpleQueue()
    rest = waiting.qsize()
    for _ in range(min(WORKERS, rest)):  # daemons: a server that drips bytes must not hold the command
        threading.Thread(target=_work, args=(waiting, answers), daemon=True).start()
    deadline = time.monotonic() + TRIES * (2 * WITHIN + PAUSE * TRIES) * (1 + rest // WORKERS)
    for _ in range(rest):
        try:
            address, answer = answers.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        found[address] = answer
    late = Answer(Reached.TRANSIENT, "it had not answered when the time was over")
    return {each: found.get(each, late) for each in wanted}


def base(address: str) -> str:
    """Return an address without its fragment, which no server is told."""
    return urldefrag(address.strip())[0] if "#" in address else address.strip()


def ask(address: str) -> Answer:
    """Return what one address answers."""
    try:
        url = _quoted(address)
        if not public(urlsplit(url).hostname or ""):
            return Answer(Reached.PRIVATE, "its host has no public address")
    except (ValueError, UnicodeError):
        return Answer(Reached.GONE, "it is no valid address")
    except OSError as error:
        return Answer(Reached.TRANSIENT, f"its host is not found ({error.strerror or error})")
    answer = Answer(Reached.TRANSIENT)
    for number in range(TRIES):
        time.sleep(PAUSE * number)
        answer = _answer(url)
        if answer.reached is not Reached.TRANSIENT:
            break
    return answer


def public(host: str) -> bool:
    """Return whether all addresses of a host are public; evidence elsewhere is for nobody, and none of our business.

    Raises:
        OSError: there is no such host, or no resolver.
    """
    found = {each[4][0] for each in socket.getaddrinfo(host, None)}
    return all(ipaddress.ip_address(str(each).partition("%")[0]).is_global for each in found)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but not into a private network."""

    def redirect_request(self, *words: Any) -> Any:
        """Refuse to be led where nobody outside can go; the last word is the new address."""
        if not public(urlsplit(str(words[-1])).hostname or ""):
            raise urllib.error.URLError("it leads into a private network")
        return super().redirect_request(*words)


def _work(waiting: queue.SimpleQueue[str], answers: queue.SimpleQueue[tuple[str, Answer]]) -> None:
    while True:
        try:
            address = waiting.get_nowait()
        except queue.Empty:
            return
        answers.put((address, ask(address)))


def _answer(url: str) -> Answer:
    answer = Answer(Reached.TRANSIENT)
    for method in ("HEAD", "GET"):  # many servers refuse HEAD, in every way there is
        try:
            status = _status(url, method)
        except (OSError, HTTPException, ValueError) as error:
            why = getattr(error, "reason", None) or error
            answer = Answer(Reached.TRANSIENT, f"{type(error).__name__}: {why}")
            continue
        if status < _BAD:
            return Answer(Reached.YES)
        answer = Answer(_meaning(status), f"HTTP {status}")
    return answer


def _meaning(status: int) -> Reached:
    if status in _UNSURE:
        return Reached.UNSURE
    return Reached.TRANSIENT if status >= _BROKEN or status in _LATER else Reached.GONE


def _status(url: str, method: str) -> int:
    request = urllib.request.Request(url, headers=HEADERS, method=method)  # noqa: S310 - only http and https come here
    try:
        with urllib.request.build_opener(_Redirects).open(request, timeout=WITHIN) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def _quoted(address: str) -> str:
    """Return an address that can be sent; what is escaped already stays as it is."""
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(address)
    host = parts.netloc.encode("idna").decode() if not parts.netloc.isascii() else parts.netloc
    return parts._replace(netloc=host, path=quote(parts.path, "/%:@!$&'()*+,;=~-._"),
                          query=quote(parts.query, "/%:@!$&'()*+,;=~-._?"), fragment="").geturl()  # fmt: skip


def _fields() -> tuple[str, ...]:
    from clusterproof.submission.submission import FIELDS  # noqa: PLC0415 - it names the answers of this module

    return FIELDS
