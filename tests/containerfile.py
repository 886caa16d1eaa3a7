"""A Containerfile followed step by step in file systems of our own, since a builder of images would need a registry."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from rootfs import PATH, Root

BASE = "docker.io/library/python"  # what a Root stands in for
GIT = shutil.which("git") or ""


@dataclass
class Image:
    """What has come of a stage."""

    root: Root
    env: dict[str, str] = field(default_factory=dict)
    user: int = 0
    folder: str = "/"
    entrypoint: tuple[str, ...] = ()

    def run(self, *arguments, **more):
        """Run the entrypoint as a container would."""
        env = {**self.env, **more.pop("env", {})}
        options = {"cwd": self.folder, "read_only": True, **more}
        return self.root.run([*self.entrypoint, *arguments], user=self.user, env=env, **options)


def steps(text):
    """Return every instruction as its name and its words."""
    whole = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    return [tuple(line.strip().split(None, 1)) for line in whole.splitlines() if line.strip()]


def tracked(context):
    """Return the files of a clean clone; what lies about beside them is no part of an image."""
    listed = subprocess.run([GIT, "ls-files", "-z"], cwd=context, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (context / name).is_file()]


def built(text, context, folder):
    """Follow all stages and return the last one's image."""
    stages, image = {}, None
    for verb, words in steps(text):
        if verb == "FROM":
            base, _, name = words.partition(" AS ")
            assert base.startswith(BASE), base
            image = Image(Root.made(folder / f"stage{len(stages)}"), {"PATH": PATH})
            stages[name or f"stage{len(stages)}"] = image
        else:
            _FOLLOW[verb](image, words, context, stages)
    return image


def _copy(image, words, context, stages):
    *sources, target = words.split()
    if sources[0].startswith("--from="):
        origin = stages[sources.pop(0).removeprefix("--from=")].root.folder
        for source in sources:
            shutil.copytree(origin / source.lstrip("/"), _inside(image, target), symlinks=True)
        return
    names = tracked(context)
    for source in sources:
        found = [name for name in names if name == source or name.startswith(f"{source}/")]
        assert found, f"COPY {source}: there is no such file"
        for name in found:
            to = _inside(image, target) / (Path(name).name if name == source else Path(name).relative_to(source))
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(context / name, to)


def _inside(image, target):
    return image.root.folder / str(Path(image.folder) / target).lstrip("/")


def _run(image, words, *_):
    said = image.root.run(["/bin/sh", "-c", words], env=image.env, cwd=image.folder)
    assert said.returncode == 0, f"RUN {words}\n{said.stdout[-2000:]}{said.stderr[-2000:]}"


def _env(image, words, *_):
    for name, value in re.findall(r"(\w+)=(\S+)", words):
        image.env[name] = value.replace("$PATH", image.env["PATH"])


def _workdir(image, words, *_):
    image.folder = words
    _inside(image, ".").mkdir(parents=True, exist_ok=True)


def _user(image, words, *_):
    image.user = int(words.split(":")[0])


def _entrypoint(image, words, *_):
    image.entrypoint = tuple(json.loads(words))


_FOLLOW = {
    "COPY": _copy, "RUN": _run, "ENV": _env, "WORKDIR": _workdir, "USER": _user, "ENTRYPOINT": _entrypoint,
    "CMD": lambda *_: None,
}  # fmt: skip
