"""The panel in JupyterLab: choose a cluster, run checks, watch them, open evidence; a table where nobody clicks."""

from clusterproof.panel.show import panel

__all__ = ["panel"]
