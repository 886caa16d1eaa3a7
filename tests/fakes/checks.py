"""Small checks, as one would write them, for tests of what runs them."""

from __future__ import annotations

from clusterproof.model import Kind, Reason

SECRET = "s3cr3t-s3cr3t-s3cr3t"  # noqa: S105 - of nobody


def positive(bench, *, holds=True):
    return bench.observe("It works", expected=1, actual=1, holds=holds)


def negative(bench, *, holds=True):
    return bench.observe("It refuses", expected=1, actual=1, holds=holds, kind=Kind.NEGATIVE)


def config_map(bench, name="thing"):
    bench.ledger.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}, name=name)


def good(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)


def false(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench, holds=False)


def raises(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)
    raise KeyError(f"HF_TOKEN={SECRET}")


def gives_up(bench):
    config_map(bench)
    yield positive(bench)
    yield negative(bench)
    bench.skip(Reason.QUOTA, "No room.")
