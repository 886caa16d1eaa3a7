"""The pages in a real browser: nothing runs, nothing is fetched, nothing overflows, everything can be read."""

from __future__ import annotations

import json
import re
import threading
from http.server import ThreadingHTTPServer

import pytest

from browsing import MEASURE, Counter, browse

PAGES = ("index.html", "training.html", "evidence/gang_scheduling.html", "evidence/ai_inference.html",
         "evidence/gpu_sharing.html", "evidence/cluster_autoscaling.html")  # fmt: skip


@pytest.fixture
def measure(chromium, run_folder, hostile_folder, tmp_path):
    def ask(page: str, *, width: int, dark: bool = False, hostile: bool = False) -> dict:
        folder = hostile_folder if hostile else run_folder
        (tmp_path / "frame.html").write_text(MEASURE % {"page": (folder / page).as_uri(), "width": width})
        flags = ["--allow-file-access-from-files", "--virtual-time-budget=4000", "--window-size=1400,2100"]
        flags += ["--blink-settings=preferredColorScheme=0"] if dark else []
        dom = browse(chromium, tmp_path, (tmp_path / "frame.html").as_uri(), "--dump-dom", *flags)
        answer = re.search(r'<pre id="answer">(.*?)</pre>', dom, re.DOTALL)
        assert answer, dom[-2000:]
        return json.loads(answer[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">"))

    return ask


@pytest.mark.parametrize("page", PAGES)
def test_a_page_fits_a_phone_and_can_be_read_in_light(measure, page):
    found = measure(page, width=390)
    assert found["wide"] <= 390
    assert found["low"] == []
    assert found["text"] > 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_in_the_dark_on_a_desktop(measure, page):
    found = measure(page, width=1280, dark=True)
    assert found["wide"] <= 1280
    assert found["low"] == []


@pytest.mark.parametrize("page", ["index.html", "evidence/ai_inference.html"])
def test_hostile_and_endless_words_neither_run_nor_widen_the_page(measure, page):
    found = measure(page, width=390, hostile=True)
    assert found["wide"] <= 390
    assert "PWNED" not in found["title"].split("<script>")[0]
    assert found["title"].endswith("(SIMULATED)")


def test_a_planted_script_does_not_run(measure):
    assert measure("training.html", width=800)["title"] == "10_training (SIMULATED)"


@pytest.mark.parametrize("policy", [True, False])
def test_a_planted_address_is_asked_for_only_without_the_policy(chromium, run_folder, tmp_path, policy):
    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        Counter.asked.clear()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        there = f"http://127.0.0.1:{server.server_port}"
        planted = f'<img src="{there}/img"><script src="{there}/js"></script><link rel=stylesheet href="{there}/css">'
        text = (run_folder / "training.html").read_text().replace("<main", planted + "<main", 1)
        (tmp_path / "page.html").write_text(text if policy else text.replace("Content-Security-Policy", "X-None"))
        browse(chromium, tmp_path, (tmp_path / "page.html").as_uri(), "--dump-dom")
        server.shutdown()
    assert sorted(Counter.asked) == ([] if policy else ["/css", "/img", "/js"])


def test_a_page_prints_to_paper(chromium, run_folder, tmp_path):
    target = tmp_path / "index.pdf"
    browse(chromium, tmp_path, (run_folder / "index.html").as_uri(), f"--print-to-pdf={target}")
    assert target.read_bytes().startswith(b"%PDF")
