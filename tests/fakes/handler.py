"""One connection to the fake API server."""

from __future__ import annotations

import itertools
import json
import socket
import struct
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

HANG, DROP = "hang", "drop"
GONE = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "code": 410, "reason": "Expired", "message": "too old"}
CREATED, NOT_FOUND, CONFLICT = 201, 404, 409


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None

    @property
    def url(self):
        return self.path + "?" + "&".join(f"{key}={value}" for key, value in self.query.items())

    @property
    def is_watch(self):
        return self.query.get("watch") == "1"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do(self):
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length)
        url = urlsplit(self.path)
        query, body = dict(parse_qsl(url.query)), json.loads(data) if data else None
        self.request_seen = Request(self.command, url.path, query, dict(self.headers), body)
        self.server.requests.append(self.request_seen)
        rule = self.server.rule(self.request_seen)
        if rule is None:
            self.route()
        elif rule.status == HANG:
            self.server.closing.wait()
            self.close_connection = True
        elif rule.status == DROP:
            self.close_connection = True
        else:
            self.send(rule.status, rule.body, rule.headers)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do  # noqa: N815 - http.server's names

    def date_time_string(self, timestamp=None):
        return super().date_time_string(timestamp) if self.server.date is None else self.server.date

    def log_message(self, *args):
        """Keep silent."""

    def route(self):
        special = {"/version": self.version, "/api": self.core, "/apis": self.groups}.get(self.request_seen.path)
        if special:
            self.send(200, special())
        elif self.request_seen.path.endswith("/selfsubjectaccessreviews"):
            asked = self.request_seen.body["spec"]["resourceAttributes"]
            denied = (asked["verb"], asked["resource"]) in self.server.denied
            self.send(CREATED, {"status": {"allowed": not denied}})
        else:
            self.resource()

    def version(self):
        return {"gitVersion": "v1.37.2", "platform": "linux/amd64"}

    def core(self):
        return self.discovery([kind for kind in self.server.store.kinds if "/" not in kind.api_version])

    def groups(self):
        return self.discovery([kind for kind in self.server.store.kinds if "/" in kind.api_version])

    def discovery(self, kinds):
        groups = {}
        for kind in kinds:
            group, _, version = kind.api_version.rpartition("/")
            groups.setdefault(group, {}).setdefault(version, []).append(
                {
                    "resource": kind.plural,
                    "responseKind": {"kind": kind.kind},
                    "verbs": list(kind.verbs),
                    "scope": "Namespaced" if kind.namespaced else "Cluster",
                }
            )
        return {
            "items": [
                {
                    "metadata": {"name": name} if name else {},
                    "versions": [{"version": version, "resources": found} for version, found in versions.items()],
                }
                for name, versions in groups.items()
            ]
        }

    def resource(self):
        parts = self.request_seen.path.strip("/").split("/")
        group_version, rest = (
            ("".join(parts[1:2]), parts[2:]) if parts[0] == "api" else ("/".join(parts[1:3]), parts[3:])
        )
        namespace = ""
        if rest[:1] == ["namespaces"] and len(rest) > 2:
            namespace, rest = rest[1], rest[2:]
        kind = self.server.store.kind(group_version, rest[0]) if rest else None
        if kind is None:
            self.refuse(NOT_FOUND, "NotFound", "the server could not find the requested resource")
        elif len(rest) > 1:
            self.one(kind, namespace, rest[1])
        else:
            self.many(kind, namespace)

    def one(self, kind, namespace, name):
        store, found = self.server.store, self.server.store.get(kind.plural, namespace, name)
        if found is None:
            self.refuse(NOT_FOUND, "NotFound", f'{kind.plural} "{name}" not found')
        elif self.command == "DELETE":
            wanted = ((self.request_seen.body or {}).get("preconditions") or {}).items()
            if any(found["metadata"].get(name) != value for name, value in wanted):
                self.refuse(CONFLICT, "Conflict", "the object has been modified")
                return
            store.remove(found)
            self.send(200, {"kind": "Status", "status": "Success"})
        else:
            self.send(200, store.put(merge(found, self.request_seen.body)) if self.command == "PATCH" else found)

    def many(self, kind, namespace):
        if self.command == "POST":
            self.create(kind, namespace)
        elif self.request_seen.is_watch:
            self.watch(kind, namespace)
        else:
            self.list(kind, namespace)

    def create(self, kind, namespace):
        store, item = self.server.store, self.request_seen.body
        if store.get(kind.plural, namespace, item["metadata"].get("name")):
            self.refuse(CONFLICT, "AlreadyExists", f'{kind.plural} "{item["metadata"]["name"]}" already exists')
        elif self.request_seen.query.get("dryRun") == "All":
            self.send(CREATED, item)
        else:
            made = store.put(item)
            for react in self.server.reactions:
                react(made)
            self.send(CREATED, made)

    def list(self, kind, namespace):
        query, store = self.request_seen.query, self.server.store
        with store.changed:
            found = store.items(kind.plural, namespace, query.get("labelSelector", ""))
            version = str(store.version)
        start = int(query.get("continue", 0))
        end = start + min(int(query.get("limit") or len(found) or 1), self.server.page)
        metadata = {"resourceVersion": version} | ({"continue": str(end)} if end < len(found) else {})
        self.send(200, {"kind": f"{kind.kind}List", "metadata": metadata, "items": found[start:end]})

    def watch(self, kind, namespace):
        query, store = self.request_seen.query, self.server.store
        since = int(query["resourceVersion"])
        after, how = self.server.next_cut()
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.flush()
        if since < store.oldest:
            after, how = 0, "gone"
        wanted = (kind.plural, namespace, query.get("labelSelector", ""))
        events = store.follow(wanted, since, self.server.closing)
        for event in itertools.islice(events, after):
            self.chunk(json.dumps(event).encode() + b"\n")
        self.end(how)

    def end(self, how):
        """End a watch in one of the ways that watches end."""
        self.close_connection = True
        if how == "half":
            self.chunk(b'{"type": "ADDED", "object": {"metadata": {"ui')
        elif how == "gone":
            self.chunk(json.dumps({"type": "ERROR", "object": GONE}).encode() + b"\n")
        elif how not in {"eof", "reset", ""}:
            self.chunk(how.encode() + b"\n")
        if how == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        else:
            self.chunk(b"")

    def chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def refuse(self, status, reason, message):
        self.send(status, {"kind": "Status", "status": "Failure", "reason": reason, "message": message, "code": status})

    def send(self, status, body, headers=None):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(data)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)


def merge(item, change):
    if not isinstance(change, dict):
        return change
    old = item if isinstance(item, dict) else {}
    merged = {**old, **{key: merge(old.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in merged.items() if value is not None}
