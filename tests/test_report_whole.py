"""The one page that holds a whole report: all of it is there, below a megabyte, and says what is not shown."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from clusterproof import checklist, report
from clusterproof.model import Outcome, Picture, Reason, Series
from clusterproof.prove.mutant import Mutant
from clusterproof.report import sharing, timeline
from clusterproof.runner import known
from test_report import HOSTILE, Page, evidence, mixed, result, seen, verdict

CLAIM = "No pod of the gang is bound"
DEAF = Mutant("gang_scheduling", "deaf_scheduler", "The scheduler is <b>deaf</b>.", CLAIM)
SLOW = Mutant("gang_scheduling", "slow_kubelet", "The kubelet is slow.", CLAIM, {"tier": "node"})
TOLD = report.Known(mutants=(DEAF, SLOW))
MEGABYTE = 1_000_000


def index(folder, told=TOLD, **changes):
    report.write_report(mixed(**changes), folder, known=told)
    return (folder / "index.html").read_text()


def proof(folder, *trials, place="prove.json", **changes):
    told = {"schema": 1, "kit_version": "0.1.0", "started": "2026-11-20T10:00:00.000Z", "tier": "sim", "trials": trials}
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    (folder / place).write_text(json.dumps(told | changes))


def trial(mutant=DEAF, *, ok=True, **changes):
    told = {"requirement": mutant.requirement, "testbed": mutant.name, "about": mutant.about, "ok": ok, "took": 1.0,
            "expected": mutant.caught_by, "seen": mutant.caught_by if ok else "PASS"}  # fmt: skip
    return told | changes


def words_of(text):
    return " ".join(Page(text).words.split())


def many(*, claims, body):
    """Return a report of every requirement with so many claims, each with an object and a picture."""
    points = tuple((n / 10, float(n % 7)) for n in range(300))
    pictures = tuple(Picture(f"Pods {n}", "pods", (Series("a", points), Series("b", points))) for n in range(2))
    found = []
    for item in checklist.requirements("1.37"):
        each = (seen(claim=f"Claim {n} of it holds", evidence=(evidence(body), evidence(body))) for n in range(claims))
        ran = result(item.id, Outcome.PASS, *each, pictures=pictures)
        found.append(verdict(item.id, Outcome.PASS, Reason.CLAIMS_HOLD, results=(ran,)))
    return mixed(verdicts=tuple(found))


def test_every_claim_object_and_picture_of_the_report_is_on_the_one_page(tmp_path):
    whole = many(claims=3, body="kind: Pod\n")
    report.write_report(whole, tmp_path)
    text = (tmp_path / "index.html").read_text()
    claims = 3 * len(whole.verdicts)
    assert len(re.findall(r"<h5>Claim \d of it holds</h5>", text)) == claims
    assert text.count("kind: Pod") == 2 * claims + len(whole.verdicts)  # and one of each check as a whole
    assert text.count('<svg class="picture"') == 2 * len(whole.verdicts)
    assert text.count('<section class="req"') == len(whole.verdicts)


def test_all_requirements_with_pictures_and_all_mutants_stay_below_a_megabyte(tmp_path):
    report.write_report(many(claims=25, body='image: "x" & <more>\n' * 4000), tmp_path, known=known())
    assert 600_000 < (tmp_path / "index.html").stat().st_size < MEGABYTE
    assert "more characters)" in (tmp_path / "index.html").read_text()


def test_what_a_report_has_room_for_is_not_cut(tmp_path):
    report.write_report(many(claims=2, body="line of a log\n" * 700), tmp_path)
    assert "more characters)" not in (tmp_path / "index.html").read_text()


def test_bodies_are_cut_as_little_as_it_takes():
    asked = []

    def page(limit):
        asked.append(limit)
        return 3 * min(limit, 5000) * "<" + 2000 * "x"

    text = sharing.fitted(page, [5000], 10_000)
    assert 8_000 < len(text) <= 10_000
    assert len(asked) < 6
    assert sharing.fitted(page, [5000], 100) == page(0)


@pytest.mark.parametrize("told", [TOLD, report.Known()])
def test_from_the_first_look_to_a_raw_object_it_takes_three_clicks(tmp_path, told):
    text = index(tmp_path, told)
    glance = text[text.index('id="glance"') : text.index('id="cluster"')]
    for each in mixed().verdicts:
        assert f'href="#r-{each.requirement.id}"' in glance  # the first click
        assert f'id="r-{each.requirement.id}"' in text
    section = text[text.index('id="r-gang_scheduling"') :].split("</section>")[0]
    opened = re.search(r"<details><summary>(?:(?!<details).)*?No pod of the gang is bound", section, re.DOTALL)
    claim = section[opened.start() : section.index("</ol>")]
    assert claim.count("<details") == 2  # the second click opens the claim, the third the object in it
    assert re.search(r'<details class="raw"><summary>Pod as sent .*?<pre tabindex="0">kind: Pod', claim, re.DOTALL)


def test_a_claim_that_does_not_hold_is_open_and_one_that_does_is_not(tmp_path):
    text = index(tmp_path)
    assert re.search(r'<li class="bad"><details open><summary>', text)
    assert re.search(r'<li class="good"><details><summary>', text)


def test_every_link_within_the_page_leads_somewhere(tmp_path):
    text = index(tmp_path)
    for link in Page(text).links:
        assert not link.startswith("#") or f'id="{link[1:]}"' in text, link
    assert len(re.findall(r'\bid="', text)) == len(set(re.findall(r'\bid="([^"]*)"', text)))


def test_what_was_measured_and_what_was_not_stand_side_by_side(tmp_path):
    text = index(tmp_path)
    [two] = re.findall(r'<div class="two">.*?\n</div>', text, re.DOTALL)
    assert re.findall(r'<p class="count">(\d+)</p>', two) == ["2", "13"]
    words = words_of(two)
    assert "2 claims watched, each of which could have been false: 1 holds, 1 does not." in words
    assert "1 ERROR: the probe broke" in words
    assert text.index('class="two"') < text.index('id="glance"') < text.index('id="unmeasured"')


def test_what_a_person_has_declared_counts_as_not_measured(tmp_path):
    text = index(tmp_path)
    section = text[text.index('id="unmeasured"') : text.index('id="check"')]
    assert "cluster_<wbr>autoscaling" in section
    assert "Declared by a person" in section


def test_what_no_claim_looks_at_is_told_beside_what_was_not_measured(tmp_path):
    left = result("gang_scheduling", Outcome.PASS, seen(), not_looked_at=("Nobody looked at <priority>.",))
    one = verdict("gang_scheduling", Outcome.PASS, Reason.CLAIMS_HOLD, results=(left,))
    text = index(tmp_path, verdicts=(one,))
    section = text[text.index('id="unmeasured"') : text.index('id="check"')]
    assert "Nobody looked at &lt;priority&gt;." in section
    assert "Nobody looked at &lt;priority&gt;." in (tmp_path / "evidence/gang_scheduling.html").read_text()


def test_each_claim_says_how_many_broken_testbeds_must_turn_it_false(tmp_path):
    other = seen(claim="All pods of the gang are bound")
    ran = result("gang_scheduling", Outcome.PASS, seen(), other)
    one = verdict("gang_scheduling", Outcome.PASS, Reason.CLAIMS_HOLD, results=(ran,))
    words = words_of(index(tmp_path, verdicts=(one,)))
    assert "2 broken testbeds must turn it false." in words
    assert "No broken testbeds must turn it false." in words
    assert "1 claim of this run without a broken testbed that these would be noticed is not shown" in words
    assert "The scheduler is <b>deaf</b>." in words
    assert "slow_kubelet, on real nodes" in words


def test_without_a_proof_it_is_said_that_nothing_shows_the_mutants_to_be_noticed(tmp_path):
    words = words_of(index(tmp_path))
    assert "That it does is not shown in this report: no proof of this run folder." in words
    assert "clusterproof prove --only gang_scheduling, on real nodes with --tier node." in words
    assert "✓ noticed" not in words
    assert "not tried" not in words


@pytest.mark.parametrize("place", ["prove.json", "proof/prove.json"])
def test_a_proof_that_lies_in_the_folder_is_told_mutant_by_mutant(tmp_path, place):
    proof(tmp_path, trial(), place=place)
    words = words_of(index(tmp_path))
    assert "The proof of clusterproof 0.1.0 on 20 November 2026, 10:00:00 UTC: noticed 1 of 1, 1 not tried." in words
    assert "deaf_scheduler: ✓ noticed" in words
    assert "slow_kubelet, on real nodes: not tried" in words


def test_a_mutant_that_got_away_is_told_with_what_was_seen_instead(tmp_path):
    proof(tmp_path, trial(ok=False), trial(SLOW))
    words = words_of(index(tmp_path))
    assert "noticed 1 of 2, missed 1." in words
    assert "deaf_scheduler: ✗ got away, seen instead: PASS" in words


def test_the_latest_proof_counts_and_others_fill_its_gaps(tmp_path):
    proof(tmp_path, trial(), place="a/prove.json")
    proof(
        tmp_path,
        trial(ok=False),
        trial(SLOW),
        place="b/prove.json",
        started="2026-01-01T00:00:00Z",
        kit_version="0.0.9",
    )
    words = words_of(index(tmp_path))
    assert "clusterproof 0.1.0 on 20 November 2026, 10:00:00 UTC and clusterproof 0.0.9 on 1 January" in words
    assert "noticed 2 of 2." in words


def test_a_trial_whose_claim_is_another_one_today_proves_nothing(tmp_path):
    proof(tmp_path, trial(expected="Another claim", seen="Another claim"))
    words = words_of(index(tmp_path))
    assert "none was tried in the proof of this run folder" in words
    assert "✓ noticed" not in words


@pytest.mark.parametrize("text", ["{", "[]", '{"trials": [1]}', '{"trials": "x"}', "\xff"])
def test_a_proof_that_cannot_be_read_is_named_and_proves_nothing(tmp_path, text):
    (tmp_path / "prove.json").write_bytes(text.encode("latin-1"))
    words = words_of(index(tmp_path))
    assert "prove.json says nothing: it is not" in words
    assert "✓ noticed" not in words


def test_a_hostile_proof_appears_as_text(tmp_path):
    proof(tmp_path, trial(ok=False, seen=HOSTILE), kit_version=HOSTILE, started=HOSTILE)
    text = index(tmp_path)
    assert "<script" not in text
    assert "<script>alert(1)</script>" in Page(text).words


def test_a_notebook_that_broke_and_objects_left_behind_are_told_at_the_top(tmp_path):
    text = index(tmp_path)
    top = words_of(text[: text.index('class="two"')])
    assert "1 notebook broke off, so that not everything was tried: which." in top
    assert "1 object left behind in the cluster: which." in top
    calm = index(tmp_path, notebooks=(), left_behind=())
    assert 'class="alert' not in calm[: calm.index('class="two"')]


@pytest.mark.parametrize("outcome", [Outcome.NOT_APPLICABLE, Outcome.ERROR, Outcome.SKIP, Outcome.FAIL])
def test_a_report_of_one_outcome_only_still_gives_a_page(tmp_path, outcome):
    same = tuple(replace(each, outcome=outcome, results=()) for each in mixed().verdicts)
    counts = re.findall(r'<p class="count">(\d+)</p>', index(tmp_path, verdicts=same))
    assert counts == (["15", "0"] if outcome is Outcome.FAIL else ["0", "15"])


def test_each_check_stands_in_the_run_when_it_was_at_work():
    stretches = [each for _, _, each in timeline.of_run(mixed())]
    assert [(each.start, each.end, each.whole) for each in stretches] == [(0, 6, 9), (0, 6, 9)]
    assert stretches[0].style == "margin-left:0.0%;width:66.7%"
    assert timeline.of_run(mixed(started="yesterday")) == []
    assert timeline.stretches(result("gang_scheduling", "PASS", seen(at="never"))) == []


def test_the_command_that_repeats_a_requirement_names_version_and_run(tmp_path):
    words = words_of(index(tmp_path, words=("-p", "gang_size", "4")))
    section = words[words.index("AI inference") if "AI inference" in words else 0 :]
    assert "clusterproof run --platform mine --checklist 1.37 -p gang_size 4 --only gang_scheduling" in section
    assert "Seen by clusterproof 0.1.0 in run r-1." in section
