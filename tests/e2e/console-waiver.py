#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-waiver.py - what stops a release is gone past with a name and a reason, and both stand in the report."""
import re

from lib import check, run_script, work_folder
from lib_journey import BEFORE, Journey, at_each_size

PLAN = f"{BEFORE}, deploy: api, smoke: new-version, all-clear"
WAIVE = re.compile("│ +y = waive it")
FREEZE = "freeze: [2020-01-01 to 2099-12-31 year end]"


def waives(folder, size):
    """An item that does not hold, in an environment that is frozen."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, production=[FREEZE]) as journey, \
            journey.console(size=size) as ana:
        (folder / "CHANGELOG.md").write_text("nothing new\n", encoding="utf-8")
        journey.tick_all()
        ana.begin().unlock().start()
        ana.wait("frozen until 2100-01-01 00:00Z: year end").wait("type its name").golden("waiver-freeze")
        check(journey.aws.effects() == {}, "something was written before the reason was given")
        ana.name_and_reason("INC-7: users wait for it", "start it all the same")
        ana.wait("waits for you", 60).keys("2", "n").wait("▸ NO  CHANGELOG").golden("waiver-stopped")
        ana.keys("Space").wait("a probe proves this one").keys("Enter").wait("evidence in full")
        ana.close("evidence in full").keys("w").wait("Waive an item").golden("waiver-asked")
        ana.keys("y").wait("type its name y").keys("Backspace")  # y is a letter of the name here
        ana.keys("Enter").wait("type the name of the environment")
        ana.keys(*"staging", "Enter").wait("that is not its name").keys(*["Backspace"] * 7)
        ana.keys(*"production", "Enter", "Enter").wait("a reason is needed")
        ana.keys(*"docs follow tomorrow", "Enter").yes(WAIVE)
        check(journey.ended() == "succeeded", "it did not succeed")
        ana.wait("run: released").keys(":").wait("do:").keys(*"report").wait("1 of").keys("Enter")
        ana.wait("production: succeeded (r-0001)").wait("saved: ")
        report = next(journey.state.rglob("r-0001.md")).read_text(encoding="utf-8")
        for said in ("docs follow tomorrow", "INC-7: users wait for it", "CHANGELOG is updated", "ana@finally.com"):
            check(said in report, f"the report does not say \"{said}\":\n{report}")
        ana.close("production: succeeded").keys("q")
        ana.leave()


def main():
    with work_folder() as folder:
        at_each_size(folder, waives)


run_script(main)
