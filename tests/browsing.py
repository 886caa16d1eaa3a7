"""What tests with a real browser share: measuring a page, opening one, counting what it asks for."""

from __future__ import annotations

import subprocess
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path

# Runs in a page of its own that holds the page under test in a frame: the page's own policy lets no script in.
MEASURE = """
<iframe src="%(page)s" style="width:%(width)spx;height:2000px;border:0"></iframe>
<script>
const luminance = c => c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
const rgba = text => (text.match(/[\\d.]+/g) || []).map(Number);
function behind(element) {
  for (let e = element; e; e = e.parentElement) {
    const c = rgba(getComputedStyle(e).backgroundColor);
    if (c.length === 3 || c[3] === 1) return c.slice(0, 3);
  }
  return [255, 255, 255];
}
onload = () => {
  const page = document.querySelector('iframe').contentDocument, low = [];
  page.querySelectorAll('details').forEach(d => d.open = true);
  const texts = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || e.closest('svg') || !e.getClientRects().length) continue;
    const [a, b] = [luminance(rgba(getComputedStyle(e).color).slice(0, 3)), luminance(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) low.push(texts.currentNode.data.trim().slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  const root = page.documentElement, out = document.createElement('pre');
  out.id = 'answer';
  out.textContent = JSON.stringify({low, wide: root.scrollWidth, title: page.title, text: page.body.innerText.length});
  document.body.append(out);
};
</script>
"""

# Every text that is seen, in pictures too, whose colour does not stand out from what lies behind it.
CONTRAST = """() => {
  const luminance = c => c.map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const rgba = text => { const c = (text.match(/[\\d.]+/g) || []).map(Number); return c.length === 3 ? [...c, 1] : c; };
  const over = (a, b) => a.slice(0, 3).map((v, n) => v * a[3] + b[n] * (1 - a[3]));
  const behind = element => {
    for (let e = element; e; e = e.parentElement) {
      const c = rgba(getComputedStyle(e).backgroundColor);
      if (c[3] > 0) return c[3] === 1 ? c.slice(0, 3) : over(c, behind(e.parentElement));
    }
    return [255, 255, 255];
  };
  const low = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let seen = 0, drawn = 0;
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement, word = texts.currentNode.data.trim(), svg = e.closest('svg');
    if (!word || !e.getClientRects().length || e.closest('title, desc, style')) continue;
    const colour = rgba(getComputedStyle(e)[svg ? 'fill' : 'color']);
    for (let p = e; p; p = p.parentElement) colour[3] *= +getComputedStyle(p).opacity;
    const ground = behind(svg ? svg.parentElement : e), [a, b] = [luminance(over(colour, ground)), luminance(ground)];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    seen += 1; drawn += svg ? 1 : 0;
    if (ratio < 4.5) low.push(word.slice(0, 60) + ' ' + ratio.toFixed(2));
  }
  return {low, seen, drawn};
}"""


def browse(chromium: str, home: Path, address: str, *flags: str) -> str:
    fixed = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={home}/me"]
    return subprocess.run([chromium, *fixed, *flags, address], check=True, capture_output=True, text=True).stdout


class Counter(BaseHTTPRequestHandler):
    asked: ClassVar[list[str]] = []

    def do_GET(self):
        self.asked.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""
