"""Makes the picture of a derivation, `_static/derivation.png`, of the page that matcalc writes: python docs/picture.py

Needs Chromium. The statement of each rule stands beside its name, where the page has it behind a click; what follows
the gradients is cut, but for the verification.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

import matcalc

PROBLEM = "Z = X W; A = f(Z); J = 1/2 ||A - Y||^2"
WIDTH, HEIGHT = 860, 850
STYLE = """<style>
.matcalc { margin: 0 auto; font-size: 15px; line-height: 1.3 } .matcalc h1 { font-size: 1.3em; margin: .8em 0 .4em }
.matcalc h2 { font-size: 1.1em; margin: .7em 0 .2em } .matcalc h4 { margin: .5em 0 0 } .matcalc p { margin: .3em 0 }
.matcalc thead, .matcalc ul { display: none } .matcalc .lines td { color: #000; font-size: 14px }
.matcalc .lines td:first-child { width: 1.5em } .matcalc .lines td:nth-child(2) { width: 15em; font-size: 16px }
.matcalc .lines td:nth-child(3) { width: 4em } .matcalc .lines td:nth-child(4) { width: 14em }
</style>"""
BROWSER = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
BROWSER += ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"]


def page() -> str:
    """The page as matcalc writes it, with the statements of the rules in a column of their own."""
    html = matcalc.derive(PROBLEM, "W").to_html(document=True)
    before, _, rest = html.partition("<p>where</p>")
    _, heading, verdict = rest.partition("<h2>Verification</h2>")
    rule = r"<details><summary>(.*?)</summary><p>(.*?)</p>.*?</details>"
    opened = re.sub(rule, r"\1</td><td>\2", before + heading + verdict)
    return STYLE.join(opened.partition("</style>\n")[::2])


def main() -> None:
    """Write the picture."""
    out = Path(__file__).parent / "_static" / "derivation.png"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(page(), "utf-8")
        size = f"--window-size={WIDTH},{HEIGHT}"
        asked = [f"--user-data-dir={folder}/profile", f"--screenshot={out}", size, f"file://{folder}/page.html"]
        subprocess.run([*BROWSER, *asked], check=True, capture_output=True, timeout=120)
    print(out, out.stat().st_size, file=sys.stderr)


if __name__ == "__main__":
    main()
