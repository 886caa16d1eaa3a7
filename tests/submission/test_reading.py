"""Reading YAML of others: positions, the dialect of the programme's validator, and no way to break us."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clusterproof.submission import reading
from clusterproof.submission.document import Position, Trouble
from clusterproof.submission.form import form
from clusterproof.submission.reading import parse, read


def troubles(text):
    return [problem.trouble for problem in parse(text).problems]


def test_keys_and_values_have_positions():
    document = parse("a: 1\nlist:\n  - id: x\n    notes: words\n")
    assert document.data == {"a": 1, "list": [{"id": "x", "notes": "words"}]}
    assert document.at("list", 0, "notes") == Position(4, 5)
    assert document.value_at("list", 0, "notes") == Position(4, 12)
    assert document.at("list", 0, "nothing", "at", "all") == Position(3, 5)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.34", 1.34), ("v1.34", "v1.34"), ("1.35.0", "1.35.0"), ("'1.34'", "1.34"), ("!!str 1.34", "1.34"),
        ("yes", "yes"), ("off", "off"), ("True", True), ("~", None), ("NULL", None), ("", None), ("nULL", "nULL"),
        ("010", 8), ("0o10", 8), ("0x1F", 31), ("0b11", 3), ("08", 8.0), ("1_000", 1000), ("1e3", 1000.0), ("-5", -5),
        (".5", 0.5), ("+.inf", float("inf")), ("1.2.3", "1.2.3"), ("-", "-"), ("!mine 1", "1"),
        ("2026-08-19", datetime(2026, 8, 19, tzinfo=UTC)), ("2026-13-45", "2026-13-45"), ("9" * 70, "9" * 70),
    ],
)  # fmt: skip
def test_words_mean_what_the_validator_takes_them_for(text, value):
    if text == "-":
        text = "'-'"
    document = parse(f"key: {text}\n")
    assert document.data["key"] == value
    assert type(document.data["key"]) is type(value)


def test_what_is_no_string_keeps_its_spelling():
    assert parse("a: 1.10\n").written == {("a",): "1.10"}


def test_a_key_twice_is_a_problem_at_the_second_one():
    problems = parse("a:\n  b: 1\n  c: 2\n  b: 3\n").problems
    assert [(each.trouble, each.at, each.where) for each in problems] == [
        (Trouble.DUPLICATE_KEY, Position(4, 3), ("a", "b"))
    ]
    assert "line 2" in problems[0].message


def test_the_keys_of_a_mapping_that_stands_twice_are_no_duplicates():
    assert troubles("a: {x: 1}\na: {x: 2}\n") == [Trouble.DUPLICATE_KEY]


def test_a_number_and_its_text_are_the_same_key():
    assert troubles("1: a\n'1': b\n") == [Trouble.DUPLICATE_KEY]


def test_merged_keys_give_way_to_own_ones():
    assert parse("a: &a {x: 1, y: 2}\nb: {<<: *a, x: 3}\n").data["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize(
    ("text", "trouble"),
    [
        ("a: b: c", Trouble.NOT_YAML), ("a: [", Trouble.NOT_YAML), ("a: \x00", Trouble.NOT_YAML),
        ("a: \x1b[31m", Trouble.NOT_YAML), ("\ta: 1", Trouble.NOT_YAML), ('a: "\\U00110000"', Trouble.NOT_YAML),
        ("a: *nowhere", Trouble.NOT_YAML), ("a: &a [*a]", Trouble.NOT_YAML), ("? [a]\n: b", Trouble.NOT_YAML),
        ("{a: 1}: b", Trouble.NOT_YAML), ("a: {<<: 3}", Trouble.NOT_YAML), ("%YAML 9.9.9\n---\n", Trouble.NOT_YAML),
        ("[" * 100_000, Trouble.TOO_DEEP), ("- " * 100_000, Trouble.TOO_DEEP), ("{a: " * 60, Trouble.TOO_DEEP),
        ("a: 1\n---\nb: 2\n", Trouble.MORE_DOCUMENTS), ("- x\n" * 60_000, Trouble.ALIASES_EXPLODE),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_a_problem(text, trouble):
    assert troubles(text) == [trouble]


def test_aliases_that_explode_are_not_written_out():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert troubles("\n".join(lines)) == [Trouble.ALIASES_EXPLODE]


def test_an_alias_to_what_is_not_complete_does_not_hang():
    assert troubles("a: &x {b: &x [*x]}") == [Trouble.NOT_YAML]


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@`?,<~ \n\t1.", max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_raises(text):
    document = parse(text)
    assert document.problems or document.data is not None or not text.strip("\n \t") or document.data is None


@pytest.mark.parametrize("content", [b"\xff\xfe", b"a: \xc3\x28", b"\x80"])
def test_what_is_not_utf8_is_a_problem(tmp_path, content):
    (tmp_path / "x.yaml").write_bytes(b"a: 1\n" + content)
    (problem,) = read(tmp_path / "x.yaml").problems
    assert (problem.trouble, problem.at.line) == (Trouble.NOT_UTF8, 2)


def test_a_byte_order_mark_is_no_problem(tmp_path):
    (tmp_path / "x.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(tmp_path / "x.yaml").data == {"a": 1}


def test_fifty_megabytes_are_not_read(tmp_path):
    path = tmp_path / "x.yaml"
    with path.open("wb") as file:
        file.truncate(50 * 1024 * 1024)
    assert [each.trouble for each in read(path).problems] == [Trouble.TOO_LARGE]


def test_symbolic_links_pipes_and_folders_are_not_opened(tmp_path):
    (tmp_path / "real.yaml").write_text("a: 1\n")
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    os.mkfifo(tmp_path / "pipe.yaml")
    kinds = {name: read(tmp_path / name).problems[0].trouble for name in ("link.yaml", "pipe.yaml", ".", "absent")}
    assert kinds == {
        "link.yaml": Trouble.SYMBOLIC_LINK, "pipe.yaml": Trouble.UNREADABLE, ".": Trouble.UNREADABLE,
        "absent": Trouble.UNREADABLE,
    }  # fmt: skip


def test_a_file_at_the_limit_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 5)
    (tmp_path / "x.yaml").write_text("a: 1\n")
    assert read(tmp_path / "x.yaml").data == {"a": 1}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("spec: {a: [{id: x, evidence: N/A}]}", ("spec", "a", 0, "evidence")),
        ("spec: {a: [{id: x, evidence: ''}]}", ("spec", "a", 0, "evidence")),
        ("spec: {a: [{id: x, evidence: [[b]]}]}", ("spec", "a", 0, "evidence", 0)),
        ("spec: {a: [{id: [x]}]}", ("spec", "a", 0, "id")),
        ("spec: {a: [{notes: {b: c}}]}", ("spec", "a", 0, "notes")),
        ("spec: {a: [x]}", ("spec", "a", 0)),
        ("spec: {a: {b: c}}", ("spec", "a")),
        ("spec: [a]", ("spec",)),
        ("metadata: x", ("metadata",)),
        ("- a", ()),
        ("just words", ()),
    ],
)
def test_types_that_the_validator_refuses_are_found(text, wrong):
    assert [each.where for each in form(parse(text)).wrong] == [wrong]


def test_null_and_numbers_are_taken_as_the_validator_takes_them():
    (item,) = form(parse("spec: {a: [{id: 1.10, status: ~, evidence: [~, 7, ''], notes: true}, ~]}")).items
    assert (item.id, item.status, item.notes) == ("1.10", "", "true")
    assert [(entry.text, entry.where[-1]) for entry in item.evidence] == [("7", 1), ("", 2)]
