"""Makes the pictures `_static/derivation.png`, of what matcalc writes, and `_static/page.png`, of what it serves.

    python docs/picture.py

Needs Chromium and the extra web. In the first picture the statement of each rule stands beside its name, where the page
has it behind a click; what follows the gradients is cut, but for the verification.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote

import matcalc

TYPED = "J = ||X w - y||^2 + lam w'w"
PROBLEM = "Z = X W; A = f(Z); J = 1/2 ||A - Y||^2"
STYLE = """<style>
.matcalc { margin: 0 auto; font-size: 15px; line-height: 1.3 } .matcalc h1 { font-size: 1.3em; margin: .8em 0 .4em }
.matcalc h2 { font-size: 1.1em; margin: .7em 0 .2em } .matcalc h3 { font-size: 1em; margin: .5em 0 0 }
.matcalc p { margin: .3em 0 }
.matcalc thead, .matcalc ul { display: none } .matcalc .lines td { color: #000; font-size: 14px }
.matcalc .lines td:first-child { width: 1.5em } .matcalc .lines td:nth-child(2) { width: 15em; font-size: 16px }
.matcalc .lines td:nth-child(3) { width: 4em } .matcalc .lines td:nth-child(4) { width: 14em }
</style>"""
BROWSER = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
BROWSER += [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=20000",
]


def page() -> str:
    """The page as matcalc writes it, with the statements of the rules in a column of their own."""
    html = matcalc.derive(PROBLEM, "W").to_html(document=True)
    before, _, rest = html.partition("<p>where</p>")
    _, heading, verdict = rest.partition("<h2>Verification</h2>")
    rule = r"<details><summary>(.*?)</summary><p>(.*?)</p>.*?</details>"
    opened = re.sub(rule, r"\1</td><td>\2", before + heading + verdict)
    return STYLE.join(opened.partition("</style>\n")[::2])


def taken(name: str, address: str, width: int, height: int) -> None:
    """Write the picture of a page."""
    out = Path(__file__).parent / "_static" / name
    with tempfile.TemporaryDirectory() as profile:
        asked = [f"--user-data-dir={profile}", f"--screenshot={out}", f"--window-size={width},{height}", address]
        subprocess.run([*BROWSER, *asked], check=True, capture_output=True, timeout=120)
    print(out, out.stat().st_size, file=sys.stderr)


def main() -> None:
    """Write the pictures."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(page(), "utf-8")
        taken("derivation.png", f"file://{folder}/page.html", 860, 850)
    serve = [sys.executable, "-m", "matcalc", "serve", "--port", "0", "--workers", "1"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        (address,) = re.findall(r"http://\S+", server.stdout.readline())
        taken("page.png", f"{address}?source={quote(TYPED)}&wrt=w", 900, 1050)
        server.terminate()


if __name__ == "__main__":
    main()
