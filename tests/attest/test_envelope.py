"""The envelope is DSSE version 1, and other tools check it as ours."""

from __future__ import annotations

import base64
import json

import pytest
from securesystemslib.dsse import Envelope as TheirEnvelope
from securesystemslib.signer import CryptoSigner, SSlibKey

from attest_keys import KINDS, forged
from clusterproof.attest import envelope
from clusterproof.attest.errors import AttestationError
from clusterproof.attest.keys import load_private, load_public

TYPE = "application/vnd.in-toto+json"


def test_what_is_signed_is_type_and_payload_with_their_lengths_in_bytes():
    # By hand, from the words of the specification: "DSSEv1" SP LEN(type) SP type SP LEN(body) SP body.
    assert envelope.pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert envelope.pae("é", "ü\n".encode()) == b"DSSEv1 2 \xc3\xa9 3 \xc3\xbc\n"
    assert envelope.pae("", b"") == b"DSSEv1 0  0 "


def test_the_signature_in_the_file_is_over_these_bytes_and_no_others(signed, keys):
    plain = json.loads((signed / "attestation.intoto.jsonl").read_bytes())
    payload, signature = base64.b64decode(plain["payload"]), base64.b64decode(plain["signatures"][0]["sig"])
    by_hand = b"DSSEv1 28 application/vnd.in-toto+json " + str(len(payload)).encode() + b" " + payload
    public = load_public(keys[1])
    assert public.has_signed(by_hand, signature)
    assert not public.has_signed(payload, signature)
    assert plain["payloadType"] == TYPE
    assert plain["signatures"][0]["keyid"] == public.keyid


@pytest.mark.parametrize("kind", KINDS)
def test_another_implementation_checks_ours(pair, cli, folder, kind):
    private, public = pair(key=KINDS[kind]())
    assert cli("attest", folder, "--key", private, "--keyid", "k").code == 0
    theirs = TheirEnvelope.from_dict(json.loads((folder / "attestation.intoto.jsonl").read_bytes()))
    key = SSlibKey.from_crypto(load_public(public).key, keyid="k")
    assert [*theirs.verify([key], 1)] == ["k"]
    assert theirs.pae() == envelope.pae(theirs.payload_type, theirs.payload)


@pytest.mark.parametrize("kind", KINDS)
def test_ours_checks_an_envelope_of_another_implementation(pair, cli, signed, kind):
    private, public = pair("theirs", key=KINDS[kind]())
    file = signed / "attestation.intoto.jsonl"
    theirs = TheirEnvelope(envelope.load(file.read_bytes()).payload, TYPE, {})
    theirs.sign(CryptoSigner(load_private(private, str).key))
    file.write_text(json.dumps(theirs.to_dict(), indent=2))
    assert cli("verify", signed, "--key", public).code == 0


def test_one_of_several_signatures_is_enough_and_its_place_does_not_matter(cli, signed, keys, pair):
    file = signed / "attestation.intoto.jsonl"
    plain = json.loads(file.read_bytes())
    plain["signatures"] = [{"keyid": "other", "sig": base64.b64encode(b"x" * 64).decode()}, *plain["signatures"]]
    file.write_text(json.dumps(plain))
    assert cli("verify", signed, "--key", keys[1]).code == 0
    assert cli("verify", signed, "--key", pair("stranger")[1]).code == 1


def test_a_key_id_decides_nothing(cli, signed, keys, pair):
    file = signed / "attestation.intoto.jsonl"
    stranger = pair("stranger")[1]
    forged(file, keyid=load_public(stranger).keyid)
    assert cli("verify", signed, "--key", keys[1], "--json").data["keyid"] == load_public(keys[1]).keyid
    assert cli("verify", signed, "--key", stranger).code == 1


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "not JSON"), (b"{", "not JSON"), (b"\xff", "not JSON"), (b"[]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"), (b"{}", "no list of signatures"), (b'{"signatures":{}}', "no list of signatures"),
        (b'{"signatures":[]}', "no list of signatures"), (b'{"signatures":["x"]}', "no list of signatures"),
        (b'{"a":1,"a":1}', "stands twice"), (b'{"signatures":[{"sig":"AA=="}],"payload":"AA=="}', "of the type"),
        (b'{"signatures":[{"sig":"AA=="}],"payloadType":"text/plain","payload":"AA=="}', "'text/plain'"),
        (b'{"signatures":[{"sig":"AA=="}],"payloadType":"%s","payload":"AB=="}', "payload is not Base64"),
        (b'{"signatures":[{"sig":"AA=="}],"payloadType":"%s","payload":"A A=="}', "payload is not Base64"),
        (b'{"signatures":[{"sig":3}],"payloadType":"%s","payload":"AA=="}', "signature is not Base64"),
        (b'{"signatures":[{}],"payloadType":"%s","payload":"AA=="}', "signature is not Base64"),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_told_in_a_sentence(data, word):
    with pytest.raises(AttestationError, match=word):
        envelope.load(data.replace(b"%s", TYPE.encode()))
