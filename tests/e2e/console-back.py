#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-back.py - ! and y put the traffic back: while a write hangs, from a locked seat, from somebody else's console."""
import re

from lib import ROLLED_BACK, check, check_effects, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size

PLAN, LADDER = f"{SHIFTING}, all-clear", "10% 55m, 100%"
NOW = re.compile(r"│ +y = roll back NOW: v41 100 %")


def goes_back(console):
    console.keys("!").wait("ROLL BACK production").yes(NOW)
    return console.wait("v41 serves all traffic; read back", 20)


def while_it_is_applied(folder, size):
    """The shift was sent, and nothing is heard of it: the way back does not stand behind it."""
    with Journey(folder, "--speed", 30, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana:
        ana.begin().keys("!").wait("nothing to roll back to").golden("back-nothing")
        ana.keys("y").close("ROLL BACK")
        check(journey.aws.effects() == {}, "y did something where there is nothing to go back to")
        journey.aws.order("UpdateAlias=slow:1")  # it is done, and answers after 25 s
        ana.unlock().start()
        journey.wait_for("effect_intent", "shift")
        ana.keys("!").wait("ROLL BACK production").wait(NOW).armed().golden("back-asked")
        ana.keys("Enter").wait("Enter confirms nothing").keys("y").wait("v41 serves all traffic; read back", 15)
        journey.serves()
        ana.golden("back-done").close("ROLL BACK production").wait("LOCKED").wait("[<] shift" if size[1] > 24 else "rolled back to v41")
        ana.golden("back-after")
        check(journey.ended() == "rolled_back", "it was not rolled back")
        check_effects(journey.events())
        ana.keys("R").wait("locked")
        ana.keys("q")
        check(ana.leave() == ROLLED_BACK, "the exit status is not that of the run")
        journey.serves()


def from_a_read_only_console(folder, size):
    """A run of another process, and a seat that may do nothing else."""
    with Journey(folder, "--speed", 30, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, journey.driven() as other, \
            journey.console("--read-only", size=size) as li:
        li.begin().keys("W").wait("this console was started with --read-only").keys("3", "!")
        li.wait("ROLL BACK production").wait(NOW).golden("back-read-only").close("ROLL BACK production")
        goes_back(li)
        journey.serves()
        li.close("ROLL BACK production").wait("LOCKED").keys("q")
        check(li.leave() == 0, "a console that only looked on has no outcome")
        code = other.wait(timeout=60)
        check(code == ROLLED_BACK, f"the run that drove ended with {code}")
        check(journey.ended() == "rolled_back", "it was not rolled back")


def from_a_second_console(folder, size):
    """One drives, the other goes back; both see it, with who did it."""
    with Journey(folder, "--speed", 30, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana, journey.console(size=size, **journey.sandbox.second) as li:
        li.begin()
        ana.begin().unlock().start()
        journey.wait_for("noted", "shift", key="weight")
        li.wait("v42 10 %" if size[1] > 24 else "shift", 20)
        goes_back(li)
        journey.serves()
        ana.wait("rolled back", 20).wait("LOCKED by li").keys("3").golden("back-by-another")
        check("li@" in journey.wait_for("rollback_started")["by"], "nobody knows that it was Li")
        check(journey.ended() == "rolled_back", "it was not rolled back")
        li.close("ROLL BACK production")
        li.keys("q").leave()
        ana.signal(15)
        code = ana.leave()
        check(code == ROLLED_BACK and ana.is_restored(), f"SIGTERM: it ended with {code}, restored: {ana.is_restored()}")


def main():
    with work_folder() as folder:
        at_each_size(folder, while_it_is_applied, from_a_read_only_console, from_a_second_console)


run_script(main)
