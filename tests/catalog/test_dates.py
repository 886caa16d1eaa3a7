"""A certification ends one year after the day on which its file was merged, and a day that is not known is none."""

from __future__ import annotations

import os
import subprocess
from datetime import date

import pytest

from clusterproof.catalog import DateSource, read_dates, read_tree
from clusterproof.catalog.expiry import expiry
from clusterproof.catalog.model import Certified
from clusterproof.errors import UsageError
from made_submissions import product, write

TODAY = date(2026, 11, 26)


@pytest.fixture
def git(tmp_path):
    """Give a function that runs git in the tree on a day."""
    folder = tmp_path / "tree"
    folder.mkdir(exist_ok=True)

    def git(*words, on="2026-01-01", where=folder):
        stamp = f"{on}T12:00:00 +0000"
        names = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        more = {"GIT_COMMITTER_DATE": stamp, "GIT_AUTHOR_DATE": "2020-02-02T12:00:00 +0000",
                "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(tmp_path)}  # fmt: skip
        subprocess.run(["git", *words], cwd=where, env={**os.environ, **names, **more}, check=True, capture_output=True)  # noqa: S607 - any git

    git.folder = folder
    return git


def dates(folder, given=None):
    catalog = read_tree(folder, TODAY, given=given or {})
    return {f"v{each.version}/{each.folder}": (each.certified.on.isoformat(), each.certified.source)
            for each in catalog.submissions}, catalog.notes  # fmt: skip


def test_the_day_of_the_merge_counts_and_not_that_of_a_draft_or_of_a_later_change(git):
    git("init", "-q", "-b", "main")
    git("commit", "-q", "--allow-empty", "-m", "first")
    git("checkout", "-q", "-b", "draft")
    file = write(git.folder, "1.36", "älpha", product()) / "PRODUCT.yaml"
    git("add", "."), git("commit", "-q", "-m", "draft", on="2026-02-02")
    git("checkout", "-q", "main")
    git("merge", "-q", "--no-ff", "-m", "merge", "draft", on="2026-03-03")
    file.write_text(product(platformVersion="2.0"))
    git("commit", "-q", "-a", "-m", "typo", on="2026-04-04")
    write(git.folder, "1.36", "new", product())
    found, notes = dates(git.folder)
    assert found["v1.36/älpha"] == ("2026-03-03", DateSource.MERGED)
    assert found["v1.36/new"][1] is DateSource.FILE_TIME
    told = ["when it was merged", "not known, the file's own time stands in for it"]
    assert list(notes) == [f"1 of 2 dates: {each}." for each in told]


def test_a_tree_deeper_in_a_repository_has_its_history_too(git):
    inner = git.folder / "submissions"
    git("init", "-q", "-b", "main")
    write(inner, "1.36", "alpha", product())
    git("add", "."), git("commit", "-q", "-m", "one", on="2026-02-02")
    assert dates(inner)[0]["v1.36/alpha"] == ("2026-02-02", DateSource.MERGED)


def test_a_shallow_clone_has_no_days_and_says_so(git, tmp_path):
    git("init", "-q", "-b", "main")
    write(git.folder, "1.36", "alpha", product())
    git("add", "."), git("commit", "-q", "-m", "one", on="2025-02-02")
    git("commit", "-q", "--allow-empty", "-m", "two", on="2026-02-02")
    git("clone", "-q", "--depth", "1", f"file://{git.folder}", str(tmp_path / "clone"))
    found, notes = dates(tmp_path / "clone")
    assert found["v1.36/alpha"][1] is DateSource.FILE_TIME
    assert "without its history" in notes[-1]


def test_settings_of_a_repository_start_no_program(git, tmp_path):
    git("init", "-q", "-b", "main")
    write(git.folder, "1.36", "alpha", product())
    program = tmp_path / "gpg"
    program.write_text(
        "#!/bin/sh\ncat >/dev/null\necho '-----BEGIN PGP SIGNATURE-----'\necho '[GNUPG:] SIG_CREATED ' >&2\n"
    )
    program.chmod(0o755)
    git("config", "gpg.program", str(program))
    git("add", "."), git("commit", "-q", "-S", "-m", "signed")
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    git("config", "log.showSignature", "true")
    assert dates(git.folder)[0]["v1.36/alpha"][1] is DateSource.MERGED
    assert not (tmp_path / "ran").exists()


def test_without_history_the_files_own_time_stands_in_and_is_no_date(tree, site):
    file = tree / "v1.36" / "beta" / "PRODUCT.yaml"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    found, notes = dates(tree)
    assert found["v1.36/beta"] == ("2023-11-14", DateSource.FILE_TIME)
    assert "There is no history" in notes[-1]
    page = (site() / "products" / "beta.html").read_text()
    assert "date not known" in page
    assert "the file itself is of 14 November 2023" in page
    assert "expired" not in page
    assert "Certified on" not in page


def test_a_given_day_counts_most_and_one_for_nothing_is_told(tree, tmp_path):
    file = tmp_path / "dates.yaml"
    file.write_text('v1.36/beta: 2026-01-31\nv1.36/alpha/PRODUCT.yaml: "2026-02-01"\nv1.36/none: 2026-01-01\n')
    found, notes = dates(tree, read_dates(file))
    assert found["v1.36/beta"] == ("2026-01-31", DateSource.GIVEN)
    assert found["v1.36/alpha"] == ("2026-02-01", DateSource.GIVEN)
    assert notes[-1] == "The file of dates names what is not there: v1.36/none."


def test_a_day_that_is_still_to_come_is_no_date(tree, site, tmp_path):
    (tmp_path / "dates.yaml").write_text("v1.36/beta: 2030-01-31\nv1.36/alpha: 2026-11-26\n")
    found, notes = dates(tree, read_dates(tmp_path / "dates.yaml"))
    assert found["v1.36/beta"] == ("2030-01-31", DateSource.FUTURE)
    assert found["v1.36/alpha"] == ("2026-11-26", DateSource.GIVEN)
    assert "1 of 4 dates: in the future, and so not known." in notes
    page = (site("--dates", tmp_path / "dates.yaml") / "products" / "beta.html").read_text()
    assert "date not known</span><small>a date in the future" in page
    assert "31 January 2030 is in the future" in page
    assert "Certified on" not in page


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("- a", "no file of dates"),
        ("a: [", "not readable YAML"),
        ("v1.36/a: 2026-01-01\nv1.36/b: soon", "line 2: this is no date"),
    ],
)
def test_a_file_of_dates_that_is_none_is_told_with_its_line(tmp_path, text, word):
    (tmp_path / "dates.yaml").write_text(text)
    with pytest.raises(UsageError, match=word):
        read_dates(tmp_path / "dates.yaml")


@pytest.mark.parametrize(
    ("on", "words", "state"),
    [
        ("2025-11-26", "due today", "soon"), ("2025-11-25", "expired 1 day ago", "expired"),
        ("2025-11-27", "due in 1 day", "soon"), ("2026-01-25", "due in 60 days", "soon"),
        ("2026-01-26", "due in 61 days", "later"), ("2020-02-29", "expired 2,097 days ago", "expired"),
    ],
)  # fmt: skip
def test_a_certification_ends_after_one_year(on, words, state):
    found = expiry(Certified(date.fromisoformat(on), DateSource.MERGED), TODAY)
    assert (found.words, found.state) == (words, state)


def test_a_files_own_time_neither_ends_nor_prolongs_a_certification():
    for day in ("2020-01-01", "2026-11-01"):
        assert expiry(Certified(date.fromisoformat(day), DateSource.FILE_TIME), TODAY).state == "unknown"


def test_a_year_from_a_leap_day_ends_on_the_last_of_february():
    assert Certified(date(2024, 2, 29), DateSource.GIVEN).until == date(2025, 2, 28)
