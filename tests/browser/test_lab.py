"""JupyterLab as a person uses it: run a check from the panel, open its evidence, stop another one; nothing stays."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect, sync_playwright

from clusterproof import testbed
from clusterproof.cluster.client import Cluster
from clusterproof.cluster.sweep import run_ids
from proofs import own_state

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.live,
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="NOT TESTED: there is no Chromium here"),
]
CHECK = "gang_scheduling"  # takes ten seconds, and needs no add-on
SECOND = 1000  # milliseconds


@pytest.fixture(scope="module")
def bed(tmp_path_factory):
    """Start the testbed that the panel is to find."""
    with own_state(tmp_path_factory.mktemp("state")):
        yield testbed.up(testbed.Spec(), progress=lambda _line: None)
        testbed.down()


@contextmanager
def lab(folder):
    """Start `clusterproof lab` and give its address."""
    words = [sys.executable, "-m", "clusterproof", "lab", "--no-browser", "--port", "0", "--folder", str(folder)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=folder.parent)
    try:
        said = []
        for line in process.stderr:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+/lab/tree/00_start_here\S*token=\w+", line):
                yield found[0]
                return
        pytest.fail("JupyterLab did not start:\n" + "".join(said))
    finally:
        process.terminate()
        process.stderr.close()
        process.wait(30)


@pytest.fixture(scope="module")
def page(bed, tmp_path_factory):
    """Open the first notebook and run the cell with the panel, and no other one."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    with lab(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 1300})
        page.goto(address, timeout=60 * SECOND)
        cell = page.locator(".jp-CodeCell", has_text="from clusterproof.panel import panel")
        cell.locator(".cm-content").click(timeout=60 * SECOND)
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=60 * SECOND)
        page.keyboard.press("Shift+Enter")  # while the kernel starts JupyterLab would forget it
        expect(page.get_by_text("Readiness for checklist 1.37").first).to_be_visible(timeout=60 * SECOND)
        yield page
        browser.close()


def row(page, requirement):
    """Return the row of a requirement in the matrix."""
    return page.locator(".widget-hbox", has=page.get_by_title(f"Run {requirement}", exact=True)).last


def begin(page, requirement):
    page.get_by_role("tab", name="Checks").click()
    page.get_by_title(f"Run {requirement}", exact=True).click()


def test_the_notebook_is_the_one_to_start_with_and_its_kernel_is_the_kits(page):
    expect(page.get_by_role("tab", name="00_start_here.ipynb")).to_be_visible()
    expect(page.get_by_text("The same in a terminal: clusterproof run").first).to_be_visible()  # its kernel has the kit
    expect(page.get_by_text("official Jupyter news")).to_have_count(0)  # a question that nobody came for


def test_a_check_is_run_from_the_panel_passes_and_its_evidence_opens(page, tmp_path):
    begin(page, CHECK)
    expect(row(page, CHECK)).to_contain_text("PASS", timeout=120 * SECOND)
    page.get_by_title(f"Evidence of {CHECK}", exact=True).click(timeout=60 * SECOND)
    frame = page.frame_locator(f'iframe[title="Evidence of {CHECK}"]')
    expect(frame.get_by_text("Every pod of a gang that fits is bound").first).to_be_visible()
    expect(frame.get_by_text("SIMULATED").first).to_be_visible()


def test_a_run_that_is_stopped_from_the_panel_leaves_nothing(page, bed):
    cluster = Cluster.connect(str(bed.kubeconfig))
    begin(page, CHECK)
    expect(row(page, CHECK)).to_contain_text("running", timeout=60 * SECOND)
    expect(page.get_by_text("A single pod takes one of the places").first).to_be_visible(timeout=60 * SECOND)
    assert run_ids(cluster), "something of the run is there"
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("The run was stopped.").first).to_be_visible(timeout=120 * SECOND)
    expect(row(page, CHECK)).to_contain_text("ERROR")
    assert run_ids(cluster) == ()


def test_a_wrong_parameter_and_a_claim_without_a_reason_are_refused_beside_the_field(page):
    page.get_by_role("tab", name="Parameters").click()
    page.get_by_label("Name", exact=True).select_option("window")
    page.get_by_label("Value", exact=True).fill("long")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="window")).to_be_visible()
    page.get_by_role("tab", name="Declarations").click()
    page.get_by_label("Status", exact=True).select_option("N/A")
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("alert").filter(has_text="needs a reason and a name")).to_be_visible()
