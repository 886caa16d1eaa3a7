"""What is built once for several tests: a wheel, and the file system of the image."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clusterproof import paths

ROOT = paths.PACKAGE.parents[1]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Give the wheel of this checkout; the registry is asked for what builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "build", "--quiet", "--wheel", "--out-dir", folder, ROOT], check=True)
    [found] = folder.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def image(tmp_path_factory):
    """Give what the Containerfile makes."""
    import containerfile

    folder = tmp_path_factory.mktemp("image")
    yield containerfile.built((ROOT / "Containerfile").read_text(encoding="utf-8"), ROOT, folder)
    shutil.rmtree(folder, ignore_errors=True)  # 1.5 GB
