"""Results of the programme's own suite become results that say where they come from, and bad files become sentences."""

from __future__ import annotations

import json

import pytest

from clusterproof import judge
from clusterproof.errors import UsageError
from clusterproof.model import Level, Outcome, Status
from clusterproof.suite.reading import Form, read_tests
from clusterproof.suite.results import artifact, report, results, unknown
from recorded import SHARED, everything, measured, report_of

GANG = {"TestGangScheduling": "pass", "TestGangScheduling/waits": "pass", "TestGangScheduling/starts": "pass"}
ACCESS = {"TestSecureAcceleratorAccess": "pass"}


def junit(ended):
    bodies = {"pass": "", "fail": "<failure message='broken'>trace</failure>", "skip": "<skipped message='no'/>"}
    cases = "".join(f'<testcase classname="p" name="{n}" time="1.5">{bodies[e]}</testcase>' for n, e in ended.items())
    return f'<?xml version="1.0"?><testsuites><testsuite name="p">{cases}</testsuite></testsuites>'.encode()


def lines(ended):
    events = [{"Action": "start", "Package": "p"}]
    for name, end in ended.items():
        events += [{"Action": "run", "Test": name}, {"Action": "output", "Test": name, "Output": "--- FAIL: Test (1s)"}]
        events += [{"Action": end, "Test": name, "Elapsed": 1.5}] if end in {"pass", "fail", "skip"} else []
    return "\n".join(map(json.dumps, events)).encode()


def log(ended):
    told = [f"=== RUN   {name}\n    x_test.go:1: words" for name in ended]
    told += [
        f"{'    ' * n.count('/')}--- {e.upper()}: {n} (1.50s)"
        for n, e in ended.items()
        if e in {"pass", "fail", "skip"}
    ]
    return "\n".join([*told, "PASS", "ok  \tp\t3.0s"]).encode()


FORMS = pytest.mark.parametrize(("write", "form"), [(junit, Form.JUNIT), (lines, Form.JSON), (log, Form.LOG)])


def only(ended, write=junit, **more):
    """Return the one result of a file."""
    [result] = results([artifact(write(ended), "file")], **more)
    return result


@FORMS
def test_each_form_is_told_by_its_content_and_gives_the_same_tests(write, form):
    found, read = read_tests(write({**GANG, "TestOther": "skip", "TestThird": "fail"}), "whatever.txt")
    assert found is form
    ends = {test.name: str(test.ended) for test in read}
    assert ends == {**GANG, "TestOther": "skip", "TestThird": "fail"}
    assert {test.took for test in read} == {1.5}


@FORMS
def test_tests_that_passed_are_a_pass_that_names_its_source(write, form):
    result = only(GANG, write)
    assert (result.requirement, result.outcome, result.check) == ("gang_scheduling", Outcome.PASS, "TestGangScheduling")
    assert result.source.startswith(f"suite/{form.value}, sha256 ")
    assert result.source in result.message
    assert "the kit has not seen it itself" in result.message
    assert [seen.claim for seen in result.observations] == [
        "TestGangScheduling/waits passes", "TestGangScheduling/starts passes",
    ]  # fmt: skip


@FORMS
def test_one_subtest_that_failed_is_a_fail(write, form):
    result = only({**GANG, "TestGangScheduling": "fail", "TestGangScheduling/waits": "fail"}, write)
    assert result.outcome is Outcome.FAIL
    assert "TestGangScheduling/waits passes" in result.message


def test_a_test_that_failed_although_its_subtests_passed_is_a_fail():
    assert only({**GANG, "TestGangScheduling": "fail"}).outcome is Outcome.FAIL


@FORMS
def test_only_skipped_tests_are_no_pass(write, form):
    assert only(dict.fromkeys(GANG, "skip"), write).outcome is Outcome.SKIP
    assert only({**dict.fromkeys(GANG, "skip"), "TestGangScheduling": "pass"}, write).outcome is Outcome.SKIP


def test_a_skipped_subtest_among_passed_ones_is_named():
    result = only({**GANG, "TestGangScheduling/starts": "skip"})
    assert result.outcome is Outcome.PASS
    assert "Not looked at: TestGangScheduling/starts was skipped." in result.message


@pytest.mark.parametrize("write", [lines, log])
def test_a_test_that_never_ended_is_an_error(write):
    assert only({**GANG, "TestGangScheduling/starts": "never"}, write).outcome is Outcome.ERROR


def test_a_failed_test_outweighs_one_that_never_ended():
    ended = {"TestGangScheduling": "never", "TestGangScheduling/a": "fail", "TestGangScheduling/b": "never"}
    assert only(ended, lines).outcome is Outcome.FAIL


def test_judging_again_gives_the_same():
    for ended in (GANG, dict.fromkeys(GANG, "skip"), {**GANG, "TestGangScheduling/waits": "fail"}):
        result = only(ended)
        assert judge.conclude(result) == result


def test_a_result_of_the_kits_own_still_needs_a_negative():
    assert judge.outcome(only(GANG).observations)[0] is Outcome.ERROR


def test_a_test_that_belongs_to_nothing_is_named():
    file = artifact(junit({**GANG, "TestOther": "fail"}), "f")
    assert unknown([file]) == ["The suite's TestOther (fail) belongs to no requirement."]


def test_the_report_answers_what_was_imported_and_nothing_else():
    made = report(results([artifact(junit(GANG | ACCESS), "f")]), "1.37")
    answered = {v.requirement.id: v for v in made.verdicts if v.status is not Status.BLANK}
    assert set(answered) == {"gang_scheduling", "secure_accelerator_access"}
    assert answered["gang_scheduling"].evidence == ("suite/junit.xml",)
    assert made.facts is None
    assert [v.requirement.level for v in made.verdicts].count(Level.MUST) == 8


def test_simulated_is_a_word_of_whoever_imports():
    made = report(results([artifact(junit(GANG), "f")], simulated=True), "1.37")
    assert made.simulated
    assert next(v for v in made.verdicts if v.results and v.simulated).notes.startswith("SIMULATED")


def test_beside_a_run_of_the_kits_the_worst_decides(tmp_path):
    found = results([artifact(junit(GANG | ACCESS), "f")])
    base = report_of(tmp_path, everything(measured("gang_scheduling", Outcome.FAIL, actual=1)))
    verdicts = {v.requirement.id: v for v in report(found, "1.37", base=base).verdicts}
    assert verdicts["gang_scheduling"].outcome is Outcome.FAIL
    assert [bool(r.source) for r in verdicts["gang_scheduling"].results] == [False, True]
    assert verdicts["secure_accelerator_access"].outcome is Outcome.PASS
    assert verdicts["ai_inference"].outcome is Outcome.PASS


def test_what_a_run_was_not_asked_for_the_suite_may_answer(tmp_path):
    base = report_of(tmp_path, [measured("ai_inference")])
    base_gang = next(v for v in base.verdicts if v.requirement.id == "gang_scheduling")
    verdicts = {v.requirement.id: v for v in report(results([artifact(junit(GANG), "f")]), "1.37", base=base).verdicts}
    assert base_gang.outcome is not Outcome.PASS
    expected = Outcome.PASS if base_gang.reason in {"not_requested", "no_check"} else base_gang.outcome
    assert verdicts["gang_scheduling"].outcome is expected


def test_a_run_of_another_version_is_refused(tmp_path):
    base = report_of(tmp_path, everything(), "1.36")
    with pytest.raises(UsageError, match=r"checklist 1\.36, not of 1\.37") as refused:
        report(results([artifact(junit(GANG), "f")]), "1.37", base=base)
    assert "--checklist 1.36" in refused.value.next_step


BOMB = '<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa">{}]><testsuite><testcase name="&k;"/></testsuite>'.format(
    "".join(f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefghij", "bcdefghijk", strict=True))
)
READS = '<!DOCTYPE t [<!ENTITY x SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&x;"/></testsuite>'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "tells of no test"),
        (b"just words\n", "tells of no test"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"<testsuite", "not readable XML"),
        (b"<html><body/></html>", "no JUnit report"),
        (b"<testsuites></testsuites>", "tells of no test"),
        (BOMB.encode(), "document types or entities"),
        (READS.encode(), "document types or entities"),
        (b"<testsuite>" + b"<a>" * 100_000, "elements deep"),
        (b'<?xml version="1.0" encoding="klingon"?><testsuite/>', "not readable XML|tells of no test"),
        (b'{"Action": "pass"', "line 1 is no JSON"),
        (b'{"Action": "run"}\n[1]', "line 2 is no object"),
        (b"[" * 100_000, "line 1 is no JSON"),
        (b'{"Action": ["pass"], "Test": {"a": 1}}', "tells of no test"),
        (b"--- PASS: " + b"x" * 1_000_000, "tells of no test"),
    ],
)
def test_a_file_that_is_no_test_result_gets_a_sentence(content, why):
    with pytest.raises(UsageError) as error:
        artifact(content, "file")
    assert any(words in error.value.message for words in why.split("|"))


def test_wrong_types_inside_are_read_as_what_can_be_read():
    [result] = results([artifact(b'{"Action": "pass", "Test": "TestGangScheduling", "Elapsed": "never"}', "f")])
    assert (result.outcome, result.took) == (Outcome.PASS, 0.0)


def test_tests_of_another_suite_are_not_taken_in():
    with pytest.raises(UsageError, match="No test of the programme's suite"):
        results([artifact(junit({"TestOther": "pass"}), "f")])


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"NOT TESTED: no samples at {SHARED}")
@pytest.mark.parametrize("version", ["1.33", "1.34", "1.35"])
def test_the_log_of_another_runner_is_no_result_of_the_suite(version):
    content = (SHARED / "submissions" / f"v{version}" / "daocloud" / "e2e.log").read_bytes()
    with pytest.raises(UsageError, match="tells of no test"):
        artifact(content, "e2e.log")


def test_a_hostile_message_stays_words():
    failure = b'<failure message="&lt;b&gt;\x1b token=abcdefghij"/>'
    content = b'<testsuite><testcase name="TestGangScheduling">' + failure + b"</testcase></testsuite>"
    with pytest.raises(UsageError, match="not readable XML"):
        artifact(content, "f")  # a control character is no XML
    [result] = results([artifact(content.replace(b"\x1b", b""), "f")])
    assert "abcdefghij" not in result.message


@pytest.mark.parametrize("order", [("fail", "pass"), ("pass", "fail")])
@pytest.mark.parametrize("form", [junit, lines, log])
def test_a_test_that_failed_once_has_failed_whatever_a_second_one_of_its_name_did(form, order):
    parts = [form({"TestGangScheduling": ended}) for ended in order]
    joined = parts[0].replace(b"</testsuites>", parts[1].split(b"<testsuites>")[1]) if form is junit else None
    _, [test] = read_tests(joined or b"\n".join(parts), "results")
    assert test.ended == "fail"


def test_a_failure_in_a_name_space_is_a_failure():
    failed = junit({"TestGangScheduling": "fail"}).replace(b"<failure", b"<failure xmlns='urn:x'")
    _, [test] = read_tests(failed, "junit.xml")
    assert test.ended == "fail"


PASSING = b'{"Action":"pass","Package":"p","Test":"TestGangScheduling"}\n'
WHOLE = pytest.mark.parametrize(
    "content",
    [
        PASSING + b'{"Action":"fail","Package":"p","Elapsed":1}\n',
        PASSING + b'{"ImportPath":"p [p.test]","Action":"build-fail"}\n',
        b"--- PASS: TestGangScheduling (1.00s)\npanic: runtime error: index out of range\n",
        b"--- PASS: TestGangScheduling (1.00s)\nFAIL\tsome/package\t2.0s\n",
        b"--- PASS: TestGangScheduling (1.00s)\nFAIL\n",
        b"--- PASS: TestGangScheduling (1.00s)\nexit status 2\n",
        b'<testsuite failures="1"><testcase name="TestGangScheduling"/></testsuite>',
        b'<testsuites errors="2"><testsuite><testcase name="TestGangScheduling"/></testsuite></testsuites>',
        b'<testsuite><testcase name="TestGangScheduling"/><testcase name="TestMain"><failure/></testcase></testsuite>',
        b'<testsuite><error message="setup"/><testcase name="TestGangScheduling"/></testsuite>',
    ],
)


@WHOLE
def test_a_run_that_went_wrong_as_a_whole_proves_nothing(content):
    file = artifact(content, "file")
    [result] = results([file])
    assert (result.outcome, result.reason.value) == (Outcome.ERROR, "interrupted")
    assert unknown([file])[0].startswith(f"{file.path}: ")
    assert result.message.startswith("The run of the programme's suite went wrong")


@pytest.mark.parametrize(
    "content",
    [
        PASSING + b'{"Action":"fail","Package":"p","Test":"TestOther"}\n{"Action":"fail","Package":"p"}\n',
        PASSING + b'{"Action":"pass","Package":"p"}\n',
        b"--- PASS: TestGangScheduling (1.00s)\n--- FAIL: TestOther (1.00s)\nFAIL\nexit status 1\nFAIL\tp\t2.0s\n",
        b"--- PASS: TestGangScheduling (1.00s)\n    it does not panic: good\nPASS\nok  \tp\t1s\n",
        junit({"TestGangScheduling": "pass", "TestOther": "fail"}).replace(b'name="p"', b'name="p" failures="1"'),
        b'<testsuite failures="many" errors="0"><testcase name="TestGangScheduling"/></testsuite>',
    ],
)
def test_a_failure_that_belongs_to_another_test_leaves_this_one_its_word(content):
    [result] = results([artifact(content, "file")])
    assert result.outcome is Outcome.PASS


def cases(*each, **counts):
    told = "".join(f"<testcase name='TestGangScheduling/{n}' {words}" for n, words in enumerate(each))
    said = " ".join(f'{key}="{value}"' for key, value in counts.items())
    return f"<testsuite {said}>{told}</testsuite>".encode()


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        (cases("status='run' result='completed'/>"), Outcome.PASS),
        (cases("status='passed'/>", "/>", tests=2, failures=0, skipped=0), Outcome.PASS),
        (cases("status='failed'/>"), Outcome.FAIL),
        (cases("result='timedOut'/>"), Outcome.FAIL),
        (cases("status='notrun'/>"), Outcome.SKIP),
        (cases("result='skipped'/>"), Outcome.SKIP),
        (cases("status='weird'/>"), Outcome.ERROR),
        (cases("><Failure/></testcase>"), Outcome.FAIL),
        (cases("><flakyFailure message='once'/></testcase>"), Outcome.FAIL),
        (cases("><rerunFailure/><system-out>x</system-out></testcase>"), Outcome.FAIL),
        (cases("/>", tests=30), Outcome.ERROR),
        (cases("/>", skipped=1), Outcome.ERROR),
        (cases("/>", disabled=1), Outcome.ERROR),
        (b"<testsuite xmlns='urn:x'><testcase name='TestGangScheduling'/></testsuite>", Outcome.PASS),
        (b"<t:testsuite xmlns:t='urn:x'><t:testcase name='TestGangScheduling'/></t:testsuite>", Outcome.PASS),
    ],
)
def test_how_a_case_ended_is_read_from_all_that_writers_say_it_by(content, outcome):
    [result] = results([artifact(content, "file")])
    assert result.outcome is outcome


@pytest.mark.parametrize("order", [("skip", "pass"), ("pass", "skip")])
@pytest.mark.parametrize("form", [junit, lines, log])
def test_a_test_that_was_skipped_once_is_skipped_in_whichever_order(form, order):
    one, other = (form({"TestGangScheduling": end}) for end in order)
    content = one + b"\n" + other
    if form is junit:
        content = one.replace(b"</testsuite></testsuites>", b"") + other.partition(b'name="p">')[2]
    [result] = results([artifact(content, "file")])
    assert result.outcome is Outcome.SKIP


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"--- PASS: TestGangScheduling (1.00s)\n", True),
        (b"--- PASS: TestGangScheduling (1.00s)\nPASS\n", False),
        (b"--- PASS: TestGangScheduling (1.00s)\r\nok  \tp\t3.0s\r\n", False),
        (PASSING, True),
        (PASSING + b'{"Action":"pass","Package":"p"}\n', False),
    ],
)
def test_a_file_that_was_cut_between_two_tests_is_told(content, told):
    file = artifact(content, "file")
    assert any("came to its end" in sentence for sentence in unknown([file])) is told
    assert results([file])[0].outcome is Outcome.PASS


def test_one_strange_byte_and_colours_do_not_hide_a_failure():
    content = b"\xff\xfe?\n\x1b[31m--- FAIL: TestGangScheduling (1.00s)\x1b[0m\nFAIL\n"
    [result] = results([artifact(content, "file")])
    assert result.outcome is Outcome.FAIL


@pytest.mark.parametrize("content", ["--- PASS: TestGangScheduling (1s)".encode("utf-16"), b"\x1f\x8bxx"])
def test_what_is_no_text_is_said_to_be_none(content):
    with pytest.raises(UsageError, match="not UTF-8 text"):
        artifact(content, "file")
