"""What the kit talks about: requirements, observations, results, verdicts, the report. Data only, no logic.

Everything here is frozen, made of strings, numbers, booleans and tuples, so that it can be written to JSON and read
back without loss (``serial.py``). Times are UTC in RFC 3339 with milliseconds, durations are seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How binding a requirement is in one version of the checklist."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    BEYOND = "BEYOND"
    """Measured although this version of the checklist does not ask for it; it never counts for the summary."""


class Outcome(StrEnum):
    """What came of one check."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    FAIL = "FAIL"
    NOT_APPLICABLE = "NOT_APPLICABLE"
    SKIP = "SKIP"
    UNKNOWN = "UNKNOWN"
    ERROR = "ERROR"


class Status(StrEnum):
    """The words that the official checklist knows; BLANK is an item that nobody has answered."""

    IMPLEMENTED = "Implemented"
    PARTIAL = "Partially Implemented"
    NOT_IMPLEMENTED = "Not Implemented"
    NOT_APPLICABLE = "N/A"
    BLANK = ""


class Kind(StrEnum):
    """What an observation is good for."""

    POSITIVE = "positive"  # the cluster does what it should
    NEGATIVE = "negative"  # the cluster refuses what it should refuse
    CONTROL = "control"  # the same means give the other answer, so the measurement itself can tell them apart


class EvidenceKind(StrEnum):
    """What a piece of evidence is a copy of."""

    OBJECT = "object"
    WATCH = "watch"
    LOG = "log"
    METRIC = "metric"
    COMMAND = "command"


class Reason(StrEnum):
    """Why an outcome is what it is; the sentence beside it says it for people."""

    CLAIMS_HOLD = "claims_hold"
    CLAIM_FALSE = "claim_false"
    DECLARED = "declared"
    # SKIP: a precondition for measuring is absent
    NO_CHECK = "no_check"
    NOT_REQUESTED = "not_requested"
    NOT_INSTALLED = "not_installed"
    NO_ACCELERATOR = "no_accelerator"
    NOT_ENOUGH_ACCELERATORS = "not_enough_accelerators"
    FORBIDDEN = "forbidden"
    QUOTA = "quota"
    POLICY_DENIED = "policy_denied"
    IMAGE_UNAVAILABLE = "image_unavailable"
    DISTURBED = "disturbed"
    NEEDS_KUBELET = "needs_kubelet"
    UNREACHABLE_FROM_HERE = "unreachable_from_here"
    # UNKNOWN: the kit's tables do not know this device or implementation
    UNKNOWN_DEVICE = "unknown_device"
    # ERROR: the measurement broke
    NO_OBSERVATIONS = "no_observations"
    NO_POSITIVE = "no_positive"
    NO_NEGATIVE = "no_negative"
    NO_RESULT = "no_result"
    PROBE_BROKE = "probe_broke"
    CLUSTER_UNREACHABLE = "cluster_unreachable"
    NODE_LOST = "node_lost"
    CLEANUP_FAILED = "cleanup_failed"
    INTERRUPTED = "interrupted"
    KERNEL_DIED = "kernel_died"
    NOTEBOOK_BROKE = "notebook_broke"


class Summary(StrEnum):
    """The whole report in one word."""

    CONFORMANT = "conformant"
    PARTIAL = "partial"  # an unanswered MUST
    NONCONFORMANT = "nonconformant"


@dataclass(frozen=True)
class Requirement:
    """One item of one version of the checklist."""

    id: str
    category: str
    """The checklist's own key, for instance ``schedulingOrchestration``."""
    level: Level
    title: str
    """In our words; the official text is never copied."""
    sha256: str
    """Of the official description, UTF-8, without surrounding white space."""
    condition: str = ""
    """Where it applies, in our words; empty if everywhere, so that nobody's N/A answers it as a MUST."""


@dataclass(frozen=True)
class Check:
    """What can be known of a check without importing it."""

    requirement: str
    name: str
    about: str
    """First sentence of the docstring."""
    needs: tuple[str, ...] = ()
    """Verbs and resources, ``"create pods"``, that it uses beyond reading."""
    probe: str = ""
    """The procedure it follows, for instance ``KAR-53``."""
    disruptive: bool = False
    exclusive: bool = False
    """It takes accelerators, so that no other check may take the same ones meanwhile."""
    by_resource: bool = False
    """It says by itself which ones, once it has looked; otherwise it has all of them for itself from the beginning."""
    source: str = ""
    """Path of the file, for the reader of the evidence."""


@dataclass(frozen=True)
class Evidence:
    """A copy of something seen, redacted before it is stored."""

    title: str
    kind: EvidenceKind
    body: str
    """YAML for objects, one line per event for a watch, text otherwise."""
    sha256: str
    """Of ``body``."""


@dataclass(frozen=True)
class Observation:
    """One claim and what was seen of it."""

    claim: str
    """A full sentence that can be false."""
    expected: Any
    """JSON value or a short text, for instance ``4`` or ``"0.10 ± 0.05"``."""
    actual: Any
    holds: bool
    kind: Kind
    at: str
    took: float
    """Seconds from the start of waiting to the decision."""
    evidence: tuple[Evidence, ...] = ()


SECONDS = "seconds since the check began"


@dataclass(frozen=True)
class Series:
    """One line of a picture."""

    name: str
    points: tuple[tuple[float, float], ...]
    """Where on the horizontal axis, and the value there, which holds until the next point where ``steps`` are drawn."""


@dataclass(frozen=True)
class Band:
    """Where values are expected, or what a stretch of the horizontal axis was about."""

    name: str
    edges: tuple[tuple[float, float, float], ...]
    """Where on the horizontal axis, the lowest and the highest value there; equal ones make a line."""


@dataclass(frozen=True)
class Picture:
    """Numbers that a reader would rather look at; when each claim was decided stands in the observations."""

    title: str
    unit: str
    """What the values count, for instance ``pods``."""
    series: tuple[Series, ...] = ()
    bands: tuple[Band, ...] = ()
    across: str = SECONDS
    """What the horizontal axis counts."""
    steps: bool = True
    """A value holds until the next one; False where values in between are likely in between."""
    lanes: bool = False
    """Each line in a lane of its own, on one scale, with the band of the same name."""


@dataclass(frozen=True)
class CheckResult:
    """What one check saw, and what the judge made of it."""

    requirement: str
    check: str
    outcome: Outcome
    reason: Reason
    message: str
    """One sentence for people."""
    observations: tuple[Observation, ...] = ()
    started: str = ""
    took: float = 0.0
    """Wall time of the check, seconds."""
    critical_path: float = 0.0
    """Seconds spent waiting for the cluster: each wait up to the awaited event, each window to its end."""
    simulated: bool = False
    """True if any node that took part is simulated."""
    backend: str = ""
    """The manifest folder's entry that was used, for instance the name of a scheduler."""
    evidence: tuple[Evidence, ...] = ()
    """What belongs to the check as a whole: objects as sent, watch timeline, error details."""
    pictures: tuple[Picture, ...] = ()
    not_looked_at: tuple[str, ...] = ()
    """What no claim says with this backend, and why."""
    turns: tuple[str, ...] = ()
    """What no other check could take meanwhile; checks that have one in common run one after the other."""
    source: str = ""
    """What another suite wrote and this was taken from, with its digest; empty where the kit has measured itself."""


@dataclass(frozen=True)
class Declaration:
    """What a human claims about a requirement; the kit never invents one."""

    requirement: str
    status: Status = Status.BLANK
    notes: str = ""
    by: str = ""
    evidence: tuple[str, ...] = ()
    """Links or paths that the human names."""
    owner: str = ""
    """Layer or product that brings it, where a product is made of several."""


@dataclass(frozen=True)
class Verdict:
    """The answer to one requirement: what goes into the checklist, and why."""

    requirement: Requirement
    status: Status
    notes: str
    outcome: Outcome
    reason: Reason
    message: str
    simulated: bool = False
    conflict: str = ""
    """A sentence where a declaration says something else than what was measured."""
    declaration: Declaration | None = None
    evidence: tuple[str, ...] = ()
    """Paths inside the run folder."""
    results: tuple[CheckResult, ...] = ()


@dataclass(frozen=True)
class Facts:
    """What the cluster says of itself; counts only, never a list of a user's objects."""

    version: str
    """Of the API server, for instance ``v1.37.2``."""
    platform: str = ""
    """os/arch of the API server."""
    nodes: int = 0
    nodes_ready: int = 0
    nodes_simulated: int = 0
    pods: int = 0
    accelerators: tuple[tuple[str, int], ...] = ()
    """Extended resource or device class, allocatable count; sorted."""
    accelerators_free: tuple[tuple[str, int], ...] = ()
    device_drivers: tuple[tuple[str, int], ...] = ()
    """DRA driver and number of devices in its newest complete pools."""
    device_classes: tuple[tuple[str, int], ...] = ()
    """DeviceClass of known accelerators and number of its devices that are free."""
    allocation: tuple[tuple[str, str], ...] = ()
    """Extended resource or driver, and how its devices are given out: device-plugin, dra, dra-extended."""
    unknown_resources: tuple[str, ...] = ()
    """Extended resources that the table of accelerators does not know."""
    api_groups: tuple[str, ...] = ()
    """group/version as served, sorted."""

    @property
    def simulated(self) -> bool:
        """True if at least one node is simulated."""
        return self.nodes_simulated > 0


@dataclass(frozen=True)
class NotebookRun:
    """How the execution of one notebook ended."""

    name: str
    """Stem, for instance ``10_training``."""
    path: str
    """Executed notebook, relative to the run folder."""
    ok: bool
    error: str = ""
    took: float = 0.0


@dataclass(frozen=True)
class CriticalPath:
    """For how long the cluster itself kept a run busy, in seconds: what no quicker kit could have spared.

    Only waiting counts, so it is a lower bound. What has to happen one after the other adds up; of what may happen at
    once the longest counts.
    """

    start: float = 0.0
    """Until the testbed and its add-ons served; 0 where the user has a cluster."""
    exclusive: float = 0.0
    """Waits of the checks that take the same accelerators: one of them at a time, so they add up."""
    longest: float = 0.0
    """Waits of the one among the other checks that waited longest: they may all run at once."""
    removal: float = 0.0
    """Until what the run made was gone."""

    @property
    def seconds(self) -> float:
        """The whole of it."""
        return round(self.start + max(self.exclusive, self.longest) + self.removal, 3)


@dataclass(frozen=True)
class Report:
    """Everything of one run, as ``report.json`` holds it."""

    schema: int
    run_id: str
    kit_version: str
    checklist: str
    """``1.33`` to ``1.37``."""
    platform: str
    """Name of the platform file."""
    started: str
    took: float
    facts: Facts | None
    parameters: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)
    """The checklist's vendor fields, from the platform file."""
    verdicts: tuple[Verdict, ...] = ()
    summary: Summary = Summary.PARTIAL
    simulated: bool = False
    notebooks: tuple[NotebookRun, ...] = ()
    left_behind: tuple[str, ...] = ()
    """Objects with this run's label that were still there at the end."""
    notes: tuple[str, ...] = ()
    """Sentences about the run as a whole, for instance that client throttles are off in the testbed."""
    critical_path: CriticalPath | None = None
    """None in reports of earlier versions of the kit."""
    words: tuple[str, ...] = ()
    """What was asked for beside platform and checklist, as words of a command that repeats the run."""
