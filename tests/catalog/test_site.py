"""The site: what is on its pages, how small they stay, and that nobody's words or files come to harm."""

from __future__ import annotations

import json
import os
import re

import pytest

from clusterproof import serial
from clusterproof.model import Outcome
from clusterproof.report import Known, markdown
from made_submissions import product, write
from made_submissions import tree as many
from recorded import measured, report_of

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
    said = in_words(folder, "known")
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


def test_a_file_of_another_spelling_and_a_closed_folder_are_listed(cli, tree, tmp_path, monkeypatch):
    for name in ("lower", "closed"):
        folder = write(tree, "1.36", name, product("1.36", name="Lower"))
        (folder / "PRODUCT.yaml").rename(folder / "product.yml")
    scan = os.scandir

    def closed(path="."):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", str(path))
        return scan(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert unreadable(cli, tree, tmp_path) == {
        "v1.36/lower/product.yml": "The programme only takes PRODUCT.yaml, in these letters.",
        "v1.36/closed": "The folder cannot be read.",
    }


@pytest.mark.parametrize("form", ["md", "json"])
def test_what_a_page_of_the_kits_says_counts_more_than_the_notes(site, tree, tmp_path, form):
    outcomes = {"gang_scheduling": Outcome.PASS, "ai_inference": Outcome.FAIL, "gpu_sharing": Outcome.SKIP,
                "robust_controller": Outcome.PASS}  # fmt: skip
    results = [measured(name, seen, simulated=name == "robust_controller") for name, seen in outcomes.items()]
    items = {name: {"status": "Implemented", "notes": "Ran.", "evidence": [f"{name}.txt"]} for name in outcomes}
    folder = write(tree, "1.36", "own", product("1.36", name="Own", items=items))
    for each in results:
        report = report_of(tmp_path, [each], "1.36")
        [verdict] = [one for one in report.verdicts if one.requirement.id == each.requirement]
        text = markdown.evidence(report, verdict, Known()) if form == "md" else json.dumps(serial.dump(report))
        (folder / f"{each.requirement}.txt").write_text(text)
    made = site()
    said = in_words(made, "own")
    assert [said[name] for name in outcomes] == [
        "Implemented, own run", "Implemented, no evidence", "Implemented, no evidence", "SIMULATED, own run",
    ]  # fmt: skip
    page = (made / "products" / "own.html").read_text()
    assert (
        page.count("page of the kit&#39;s that says: FAIL") == page.count("page of the kit&#39;s that says: SKIP") == 1
    )


def test_answers_that_the_validator_takes_for_text_are_shown(site, tree):
    odd = {
        "gang_scheduling": {"evidence": [3, "evidence.md"], "status": True, "notes": 1.10},
        "ai_inference": {"evidence": None, "notes": None},
    }
    write(tree, "1.36", "odd", product("1.36", name="Odd", items=odd, platformVersion=1.34, description=[1]))
    assert "Odd" in (site() / "products" / "odd.html").read_text()


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        ({"evidence": "N/A"}, "evidence is text, where the validator reads a list"),
        ({"evidence": [["a"]]}, "evidence is a list, where the validator reads text"),
        ({"notes": {"a": 1}}, "notes is a mapping, where the validator reads text"),
        ({"status": ["Implemented"]}, "status is a list, where the validator reads text"),
    ],
)
def test_a_file_that_the_validator_cannot_load_is_no_product(cli, tree, tmp_path, spoil, why):
    write(tree, "1.36", "odd", product("1.36", name="Odd", items={"gang_scheduling": spoil}))
    told = unreadable(cli, tree, tmp_path)["v1.36/odd/PRODUCT.yaml"]
    assert re.match(r"Line \d+: ", told)
    assert why in told
    assert why in (tmp_path / "site" / "index.html").read_text()
    assert not (tmp_path / "site" / "products" / "odd.html").exists()


def test_a_file_with_a_key_twice_is_no_product(cli, tree, tmp_path):
    text = product("1.36", name="Odd")
    write(tree, "1.36", "odd", text.replace("vendorName:", "platformName: Other\n  vendorName:"))
    told = unreadable(cli, tree, tmp_path)
    assert told == {
        "v1.36/odd/PRODUCT.yaml": "Line 5: The key 'platformName' stands twice in the same mapping, first in line 3."
    }


def test_a_second_document_in_a_file_hides_nothing(cli, tree, tmp_path):
    write(tree, "1.36", "odd", product("1.36", name="Odd") + "\n---\na: b\n")
    assert unreadable(cli, tree, tmp_path) == {}
    assert (tmp_path / "site" / "products" / "odd.html").exists()


def unreadable(cli, tree, tmp_path):
    said = cli("catalog", tree, "--out", tmp_path / "site", "--json")
    assert said.code == 0
    return {each["path"]: each["why"] for each in said.data["unreadable"]}


def test_what_cannot_be_read_sends_no_codes_to_a_terminal(cli, tree, tmp_path):
    write(tree, "1.36", "odd\x1b[2J", "{")
    assert "\x1b" not in cli("catalog", tree, "--out", tmp_path / "site").err


@pytest.mark.parametrize("mark", ["notes", "layered", "file", "later"])
def test_what_was_simulated_is_shown_as_that_and_never_as_implemented(site, tree, mark):
    before = {"notes": "SIMULATED: ", "layered": "Layer: Engine. SIMULATED: "}.get(mark, "")
    notes = f"{before}Measured by clusterproof 1."
    said = {"gang_scheduling": "Implemented", "ai_inference": "Partially Implemented", "gpu_sharing": "N/A"}
    items = {name: {"status": word, "notes": notes, "evidence": ["evidence.md"]} for name, word in said.items()}
    first = "# SIMULATED: seen at least in part on simulated nodes; not certification evidence\n"
    first = {"file": first, "later": f"\n# Ours\n{first}"}.get(mark, "")
    write(tree, "1.36", "toy", first + product("1.36", name="Toy", items=items))
    folder = site()
    data = json.loads((folder / "catalog.json").read_text())
    [row] = [each for each in data["submissions"] if each["folder"] == "toy"]
    told = {name: row["answers"][name]["status"] for name in items}
    assert told == {"gang_scheduling": "simulated: Implemented", "ai_inference": "simulated: Partially Implemented",
                    "gpu_sharing": "N/A"}  # fmt: skip
    said = in_words(folder, "toy")
    assert (said["gang_scheduling"], said["ai_inference"]) == ("SIMULATED, own run", "SIMULATED, own run")
    page = (folder / "products" / "toy.html").read_text()
    assert "that certifies nothing" in page
    assert '<span class="badge warn">SIMULATED</span><small>written as: Implemented</small>' in page
    assert "that certifies nothing" not in (folder / "products" / "alpha.html").read_text()
    if mark == "file":
        counted = [each["status"] for each in row["answers"].values()]
        assert not {"Implemented", "Partially Implemented"} & set(counted)
        assert "<strong>Implemented</strong>" not in page


def test_a_status_that_the_validator_would_not_take_is_not_shown_as_the_one_that_was_meant(site, tree):
    items = {"gang_scheduling": {"status": "Implemented "}, "ai_inference": {"status": " "}}
    write(tree, "1.36", "odd", product("1.36", name="Odd", items=items))
    folder = site()
    said = in_words(folder, "odd")
    assert said["gang_scheduling"].startswith("another word")
    assert said["ai_inference"].startswith("another word")
    assert "“Implemented ”</strong><small>none of the four statuses" in (folder / "products" / "odd.html").read_text()


def in_words(folder, slug):
    """Return what the table of 1.36 says of a product, by requirement."""
    text = (folder / "v1.36.html").read_text()
    columns = re.search(r'data-columns="([^"]*)"', text)[1].split()
    cells = re.findall(r"<td class=\"c[^>]*>[^<]*<i>([^<]*)", text.split(f"products/{slug}.html")[1].split("<tr>")[0])
    return dict(zip(columns, cells, strict=True))


def test_no_page_repeats_who_signs_in_to_an_address(site, tree, tmp_path):
    secret = "https://me:pa@ss-word@docs.example.org/a"  # noqa: S105 - of nobody
    items = {"gang_scheduling": {"evidence": [secret, f"see {secret}"], "notes": f"Seen at {secret}, twice."}}
    fields = dict.fromkeys(("websiteUrl", "repoUrl", "documentationUrl", "productLogoUrl", "description"), secret)
    write(tree, "1.36", "odd", product("1.36", name=f"Odd {secret}", vendor=secret, items=items, **fields))
    (tmp_path / "urls.json").write_text(json.dumps({secret: ["gone", "HTTP 404", 1.79e9]}))
    folder = site("--links", tmp_path / "urls.json")
    for name, text in (pages(folder) | {"json": (folder / "catalog.json").read_text()}).items():
        assert not re.search("ss-word|me:pa", text), name
    page = (folder / "products" / "odd.html").read_text()
    assert "https://…@docs.example.org/a" in page
    assert "dead (HTTP 404)" in page


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


@pytest.mark.parametrize("name", ["file/site", "x" * 300, "x" * 250])
def test_a_place_where_no_site_can_be_is_a_wrong_word(cli, tree, tmp_path, name):
    (tmp_path / "file").write_text("mine")
    said = cli("catalog", tree, "--out", tmp_path / name)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"{tmp_path / name} cannot be written: ")


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
