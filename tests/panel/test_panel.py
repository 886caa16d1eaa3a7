"""The panel shows what a run tells and nothing else, runs what anybody could type, and stops what it has started."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time

import pytest

from clusterproof import paths
from clusterproof.errors import ClusterError, UsageError
from clusterproof.model import Outcome
from clusterproof.panel import evidence, panel, places, work
from clusterproof.panel.board import Board
from clusterproof.panel.choice import Choice
from clusterproof.panel.task import Task
from clusterproof.panel.work import Work
from clusterproof.parameters import load

ID = "gang_scheduling"
HOSTILE = "</p><script>alert(1)</script>\x1b[31m"


def event(kind, text="", requirement=ID, **more):
    return {"event": kind, "requirement": requirement, "text": text, **more}


def test_a_row_goes_from_unknown_over_running_to_its_result(tmp_path):
    board = Board.of("1.37")
    board.begin([ID], tmp_path)
    assert "not run" in board.rows[ID].state
    board.heard(event("start", ID))
    assert "running" in board.rows[ID].state
    board.heard(event("observation", "holds: Every pod of a gang is bound"))
    assert "Every pod of a gang is bound" in board.rows[ID].state
    board.heard(event("result", "PASS All 25 claims hold.", took=3.0))
    assert board.rows[ID].outcome is Outcome.PASS
    assert "PASS" in board.rows[ID].state
    assert board.counts() == "1 of 8 MUST requirements hold"


def test_what_fails_and_what_a_stopped_run_leaves_is_no_pass(tmp_path):
    board = Board.of("1.37")
    board.begin(list(board.rows), tmp_path)
    board.heard(event("result", "FAIL Not so: x"))
    board.heard(event("start", requirement="ai_inference"))
    assert board.end("The run was stopped.") == ["ai_inference"]
    assert board.rows["ai_inference"].outcome is Outcome.ERROR
    assert board.counts() == "0 of 8 MUST requirements hold, 1 fail"


def test_a_result_that_is_no_outcome_is_an_error():
    board = Board.of("1.37")
    board.heard(event("result", "GREAT all is well"))
    assert board.rows[ID].outcome is Outcome.ERROR


def test_hostile_words_are_shown_as_text_everywhere(tmp_path):
    board = Board.of("1.37")
    board.heard(event("observation", HOSTILE))
    shown = [board.rows[ID].state, board.told(), board.table()]
    (tmp_path / "evidence").mkdir()
    (tmp_path / "evidence" / f"{ID}.html").write_text(f'<p title="x">{HOSTILE}</p>', encoding="utf-8")
    (tmp_path / "PRODUCT.yaml").write_text(HOSTILE, encoding="utf-8")
    shown += [evidence.page(tmp_path, ID), evidence.checklist(tmp_path), evidence.page(None, HOSTILE)]
    assert [each for each in shown if "<script" in each] == []
    assert 'sandbox=""' in evidence.page(tmp_path, ID)


def test_a_choice_is_a_command_that_anybody_can_type(tmp_path):
    choice = Choice(kubeconfig="k", context="c")
    choice.set_value("window", "5")
    assert choice.words([ID], tmp_path / "run") == [
        "run", "--platform", "testbed", "--kubeconfig", "k", "--context", "c", "--only", ID, "-p", "window=5",
        "--out", str(tmp_path / "run"),
    ]  # fmt: skip
    choice.set_value("window", "")
    assert "-p" not in choice.words([], tmp_path / "run")


@pytest.mark.parametrize(("name", "value"), [("windw", "5"), ("window", "long"), ("window", "[")])
def test_a_wrong_parameter_is_refused_and_changes_nothing(name, value):
    choice = Choice()
    with pytest.raises(UsageError):
        choice.set_value(name, value)
    assert choice.values == {}


def test_a_declaration_needs_a_reason_and_a_name_and_goes_into_a_platform_file(tmp_path):
    choice = Choice()
    for notes, by in [("", "Jane"), ("why", " ")]:
        with pytest.raises(UsageError, match="needs a reason and a name"):
            choice.declare("cluster_autoscaling", "N/A", notes, by)
    choice.declare("cluster_autoscaling", "N/A", "Bare metal: with a fixed size", "Jane")
    words = choice.words([], tmp_path / "run")
    [declared] = load(words[words.index("--platform") + 1]).declarations
    assert (declared.requirement, declared.status, declared.by) == ("cluster_autoscaling", "N/A", "Jane")
    choice.declare("cluster_autoscaling", "", "", "")
    assert choice.words([], tmp_path / "run")[2] == "testbed"


def run_of(script, heard):
    return Task([sys.executable, "-u", "-c", script], heard)


def test_a_task_tells_its_steps_and_how_it_ended():
    told = []
    task = run_of(
        'import sys; print(\'{"event": "step", "text": "a"}\\nno event\', file=sys.stderr); sys.exit(2)', told.append
    )
    task.wait(30)
    assert told == [{"event": "step", "text": "a"}, {"event": "end", "code": 2, "text": "no event"}]
    assert not task.runs


def test_a_task_is_stopped_as_ctrl_c_would():
    told, ready = [], threading.Event()
    script = (
        "import json, signal, sys\n"
        "def tell(word): print(json.dumps({'event': 'step', 'text': word}), file=sys.stderr, flush=True)\n"
        "try:\n    tell('up'); signal.pause()\nexcept KeyboardInterrupt:\n    tell('cleaned'); sys.exit(3)"
    )
    task = run_of(script, lambda each: (told.append(each), ready.set()))
    assert ready.wait(30)
    task.stop()
    task.wait(30)
    assert [each.get("text") for each in told] == ["up", "cleaned", ""]
    assert told[-1]["code"] == 3


@pytest.mark.skipif(sys.platform != "linux", reason="NOT TESTED: only Linux ends a child with its parent")
def test_a_task_does_not_outlive_a_kernel_that_is_killed(tmp_path):
    mark = tmp_path / "ended"
    child = (
        "import signal, sys, pathlib\n"
        f"signal.signal(signal.SIGTERM, lambda *_: (pathlib.Path({str(mark)!r}).touch(), sys.exit()))\n"
        'print(\'{"event": "step"}\', file=sys.stderr, flush=True)\nsignal.pause()'
    )
    parent = (
        "import sys, os, signal, threading\nfrom clusterproof.panel.task import Task\nready = threading.Event()\n"
        f"Task([sys.executable, '-u', '-c', {child!r}], lambda _e: ready.set())\nready.wait(30)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", parent], check=False, timeout=60)
    deadline = time.monotonic() + 20
    while not mark.exists() and time.monotonic() < deadline:
        time.sleep(0.05)  # the child of a dead process is nobody's to wait for
    assert mark.exists()


MADE = []


class FakeTask:
    """A run whose events a test tells."""

    def __init__(self, argv, heard):
        self.argv, self.heard, self.runs, self.stopping = argv, heard, True, False
        MADE.append(self)

    def stop(self):
        self.stopping = True


@pytest.fixture
def working(monkeypatch, tmp_path):
    MADE.clear()
    monkeypatch.setattr(work, "Task", FakeTask)
    monkeypatch.setattr(paths, "reports", lambda: tmp_path)
    return Work("1.37", lambda: None)


def test_only_one_run_at_a_time_and_a_stopped_one_says_so(working):
    working.run([ID])
    working.run(["ai_inference"])
    [task] = MADE
    assert task.argv[task.argv.index("--only") + 1] == ID
    task.heard(event("start"))
    working.stop()
    assert task.stopping
    task.runs = False
    task.heard({"event": "end", "code": 3, "text": ""})
    assert working.board.rows[ID].outcome is Outcome.ERROR
    assert working.said == "The run was stopped."
    assert not working.busy


def test_results_are_counted_and_a_wrong_word_is_told(working):
    working.run([])
    [task] = MADE
    assert "--only" not in task.argv
    task.heard(event("result", "PASS fine"))
    assert (working.arrived, working.asked) == (1, len(working.board.rows))
    assert not working.has_evidence(ID), "pages come when the run has ended"
    task.heard({"event": "end", "code": 2, "text": "There is no platform named 'x'."})
    assert working.said.endswith("There is no platform named 'x'.")
    assert working.has_evidence(ID)


def test_a_testbed_that_cannot_be_started_is_said_and_the_page_goes_on(working, monkeypatch):
    def fails(_choice, _say):
        raise ClusterError("No room.", next_step="Make some.")

    monkeypatch.setattr(places, "start_testbed", fails)
    working.start_testbed()
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.name.startswith("Thread"):
            thread.join(5)
    assert working.said == "No room. Make some."
    assert not working.busy


def test_contexts_of_a_kubeconfig_are_listed_and_its_content_is_never_told(tmp_path):
    file = tmp_path / "config"
    one = {"name": "one", "context": {"cluster": "c", "user": "u"}}
    user = {"name": "u", "user": {"token": "secret"}}
    config = {
        "apiVersion": "v1", "kind": "Config", "contexts": [one], "current-context": "one",
        "clusters": [{"name": "c", "cluster": {}}], "users": [user],
    }  # fmt: skip
    file.write_text(json.dumps(config), encoding="utf-8")
    assert places.contexts(str(file)) == (["one"], "one")
    file.write_text("token: secret: [", encoding="utf-8")
    with pytest.raises(ClusterError) as caught:
        places.contexts(str(file))
    assert "secret" not in str(caught.value)


def test_without_anybody_who_clicks_there_is_a_table_and_no_widget(monkeypatch):
    monkeypatch.setenv("CLUSTERPROOF_STATIC", "1")
    bundle = panel()._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert ID in bundle["text/html"]


def test_with_a_browser_there_is_the_widget_and_the_table_beside_it(monkeypatch):
    monkeypatch.delenv("CLUSTERPROOF_STATIC", raising=False)
    monkeypatch.setattr(places, "running_testbed", lambda: "")
    shown = panel()
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert ID in bundle["text/html"]
    assert [name for name, run, seen in shown.view.buttons if run.disabled or not seen.disabled] == []
    assert signal.getsignal(signal.SIGINT) is not signal.SIG_IGN
