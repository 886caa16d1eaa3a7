"""``python -m clusterproof``."""

from clusterproof.cli import main

main()
