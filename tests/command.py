"""The command line as tests use it: in this process where nothing is started, as a process of its own otherwise."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass

LONGEST = 240  # seconds; a command that hangs must not hang the tests


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def data(self):
        """What `--json` wrote: all of stdout, or this raises."""
        return json.loads(self.out)

    @property
    def outcomes(self):
        return {each["id"]: each["outcome"] for each in self.data["requirements"]}


def main(capsys, *words):
    """Run a command in this process."""
    from clusterproof.cli.main import main as command

    try:
        command([str(word) for word in words])
    except SystemExit as end:
        code = end.code or 0
    heard = capsys.readouterr()
    return Said(int(code), heard.out, heard.err)


@contextmanager
def started(*words, env=None, **options):
    """Start a command and yield its process; it is gone afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "clusterproof", *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200", **(env or {})},
        **options,
    )
    try:
        with process:
            yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait()


def ended(process):
    """Wait for a command's end and return what it said."""
    try:
        out, err = process.communicate(timeout=LONGEST)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Said(process.returncode, out, err)


def run(*words, env=None, **options):
    """Run a command as a process of its own."""
    with started(*words, env=env, **options) as process:
        return ended(process)


def until(process, sentence):
    """Read a command's stderr until a line holds that sentence, and return all lines so far."""
    lines = []
    for line in process.stderr:
        lines.append(line)
        if sentence in line:
            return "".join(lines)
    raise AssertionError(f"it never said {sentence!r}:\n{''.join(lines)}")
