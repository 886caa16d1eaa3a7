"""How a node's programs come to the API server: with certificates and tokens of their own, no administrator's."""

from __future__ import annotations

import json
import os
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509

from clusterproof.errors import TestbedError
from clusterproof.testbed.node.setting import Node, settings

if TYPE_CHECKING:
    from pathlib import Path

    from clusterproof.cluster.client import Cluster

SECONDS = 31536000  # outlives any testbed
PRIVATE = 0o600
ACCOUNTS = {"interfaces": "interfaces", "proxy": "kube-proxy", "bootstrap": "node-bootstrap"}
"""Accounts by the file that a program of the node's reads; the last one is what the kubelet waits for."""


def require_address(certificate: Path, address: str) -> None:
    """Make sure that the API server's certificate holds the address by which nodes reach it.

    Whoever writes it asks the system for this machine's addresses; the list may lack one where interfaces of others
    come and go at the same moment.

    Raises:
        TestbedError: it does not; another try goes better.
    """
    held = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions
    names = held.get_extension_for_class(x509.SubjectAlternativeName).value
    if ip_address(address) not in names.get_values_for_type(x509.IPAddress):
        raise TestbedError(f"The API server's certificate lacks the address {address}.")


def introduce(cluster: Cluster, nodes: list[Node], authority: Path, port: str) -> None:
    """Create the accounts, and give each node what it asks with for its certificate and reads Services with."""
    for item in (*settings()["identities"], *settings()["objects"]):
        cluster.create(item)
    for file, account in ACCOUNTS.items():
        token = _token(cluster, account)
        for node in nodes:
            _write(node.own / f"{file}.kubeconfig", node.plan.gateway, port, authority, token)


def _token(cluster: Cluster, account: str) -> str:
    path = cluster.resource("v1", "ServiceAccount").path("kube-system", account, "token")
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {"expirationSeconds": SECONDS}}
    return str(cluster.call("POST", path, body=asked)["status"]["token"])


def _write(file: Path, address: str, port: str, authority: Path, token: str) -> None:
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "testbed",
                "cluster": {"server": f"https://{address}:{port}", "certificate-authority": str(authority)},
            }
        ],
        "users": [{"name": "own", "user": {"token": token}}],
        "contexts": [{"name": "testbed", "context": {"cluster": "testbed", "user": "own"}}],
        "current-context": "testbed",
    }
    draft = file.with_name(f".{file.name}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as out:
        json.dump(document, out)
    draft.replace(file)  # the node starts the program that reads it as soon as it is there
