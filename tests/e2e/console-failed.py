#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-failed.py - a step that fails: what production serves now comes first, then retry, skip, roll back or stop."""
from lib import ROLLED_BACK, check, check_effects, run_script, step_states, work_folder
from lib_journey import SHIFTING, Journey, at_each_size

SNAPSHOT = "{snapshot: database, only: production}"
FAULT = "CreateDBSnapshot=5xx:1000000"


def fails(journey, ana):
    """Until the person is asked, with the chooser open."""
    journey.aws.order(FAULT)
    ana.begin().unlock().start()
    journey.wait_for("step_waiting", "snapshot")
    ana.wait("could not tell: C decides").keys("C")
    return ana.wait("snapshot stopped: what now?").wait("as read back").armed()


def is_retried(folder, size):
    """Before any traffic: tried again when AWS is well."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=f"{SNAPSHOT}, {SHIFTING}, all-clear") as journey, \
            journey.console(size=size) as ana:
        fails(journey, ana).wait("Production serves v41 100 %").golden("failed-asked")
        before = journey.aws.snapshots()
        ana.keys("Enter").settle()
        check(journey.events()[-1]["type"] == "step_waiting", "Enter answered it")
        if ana.shows("what now?"):
            ana.close("what now?")
        ana.keys("3").golden("failed-plan")
        journey.aws.forget_faults()
        ana.keys("C").wait("what now?").armed().keys("r").wait("[x] snapshot", 60)
        check(journey.ended() == "succeeded", "it was not released")
        check(journey.aws.snapshots() == before + 1, f"{journey.aws.snapshots() - before} snapshots were made")
        check(set(step_states(journey.events()).values()) == {"succeeded"}, f"{step_states(journey.events())}")
        check_effects(journey.events())
        ana.wait("released").golden("failed-retried").keys("q")
        check(ana.leave() == 0, "the exit status is not that of the run")
        journey.serves("42")


def goes_back(folder, size):
    """After all the traffic was moved; a skip asks for the name and a reason, going back only for y."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=f"{SHIFTING}, {SNAPSHOT}, all-clear",
                 traffic="100%") as journey, journey.console(size=size) as ana:
        fails(journey, ana).wait("Production serves v42 100 %").golden("failed-moved")
        ana.keys("s").wait("type its name").golden("failed-skip").close("type its name")
        ana.keys("C").wait("what now?").armed().keys("h").wait("paused").golden("failed-held")
        ana.keys("C").wait("what now?").armed().keys("b").yes("roll back NOW: v41 100 %")
        ana.wait("v41 serves all traffic; read back", 20)
        journey.serves()
        check(journey.ended() == "rolled_back", "it was not rolled back")
        ana.close("ROLL BACK production").wait("LOCKED").keys("3").golden("failed-back").keys("q")
        check(ana.leave() == ROLLED_BACK, "the exit status is not that of the run")


def main():
    with work_folder() as folder:
        at_each_size(folder, is_retried, goes_back)


run_script(main)
