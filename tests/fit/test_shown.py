"""What a notebook shows of the answers: words, whatever a cluster has put into its names."""

from __future__ import annotations

from clusterproof.fit import Answer, Word
from clusterproof.notebook.jobs import Answers

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>"""


def test_names_of_the_cluster_are_text_in_the_table_and_in_the_sentence():
    shown = Answers((Answer(f"a {HOSTILE}", Word.MISSING, f"b {HOSTILE}", f"c {HOSTILE}"),))._repr_mimebundle_()
    assert "<script" not in shown["text/html"]
    assert "<img" not in shown["text/html"]
    assert shown["text/html"].count("&lt;script&gt;") == 4
    assert "missing" in shown["text/plain"]


def test_the_sentence_comes_first_and_every_answer_has_a_row():
    shown = Answers((Answer("Room", Word.WAITS, "none now", "Wait."), Answer("Disk", Word.YES, "enough")))
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"].splitlines()[0] == "Not now. Would have to wait: Room."
    assert bundle["text/html"].count("<tr>") == 3
