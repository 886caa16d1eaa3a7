"""What the panel was asked for, as the command that anybody could type instead."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ruamel.yaml import YAML

from clusterproof import parameters
from clusterproof.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TESTBED, CLUSTER = "testbed", "cluster"  # platform files


@dataclass
class Choice:
    """A cluster, and what differs from its platform file."""

    platform: str = TESTBED
    kubeconfig: str = ""
    """Empty: with the testbed one that the run starts for itself, else the user's usual one."""
    context: str = ""
    values: dict[str, str] = field(default_factory=dict)
    """Parameters as they were typed."""
    declared: dict[str, dict[str, str]] = field(default_factory=dict)
    """Requirement to what a human claims of it: ``status``, ``notes``, ``by``."""

    def set_value(self, name: str, text: str) -> None:
        """Set a parameter; an empty text takes it back.

        Raises:
            UsageError: it is unknown, or its value has the wrong type.
        """
        changed = {**self.values, name: text}
        if not text:
            del changed[name]
        parameters.merge(parameters.load(self.platform), changed)
        self.values = changed

    def declare(self, requirement: str, status: str, notes: str, by: str) -> None:
        """Claim something of a requirement; an empty status takes it back.

        Raises:
            UsageError: a claim without a reason and somebody who stands for it says nothing.
        """
        if not status:
            self.declared.pop(requirement, None)
            return
        if not notes.strip() or not by.strip():
            raise UsageError(
                f"{status} for {requirement} needs a reason and a name.", next_step="Fill in why, and who says so."
            )
        self.declared[requirement] = {"status": status, "notes": notes.strip(), "by": by.strip()}

    def words(self, only: Sequence[str], out: Path) -> list[str]:
        """Return the command, and write down the declarations that it reads."""
        if self.declared:
            self._write_platform(out.parent)
        return self.typed(only, out)

    def typed(self, only: Sequence[str], out: Path) -> list[str]:
        """Return the same that a terminal or CI would run; declarations lie in a platform file beside run folders."""
        platform = str(self._platform(out.parent)) if self.declared else self.platform
        words = ["run", "--platform", platform]
        for option, value in (("--kubeconfig", self.kubeconfig), ("--context", self.context)):
            words += [option, value] if value else []
        words += ["--only", ",".join(only)] if only else []
        for name, value in self.values.items():
            words += ["-p", f"{name}={value}"]
        return [*words, "--out", str(out)]

    def argv(self, only: Sequence[str], out: Path) -> list[str]:
        """Return the same for this very interpreter, telling its steps as data."""
        return [sys.executable, "-m", "clusterproof", *self.words(only, out), "--events"]

    def _platform(self, folder: Path) -> Path:
        return folder / f"panel-{self.platform}.yaml"

    def _write_platform(self, folder: Path) -> None:
        yaml, own = YAML(), parameters.load(self.platform).path
        data = yaml.load(own.read_text(encoding="utf-8"))
        data["declarations"] = [{"requirement": name, **says} for name, says in self.declared.items()]
        folder.mkdir(parents=True, exist_ok=True)
        yaml.dump(data, self._platform(folder))
