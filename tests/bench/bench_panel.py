"""The panel in a warm kernel: seconds from running its cell to the drawn widgets, and their ratio to any widget's.

Run it: python tests/bench/bench_panel.py [rounds]. Each round has a new kernel that has run a cell before. Target
on two cores: 3 s. The baseline is a cell that imports ipywidgets and draws one button.
"""

from __future__ import annotations

import statistics
import sys
import time

from jupyter_client.manager import start_new_kernel

PANEL = "from clusterproof.panel import panel\npanel()"
BASELINE = "import ipywidgets\nipywidgets.Button()"
WITHIN, LONGEST = 3.0, 60.0


def timed(source):
    """Return the seconds that a cell takes in a new kernel which has done nothing but answer once."""
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        client.execute_interactive("1 + 1", timeout=LONGEST, output_hook=lambda _message: None)
        drawn = []
        began = time.monotonic()
        answer = client.execute_interactive(source, timeout=LONGEST, output_hook=drawn.append)
        took = time.monotonic() - began
        widgets = [each for each in drawn if "application/vnd.jupyter.widget-view+json" in str(each["content"])]
        if answer["content"]["status"] != "ok" or not widgets:
            raise SystemExit(f"no widget was drawn: {answer['content']}")
        return took
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main(rounds):
    panel, alone = [], []
    for _ in range(rounds):
        alone.append(timed(BASELINE))
        panel.append(timed(PANEL))
    wall = statistics.median(panel)
    ratio = wall / statistics.median(alone)
    word = "within" if wall <= WITHIN else "MISSES"
    sys.stdout.write(f"panel: {wall:.2f} s ({word} {WITHIN:g} s), {ratio:.1f} times one button\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
