"""The page in a real browser; skipped where no Chromium is installed."""

import re
import shutil
import subprocess

import numpy as np
import pytest
from matplotlib.image import imread

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="needs the browser Chromium on the path"
)

QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--enable-logging=stderr",
    "--window-size=1000,3000",
]
CLICK = """<script>
const [, second] = document.querySelectorAll("table")[0].querySelectorAll("th button");
second.click();
</script></body>"""


@pytest.fixture
def browse(tmp_path):
    """Open a page; return what is printed, and what is written to the console."""

    def run(page, *flags):
        path = tmp_path / "page.html"
        path.write_text(page, encoding="utf-8")
        profile = f"--user-data-dir={tmp_path / 'profile'}"
        command = [CHROMIUM, *QUIET, profile, *flags, path.as_uri()]
        done = subprocess.run(command, capture_output=True, timeout=120, check=True)
        said = done.stderr.decode(errors="replace").splitlines()
        return done.stdout.decode(), [line for line in said if "CONSOLE" in line]

    return run


@pytest.mark.parametrize("name", ["rossi", "breast", "diabetes"])
def test_page_opens_without_a_word_on_the_console(name, request, browse, tmp_path):
    page = request.getfixturevalue(name).page
    picture = tmp_path / "page.png"
    _, console = browse(page, f"--screenshot={picture}")
    assert console == []
    pixels = imread(picture)
    assert pixels.shape[:2] == (3000, 1000)
    # Something is drawn in every fifth of the height, up to the end of the window.
    assert all(np.ptp(part[..., :3]) > 0.5 for part in np.array_split(pixels, 5))


def test_errors_on_the_console_are_seen(rossi, browse):
    broken = rossi.page.replace("<main", '<img src="https://example.org/a.png"><main')
    _, console = browse(broken, "--dump-dom")
    assert any("Content Security Policy" in line for line in console)


def test_click_on_a_head_sorts(rossi, browse):
    # The page lets no script run but its own; the click needs one.
    page = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", rossi.page)
    head, _, tail = page.rpartition("</body>")
    after, console = browse(head + CLICK + tail, "--dump-dom")
    assert console == []
    table = re.search(r"<table.*?</table>", after, re.DOTALL).group()
    assert 'aria-sort="ascending"' in table
    shown = re.findall(r"<tr><td[^>]*>([^<]*)</td>", table)
    expected = rossi.model.coefficients["coefficient"].sort_values().index
    assert shown == list(expected)
