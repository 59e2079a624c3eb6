"""Takes the pictures of the documentation anew: `make pictures`, with chromium at hand.

They show the bundled endpoint in its vulnerable posture, as `make demo` leaves its report.
"""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright
from rich.console import Console as RichConsole
from rich.terminal_theme import TerminalTheme

from scanner.cli.load import load_result
from scanner.cli.terminal import summary
from scanner.reporters import _facts as facts
from scanner.reporters import reporter

HERE = Path(__file__).parent
RESULT = Path("servegate-report/vulnerable/result.json")
WIDTH = 104
THEME = TerminalTheme(
    (16, 19, 22),
    (232, 235, 238),
    [
        (16, 19, 22),
        (255, 120, 140),
        (99, 207, 150),
        (230, 193, 92),
        (138, 180, 255),
        (214, 140, 240),
        (120, 200, 230),
        (200, 205, 210),
    ],
)


def main() -> int:
    """Write report.png, finding.png and terminal.png beside this file."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "google-chrome"))), None)
    if chromium is None or not RESULT.exists():
        sys.stderr.write("needs chromium, and a report: run make demo first\n")
        return 1
    scan = load_result(RESULT)
    page_file = HERE / ".report.html"
    page_file.write_text(reporter("html").render(scan), "utf-8")
    proof = next(
        item.group.fingerprint
        for item in facts.ordered(scan)
        if item.group.lead.rule_id == "dast/broken-object-authorization"
        and "GET" in str(item.group.lead.location)
    )
    terminal_file = HERE / ".terminal.html"
    terminal_file.write_text(_terminal(RESULT), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1240, "height": 900})
        page.goto(page_file.resolve().as_uri())
        page.screenshot(path=HERE / "report.png")
        page.goto(f"{page_file.resolve().as_uri()}#{proof}")
        page.locator(f'[id="{proof}"] mark').first.wait_for()
        page.evaluate("scrollBy(0, 190)")
        page.screenshot(path=HERE / "finding.png")
        page.goto(terminal_file.resolve().as_uri())
        page.locator("pre").screenshot(path=HERE / "terminal.png")
        browser.close()
    page_file.unlink()
    terminal_file.unlink()
    return 0


def _terminal(result: Path) -> str:
    """The end of a scan as it stands on a terminal, as a page."""
    scan = load_result(result)
    console = RichConsole(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, highlight=False
    )
    summary.findings(scan, console)
    summary.attack_paths(scan, console)
    summary.coverage(scan, console)
    for line in summary.reasons(scan, tabled=True):
        console.print(line)
    console.print(summary.verdict(scan))
    for line in summary.next_steps(
        scan, (Path("servegate-report/report.html"), Path("servegate-report/result.json"))
    ):
        console.print(line)
    page = console.export_html(theme=THEME, inline_styles=True)
    return page.replace(
        '<pre style="', '<pre style="padding:20px 24px;width:fit-content;font-size:13px;', 1
    )


if __name__ == "__main__":
    sys.exit(main())
