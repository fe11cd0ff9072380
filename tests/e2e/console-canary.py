#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-canary.py - a version that fails is convicted and put back without a key; what is left is a page that stands still."""
from lib import ROLLED_BACK, check, check_effects, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size


def is_convicted(folder, size):
    with Journey(folder, "--speed", 120, "--seed", 7, "--scenario", "bad-canary", plan=f"{SHIFTING}, all-clear",
                 traffic="10% 10m, 50% 10m, 100%") as journey, journey.console(size=size) as ana:
        ana.begin().unlock().start()
        journey.wait_for("noted", "shift", key="weight")
        ana.keys("4").wait("LOCKED", 90)  # and nobody touches anything
        journey.serves()
        check(journey.ended() == "rolled_back", "it was not rolled back")
        check_effects(journey.events())
        started = journey.wait_for("rollback_started")
        check("failed" in started["reason"] and not started["by"], f"who went back, and why: {started}")
        ana.wait("bad: error rate").wait("rolled back").golden("canary-still")
        ana.keys("3").wait("v41 serves all traffic again, v42 none" if size[1] == 24 else "rolled back").golden("canary-plan")
        ana.keys("R").wait("the environment is locked").keys("!").wait("nothing to roll back").close("ROLL BACK production")
        ana.keys(":").wait("do:").keys(*"unlock the env").wait("1 of").keys("Enter").wait("Why open production again")
        ana.keys(*"seen, the fix is 2.5.1", "Enter").wait("locked by flightdeck").yes("open the lock").wait_gone("LOCKED")
        ana.keys("R").wait("THE SAME IMAGE as r-0001").close("Release into production").keys("q")
        code = ana.leave()
        check(code == ROLLED_BACK, f"the exit status is not that of the run: {code}")
        journey.serves()


def main():
    with work_folder() as folder:
        at_each_size(folder, is_convicted)


run_script(main)
