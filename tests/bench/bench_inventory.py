"""Reading what a cluster is: peak memory at 1,000 nodes and at 5,000, on real control planes.

Run it: python tests/bench/bench_inventory.py [few] [many]. The target is a ratio of at most 1.2. The larger cluster
takes some minutes and about 2 GB to make.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from clusterproof import testbed
from clusterproof.cluster.client import Cluster

TARGET = 1.2
READ = """
import json, re, sys, time
from pathlib import Path
from clusterproof.cluster.facts import facts
from clusterproof.cluster.client import Cluster
cluster = Cluster.connect(sys.argv[1])
started, spent = time.monotonic(), time.process_time()
facts = facts(cluster)
# Not ru_maxrss: it survives exec, so that it tells the peak of whoever started us.
peak = int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
print(json.dumps([facts.nodes, peak, time.monotonic() - started, time.process_time() - spent]))
"""


def node(number):
    capacity = {"cpu": "32", "memory": "256Gi", "pods": "110", "nvidia.com/gpu": "8"}
    return {
        "apiVersion": "v1", "kind": "Node",
        "metadata": {"name": f"bench-{number}", "labels": {"bench": "true"}, "annotations": {"filling": "x" * 1500}},
        "status": {"capacity": capacity, "allocatable": capacity},
    }  # fmt: skip


def fill(cluster, first, count):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(cluster.create, (node(number) for number in range(first, count))))


def read(bed):
    answer = subprocess.run(
        [sys.executable, "-c", READ, str(bed.kubeconfig)], capture_output=True, text=True, check=True
    )
    nodes, peak, wall, cpu = json.loads(answer.stdout)
    sys.stdout.write(f"{nodes} nodes: peak {peak:.0f} MB, {wall:.2f} s, {cpu:.2f} s of CPU\n")
    return peak


def main(few, many):
    bed = testbed.up(testbed.Spec("bench-inventory"), progress=lambda _line: None)
    try:
        cluster = Cluster.connect(str(bed.kubeconfig))
        fill(cluster, 0, few)
        small = read(bed)
        fill(cluster, few, many)
        large = read(bed)
    finally:
        testbed.down("bench-inventory")
    sys.stdout.write(f"ratio of the peaks {large / small:.2f} (target at most {TARGET})\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3] or (1000, 5000)))
