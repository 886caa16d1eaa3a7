"""The catalog in a real browser: a person searches, filters, opens a product, comes back; nothing leaves the disk."""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from browsing import MEASURE, Counter, browse
from clusterproof.catalog import read_tree, write_site
from made_submissions import product, tree, write

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 26)
HOSTILE = (
    """<script>document.title="PWNED"</script>">"""
    """<img src="http://planted.example.org/img" onerror="document.title='PWNED'">"""
)
PAGES = ("index.html", "v1.36.html", "products/alpha.html", "products/hostile.html")

# A person's steps, in a page that holds the catalog in a frame.
STEPS = """
<iframe id="frame" src="%(page)s" style="width:%(width)spx;height:1600px;border:0"></iframe>
<script>
const frame = document.getElementById('frame'), answer = {};
const loaded = () => new Promise(done => frame.addEventListener('load', () => setTimeout(done, 50), {once: true}));
const page = () => frame.contentDocument;
const rows = () => [...page().querySelectorAll('.matrix tbody tr')].filter(row => row.getClientRects().length)
  .map(row => row.querySelector('a').textContent);
const told = () => page().querySelector('[role=status]').textContent;
async function type(name, value) {
  const field = page().querySelector(`[name=${name}]`);
  field.focus();
  field.value = value;
  field.dispatchEvent(new Event('input', {bubbles: true}));
}
async function walk() {
  await loaded();
  answer.form = page().querySelector('form').getClientRects().length > 0;
  answer.all = [rows().length, told()];
  await type('text', 'GAMMA c'); answer.search = [rows(), told()];
  await type('text', 'platform 0119'); answer.away = [rows(), told(),
    [...page().querySelectorAll('.others a')].filter(a => a.getClientRects().length).map(a => a.getAttribute('href'))];
  await type('text', 'nobody at all'); answer.none = [rows(), told()];
  await type('text', ''); await type('version', '1.33'); answer.version = rows();
  page().querySelector('[type=reset]').click();
  await new Promise(done => setTimeout(done, 50)); answer.reset = rows().length;
  await type('text', 'alpha'); await type('requirement', 'gang_scheduling'); await type('strength', 'r');
  answer.strength = rows();
  await type('strength', 'd'); answer.weaker = rows();
  await type('strength', ''); await type('requirement', ''); await type('due', 'soon'); answer.due = rows();
  await type('due', '');
  let next = loaded();
  page().querySelector('.matrix tbody tr:not([hidden]) a').click();
  await next; answer.product = page().querySelector('h1').textContent;
  answer.scripts = page().scripts.length;
  next = loaded();
  frame.contentWindow.history.back();
  await next; answer.back = [page().querySelector('h1').textContent, page().querySelector('[name=text]').value, rows()];
  next = loaded();
  page().querySelector('nav a[href="v1.36.html"]').click();
  await next; answer.versioned = page().querySelector('h1').textContent;
  const link = page().querySelector('.matrix a');
  link.focus();
  answer.focused = [page().activeElement === link, getComputedStyle(link).outlineStyle];
  answer.title = page().title;
}
walk().catch(error => answer.error = String(error)).then(() => {
  const out = document.createElement('pre');
  out.id = 'answer';
  out.textContent = JSON.stringify(answer);
  document.body.append(out);
});
</script>
"""

HEADINGS = """
<iframe src="%(page)s" style="width:1280px;height:2000px"></iframe>
<script>
onload = () => {
  const page = document.querySelector('iframe').contentDocument, out = document.createElement('pre');
  const named = e => e.labels?.length || e.getAttribute('aria-label') || e.textContent.trim();
  out.id = 'answer';
  out.textContent = JSON.stringify({
    headings: [...page.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1])),
    form: page.querySelectorAll('form:not([hidden])').length,
    rows: page.querySelectorAll('tbody tr').length,
    unnamed: [...page.querySelectorAll('a,button,select,input,nav')].filter(e => !named(e)).map(e => e.outerHTML),
    heads: [...page.querySelectorAll('th')].filter(th => !th.scope).map(th => th.outerHTML),
    ragged: [...page.querySelectorAll('table')]
      .filter(t => new Set([...t.rows].map(r => r.cells.length)).size > 1).length,
    ids: [...page.querySelectorAll('[id]')].map(e => e.id), lang: page.documentElement.lang,
    wide: [...page.querySelectorAll('.scroll')].filter(e => e.tabIndex !== 0).length,
  });
  document.body.append(out);
};
</script>
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Give the site of 124 products, one of them hostile, with known dates for some."""
    home = tmp_path_factory.mktemp("catalog")
    folder = tree(home / "tree", 240, ("1.35", "1.36"))
    runs = {"gang_scheduling": {"status": "Implemented", "evidence": ["evidence.md"]}}
    write(folder, "1.36", "alpha", product("1.36", name="Alpha Cloud", vendor="A Ltd", items=runs))
    write(folder, "1.33", "gamma", product("1.33", name="Gämma", vendor="C"))
    words = {"notes": f"{HOSTILE} {'x' * 3000}", "evidence": [HOSTILE, "http://planted.example.org/e"]}
    items = dict.fromkeys(("gang_scheduling", "ai_inference"), words)
    write(folder, "1.36", "hostile", product("1.36", name=HOSTILE, vendor="y" * 400, items=items, description=HOSTILE))
    catalog = read_tree(folder, TODAY, given={"v1.36/alpha": date(2025, 12, 1), "v1.33/gamma": date(2025, 1, 1)})
    write_site(catalog, home / "site", title="Catalog")
    return home / "site"


@pytest.fixture
def ask(chromium, site, tmp_path):
    """Give a function that runs a script beside a page of the site and returns what it found."""

    def ask(script: str, page: str, *flags: str, **values: object) -> dict:
        (tmp_path / "frame.html").write_text(script % {"page": (site / page).as_uri(), **values})
        fixed = ["--allow-file-access-from-files", "--virtual-time-budget=15000", "--window-size=1400,2100"]
        dom = browse(chromium, tmp_path, (tmp_path / "frame.html").as_uri(), "--dump-dom", *fixed, *flags)
        answer = re.search(r'<pre id="answer">(.*?)</pre>', dom, re.DOTALL)
        assert answer, dom[-2000:]
        return json.loads(answer[1].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))

    return ask


@pytest.mark.parametrize("width", [1280, 390], ids=["desktop", "phone"])
def test_a_person_searches_filters_opens_a_product_and_comes_back(ask, width):
    found = ask(STEPS, "index.html", width=width)
    assert "error" not in found, found
    assert found["form"] is True
    assert found["all"] == [60, "60 of 60 on this page."]
    assert found["search"] == [["Gämma"], "1 of 60 on this page."]
    assert found["away"] == [[], "0 of 60 on this page, 1 more on other pages:", ["products/platform-0119.html"]]
    assert found["none"] == [[], "0 of 60 on this page."]
    assert found["version"] == ["Gämma"]
    assert found["reset"] == 60
    assert found["strength"] == found["due"] == ["Alpha Cloud"]
    assert found["weaker"] == []
    assert found["product"] == "Alpha Cloud"
    assert found["scripts"] == 0
    assert found["back"] == ["Catalog", "alpha", ["Alpha Cloud"]]
    assert found["versioned"] == "Checklist 1.36"
    assert found["focused"] == [True, "solid"]
    assert "PWNED" not in found["title"]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, True)], ids=["phone, light", "desktop, dark"])
def test_a_page_fits_and_can_be_read(ask, page, width, dark):
    found = ask(MEASURE, page, *(["--blink-settings=preferredColorScheme=0"] if dark else []), width=width)
    assert found["wide"] <= width
    assert found["low"] == []
    assert found["text"] > 500
    assert found["title"] != "PWNED"


@pytest.mark.parametrize("page", PAGES)
def test_headings_tables_and_names_are_there_for_who_does_not_see(ask, page):
    found = ask(HEADINGS, page)
    assert found["headings"][0] == 1
    assert found["headings"].count(1) == 1
    assert all(after - before <= 1 for before, after in zip(found["headings"], found["headings"][1:], strict=False))
    assert found["unnamed"] == []
    assert found["heads"] == []
    assert found["ragged"] == 0
    assert len(set(found["ids"])) == len(found["ids"])
    assert (found["lang"], found["wide"]) == ("en", 0)


@pytest.mark.parametrize("page", ["index.html", "products/alpha.html"])
def test_without_scripts_everything_is_there_to_read(ask, page):
    found = ask(HEADINGS.replace("<iframe ", '<iframe sandbox="allow-same-origin" '), page)
    assert found["form"] == 0
    assert found["rows"] >= (60 if page == "index.html" else 14)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_asks_anything_of_anybody(chromium, site, tmp_path, page):
    assert asked(chromium, tmp_path, (site / page).as_uri()) == []


def test_a_page_that_asks_would_be_noticed(chromium, site, tmp_path):
    text = (site / "products" / "hostile.html").read_text().replace("Content-Security-Policy", "X-None")
    (tmp_path / "page.html").write_text(text.replace("<main", '<img src="http://planted.example.org/img"><main', 1))
    assert asked(chromium, tmp_path, (tmp_path / "page.html").as_uri()) == ["/img"]


def asked(chromium: str, home: Path, address: str) -> list[str]:
    """Return what a page asks of any host that submissions name."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Counter) as server:
        Counter.asked.clear()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        rules = ",".join(f"MAP {host} 127.0.0.1:{server.server_port}" for host in ("*.example.org", "example.org"))
        browse(chromium, home, address, "--dump-dom", f"--host-resolver-rules={rules}")
        server.shutdown()
    return sorted(Counter.asked)
