"""A fault: a plugin of the Container Network Interface that gives every pod an interface which nobody has claimed.

It comes after the usual plugin, and takes what it gave back when a pod ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys


def _call(*words: str) -> bool:
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def main() -> None:
    """Do what the runtime asks for in the environment, with the configuration on standard input."""
    command, told = os.environ["CNI_COMMAND"], json.load(sys.stdin)
    network = os.environ.get("CNI_NETNS", "")
    if command == "VERSION":
        print(json.dumps({"cniVersion": told["cniVersion"], "supportedVersions": [told["cniVersion"]]}))  # noqa: T201
    if command == "ADD":
        for name in told["interfaces"]:
            if _call("ip", "link", "set", name, "netns", network):
                _call("nsenter", f"--net={network}", "ip", "link", "set", name, "up")
                break
        print(json.dumps({**told["prevResult"], "cniVersion": told["cniVersion"]}))  # noqa: T201 - the answer
    if command == "DEL" and network:
        for name in told["interfaces"]:
            _call("nsenter", f"--net={network}", "ip", "link", "set", name, "netns", "1")


if __name__ == "__main__":
    main()
