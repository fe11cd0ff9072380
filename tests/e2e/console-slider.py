#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-slider.py - the slider: staged, previewed and left, nothing is sent; applied by hand, it is, and comes back."""
import re

from lib import check, events_of, newest_run, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size


def slides(folder, size):
    with Journey(folder, "--speed", 60, "--seed", 7, plan=f"{SHIFTING}, all-clear") as journey:
        journey.publish()
        with journey.console(size=size) as ana:
            before = journey.aws.effects()
            ana.begin().keys("4", "Right", "ShiftRight").wait("6 % NOT APPLIED").keys("p")
            ana.wait("It cannot be done now: production is read-only here").close("to 6 %?").unlock()
            ana.keys("=").keys(*"10", "Enter").wait("10 % NOT APPLIED").golden("slider-staged")
            ana.keys("p").wait("v42 to 10 %?").armed().golden("slider-preview")
            ana.keys("Enter").wait("Enter confirms nothing here").close("v42 to 10 %?")
            ana.keys("x").wait_gone("NOT APPLIED")
            check(journey.aws.effects() == before and newest_run(journey.state) is None, "something was sent")
            journey.serves()

            # Further than the plan's next weight: the name and a reason.
            ana.keys("=").keys(*"20", "Enter").wait("20 % NOT APPLIED").keys("p").wait("v42 to 20 %?")
            ana.keys("y").wait("type its name y").keys("Backspace")
            ana.name_and_reason("a look at v42", "shift to 20 %").wait("nothing judges it", 30).golden("slider-by-hand")
            journey.serves(weights={"42": 0.2})
            started = next(e for e in events_of(journey.state, newest_run(journey.state)) if e["type"] == "run_started")
            check("a look at v42" in str(started), f"the reason is not in the journal: {started}")

            # Down is the way back: y alone, and allowed in an environment that is locked.
            journey.call("lock", "production", "--reason", "an audit").expect(0)
            ana.wait("LOCKED", 30).keys("Home").wait("0 % NOT APPLIED").keys("p")
            ana.yes(re.compile("│ +y = back to 0 %")).wait("v41 100 %, idle", 30)
            journey.serves()
            ana.keys("q").leave()


def main():
    with work_folder() as folder:
        at_each_size(folder, slides)


run_script(main)
