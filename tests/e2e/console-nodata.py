#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-nodata.py - nobody calls the new version: no data is never success; a person holds it, and takes it back."""
from lib import ROLLED_BACK, check, check_effects, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size


def verdicts(journey):
    return {event["verdict"]["kind"] for event in journey.events() if event["type"] == "measured"}


def is_held(folder, size):
    with Journey(folder, "--speed", 240, "--seed", 7, "--scenario", "no-traffic", plan=f"{SHIFTING}, all-clear",
                 traffic="10% 5m, 100%") as journey, journey.console(size=size) as ana:
        ana.begin().unlock().start()
        ana.wait("shift asks", 90).wait("no data is not success").armed().golden("nodata-asked")
        ana.close("shift asks").keys("4").wait("held: no").golden("nodata-traffic")
        ana.keys("3").wait("C answers").golden("nodata-plan")
        ana.keys("P").settle()
        if ana.shows("shift to 100 %"):
            ana.keys("Enter").wait("Enter confirms nothing").keys("Escape").wait_gone("shift to 100 %")
        ana.keys("C").wait("shift asks").armed().keys("h").wait_gone("shift asks").golden("nodata-held")
        journey.serves(weights={"42": 0.1})
        check(verdicts(journey) <= {"no_data", "inconclusive"}, f"verdicts: {verdicts(journey)}")
        ana.keys("!").yes("roll back NOW: v41 100 %").wait("v41 serves all traffic; read back", 20)
        journey.serves()
        check(journey.ended() == "rolled_back", "it was not rolled back")
        check_effects(journey.events())
        ana.close("ROLL BACK production").wait("LOCKED").keys("4").golden("nodata-back").keys("q")
        check(ana.leave() == ROLLED_BACK, "the exit status is not that of the run")


def main():
    with work_folder() as folder:
        at_each_size(folder, is_held)


run_script(main)
