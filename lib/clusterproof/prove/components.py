"""The processes of a testbed as they were when it was good: put back there, and started with other flags."""

from __future__ import annotations

import json
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from clusterproof.errors import TestbedError
from clusterproof.prove.inside import STOPPED
from clusterproof.testbed import processes
from clusterproof.testbed.health import OK, Health
from clusterproof.testbed.kwokctl import clusters, write_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterproof.testbed import Testbed

WITHIN = 30.0  # seconds until a component that was started again serves; one or two are usual
LOOK_EVERY = 0.05
SCHEDULER, MANAGER = "kube-scheduler", "kube-controller-manager"
RESTARTABLE = {SCHEDULER: ("scheduler", "/readyz"), MANAGER: ("manager", "/healthz")}
"""Components that nobody else holds a connection to, so that they can be started again with other flags; and where
they say that they serve. The API server is none of them: everything that watches it would be another testbed's."""


@dataclass(frozen=True)
class Command:
    """How a process was started."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    elsewhere: bool = False
    """True of what runs on a real node: its words would start something else here."""

    @classmethod
    def of(cls, process: psutil.Process) -> Command:
        """Return how a process that runs was started."""
        return cls(tuple(process.cmdline()), process.environ(), processes.is_elsewhere(process))


@dataclass(frozen=True)
class Components:
    """The processes of one testbed, and how each was started."""

    bed: Testbed
    commands: dict[str, Command]

    @classmethod
    def of(cls, bed: Testbed) -> Components:
        """Note how the processes that run now were started.

        Raises:
            TestbedError: one ends meanwhile.
        """
        try:
            found = {name: psutil.Process(pid) for name, pid in bed.pids().items()}
            return cls(bed, {name: Command.of(each) for name, each in found.items()})
        except psutil.Error as error:
            raise TestbedError(f"A component ended right after the start: {error}.") from error

    def restart(self, name: str, flags: Mapping[str, str]) -> None:
        """Start a component again with some flags after its own, and wait until it serves."""
        self.bed.restart(name, flags)
        self._until_serving([name])

    def configure_scheduler(self, document: Mapping[str, Any]) -> None:
        """Start the scheduler again by a KubeSchedulerConfiguration, with the connection that it had without one."""
        [kubeconfig] = {word for word in self.commands[SCHEDULER].argv if word.startswith("--kubeconfig=")}
        connection = {"kubeconfig": kubeconfig.partition("=")[2], "qps": 5000, "burst": 10000}
        file = self.bed.folder / "scheduler-configured.yaml"
        write_yaml({**document, "clientConnection": connection}, file)
        self.restart(SCHEDULER, {"config": str(file)})

    def put_back(self) -> bool:
        """Continue what was stopped; start again what ended, or what runs with other words; end what is new.

        What can be started again is not continued: a scheduler that slept while its pods were deleted was seen to
        hold their devices for taken from then on (Kubernetes 1.37.2), which no comparison of objects can show.

        Return whether anything of that was to be done.

        Raises:
            TestbedError: one does not serve in time, or ended on a real node.
        """
        touched = bool(list(self.differences()))
        for name in set(processes.names(self.bed.folder)) - set(self.commands):
            processes.stop(self.bed.folder, [name])
            processes.forget(self.bed.folder, name)
        started = [name for name in self.commands if not self._continued(name)]
        self._until_serving([name for name in started if name in RESTARTABLE])
        return touched

    def differences(self) -> Iterator[str]:
        """Yield what is not as it was, a few words for each process."""
        for name, command in self.commands.items():
            state = self._state(name)
            if state != (command.argv, True):
                yield f"{name} {'runs otherwise' if state else 'has ended'}"
        yield from (f"{name} is new" for name in set(processes.names(self.bed.folder)) - set(self.commands))

    def _state(self, name: str) -> tuple[tuple[str, ...], bool] | None:
        """Return the words that a process runs by and whether it does run, not stopped; None if it has ended."""
        process = processes.find(self.bed.folder, name)
        try:
            return (tuple(process.cmdline()), process.status() not in STOPPED) if process else None
        except psutil.Error:  # a moment ago
            return None

    def _continued(self, name: str) -> bool:
        command, state = self.commands[name], self._state(name)
        slept = state is not None and not state[1] and name in RESTARTABLE
        if state and state[0] == command.argv and not slept:
            with suppress(psutil.Error, TestbedError):  # it ended a moment ago, and is missed later
                self.bed.signal(name, signal.SIGCONT)
            return True
        if command.elsewhere:
            raise TestbedError(f"{name} has ended; what ran on a real node is not started again.")
        if state:
            processes.stop(self.bed.folder, [name])
        processes.spawn(self.bed.folder, name, command.argv, env=command.environment)
        return False

    def _until_serving(self, names: list[str]) -> None:
        deadline = time.monotonic() + WITHIN
        for name in names:
            while not self._serves(name):
                if processes.find(self.bed.folder, name) is None or time.monotonic() > deadline:
                    raise TestbedError(f"{name} does not serve again. Its last lines:\n{self.bed.logs(name)}")
                time.sleep(LOOK_EVERY)  # another process' port is nothing that could be watched

    def _serves(self, name: str) -> bool:
        ports = json.loads((self.bed.folder / "ports.json").read_text(encoding="utf-8"))
        component, path = RESTARTABLE[name]
        return Health(clusters(self.bed.folder), ports).ask(component, "GET", path)[0] == OK
