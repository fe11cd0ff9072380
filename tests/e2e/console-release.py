#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-release.py - one whole release at the console: checklist, approval by a second person, every weight, all-clear."""
from lib import DONE, check, run_script, step_states, work_folder
from lib_journey import AFTER, APPROVAL, BEFORE, SHIFTING, SNAPSHOT, Journey, at_each_size

PLAN = f"{BEFORE}, {APPROVAL}, {SNAPSHOT}, {SHIFTING}, smoke: everyone, watch: 5m, {AFTER}, all-clear"


def approves(journey, size):
    """Li, at a console of her own: she is asked, and does not count for what she starts herself."""
    with journey.console(size=size, **journey.sandbox.second) as li:
        li.begin().unlock()
        li.wait("A approve").wait("[x] snapshot").keys("A").wait("approve this plan").armed().golden("release-approval-of-li")
        li.keys("y").wait("approving: done", 20)
        li.keys("q").leave()


def releases(folder, size):
    with Journey(folder, "--speed", 120, "--seed", 7, plan=PLAN, production=["advance: ask"]) as journey, \
            journey.console(size=size) as ana:
        ana.begin().golden("release-before")
        ana.keys("Space").wait("read-only")  # nothing is ticked from a locked seat
        ana.unlock().wait("R start").keys("R").wait("start the release").armed().golden("release-start")
        ana.keys("y").wait("waits for you", 60)
        journey.wait_for("step_ended", "snapshot")
        ana.keys("2", "g", "n").wait("▸ [ ]").golden("release-checklist")
        ana.keys("Space").wait("1 for you").keys("n", "Space").wait("waits for another", 60)
        ana.keys("3").wait("[x] snapshot").golden("release-approval")
        ana.keys("A").wait("you started this run: somebody else approves it")
        approves(journey, size)
        ana.wait("42 at 10 %", 90).wait("promote to", 90).armed().golden("release-weight")
        journey.serves(weights={"42": 0.1})
        ana.keys("P").wait("shift to 50 %").armed().keys("y")
        ana.keys("4").wait("from 50 % to 100 %", 90).armed().close("P  promote to")
        journey.serves(weights={"42": 0.5})
        ana.keys("P").wait("shift to 100 %").armed().golden("release-last-weight")
        ana.keys("y").wait("waits for you, 2:", 90).keys("2", "n").wait("▸ [ ]").golden("release-after")
        journey.serves("42")
        ana.keys("Space").wait("1 for you").keys("n", "Space").wait("released", 60)
        ana.keys("3").golden("release-over")
        check(journey.ended() == "succeeded", "it did not succeed")
        states = step_states(journey.events())
        check(set(states.values()) == {"succeeded"}, f"steps: {states}")
        ana.keys("q")
        check(ana.leave() == DONE and ana.is_restored(), "the terminal was not given back")
        journey.serves("42")


def main():
    with work_folder() as folder:
        at_each_size(folder, releases)


run_script(main)
