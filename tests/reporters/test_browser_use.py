"""What people do with the report in a browser: group, follow links, use keys, print, listen."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from msgspec.structs import replace

from scanner.model.evidence import Patch
from scanner.model.history import EarlierScan
from scanner.model.scan import ScanResult
from scanner.model.severity import Severity
from scanner.reporters import _facts
from tests.reporters import factory
from tests.reporters.test_browser import Opened, Show, browser, show

__all__ = ["browser", "show"]
pytestmark = pytest.mark.browser


def headings(opened: Opened) -> list[str]:
    return opened.page.locator("#rows .group button").all_inner_texts()


def trending(scan: ScanResult) -> ScanResult:
    counts = ((Severity.CRITICAL, 3), (Severity.HIGH, 5))
    before = EarlierScan(
        started=scan.started - timedelta(days=2),
        commit="ab" * 20,
        verdict="failed",
        severities=counts,
    )
    return replace(scan, earlier=(before,))


@pytest.mark.parametrize("example", factory.EXAMPLES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(show: Show, example: str, scheme: str) -> None:
    opened = show(trending(factory.EXAMPLES[example]()))
    opened.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for summary in opened.page.locator("#rows summary").all():
        summary.click()
    found = Axe().run(opened.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found] == []


@pytest.mark.parametrize(
    ("field", "first"),
    [
        ("severity", "critical"),
        ("stage", "dast"),
        ("status", "new"),
        ("file", "app/models.py"),
        ("rule", "dast/missing-authentication"),
    ],
)
def test_findings_can_be_grouped(show: Show, field: str, first: str) -> None:
    opened = show(factory.few())
    opened.page.get_by_label("Group by").select_option(field)
    opened.page.locator("#rows .group").first.wait_for()
    assert opened.rows() == 5
    assert first in headings(opened)
    assert f"group={field}" in opened.page.url


def test_what_has_no_such_field_comes_last(show: Show) -> None:
    opened = show(factory.few(), "#group=operation")
    assert headings(opened)[-1] == "no operation"


def test_a_group_can_be_closed(show: Show) -> None:
    opened = show(factory.few(), "#group=severity")
    button = opened.page.get_by_role("button", name="critical", exact=True).last
    button.click()
    assert opened.rows() == 3
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    assert opened.rows() == 5


def test_the_map_leads_to_the_findings_of_one_operation(show: Show) -> None:
    opened = show(factory.few())
    cell = opened.page.locator(".surface td.proven a").first
    assert "proven" in (cell.get_attribute("title") or "")
    cell.click()
    opened.page.locator("#pinned button").first.wait_for()
    assert 0 < opened.rows() < 5
    assert "operation=" in opened.page.url
    opened.page.locator("#pinned button").first.click()
    opened.page.get_by_role("button", name="Clear", exact=True).click()
    assert opened.rows() == 5


def test_a_category_of_the_board_leads_to_its_findings(show: Show) -> None:
    opened = show(factory.few())
    opened.page.locator(".board .proven .line a").first.click()
    opened.page.wait_for_function("document.querySelectorAll('#rows > .row').length < 5")
    assert opened.rows() > 0


def test_any_filter_survives_in_the_address(show: Show) -> None:
    opened = show(factory.few(), "#file=app%2Fmodels.py&group=rule")
    shown = opened.rows()
    assert 0 < shown < 5
    opened.page.get_by_label("Blocking only").check()
    opened.page.wait_for_function("location.hash.includes('blocks=yes')")
    again = show(factory.few(), opened.page.evaluate("location.hash"))
    assert again.rows() == opened.rows()
    assert "file=app/models.py" in again.page.evaluate("location.hash")


def test_a_search_of_several_words_survives_in_the_address(show: Show) -> None:
    opened = show(factory.few())
    opened.page.get_by_label("Search in findings").fill("bob alice + job")
    opened.page.wait_for_function("location.hash.startsWith('#q=')")
    again = show(factory.few(), opened.page.evaluate("location.hash"))
    assert again.page.get_by_label("Search in findings").input_value() == "bob alice + job"


@pytest.mark.parametrize("odd", ["severity=bogus", "severity=low", "blocks=no", "stage=x"])
def test_no_filter_is_dropped_in_silence(show: Show, odd: str) -> None:
    opened = show(factory.few(), f"#{odd}")
    assert opened.rows() == 0
    opened.page.locator("#pinned button").click()
    assert opened.rows() == 5


def test_a_value_that_nothing_has_shows_nothing_instead_of_everything(show: Show) -> None:
    opened = show(factory.few(), "#engine=nobody")
    assert opened.rows() == 0
    assert opened.page.get_by_text("No finding fits these filters").is_visible()


def test_a_link_to_a_finding_that_is_gone_says_so(show: Show) -> None:
    opened = show(factory.few(), "#v1:00000000000000000000000000000000")
    assert "holds no finding" in opened.page.get_by_role("alert").inner_text()
    assert opened.rows() == 5


def test_keys(show: Show) -> None:
    page = show(factory.few()).page
    focused = "document.activeElement.closest('.row')?.dataset.place"
    page.keyboard.press("j")
    page.keyboard.press("j")
    assert page.evaluate(focused) == "1"
    page.keyboard.press("k")
    assert page.evaluate(focused) == "0"
    page.keyboard.press("Enter")
    page.get_by_text("Why it matters").first.wait_for()
    page.keyboard.press("g")
    page.wait_for_function("location.hash === '#group=severity'")
    page.keyboard.press("x")
    page.wait_for_function("location.hash === ''")
    page.keyboard.press("/")
    page.keyboard.type("j")
    assert page.locator("#q").input_value() == "j"
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")


def test_the_decisive_bytes_are_marked(show: Show) -> None:
    opened = show(factory.few())
    opened.page.locator("#rows summary").first.click()
    marks = opened.page.locator("#rows .answer :is(mark, .told)").all_inner_texts()
    assert marks
    controls = opened.page.get_by_text("Controls that had to differ, and did")
    assert controls.first.is_visible()


def test_a_patch_is_shown_and_can_be_copied(show: Show) -> None:
    scan = factory.few()
    item = scan.findings[0]
    patch = Patch(
        path="a.py", start_line=3, before=("get(url, verify=False)",), after=("get(url)", "<b>")
    )
    lead = replace(item.group.lead, patch=patch)
    group = replace(item.group, findings=(lead,))
    opened = show(replace(scan, findings=(replace(item, group=group),)))
    opened.page.locator("#rows summary").first.click()
    assert opened.page.locator(".patch .gone").all_inner_texts() == ["-get(url, verify=False)"]
    assert opened.page.locator(".patch .come").all_inner_texts() == ["+get(url)", "+<b>"]
    opened.page.get_by_role("button", name="Copy patch").click()
    opened.page.get_by_role("button", name="Copied").wait_for()


def test_source_is_coloured_and_stays_itself(show: Show) -> None:
    opened = show(factory.few())
    for summary in opened.page.locator("#rows summary").all():
        summary.click()
    assert opened.page.locator(".code [class^=t-]").count() > 0
    lines = opened.page.locator(".code").first.locator("li > code").all_inner_texts()
    scan = factory.few()
    texts = [
        [line for record in f.evidence if hasattr(record, "lines") for line in record.lines]
        for item in _facts.ordered(scan)
        for f in item.group.findings
    ]
    assert [line.rstrip() for line in lines] in [[line.rstrip() for line in one] for one in texts]


def test_many_findings_are_packed_and_read_all_the_same(show: Show) -> None:
    scan = factory.many(10_000)
    last = str(_facts.ordered(scan)[-1].group.fingerprint)
    opened = show(scan, f"#{last}")
    assert opened.path.stat().st_size < 2_500_000
    opened.page.locator(f'[id="{last}"]').get_by_text("Why it matters").wait_for()
    assert opened.page.locator("#shown").inner_text() == "10,000 of 10,000 findings"
    assert opened.complaints == []


def test_a_browser_that_cannot_unpack_says_so(show: Show) -> None:
    opened = show(factory.few())
    page = opened.page
    page.add_init_script("delete window.DecompressionStream")
    path = opened.path.with_name("large.html")
    from scanner.reporters import reporter

    path.write_text(reporter("html").render(factory.many(3_000)), "utf-8")
    page.goto(path.as_uri())
    page.get_by_role("alert").wait_for()
    assert "result.json" in page.get_by_role("alert").inner_text()
    assert page.locator("#rows > .row").count() == 200


def test_print_holds_every_section_and_no_controls(show: Show, tmp_path: Path) -> None:
    opened = show(trending(factory.few()))
    opened.page.pdf(path=str(tmp_path / "report.pdf"))
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("#filters").is_visible()
    for words in ("Coverage", "The API's surface", "Over time"):
        assert opened.page.get_by_role("heading", name=words, exact=True).is_visible()
    wide = "document.documentElement.scrollWidth - innerWidth"
    opened.page.set_viewport_size({"width": 720, "height": 1000})
    assert opened.page.evaluate(wide) <= 0
