"""Can this cluster run my job? For whoever has a job and a notebook, and no wish to learn the checklist."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from clusterproof import render
from clusterproof.bench.accelerators import chosen
from clusterproof.errors import Inconclusive
from clusterproof.fit import Answer, Word, answers, conclusion, nodes, proof
from clusterproof.fit.job import described
from clusterproof.fit.room import room
from clusterproof.fit.surroundings import all_of

if TYPE_CHECKING:
    from clusterproof.fit import Job
    from clusterproof.model import CheckResult
    from clusterproof.notebook.bench import NotebookBench
    from clusterproof.notebook.session import Session

HEAD = ("Question", "Answer", "What was seen", "What would help")


class MyJob:
    """A job and the cluster that is asked about it. Shown as the last value of a cell, it tells the answers."""

    def __init__(self, bench: NotebookBench, job: Job) -> None:
        self._bench = bench
        self.job = job

    def answers(self) -> Answers:
        """Return what the cluster says now.

        Raises:
            ClusterError: the server does not answer, or nodes or pods may not be read.
        """
        return Answers(asked(self._bench.session, self.job))

    def prove(self) -> None:
        """Run a small job with the same workers, and show what comes of it; it is removed again."""
        self._bench.try_out(proof(self.job))

    @property
    def result(self) -> CheckResult | None:
        """What the last proof has shown."""
        mine = [each for each in self._bench.results if each.check == proof(self.job).check.name]
        return mine[-1] if mine else None


class Answers:
    """Answers as a sentence and a table."""

    def __init__(self, found: tuple[Answer, ...]) -> None:
        self.each = found
        self.word, self.sentence = conclusion(found)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, Any]:
        rows = [(each.question, each.word.value, each.seen, each.helps) for each in self.each]
        lead = Markup("<p><strong>{}</strong></p>").format(render.clean(self.sentence))
        lines = ["  ".join(map(render.clean, row)) for row in rows]
        text = "\n".join([render.clean(self.sentence), *lines])
        return {"text/html": lead + Markup(render.table_html(HEAD, rows)), "text/plain": text}  # noqa: S704 - escaped there


def my_job(bench: NotebookBench, **words: Any) -> MyJob:
    """Return a job that a cluster can be asked about; for its words see ``fit.Job``.

    Raises:
        UsageError: a word is unknown, or what it says makes no sense.
    """
    return MyJob(bench, described(words))


def asked(session: Session, job: Job) -> tuple[Answer, ...]:
    """Return a cluster's answers for a job."""
    cluster, facts = session.cluster, session.facts
    try:
        resource = chosen(session.values, facts) if job.devices_per_worker else ""
    except Inconclusive as stop:
        missing = Answer(f"{job.devices_per_worker} accelerators for each worker", Word.MISSING, stop.message)
        return answers([missing, *all_of(job, cluster, facts, nodes.Places())])
    places = nodes.read(cluster, resource)
    return answers([room(job, places, resource), *all_of(job, cluster, facts, places)])
