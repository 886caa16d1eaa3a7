"""A static site of all submissions in a tree: what each product answers, on what evidence, and until when.

From reading to the site: ``reading`` and ``dates`` read the tree, ``model`` is what they found, ``matrix`` and
``product`` choose what a page holds, ``pages`` fills the templates, ``site`` writes the folder.
"""

from clusterproof.catalog.dates import read_dates
from clusterproof.catalog.links import read_links
from clusterproof.catalog.model import Catalog, DateSource, Strength
from clusterproof.catalog.reading import read_tree
from clusterproof.catalog.site import write_site

__all__ = ["Catalog", "DateSource", "Strength", "read_dates", "read_links", "read_tree", "write_site"]
