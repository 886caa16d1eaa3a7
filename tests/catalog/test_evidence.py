"""What an entry of evidence shows, as far as its form tells."""

from __future__ import annotations

import pytest

from clusterproof.catalog.evidence import evidence
from clusterproof.catalog.model import Answer, Strength

RUN, DOCUMENTS, NONE = Strength.RUN, Strength.DOCUMENTS, Strength.BLANK


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "v1.36" / "mine"
    (folder / "deeper").mkdir(parents=True)
    for name in ("e2e.log", "gang.md", "deeper/a.md", "shot.png", "paper.pdf"):
        (folder / name).write_text("x")
    (folder / "empty.log").touch()
    (folder / "blank.md").write_text("\n \n")
    (folder / "head.md").write_text("# Gangs\n")
    (folder / "inner.md").symlink_to(folder / "empty.log")
    (folder / "much.log").write_text("\n" * 5000)
    (tmp_path / "secret.md").write_text("x")
    (folder / "link.md").symlink_to(tmp_path / "secret.md")
    return folder


@pytest.mark.parametrize(
    ("text", "strength", "word"),
    [
        ("e2e.log", RUN, "log"), ("gang.md", RUN, "document"), ("gang.md#two", RUN, "document"),
        ("./gang.md", RUN, "document"), ("file://gang.md", RUN, "document"),
        ("v1.36/mine/deeper/a.md", RUN, "document"),
        ("shot.png", RUN, "picture"), ("paper.pdf", DOCUMENTS, "PDF"),
        ("empty.log", NONE, "empty file"), ("blank.md", NONE, "empty file"), ("inner.md", NONE, "empty file"),
        ("head.md", NONE, "file that only holds a heading"),
        ("much.log", RUN, "log"),
        ("none.md", NONE, "not there"), ("../../secret.md", NONE, "not there"), ("/etc/hosts.md", NONE, "not there"),
        ("link.md", NONE, "not there"), ("a" * 1000 + ".md", NONE, "not there"),
        ("N/A", NONE, "words"), ("see gang.md", NONE, "words"), ("javascript:alert(1)", NONE, "words"),
        ("http://", NONE, "words"), ("https://[", NONE, "words"), ("", NONE, "words"),
        ("https://docs.example.org/guide", DOCUMENTS, "web page"),
        ("HTTPS://docs.example.org/a", DOCUMENTS, "web page"),
        ("https://blog.example.org/a", DOCUMENTS, "blog"), ("https://example.org/blog/a", DOCUMENTS, "blog"),
        ("https://medium.com/@a/b", DOCUMENTS, "blog"), ("https://example.org/a.pdf", DOCUMENTS, "PDF"),
        ("https://github.com/a/b", DOCUMENTS, "repository"),
        ("https://github.com/a/b/blob/main/docs/x.md", DOCUMENTS, "document"),
        ("https://github.com/a/b/pull/3", DOCUMENTS, "pull request"),
        ("https://github.com/a/b/blob/main/ai-conformance/x.md", RUN, "own evidence"),
        ("https://github.com/a/b/blob/main/x.log", RUN, "log"), ("https://gist.github.com/a/b", RUN, "gist"),
        ("https://github.com/cncf/k8s-conformance/tree/master/v1.35/a", DOCUMENTS, "base conformance"),
        ("https://prow.example.org/view/1", RUN, "CI"),
        ("https://github.com.example.org/a/evidence/", DOCUMENTS, "web page"),
    ],
)  # fmt: skip
def test_an_entry_shows_what_its_form_tells(folder, text, strength, word):
    found = evidence(text, folder)
    assert (found.strength, word in found.kind) == (strength, True), found


def test_the_best_entry_counts_for_an_answer(folder):
    entries = tuple(evidence(text, folder) for text in ("N/A", "https://example.org/", "e2e.log"))
    assert Answer("a", "MUST", "Implemented", evidence=entries).strength is RUN
    assert Answer("a", "MUST", "Implemented", evidence=entries[:2]).strength is DOCUMENTS
    assert Answer("a", "MUST", "Implemented", evidence=entries[:1]).strength is NONE
    assert Answer("a", "MUST", "Implemented").strength is NONE
