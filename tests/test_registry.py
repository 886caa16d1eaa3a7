"""Checks are listed by parsing: no file is run, and a broken one hides no other."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from clusterproof import registry
from clusterproof.checklist import ids
from clusterproof.errors import KitError

GOOD = '''
"""A check."""
raise RuntimeError("listing must not run this file")

@check("vendors_own", needs=("create pods",), probe="P-1", disruptive=True)
def shares(bench):
    """Share a device. More of it.

    And more.
    """
    yield
'''


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Give a function that registers a package of a vendor's with some files, beside the kit's own."""
    names = []

    def package(name="vendor_of_tests.inner.checks", **files):
        folder = tmp_path.joinpath(*name.split("."))
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / f"{file}.py").write_text(text, encoding="utf-8")
        names.append(name)
        return folder

    points = list(registry.entry_points(group=registry.GROUP))
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(
        registry, "entry_points", lambda group: [*points, *(EntryPoint("x", name, group) for name in names)]
    )
    yield package
    for module in [each for each in sys.modules if each.split(".")[0] in {name.split(".")[0] for name in names}]:
        del sys.modules[module]


def own():
    return [check for check in registry.declared() if "vendor" not in check.source]


def test_every_check_of_the_kits_own_is_for_a_requirement_and_says_what_it_does():
    checks = registry.declared()
    assert len(checks) >= 4
    for check in checks:
        assert check.requirement in ids()
        assert check.source.endswith(f"/{check.requirement}.py")
        assert check.about.endswith(".")
        assert check.name


@pytest.mark.parametrize("requirement", [check.requirement for check in registry.declared()])
def test_what_is_listed_is_what_is_loaded(requirement):
    listed = [check for check in registry.declared() if check.requirement == requirement]
    loaded = [each.check for each in registry.load(requirement)]
    wanted = [(each.name, each.about, each.needs, each.probe, each.disruptive) for each in listed]
    assert [(each.name, each.about, each.needs, each.probe, each.disruptive) for each in loaded] == wanted


@pytest.mark.parametrize("need", sorted({need for check in registry.declared() for need in check.needs}))
def test_every_need_is_a_verb_and_a_resource(need):
    verb, _, resource = need.partition(" ")
    assert verb in {"get", "list", "watch", "create", "update", "patch", "delete"}
    assert resource == resource.lower().strip()
    assert resource


def test_a_listed_file_is_not_run_nor_the_packages_that_it_lies_in(package):
    folder = package(vendors_own=GOOD)
    for parent in (folder, folder.parent, folder.parents[1]):
        (parent / "__init__.py").write_text("raise RuntimeError('imported')", encoding="utf-8")
    [check] = [each for each in registry.declared() if each.requirement == "vendors_own" and "vendor" in each.source]
    assert (check.name, check.about, check.needs) == ("shares", "Share a device. More of it.", ("create pods",))
    assert (check.probe, check.disruptive, check.source) == ("P-1", True, str(folder / "vendors_own.py"))
    assert not [module for module in sys.modules if module.startswith("vendor_of_tests")]


@pytest.mark.parametrize(
    "text",
    [
        "def broken(:",
        "\0",
        "@check()\ndef a(bench): yield",
        "@check(name)\ndef a(bench): yield",
        "@check('vendors_own', needs=NEEDS)\ndef a(bench): yield",
        "@check('vendors_own', invented=1)\ndef a(bench): yield",
        "x = " + "(" * 5000,
        "x = " + "-" * 20000 + "1",
    ],
)
def test_a_broken_file_is_listed_as_unreadable_and_hides_no_other(package, text):
    before = own()
    package(vendors_own=text, x_other=GOOD.replace("vendors_own", "x_other"))
    [broken, good] = [each for each in registry.declared() if "vendor" in each.source]
    assert (broken.requirement, broken.name) == ("vendors_own", registry.UNREADABLE)
    assert broken.about
    assert good.requirement == "x_other"
    assert own() == before


def test_a_file_that_is_no_text_is_listed_as_unreadable(package):
    (package() / "vendors_own.py").write_bytes(b"\xff\xfe\x00")
    [broken] = [each for each in registry.declared() if "vendor" in each.source]
    assert broken.name == registry.UNREADABLE


@pytest.mark.parametrize("value", ["not_installed_anywhere.checks", "not_installed_anywhere", "json.checks", "sys"])
def test_a_package_that_is_not_there_hides_no_other(package, value, monkeypatch):
    before = own()
    points = list(registry.entry_points(group=registry.GROUP))
    monkeypatch.setattr(registry, "entry_points", lambda group: [EntryPoint("x", value, group), *points])
    assert own() == before
    assert registry.load("gang_scheduling")


def test_a_broken_package_breaks_no_check_of_another_requirement(package):
    folder = package(vendors_own="raise RuntimeError('broken')")
    (folder / "__init__.py").write_text("raise RuntimeError('broken')", encoding="utf-8")
    assert registry.load("gang_scheduling")
    with pytest.raises(RuntimeError, match="broken"):
        registry.load("vendors_own")


def test_a_requirement_without_a_check_loads_nothing():
    assert registry.load("no_such_requirement") == ()


def test_a_file_without_a_check_is_an_error_that_says_how(package):
    package(vendors_own="from clusterproof.checks.gang_scheduling import all_or_nothing")
    with pytest.raises(KitError, match=r"vendor_of_tests\.inner\.checks\.vendors_own declares no check with @check"):
        registry.load("vendors_own")


def test_several_checks_of_one_requirement_are_all_loaded(package):
    text = "from clusterproof.registry import check\n"
    text += "".join(f"@check('vendors_own')\ndef {name}(bench):\n    '''Do.'''\n    yield\n" for name in ("b", "a"))
    package(vendors_own=text)
    assert [each.check.name for each in registry.load("vendors_own")] == ["b", "a"]
    assert [each.name for each in registry.declared() if "vendor" in each.source] == ["a", "b"]
