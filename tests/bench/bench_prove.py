"""What a proof costs: trials that use testbeds one after the other, beside the same trials on one of their own each.

Run it: python tests/bench/bench_prove.py [requirement ... | all]. Processor time counts everything that was started, so
it says something on a machine that is busy too. `all` is the whole proof, without the baseline, which takes twenty
minutes. Targets on two cores: 0.7 of the baseline for one requirement, and a quarter of an hour for everything.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BECOME_SUBREAPER = 36  # prctl(2): whoever is left by its parent, as the components of a testbed are, becomes our child
TARGET, WITHIN = 0.7, 900.0
FRESH = "from clusterproof.prove.desk import Desk; Desk.goes_on = lambda *_: False; "
PROVE = "import sys; from clusterproof.cli.main import main; sys.exit(main())"


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def reap():
    """Wait for all that the command has left; the time of a process counts once it was waited for."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def prove(requirements, *, fresh):
    """Return the proof as data, seconds, and seconds of processors."""
    before, started = spent(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        words = ["prove", "--out", folder, *(["--only", ",".join(requirements)] if requirements else [])]
        code = (FRESH if fresh else "") + PROVE
        environment = {**os.environ, "CLUSTERPROOF_STATE": f"{folder}/state"}
        subprocess.run([sys.executable, "-c", code, *words], env=environment, check=False, stdout=subprocess.DEVNULL)
        wall = time.monotonic() - started
        reap()
        return json.loads((Path(folder) / "prove.json").read_text(encoding="utf-8")), wall, spent() - before


def told(name, proof, wall, used):
    beds, trials = proof["testbeds"], proof["trials"]
    sys.stdout.write(
        f"{name}: {sum(each['ok'] for each in trials)} of {len(trials)} trials as expected, {beds['started']} starts, "
        f"{len(beds['not_used_again'])} testbeds not fit to be used again, {wall:.0f} s, {used:.0f} s of processors\n"
    )


def main(requirements):
    ctypes.CDLL(None).prctl(BECOME_SUBREAPER, 1, 0, 0, 0)
    proof, wall, used = prove(requirements, fresh=False)
    told("one after the other", proof, wall, used)
    if not requirements:
        sys.stdout.write(f"target {WITHIN:.0f} s on two cores of a machine that does nothing else\n")
        return
    baseline, plainly, usually = prove(requirements, fresh=True)
    told("each on its own", baseline, plainly, usually)
    sys.stdout.write(f"ratio of the processors' time {used / usually:.2f} (target {TARGET})\n")


if __name__ == "__main__":
    main([] if sys.argv[1:] == ["all"] else sys.argv[1:] or ["gang_scheduling"])
