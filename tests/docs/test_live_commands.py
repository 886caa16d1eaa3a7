"""Every command of the documents does what it is there for: it is typed as it stands, page by page."""

from __future__ import annotations

import re
import subprocess

import pytest

from told import PAGES, ROOT, told

pytestmark = [pytest.mark.live, pytest.mark.slow]
ELSEWHERE = {
    "make evaluate TIER=node": "tests/testbed/node/test_live_nodes.py",
    "make prove": "tests/prove",
    "make prove TIER=node": "tests/prove",
    "clusterproof prove --out reports/RUN_ID/proof": "tests/prove",
    "make test": ".ci/run",
    "make lab": "tests/browser/test_lab.py",
    ".venv/bin/clusterproof lab": "tests/browser/test_lab.py",
    "clusterproof lab": "tests/browser/test_lab.py",
    "podman": "tests/packaging/test_image.py",
    "kubectl": "tests/cli/test_examples.py",
    "clusterproof run --in-cluster": "tests/packaging/test_image.py",
    "clusterproof checklist sync": "tests/submission/test_sync.py",
    "clusterproof checklist lint FOLDER --urls": "tests/submission",
}
"""What is too long for this test, never ends, or wants another machine, and where else it is run."""
OPEN = re.compile("clusterproof (?:run|sweep) ")
TELLS = re.compile(r"--strict|clusterproof (?:renew|fill|checklist lint) ")
"""Commands whose exit code 1 is their answer, here that the cluster and the submission are not ready."""


def typed(text):
    """Return the lines of a block that are run here, with the cluster named where a command leaves it open."""
    for line in text.splitlines():
        bare = line.split("#")[0].strip()
        if bare not in ELSEWHERE and bare.split()[0] not in ELSEWHERE:
            yield f"{bare} --kubeconfig FILE" if OPEN.match(bare) and "--kubeconfig" not in bare else bare


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_tells_people_to_type_works(desk, page):
    wrong = []
    for text in dict.fromkeys(told(page)):
        lines = "\n".join(typed(text))
        code, said = desk.type(lines)
        if code not in ({0, 1} if TELLS.search(lines) else {0}) or "Traceback" in said:
            wrong.append(f"{lines}\nended with {code}:\n{said}")
    assert not wrong, "\n\n".join(wrong)


def test_what_is_run_elsewhere_is_told_somewhere_and_run_there():
    lines = {line.split("#")[0].strip() for page in PAGES for text in told(page) for line in text.splitlines()}
    told_of = lines | {line.split()[0] for line in lines if line}
    assert [each for each in ELSEWHERE if each not in told_of] == []
    assert [each for each in ELSEWHERE.values() if not (ROOT / each).exists()] == []


@pytest.mark.parametrize("target", [each.removeprefix("make ") for each in ELSEWHERE if each.startswith("make ")])
def test_a_target_of_make_that_is_run_elsewhere_is_that_command(target):
    words = ["make", "--dry-run", *target.split()]
    said = subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    command = {"test": "pytest"}.get(target, "clusterproof")
    assert re.search(rf"bin/(?:python -m )?{command}\b", said), said


def test_a_command_that_does_not_work_is_noticed(desk):
    assert desk.type("clusterproof run --kubeconfig FILE --nothing")[0] == 2
    assert desk.type("clusterproof plan --kubeconfig NOWHERE\ntrue")[0] != 0
