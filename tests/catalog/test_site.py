"""The site: what is on its pages, how small they stay, and that nobody's words or files come to harm."""

from __future__ import annotations

import json
import os
import re

import pytest

from made_submissions import product, write
from made_submissions import tree as many

HOSTILE = """<script>alert(1)</script>"><img src=x onerror=alert(1)>'`${x}{{ 7*7 }}</style></script><!--"""
EVIL = [
    "javascript:alert(1)",
    'https://e.example/"onmouseover=alert(1)',
    "https://user:word@e.example/",
    "data:text/html,x",
    "https://e.example/ x",
    "//e.example/",
    "https://e.example:99999/",
    "https://e.example/<b>",
    "vbscript:x",
]


def pages(site):
    return {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}


def test_there_is_a_page_per_version_and_per_product(site):
    found = pages(site())
    assert set(found) == {"index.html", "v1.33.html", "v1.35.html", "v1.36.html", "products/alpha.html",
                          "products/beta.html", "products/gamma.html"}  # fmt: skip
    names = re.findall(r'<th scope="row"><a href="products/[^>]*>([^<]*)</a>', found["index.html"])
    assert names == ["Alpha Cloud", "beta", "Gämma"]
    assert re.findall(r'<th scope="row"><a href="products/[^>]*>([^<]*)</a>', found["v1.36.html"]) == [
        "Alpha Cloud",
        "beta",
    ]


def test_every_link_inside_the_site_leads_somewhere(site):
    folder = site()
    for name, text in pages(folder).items():
        for target in re.findall(r'href="(?!https?:)([^"]+)"', text):
            path, _, anchor = target.partition("#")
            file = (folder / name).parent / path if path else folder / name
            assert file.is_file(), (name, target)
            assert not anchor or f'id="{anchor}"' in file.read_text()


def test_the_matrix_says_answer_and_strength_of_each_requirement_in_words(site, tree):
    write(tree, "1.36", "known", product("1.36", name="Known", items={
        "gang_scheduling": {"status": "Implemented", "evidence": ["evidence.md"]},
        "ai_inference": {"status": "Partially Implemented", "evidence": ["https://example.org/"]},
        "gpu_sharing": {"status": "", "evidence": []},
        "robust_controller": {"status": "yes", "evidence": ["N/A"]},
    }))  # fmt: skip
    folder = site()
    data = json.loads((folder / "catalog.json").read_text())
    [row] = [each for each in data["submissions"] if each["folder"] == "known"]
    assert row["answers"]["gang_scheduling"] == {"status": "Implemented", "evidence": "own run"}
    assert row["answers"]["ai_inference"] == {"status": "Partially Implemented", "evidence": "documents only"}
    text = (folder / "v1.36.html").read_text()
    columns = re.search(r'data-columns="([^"]*)"', text)[1].split()
    cells = re.findall(r"<td class=\"c[^>]*>[^<]*<i>([^<]*)", text.split("products/known.html")[1].split("<tr>")[0])
    said = dict(zip(columns, cells, strict=True))
    assert said["gang_scheduling"] == "Implemented, own run"
    assert said["ai_inference"] == "Partially Implemented, documents only"
    assert said["gpu_sharing"] == "left blank"
    assert said["robust_controller"] == "another word, no evidence"
    old = (folder / "index.html").read_text().split("products/gamma.html")[1].split("<tr>")[0]
    assert "not asked" in old


def test_due_days_are_told_and_the_nearest_come_first(site, tmp_path):
    (tmp_path / "d.yaml").write_text("v1.36/alpha: 2026-02-28\nv1.36/beta: 2025-12-01\nv1.33/Gamma: 2025-11-01\n")
    text = (site("--dates", tmp_path / "d.yaml") / "index.html").read_text()
    assert "due in 94 days" in text
    assert "expired 25 days ago" in text
    listed = text.split('id="next"')[1]
    assert listed.index("beta") < listed.index("Alpha Cloud")
    assert "expired" not in listed.split("<h2")[0]


def test_dead_links_have_a_column_only_where_somebody_asked(site, tmp_path):
    assert "Dead links" not in (site() / "index.html").read_text()
    asked = {"https://docs.example.org/guide/gang_scheduling": ["gone", "HTTP 404", 1.79e9],
             "https://docs.example.org/guide/ai_inference": ["cannot tell", "HTTP 403", 1.79e9]}  # fmt: skip
    (tmp_path / "urls.json").write_text(json.dumps(asked))
    folder = site("--links", tmp_path / "urls.json")
    text = "".join(pages(folder).values())
    assert "Dead links" in (folder / "index.html").read_text()
    assert "dead (HTTP 404), asked on 2026-" in text
    assert re.search(r"1 of [12]<", text)


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        "{",
        '{"https://a": 3}',
        '{"https://a": ["odd", "", 1]}',
        '{"https://a": ["gone", "", "x"]}',
        '{"https://a": ["gone", "", 1e300]}',
    ],
)
def test_what_is_no_file_of_links_is_refused(cli, tree, tmp_path, content):
    (tmp_path / "urls.json").write_text(content)
    said = cli("catalog", tree, "--out", tmp_path / "site", "--links", tmp_path / "urls.json")
    assert (said.code, "no file of checked links" in said.err) == (2, True)


def test_hostile_words_stay_words(site, tree):
    items = {
        name: {"notes": HOSTILE, "status": HOSTILE, "evidence": [HOSTILE, *EVIL]} for name in ("gang_scheduling", "x")
    }
    fields = dict.fromkeys(("platformVersion", "websiteUrl", "repoUrl", "description", "productLogoUrl"), HOSTILE)
    write(tree, "1.36", "<img src=x>", product("1.36", name=HOSTILE, vendor=HOSTILE, items=items, **fields))
    write(tree, "1.36", "evil", product("1.36", name="evil", websiteUrl=EVIL[0], repoUrl=EVIL[1]))
    write(tree, "1.36", "bad<b>", "{")
    for text in pages(site("--title", HOSTILE)).values():
        assert not re.search(
            r"<(script>alert|img|b>x|!--)|\son\w+=(?!alert\(1\)&gt;)\w*[\"']", text.split("</style>", 1)[1]
        )
        assert set(re.findall(r"<script[^>]*>", text)) <= {"<script>", '<script type="application/json" id="entries">'}
        for target in re.findall(r'href="([^"]*)"', text):
            assert re.match(r"https?://[a-z.]*example\.(org|com)/|https?://github\.com/|[\w./#-]+$", target), target
        for link in re.findall(r'<a href="https?:[^>]*>', text):
            assert 'rel="noopener noreferrer"' in link


def test_what_the_script_reads_is_the_same_words(site, tree):
    write(tree, "1.36", "x", product("1.36", name="</script><b>", vendor="a & b \u2028"))
    text = (site() / "index.html").read_text()
    entries = json.loads(re.search(r'id="entries">(.*?)</script>', text, re.DOTALL)[1])
    assert ["x", "</script><b>"] in [each[:2] for each in entries]
    assert [len(each[5]) for each in entries] == [2 * len(re.search(r'data-columns="([^"]*)"', text)[1].split())] * 4


def test_a_page_loads_nothing_and_runs_one_script_of_ours_at_most(site):
    for name, text in pages(site()).items():
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
        assert "default-src 'none'" in policy
        assert ("script-src 'sha256-" in policy) is not name.startswith("products/")
        assert not re.findall(r"<(?:img|link|iframe|object|embed|form action)|url\(", text)


def test_pages_of_a_thousand_products_stay_small_and_can_all_be_found(cli, tmp_path):
    many(tmp_path / "many", 1000, ("1.37",))
    said = cli("catalog", tmp_path / "many", "--out", tmp_path / "site", "--json")
    assert (said.code, said.data["submissions"]) == (0, 1000)
    assert max(path.stat().st_size for path in (tmp_path / "site").rglob("*.html")) < 300_000
    text = (tmp_path / "site" / "index.html").read_text()
    assert len(json.loads(re.search(r'id="entries">(.*?)</script>', text)[1])) == 1000
    shown = [
        name
        for file in (tmp_path / "site").glob("index*.html")
        for name in re.findall(r'<th scope="row"><a href="products/([^"]*)', file.read_text())
    ]
    assert len(set(shown)) == len(shown) == 1000


def test_pages_stay_small_whatever_was_submitted(site, tree):
    fat = {"notes": "<" * 20_000, "evidence": ["https://e.example.org/" + "a" * 1900] * 200}
    for version in ("1.33", "1.34", "1.35", "1.36", "1.37"):
        ids = ("gang_scheduling", "ai_inference", "pod_autoscaling", "robust_controller", "accelerator_metrics")
        write(tree, version, "fat", product(version, name='"' * 5000, vendor="&" * 5000, items=dict.fromkeys(ids, fat)))
    for at in range(600):
        write(tree, "1.36", f"x{at}", product("1.36", name='"' * 500, vendor="\u2713" * 500))
    for name, text in pages(site()).items():
        assert len(text.encode()) < 300_000, name


def test_what_cannot_be_read_is_listed_and_stops_nothing(cli, tree, tmp_path):
    bombs = {
        "yaml": "a: [",
        "empty": "",
        "list": "- a",
        "spec": "metadata: {}\n",
        "binary": "\x00",
        "aliases": "a: &a [x,x]\n"
        + "".join(
            f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a},*{a},*{a}]\n"
            for a, b in zip("abcdefghijk", "bcdefghijkl", strict=True)
        ),
    }
    for name, text in bombs.items():
        write(tree, "1.36", name, text)
    (write(tree, "1.36", "huge", "") / "PRODUCT.yaml").write_bytes(b"a: b\n" * 10_000_000)
    for name in ("link", "pipe"):
        (tree / "v1.36" / name).mkdir()
    (tree / "v1.36" / "link" / "PRODUCT.yaml").symlink_to("/etc/passwd")
    os.mkfifo(tree / "v1.36" / "pipe" / "PRODUCT.yaml")
    (tree / "v1.36" / "away").symlink_to(tree / "v1.36" / "alpha")
    (tree / "v1.36" / "nothing").mkdir()
    (tree / "vendor").mkdir()
    said = cli("catalog", tree, "--out", tmp_path / "site", "--json")
    assert said.code == 0
    assert said.data["submissions"] == 4
    assert {each["path"].split("/")[1] for each in said.data["unreadable"]} == {*bombs, "huge", "link", "pipe", "away"}
    assert len(said.err.splitlines()) == 10
    assert "root:" not in (tmp_path / "site" / "index.html").read_text()


def test_answers_that_are_no_text_are_shown_as_far_as_they_go(site, tree):
    odd = {
        "gang_scheduling": {"evidence": "N/A", "status": True, "notes": {"a": 1}},
        "ai_inference": {"evidence": [None, 3, []]},
    }
    write(tree, "1.36", "odd", product("1.36", name="Odd", items=odd, platformVersion=1.34, description=[1]))
    assert "Odd" in (site() / "products" / "odd.html").read_text()


@pytest.mark.parametrize("what", ["missing", "empty", "file"])
def test_a_folder_without_submissions_is_a_wrong_word(cli, tmp_path, what):
    folder = tmp_path / what
    if what == "empty":
        folder.mkdir()
    elif what == "file":
        folder.write_text("")
    said = cli("catalog", folder, "--out", tmp_path / "site")
    assert (said.code, said.out) == (2, "")
    assert not (tmp_path / "site").exists()


def test_nothing_of_anybody_elses_is_replaced(cli, tree, tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "index.html").write_text("mine")
    for words in ([], ["--force"]):
        assert cli("catalog", tree, "--out", mine, *words).code == 2
    assert [path.name for path in mine.iterdir()] == ["index.html"]
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(mine)
    for name in ("file", "link"):
        assert cli("catalog", tree, "--out", tmp_path / name, "--force").code == 2
    assert (mine / "index.html").read_text() == "mine"


def test_a_catalog_is_replaced_with_force_and_leaves_no_old_page_behind(cli, site, tree, tmp_path):
    folder = site()
    (folder / "CNAME").write_text("mine")
    (tree / "v1.33" / "Gamma" / "PRODUCT.yaml").unlink()
    assert cli("catalog", tree, "--out", folder).code == 2
    assert (folder / "v1.33.html").exists()
    site()
    assert not (folder / "v1.33.html").exists()
    assert not (folder / "products" / "gamma.html").exists()
    assert (folder / "CNAME").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if "clusterproof-tmp" in path.name] == []


def test_the_same_tree_gives_the_same_bytes(site):
    first = pages(site())
    assert pages(site()) == first


def test_two_folders_whose_names_differ_only_in_case_have_pages_of_their_own(site, tree):
    write(tree, "1.36", "ALPHA", product("1.36", name="Other Alpha"))
    found = pages(site())
    assert "Other Alpha" in found["products/alpha.html"] + found["products/alpha-2.html"]
    assert "Alpha Cloud" in found["products/alpha.html"] + found["products/alpha-2.html"]


def test_a_version_that_the_kit_does_not_know_yet_is_shown(site, tree):
    write(tree, "1.99", "alpha", product("1.37", name="Alpha Cloud"))
    assert "Alpha Cloud" in (site() / "v1.99.html").read_text()


@pytest.mark.parametrize("word", ["yesterday", "2026-02-30"])
def test_a_day_that_is_none_is_a_wrong_word(cli, tree, tmp_path, word):
    assert cli("catalog", tree, "--out", tmp_path / "site", "--today", word).code == 2
