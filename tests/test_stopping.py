"""Signals: the first is a request, and every one takes the same way out."""

from __future__ import annotations

import signal
import threading

import pytest

from clusterproof.errors import Interrupted
from clusterproof.stopping import SIGNALS, Stopping, held

each_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


def ignore(_sentence):
    """Take what is said."""


@each_signal
def test_a_signal_raises_where_nothing_else_is_arranged(number):
    with pytest.raises(Interrupted, match=number.name), Stopping(ignore):
        signal.raise_signal(number)


@each_signal
def test_a_signal_is_counted_where_an_answer_is_arranged(number):
    heard, said = [], []
    with Stopping(said.append) as stopping, stopping.instead(heard.append):
        signal.raise_signal(number)
        signal.raise_signal(signal.SIGINT)
    assert heard == [1, 2]
    assert stopping.asked == 2
    assert said == [f"{number.name}: stopping", "SIGINT again: stopping now"]


def test_an_answer_holds_only_inside_its_block():
    with Stopping(ignore) as stopping:
        with stopping.instead(ignore):
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(Interrupted):
            signal.raise_signal(signal.SIGTERM)


def test_handlers_are_given_back_and_an_ignored_signal_stays_ignored():
    before = [signal.getsignal(number) for number in SIGNALS]
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Stopping(ignore) as stopping:
            signal.raise_signal(signal.SIGHUP)
            assert stopping.asked == 0
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before[2])
    assert [signal.getsignal(number) for number in SIGNALS] == before


@each_signal
def test_a_held_signal_is_heard_at_the_end_of_the_block_and_once(number):
    done = []

    def block():
        with held():
            signal.raise_signal(number)
            signal.raise_signal(number)
            done.append("the whole block")
        done.append("what comes after it")

    with pytest.raises(Interrupted, match=number.name), Stopping():
        block()
    assert done == ["the whole block"]


def test_a_held_signal_is_answered_where_an_answer_is_arranged():
    heard = []
    with Stopping() as stopping, stopping.instead(heard.append):
        with held():
            signal.raise_signal(signal.SIGTERM)
            assert heard == []
        assert heard == [1]


def test_an_ignored_signal_stays_ignored_while_signals_are_held():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with held():
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
            signal.raise_signal(signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_another_thread_holds_nothing_and_is_not_disturbed():
    handlers = []

    def look():
        with held():
            handlers.append(signal.getsignal(signal.SIGTERM))

    with Stopping():
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert handlers == [signal.getsignal(signal.SIGTERM)]
