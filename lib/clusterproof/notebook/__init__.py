"""In the kernel: what a notebook calls, and the results that it shows."""

from clusterproof.notebook.bench import NotebookBench, open_bench
from clusterproof.notebook.jobs import my_job

__all__ = ["NotebookBench", "my_job", "open_bench"]
