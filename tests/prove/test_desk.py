"""Every case is handed out once: to a bed that can take it, the good ones to new beds only, the heaviest first."""

from __future__ import annotations

from clusterproof.prove.case import Case
from clusterproof.prove.desk import Desk
from clusterproof.prove.mutant import Mutant


def case(requirement, name="", **changes):
    return Case(requirement, Mutant(requirement, name, "about", "claim", changes) if name else None)


GANGS, DEVICES, METRICS = "gang_scheduling", "dra_support", "accelerator_metrics"  # the first two need no add-on
LIES = {"addon_options": {"exporter": {"tells": "flat"}}}


def everything(desk, worker=0, bed=None):
    """Take all cases as one worker whose beds are always as they were."""
    taken = []
    while entry := desk.next(worker, bed):
        taken.append(entry[1])
        bed = entry[1].begun("x")
    return taken


def test_every_case_is_handed_out_once():
    cases = [case(GANGS), case(GANGS, "a"), case(GANGS, "b"), case(METRICS), case(METRICS, "c", **LIES)]
    taken = everything(Desk(cases))
    assert len(taken) == len(cases)
    assert set(map(str, taken)) == set(map(str, cases))


def test_a_bed_is_used_as_long_as_something_can_be_tried_on_it():
    desk = Desk([case(GANGS), case(METRICS), case(METRICS, "m"), case(DEVICES, "d"), case(GANGS, "g")])
    used = case(GANGS).begun("x")
    assert [desk.next(0, used)[1].name for _ in range(2)] == ["d", "g"]
    assert not desk.goes_on(used)
    assert desk.next(0, used)[1].requirement == METRICS


def test_the_good_one_is_for_a_new_bed():
    desk = Desk([case(GANGS), case(GANGS, "g")])
    assert desk.next(0, case(DEVICES).begun("x"))[1].name == "g"
    assert desk.next(1, None)[1].name == "good"
    assert Desk([case(GANGS, "g"), case(GANGS)]).next(0, None)[1].name == "good"


def test_a_bed_that_was_begun_otherwise_takes_no_other_case():
    lies = case(METRICS, "lies", **LIES)
    desk = Desk([lies, case(METRICS, "stops")])
    assert not desk.goes_on(case(GANGS).begun("x"))
    assert desk.next(0, case(METRICS).begun("x"))[1].name == "stops"
    assert desk.goes_on(lies.begun("x"))


def test_the_family_with_most_work_for_each_worker_comes_first():
    few, many = [case(METRICS, str(n)) for n in range(2)], [case(GANGS, str(n)) for n in range(6)]
    desk = Desk([*few, *many])
    taken = [desk.next(worker, None)[1].requirement for worker in range(3)]
    assert taken == [GANGS, GANGS, METRICS]
    slow = Desk([case(METRICS), *few, *many])
    slow.ended(case(METRICS), 100.0)
    assert slow.next(0, None)[1].requirement == METRICS


def test_once_all_are_handed_out_there_is_no_more():
    assert Desk([]).next(0, None) is None
