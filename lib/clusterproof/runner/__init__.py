"""On the host: execute notebooks on a cluster, collect their results, judge them, and leave a run folder."""

from clusterproof.runner.again import rejudge
from clusterproof.runner.request import Request
from clusterproof.runner.run import Ending, exit_code, known, run

__all__ = ["Ending", "Request", "exit_code", "known", "rejudge", "run"]
