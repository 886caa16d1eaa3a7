"""An API server for tests, which can be made to fail as no real one can be asked to."""

from fakes.handler import DROP, HANG
from fakes.server import FakeApi
from fakes.store import Kind, Store, pod

__all__ = ["DROP", "HANG", "FakeApi", "Kind", "Store", "pod"]
