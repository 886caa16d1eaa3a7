"""Real nodes of a testbed: a kubelet, containerd and runc, each node in namespaces of its own on this machine.

A node is one process, the first of a process namespace: when it ends, however it ends, the kernel ends everything of
the node with it and takes back its mounts, its network and its rules. Outside of it are a bridge, control groups and
files, which ``remove`` takes away.
"""

from clusterproof.testbed.node.host import missing
from clusterproof.testbed.node.remove import remove
from clusterproof.testbed.node.setting import programs
from clusterproof.testbed.node.start import lay, start

__all__ = ["lay", "missing", "programs", "remove", "start"]
