"""``python -m clusterproof``."""

from clusterproof.cli.main import main

main()
