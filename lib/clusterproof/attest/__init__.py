"""A run folder, signed and checked again: an in-toto statement over every file's digest, in a DSSE envelope.

Both work offline with keys in PEM files. What is signed is read from the disk at that moment, and only a folder that
still is what the run wrote is signed at all.
"""

from clusterproof.attest.signing import attest, default_file
from clusterproof.attest.verifying import Problem, Verified, verify

__all__ = ["Problem", "Verified", "attest", "default_file", "verify"]
