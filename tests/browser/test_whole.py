"""The one page of a report as a reviewer opens it: from the disk, scripts off, on paper, on a phone, in the dark."""

from __future__ import annotations

from itertools import pairwise

import pytest
from playwright.sync_api import sync_playwright

from browsing import CONTRAST

PHONE, DESKTOP = (360, 740), (1280, 900)


@pytest.fixture(scope="module")
def browser(chromium):
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield started
        started.close()


@pytest.fixture
def opened(browser, run_folder, hostile_folder):
    """Give a function that opens a page from the disk, with scripts off, and hears everything that it asks for."""
    contexts = []

    def open_page(size=DESKTOP, *, name="index.html", hostile=False, dark=False, at=""):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, java_script_enabled=False,
            color_scheme="dark" if dark else "light",
        )  # fmt: skip
        contexts.append(context)
        page = context.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.route("http*://**", lambda route: route.abort())
        page.goto(((hostile_folder if hostile else run_folder) / name).as_uri() + at)
        return page, asked

    yield open_page
    for context in contexts:
        context.close()


def unfold(page):
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


@pytest.mark.parametrize("hostile", [False, True])
def test_no_request_leaves_and_no_script_runs(opened, hostile):
    page, asked = opened(hostile=hostile)
    unfold(page)
    for media in ("print", "screen"):
        page.emulate_media(media=media)
        page.screenshot()
    assert [url for url in asked if url != page.url] == []
    assert "PWNED" not in page.title().split("<script>")[0]


def test_with_scripts_off_everything_is_there_to_read(opened):
    page, _ = opened()
    assert page.locator("h1").inner_text() == "Not conformant, simulated"
    assert page.locator(".rank .chips li").count() == page.locator("section.req").count() == 15
    page.locator(".chips a", has_text="gang_scheduling").click()
    section = page.locator("#r-gang_scheduling")
    assert section.locator("h3").first.is_visible()
    assert section.bounding_box()["y"] < DESKTOP[1]
    claim = section.locator("ol.claims > li").first
    assert not claim.locator("dl").is_visible()
    claim.locator("summary").first.click()
    assert claim.locator("dl").is_visible()
    claim.locator("details.raw summary").click()
    assert "kind: PodGroup" in claim.locator("pre").inner_text()


def test_headings_have_one_first_and_skip_no_level(opened):
    page, _ = opened()
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(each => +each.tagName[1])")
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("name", ["index.html", "evidence/gang_scheduling.html"])
def test_every_word_has_contrast_also_in_pictures(opened, dark, hostile, name):
    page, _ = opened(dark=dark, hostile=hostile, name=name)
    unfold(page)
    found = page.evaluate(CONTRAST)
    assert found["low"] == []
    assert found["seen"] > 100
    assert found["drawn"] > 10


def test_words_that_cannot_be_read_would_be_noticed(opened):
    page, _ = opened()
    page.evaluate("""document.querySelectorAll('.lead').forEach(each => each.style.color = '#aaa');
        document.querySelectorAll('svg text').forEach(each => each.style.opacity = .3)""")
    low = page.evaluate(CONTRAST)["low"]
    assert any("MUST requirements" in each for each in low)
    assert any("pods" in each for each in low)


@pytest.mark.parametrize("hostile", [False, True])
@pytest.mark.parametrize("name", ["index.html", "evidence/gang_scheduling.html", "evidence/ai_inference.html"])
def test_a_phone_of_360_scrolls_in_one_direction_only(opened, hostile, name):
    page, _ = opened(PHONE, hostile=hostile, name=name)
    unfold(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_every_picture_has_a_name_and_a_description(opened):
    page, _ = opened()
    pictures = page.evaluate("""[...document.querySelectorAll('svg')].map(each => [each.getAttribute('role'),
        !!each.querySelector('title')?.textContent.trim(), !!each.querySelector('desc')?.textContent.trim()])""")
    assert len(pictures) == 3
    assert all(each == ["img", True, True] for each in pictures)
    assert page.locator("img:not([alt])").count() == 0


def test_everything_can_be_reached_by_keyboard_and_shows_where_one_is(opened):
    page, _ = opened()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["x"] >= 0
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")
    for _ in range(40):
        page.keyboard.press("Tab")
        outline = page.evaluate("(() => {const s = getComputedStyle(document.activeElement);"
                                "return [s.outlineStyle, parseFloat(s.outlineWidth)]})()")  # fmt: skip
        assert outline[0] == "solid"
        assert outline[1] >= 2


def test_a_claim_opens_by_keyboard(opened):
    page, _ = opened()
    summary = page.locator("#r-gang_scheduling ol.claims summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#r-gang_scheduling ol.claims dl").first.is_visible()


def test_on_paper_claims_are_open_and_what_only_serves_a_screen_is_gone(opened):
    page, _ = opened()
    page.emulate_media(media="print")
    claim = page.locator("#r-gang_scheduling ol.claims > li").first
    assert claim.locator("dl").is_visible()
    assert not page.locator(".rail").is_visible()
    assert not page.locator(".back").first.is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.pdf(format="A4").startswith(b"%PDF")
