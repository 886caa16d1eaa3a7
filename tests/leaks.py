"""What a run could have let out: the credentials that it has seen, and where one of them stands."""

from __future__ import annotations

import base64
from pathlib import Path

from ruamel.yaml import YAML

SHORTEST = 16  # characters; shorter ones are found by chance


def credentials(kubeconfig, cluster):
    """Return every credential that a run could have seen: of its kubeconfig and of the cluster's Secrets."""
    user = YAML(typ="safe").load(kubeconfig.read_text())["users"][0]["user"]
    found = {value for key, value in user.items() if key in {"token", "client-key-data", "client-certificate-data"}}
    for key in {"client-key", "client-certificate"} & set(user):
        found.add(Path(user[key]).read_text().splitlines()[1])
    for secret in cluster.pages(cluster.resource("v1", "Secret")):
        for name, value in (secret.get("data") or {}).items():
            if name not in {"namespace", "ca.crt"}:
                found |= {value, base64.b64decode(value).decode("utf-8", "replace")}
    return {each for each in found if len(each) >= SHORTEST}


def told(secrets, folder, said):
    """Return the files of a run folder, and streams of its command, that hold one of them."""
    assert secrets
    texts = {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    texts |= {"stdout": said.out.encode(), "stderr": said.err.encode()}
    assert len(texts) > 2
    return [name for name, text in texts.items() for each in secrets if each.encode() in text]
