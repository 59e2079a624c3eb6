"""The HTML report in a real browser, from file://, with the network watched."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from scanner.model.scan import ScanResult
from scanner.reporters import _facts, reporter
from tests.reporters import factory

pytestmark = pytest.mark.browser

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no chromium")
        pytest.skip("no chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@dataclass
class Opened:
    """A report on screen, with all that the browser complained about or asked for."""

    page: Page
    path: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self) -> int:
        return self.page.locator("#rows > .row").count()


@pytest.fixture
def show(browser: Browser, tmp_path: Path) -> Iterator[Show]:
    opener = Show(browser, tmp_path)
    yield opener
    for page in opener.pages:
        page.close()


class Show:
    """Renders a scan and opens it."""

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.browser = browser
        self.folder = folder
        self.pages: list[Page] = []

    def __call__(self, scan: ScanResult, hash: str = "", width: int = 1400) -> Opened:  # noqa: A002
        path = self.folder / "report.html"
        path.write_text(reporter("html").render(scan), "utf-8")
        page = self.browser.new_page(viewport={"width": width, "height": 900})
        self.pages.append(page)
        opened = Opened(page, path)
        page.on("console", lambda message: opened.complaints.append(message.text))
        page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        page.on("dialog", lambda dialog: opened.complaints.append(f"dialog {dialog.message}"))
        page.on("request", lambda request: opened.requests.append(request.url))
        page.goto(path.as_uri() + hash)
        if page.locator("#rows").count():
            page.locator("#rows[data-ready]").wait_for(state="attached")
        return opened


@pytest.mark.parametrize("example", factory.EXAMPLES)
@pytest.mark.parametrize("width", [1400, 390, 360])
def test_opens_quietly_and_fits(show: Show, example: str, width: int) -> None:
    opened = show(factory.EXAMPLES[example](), width=width)
    for summary in opened.page.locator("#rows summary").all():
        summary.click()
    assert opened.complaints == []
    assert opened.requests == [opened.path.as_uri()]
    overflow = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0


def test_hostile_text_is_shown_and_runs_nothing(show: Show) -> None:
    opened = show(factory.hostile())
    for summary in opened.page.locator("#rows summary").all():
        summary.click()
    opened.page.wait_for_timeout(100)
    live = "document.querySelectorAll('img, iframe, a[href^=\"javascript\"], [onclick]').length"
    assert opened.page.evaluate(live) == 0
    assert opened.page.evaluate("document.scripts.length") == 1
    shown = opened.page.locator("#rows").text_content() or ""
    assert "</script><script>alert(1)</script>" in shown
    assert r"\u202edrow" in shown
    assert opened.complaints == []


def test_severity_chips_and_selects_narrow_the_list(show: Show) -> None:
    opened = show(factory.few())
    page = opened.page
    assert opened.rows() == 5
    page.get_by_role("button", name="critical").click()
    assert opened.rows() == 2
    page.get_by_role("button", name="high").click()
    assert opened.rows() == 3
    page.get_by_label("Stage", exact=True).select_option("sast")
    page.wait_for_function("document.querySelectorAll('#rows > .row').length === 1")
    assert page.locator("#shown").inner_text() == "1 of 5 findings"
    page.get_by_role("button", name="Clear", exact=True).click()
    assert opened.rows() == 5


def test_engine_filter_finds_every_source_of_a_weakness(show: Show) -> None:
    opened = show(factory.few())
    opened.page.get_by_label("Engine", exact=True).select_option("bandit")
    opened.page.wait_for_function("document.querySelectorAll('#rows > .row').length === 2")


def test_search_takes_words_in_any_order_and_says_when_none_fits(show: Show) -> None:
    opened = show(factory.few())
    search = opened.page.get_by_label("Search in findings")
    search.fill("ALICE bob")
    opened.page.wait_for_function("document.querySelectorAll('#rows > .row').length === 1")
    search.fill("nothing has these words")
    opened.page.get_by_text("No finding fits these filters").wait_for()
    opened.page.get_by_role("button", name="Clear all filters").click()
    assert opened.rows() == 5


def test_filters_live_in_the_address(show: Show) -> None:
    opened = show(factory.few())
    opened.page.get_by_role("button", name="medium").click()
    assert opened.page.url.endswith("#severity=medium")
    again = show(factory.few(), "#severity=medium,high&status=new")
    assert again.rows() == 1


def test_tile_leads_to_its_findings(show: Show) -> None:
    opened = show(factory.few())
    opened.page.get_by_role("link", name="2 critical").click()
    opened.page.wait_for_function("document.querySelectorAll('#rows > .row').length === 2")


def test_deep_link_opens_its_finding(show: Show) -> None:
    scan = factory.few()
    fingerprint = str(scan.findings[3].group.fingerprint)
    opened = show(scan, f"#{fingerprint}")
    row = opened.page.locator(f'[id="{fingerprint}"]')
    row.get_by_text("Why it matters").wait_for()
    assert row.locator("details").get_attribute("open") is not None
    opened.page.wait_for_function("document.activeElement.tagName === 'SUMMARY'")


def test_deep_link_that_is_filtered_away_is_shown_all_the_same(show: Show) -> None:
    scan = factory.few()
    opened = show(scan, "#severity=medium")
    opened.page.evaluate(f"location.hash = '{scan.findings[0].group.fingerprint}'")
    opened.page.get_by_text("What was sent and answered").wait_for()


def test_keyboard_reaches_search_rows_and_details(show: Show) -> None:
    opened = show(factory.few())
    page = opened.page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.locator("#rows summary").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    opened_rows = "[...document.querySelectorAll('#rows details')].map(d => d.open)"
    assert page.evaluate(opened_rows) == [False, True, False, False, False]


def test_details_show_code_proof_and_sources(show: Show) -> None:
    opened = show(factory.few())
    for summary in opened.page.locator("#rows summary").all():
        summary.click()
    text = opened.page.locator("#rows").inner_text()
    assert "Controls that had to differ, and did" in text
    assert "bandit, sast/B614: torch.load without weights_only." in text
    flagged = opened.page.locator(".flagged").first.inner_text()
    assert "value_41 = step(41)" in flagged
    link = opened.page.get_by_role("link", name="CWE-502").first
    assert link.get_attribute("href") == "https://cwe.mitre.org/data/definitions/502.html"


def test_replay_can_be_copied(show: Show) -> None:
    opened = show(factory.few())
    opened.page.locator("#rows summary").first.click()
    opened.page.get_by_role("button", name="Copy", exact=True).first.click()
    opened.page.get_by_role("button", name="Copied").wait_for()


def test_print_shows_the_details(show: Show) -> None:
    opened = show(factory.few())
    opened.page.pdf(path=str(opened.path.with_suffix(".pdf")))
    assert opened.page.evaluate("document.querySelectorAll('#rows .detail').length") == 5


def test_works_without_the_script(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(reporter("html").render(factory.few()), "utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.get_by_role("heading", name="Failed").is_visible()
    assert page.get_by_text("bob reads the job that alice created.").is_visible()
    context.close()


def test_five_thousand_findings_open_and_filter_fast(show: Show) -> None:
    scan = factory.many(5_000)
    reporter("html").render(scan)
    began = time.monotonic()
    opened = show(scan)
    # Rendering is in it; a loaded machine gets four times what was measured.
    assert time.monotonic() - began < 8
    took = opened.page.evaluate(
        """async () => {
            const began = performance.now();
            const q = document.getElementById("q");
            q.value = "module_17";
            q.dispatchEvent(new Event("input", { bubbles: true }));
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            return performance.now() - began;
        }"""
    )
    assert took < 3000
    assert 0 < opened.rows() < 200
    opened.page.locator("#rows > .row summary").first.click()
    opened.page.get_by_text("Why it matters").first.wait_for()
    assert opened.complaints == []


def test_long_list_grows_while_scrolling(show: Show) -> None:
    opened = show(factory.many(500))
    assert opened.rows() == 200
    assert opened.page.locator("#shown").inner_text() == "500 of 500 findings"
    for _ in range(2):
        opened.page.locator("#rows > .row").last.scroll_into_view_if_needed()
        opened.page.wait_for_timeout(100)
    assert opened.rows() == 500
    assert opened.page.locator("#further").is_hidden()


def test_deep_link_reaches_a_row_that_is_not_laid_out_yet(show: Show) -> None:
    scan = factory.many(500)
    last = str(_facts.ordered(scan)[-1].group.fingerprint)
    opened = show(scan, f"#{last}")
    opened.page.locator(f'[id="{last}"]').get_by_text("Why it matters").wait_for()
