"""Progress lives on a terminal and leaves none of itself there; anywhere else it is plain lines."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from screen import shown

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
STORY = """
import sys
from clusterproof.cli.progress import Progress
from clusterproof.cli.time_left import TimeLeft

def draw(progress):
    if progress._live:
        progress._live.refresh()

left = TimeLeft((("gang_scheduling", "ai_inference"),), {"gang_scheduling": 60.0, "ai_inference": 30.0})
with Progress(verbose="-v" in sys.argv, quiet="-q" in sys.argv, left=left) as progress:
    progress.say("starting the testbed")
    draw(progress)
    for name in ("gang_scheduling", "ai_inference"):
        progress.heard({"requirement": name, "event": "start"})
        progress.heard({"requirement": name, "event": "say", "text": "what a \\x1b[2J\\ncluster says " + 200 * "x"})
    progress.heard({"requirement": "gang_scheduling", "event": "result", "text": "PASS all seen", "took": 61.0})
    draw(progress)
    if "--stop" in sys.argv:
        raise SystemExit(3)
print("the answer")
"""


def environment(**more):
    kept = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "FORCE_COLOR"}}
    return {**kept, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **more}


def on_terminal(*words, **more):
    """Tell the story on a pseudo-terminal, and return everything that was written there."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", STORY, *words]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment(**more)) as process:
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(ours, 65536):
                seen += part
        except OSError:  # the other end is closed
            pass
        process.wait(30)
    os.close(ours)
    return seen.decode()


def in_a_log(*words, **more):
    command = [sys.executable, "-c", STORY, *words]
    return subprocess.run(command, env=environment(**more), capture_output=True, text=True, check=False, timeout=30)


def test_a_terminal_sees_what_runs_and_how_long_it_may_take():
    seen = on_terminal()
    assert "starting the testbed" in seen
    assert re.search(r"1 of 2 checks · about \d+ s left", seen)
    assert "ai_inference" in ESCAPE.sub("", seen).rsplit("1 of 2", 1)[1]


def test_what_a_cluster_says_stays_on_its_line():
    seen = on_terminal()
    assert "\x1b[2J" not in seen
    drawn = shown(seen.split("\x1b[?25h")[0])
    rows = [row for row in drawn if "xxx" in row]
    assert rows == [f"  ai_inference  what a  cluster says {'x' * 200}"[:79] + "…"]


@pytest.mark.parametrize("words", [(), ("--stop",)])
def test_it_leaves_the_terminal_as_it_was(words):
    seen = on_terminal(*words)
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "the cursor is hidden"
    result, *rest = shown(seen)
    assert result.endswith("✓ PASS gang_scheduling all seen (1 min 01 s)")
    assert rest == ([] if words else ["the answer"])


@pytest.mark.parametrize("more", [{"TERM": "dumb"}, {"CI": "true"}, {"TERM": ""}])
def test_a_terminal_that_cannot_draw_gets_plain_lines(more):
    seen = on_terminal(**more)
    assert "\x1b[?25l" not in seen
    assert "starting the testbed" in seen
    assert "PASS gang_scheduling" in ESCAPE.sub("", seen)


def test_a_terminal_without_colours_still_lives():
    seen = on_terminal(NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", seen), "a colour"
    assert "1 of 2 checks" in seen


@pytest.mark.parametrize("more", [{}, {"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}])
def test_a_log_gets_lines_and_nothing_that_draws(more):
    said = in_a_log(**more)
    assert "\x1b[?25l" not in said.stderr
    lines = ESCAPE.sub("", said.stderr).splitlines()
    assert [line.split("] ", 1)[1] for line in lines] == [
        "starting the testbed",
        "✓ PASS gang_scheduling all seen (1 min 01 s)",
    ]
    assert more or "\x1b" not in said.stderr, "colours without a terminal"


def test_quiet_is_quiet_and_verbose_tells_every_step():
    assert in_a_log("-q").stderr == ""
    assert "ai_inference: what a" in in_a_log("-v").stderr
    assert "\x1b[?25l" not in on_terminal("-q")
