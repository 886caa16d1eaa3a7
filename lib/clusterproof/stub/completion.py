"""The answers of ``inference.py`` in the form of the OpenAI API, and what it refuses; a token is a word.

The files of the server are carried into clusters together, and need the standard library only.
"""

from __future__ import annotations

import json
import time
import uuid
from http import HTTPStatus
from typing import Any

MODEL = "stub"
CHAT, PLAIN = "/v1/chat/completions", "/v1/completions"
WORDS = ("There", " is", " no", " model", " behind", " this", " server.")


class RefusedError(Exception):
    """A request that is not served: its status, and what an OpenAI error object says."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        kind = "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
        self.status, self.told = status, {"message": message, "type": kind, "param": None, "code": code}


class Completion:
    """What a request asks for, and the objects that answer it."""

    def __init__(self, path: str, body: bytes, name: str) -> None:
        try:
            asked = json.loads(body)
            if path not in {CHAT, PLAIN}:
                raise RefusedError(404, f"There is nothing at {path}.", "not_found")
            if asked.get("model") != MODEL:
                raise RefusedError(404, f"There is no model named {asked.get('model')}.", "model_not_found")
            said = [each["content"] for each in asked["messages"]] if path == CHAT else [asked["prompt"]]
            self.prompt = sum(len(text.split()) for text in said)
            most = int(asked.get("max_tokens") or len(WORDS))
            self.usage_too = bool((asked.get("stream_options") or {}).get("include_usage"))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise RefusedError(400, f"This is no request for a completion: {type(error).__name__}: {error}") from error
        self.words, self.reason = WORDS[:most], "stop" if most >= len(WORDS) else "length"
        self.stream, self._chat, self._name = bool(asked.get("stream")), path == CHAT, name
        self._id, self._at = f"{'chatcmpl' if self._chat else 'cmpl'}-{uuid.uuid4().hex}", int(time.time())

    def told(self, content: str | None, reason: str | None, **more: Any) -> str:
        """Return an object with some words and why they end, or without a choice where there are none to tell."""
        choice: dict[str, Any] = {"index": 0, "logprobs": None, "finish_reason": reason}
        if self._chat:
            choice["delta" if self.stream else "message"] = {"role": "assistant", "content": content}
        else:
            choice["text"] = content
        kind = ("chat.completion.chunk" if self.stream else "chat.completion") if self._chat else "text_completion"
        own = {"id": self._id, "object": kind, "created": self._at, "model": MODEL, "system_fingerprint": self._name}
        return json.dumps({**own, "choices": [] if content is None else [choice], **more})

    def usage(self) -> dict[str, int]:
        """Return how many words were taken in and told."""
        taken, told = self.prompt, len(self.words)
        return {"prompt_tokens": taken, "completion_tokens": told, "total_tokens": taken + told}
