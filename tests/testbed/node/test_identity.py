"""A certificate that lacks the address by which nodes reach the API server is noticed, and another try is made."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from clusterproof.errors import TestbedError
from clusterproof.testbed.lifecycle import PASSING
from clusterproof.testbed.node.identity import require_address


@pytest.fixture
def certificate(tmp_path):
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    held = [x509.IPAddress(ip_address(each)) for each in ("127.0.0.1", "10.0.0.1")]
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    made = builder.add_extension(x509.SubjectAlternativeName(held), critical=False).sign(key, hashes.SHA256())
    file = tmp_path / "admin.crt"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return file


def test_an_address_that_the_certificate_holds_is_fine(certificate):
    require_address(certificate, "10.0.0.1")


def test_one_that_it_lacks_is_said_and_tried_once_more(certificate):
    with pytest.raises(TestbedError, match=r"lacks the address 10\.21\.41\.1") as caught:
        require_address(certificate, "10.21.41.1")
    assert [words for words in PASSING if words in caught.value.message]
