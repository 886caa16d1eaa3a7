"""What looks like a credential is replaced before it is stored, and nothing that a reader needs goes with it."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from clusterproof import redact
from clusterproof.model import EvidenceKind
from clusterproof.redact import HIDDEN, LONGEST

SECRET = "Zm9vYmFyMTIzNDU2Nzg5MGFiY2RlZg"  # noqa: S105 - of nobody
JWT = f"eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJ{SECRET}.{SECRET}_-"
PEMS = [
    f"-----BEGIN {kind}PRIVATE KEY-----\n{SECRET}\n{SECRET}\n-----END {kind}PRIVATE KEY-----"
    for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED ", "DSA ")
]
KEY_DATA = [base64.b64encode(pem.encode()).decode() for pem in PEMS]


@pytest.mark.parametrize(
    "line",
    [
        JWT,
        f"token={JWT}",
        f"Authorization: Bearer {SECRET}",
        f"authorization: bearer {SECRET}",
        f"Authorization: Basic {SECRET}==",
        f"curl -H 'Authorization: Bearer {SECRET}' https://10.0.0.1",
        *PEMS,
        PEMS[0].rpartition("\n")[0],  # cut before its end
        *KEY_DATA,
        f"    client-key-data: {SECRET}",
        f"    client-certificate-data: {SECRET}",
        f"    token: {SECRET}",
        f"  - token: {SECRET}",
        f"    id-token: {SECRET}",
        f"    refresh-token: {SECRET}",
        f"    password: {SECRET} with spaces",
        f'{{"client-key-data": "{SECRET}"}}',
        f"{{'password': '{SECRET}'}}",
        f'{{"access_token": "{SECRET}"}}',
        f"https://ada:{SECRET}@registry.example.com/v2/",
        f"postgres://{SECRET}@db:5432",
        f"redis://:{SECRET}@cache",
        f"https://host.example/?a=b&access_token={SECRET}&c=d",
        f"token={SECRET}",
        f"HF_TOKEN={SECRET}",
        f"export AWS_SECRET_ACCESS_KEY={SECRET}",
        f"NGC_API_KEY={SECRET} run",
        f"DB_PASSWORD={SECRET}",
        f"MYTOKEN_FILE={SECRET}",
    ],
    ids=lambda line: line.strip()[:24],
)
@pytest.mark.parametrize("around", ["{}", "before\n{}\nafter"])
def test_a_credential_in_a_text_is_hidden(line, around):
    clean = redact.text(around.format(line))
    assert SECRET not in clean
    assert not any(data[40:80] in clean for data in KEY_DATA)
    assert HIDDEN in clean
    assert clean.startswith("before\n") == around.startswith("before")
    assert clean.endswith("\nafter") or "after" not in around or "-----END" not in line


@pytest.mark.parametrize(
    "line",
    [
        "registry.k8s.io/pause@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
        "docker-pullable://registry.example.com/a/b@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480",
        "docker-pullable://pause@sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
        "containerd://7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
        "uid: 0b2f5a1e-7d3c-4a5b-9f0e-1c2d3e4f5a6b",
        "resourceVersion: '123456'",
        "https://example.com/path?x=1#at@home",
        "https://example.com:8443/",
        "user ada@example.com asked",
        "the bearer of this letter",
        "token bucket of 10",
        "/api/v1/pods?limit=500&continue=abc&next_page_token=def",
        "A token: expected",
        "-----BEGIN CERTIFICATE-----",
        "secretName: tls",
        "imagePullSecrets: [{name: pull}]",
        "automountServiceAccountToken: false",
        "0/4 nodes are available: 4 Insufficient nvidia.com/gpu.",
        "tokens_per_second 12.5",
        "sha256:7031c1b283388d2c2e09b57badb803c05ebed362dc88d84b480cc47f72a21097",
        "eyJ is how they begin",
        "",
    ],
)
def test_a_harmless_text_stays_as_it_is(line):
    assert redact.text(line) == line


def test_the_surroundings_of_a_credential_stay():
    said = f"GET https://ada:{SECRET}@host.example/v2/ with Bearer {SECRET} failed: HF_TOKEN={SECRET} is bad"
    assert redact.text(said) == (
        f"GET https://{HIDDEN}@host.example/v2/ with Bearer {HIDDEN} failed: HF_TOKEN={HIDDEN} is bad"
    )


def test_two_keys_in_one_text_do_not_take_along_what_stands_between():
    assert redact.text(f"{PEMS[0]}\nbetween\n{PEMS[1]}") == f"{HIDDEN}\nbetween\n{HIDDEN}"


def test_a_text_is_redacted_once_and_for_all():
    once = redact.text(f"Bearer {SECRET} https://a:{SECRET}@b A_TOKEN={SECRET}\npassword: {SECRET}")
    assert redact.text(once) == once


def test_an_endless_text_is_cut_and_says_so():
    cut = redact.text("x" * (LONGEST + 7))
    assert cut == "x" * LONGEST + "\n… cut, 7 characters more"


def test_a_credential_across_the_cut_is_hidden():
    assert SECRET[:8] not in redact.text("x" * (LONGEST - 50) + f" Bearer {SECRET * 9}")


HOSTILE = ["://", "eyJ", "-----BEGIN ", "A_", "TOKEN", "password: ", "Bearer ", '"token": "', "LS0tLS1CRUdJTi"]


@pytest.mark.parametrize("value", [word * (120_000 // len(word)) for word in HOSTILE], ids=HOSTILE)
def test_hostile_texts_end_in_time(value):
    """The limit is pytest's own: a pattern that backtracks would take hours."""
    assert redact.text(value)


@pytest.mark.parametrize("field", ["data", "stringData"])
@pytest.mark.parametrize("value", [{"anything": SECRET}, SECRET, [SECRET], {"deep": {"er": SECRET}}])
def test_nothing_of_a_secrets_data_is_kept(field, value):
    found = redact.tree({"kind": "Secret", "metadata": {"name": "pull"}, "type": "Opaque", field: value})
    assert SECRET not in json.dumps(found)
    assert (found["metadata"], found["type"]) == ({"name": "pull"}, "Opaque")


@pytest.mark.parametrize("kind", ["SecretList", "List"])
def test_secrets_in_a_list_are_secrets(kind):
    items = [{"metadata": {"name": "a"}, "data": {"x": SECRET}} | ({} if kind == "SecretList" else {"kind": "Secret"})]
    found = redact.tree({"kind": kind, "items": items})
    assert SECRET not in json.dumps(found)
    assert found["items"][0]["metadata"] == {"name": "a"}


def test_the_data_of_a_config_map_stays():
    kept = {"kind": "ConfigMap", "data": {"settings": "level: debug"}}
    assert redact.tree(kept) == kept


@pytest.mark.parametrize(
    "key",
    [
        "password", "passwd", "dbPassword", "token", "bearerToken", "id-token", "clientSecret", "secret", "secretKey",
        "Authorization", "apiKey", "api_key", "api-key", "credentials", "private-key", "privateKey", "client-key-data",
        "client-certificate-data",
    ],
)  # fmt: skip
@pytest.mark.parametrize("value", [SECRET, [SECRET], 1234567890])
def test_the_value_of_a_field_with_a_secrets_name_is_hidden(key, value):
    found = redact.tree({"spec": [{key: value, "other": "stays"}]})
    if isinstance(value, int) and key in {"Authorization", "credentials", "client-key-data", "client-certificate-data"}:
        return  # these are never numbers
    assert found == {"spec": [{key: HIDDEN, "other": "stays"}]}


@pytest.mark.parametrize("name", ["HF_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "NGC_API_KEY", "Authorization"])
def test_the_value_of_a_variable_with_a_secrets_name_is_hidden(name):
    found = redact.tree({"env": [{"name": name, "value": "short"}, {"name": "MODE", "value": "debug"}]})
    assert found == {"env": [{"name": name, "value": HIDDEN}, {"name": "MODE", "value": "debug"}]}


def test_where_a_variable_comes_from_stays():
    env = [{"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hf", "key": "hf"}}}]
    assert redact.tree({"env": env}) == {"env": env}


@pytest.mark.parametrize(
    "harmless",
    [
        {"automountServiceAccountToken": False},
        {"imagePullSecrets": [{"name": "pull"}]},
        {"image_pull_secret": "pull"},
        {"volumes": [{"name": "tls", "secret": {"secretName": "tls", "defaultMode": 420}}]},
        {"metadata": {"uid": "0b2f5a1e-7d3c-4a5b-9f0e-1c2d3e4f5a6b", "resourceVersion": "7", "generation": 2}},
        {"status": {"imageID": "registry.example.com/a@sha256:" + "0" * 64, "restartCount": 0, "ready": True}},
        {"projected": {"sources": [{"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}}]}},
        {"matchExpressions": [{"key": "node", "operator": "In", "values": ["a"]}]},
        {"max_tokens": 128, "tokens_per_second": 12.5},
        {"tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]},
        {"nothing": None, "empty": "", "list": [], "mapping": {}},
    ],
)
def test_a_harmless_object_stays_as_it_is(harmless):
    assert redact.tree(harmless) == harmless


def test_bookkeeping_is_left_out():
    noise = {"managedFields": [{}], "annotations": {"kubectl.kubernetes.io/last-applied-configuration": "x", "a": "b"}}
    assert redact.tree({"metadata": noise}) == {"metadata": {"annotations": {"a": "b"}}}


def test_an_object_is_not_changed_by_its_redaction():
    item = {"kind": "Secret", "data": {"x": SECRET}, "list": [f"Bearer {SECRET}"]}
    before = json.dumps(item)
    redact.tree(item)
    assert json.dumps(item) == before


@pytest.mark.parametrize("key", [1, None, True, 2.5])
def test_keys_that_are_no_text_break_nothing(key):
    assert redact.tree({key: "value"}) == {key: "value"}


def test_evidence_is_redacted_and_digested():
    piece = redact.evidence(
        "Objects", EvidenceKind.OBJECT, [{"kind": "Secret", "data": {"x": SECRET}}, {"a": [1, "b"]}]
    )
    assert SECRET not in piece.body
    assert piece.body == f"kind: Secret\ndata: {HIDDEN}\n---\na:\n- 1\n- b\n"
    assert piece.sha256 == hashlib.sha256(piece.body.encode()).hexdigest()


def test_evidence_of_text_is_redacted_too():
    assert redact.evidence("Log", EvidenceKind.LOG, f"Bearer {SECRET}").body == f"Bearer {HIDDEN}"
