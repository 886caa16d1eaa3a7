"""In the kernel: what a notebook calls, and the results that it shows."""

from clusterproof.notebook.bench import NotebookBench, open_bench

__all__ = ["NotebookBench", "open_bench"]
