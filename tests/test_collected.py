"""What was collected is compared with what was served, number by number; one sample less makes one claim false."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import pytest

from clusterproof.instruments.collected import Asked, requests, tokens, usage
from clusterproof.instruments.completions import CHAT, question
from clusterproof.instruments.exposition import parse
from clusterproof.instruments.pods import exchange
from clusterproof.manifest import backends
from clusterproof.stub.inference import serve

NAMES = {backend.name: backend.settings["metrics"] for backend in backends("ai_service_metrics")}
GOOD, SLOW, FAILING = 3, 1, 2
QUERY = re.compile(r"sum by \(pod\) \((?P<name>[\w:]+)\{(?P<labels>.*)\}\)")


class Collected:
    """A monitoring system that has collected all samples of one pod but those of a name."""

    def __init__(self, text, without=""):
        self.samples = [each for each in parse(text) if not (without and re.search(without, str(each)))]

    def query(self, expression):
        found = QUERY.fullmatch(expression)
        wanted = dict(re.findall(r'(le|finished_reason)="([^"]*)"', found["labels"]))
        mine = [each for each in self.samples if each.name == found["name"] and wanted.items() <= each.labels.items()]
        return {"served-1": sum(each.value for each in mine)} if mine else {}


@pytest.fixture(scope="module")
def told():
    """Give what a server tells after some requests, and their answers."""
    [names] = {json.dumps(each, sort_keys=True) for each in NAMES.values()}
    server = serve("127.0.0.1", {"STUB_PORT": "0", "STUB_METRICS": names})
    ways = [CHAT] * (GOOD - SLOW) + [f"{CHAT}?seconds=0.6"] * SLOW + [f"{CHAT}?fail=1"] * FAILING
    address = server.server_address[:2]
    answers = [exchange(*address, "POST", way, question().body.decode()) for way in ways]
    yield exchange(*address, "GET", "/metrics").body, answers
    server.shutdown()
    server.server_close()


def false_claims(told, without=""):
    text, answers = told

    def eventually(claim, probe, *, equals, **_):
        return SimpleNamespace(claim=claim, holds=probe() == equals)

    bench = SimpleNamespace(ledger=SimpleNamespace(namespace=lambda: "n"), eventually=eventually)
    asked = Asked(bench, Collected(text, without), next(iter(NAMES.values())))
    seen = [
        *requests(asked, good=GOOD, slow=SLOW, every=GOOD + FAILING),
        *tokens(asked, good=GOOD, told=usage(answers)),
    ]
    assert len(seen) == 9
    return [each.claim for each in seen if not each.holds]


def test_all_that_was_served_is_collected(told):
    assert false_claims(told) == []


@pytest.mark.parametrize(
    ("without", "claim"),
    [
        ("prompt_tokens", "As many tokens of prompts are collected as the answers say"),
        ("generation_tokens", "As many tokens of answers are collected as they have"),
        ("first_token_seconds_count", "A time to the first token is collected for every good answer"),
        ("inter_token_latency_seconds_count", "A time is collected for every further token"),
        ("e2e.*Inf", "All latencies are in the last bucket, without which there are no quantiles"),
        ("e2e.*'le': '0.5'", "The latencies collected tell fast requests from slow ones"),
        ("error", "As many failures are collected as there were"),
        ("'stop'", "As many good answers are collected as were given"),
    ],
)
def test_what_was_not_collected_makes_its_own_claim_false(told, without, claim):
    assert false_claims(told, without) == [claim]


def test_every_way_to_collect_asks_for_the_same_names():
    assert len({json.dumps(each, sort_keys=True) for each in NAMES.values()}) == 1
