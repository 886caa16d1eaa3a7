"""Can this cluster run my job? What it could do today, what would have to wait, what is missing; and a small proof."""

from clusterproof.fit.answers import Answer, Word, answers, conclusion
from clusterproof.fit.job import Job
from clusterproof.fit.proof import proof

__all__ = ["Answer", "Job", "Word", "answers", "conclusion", "proof"]
