#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-clear.py - the end of a release: watched, the list of after it, the all-clear, and what is said of it then."""
from lib import DONE, check, run_script, work_folder
from lib_journey import AFTER, SHIFTING, Journey, at_each_size

PLAN = f"{SHIFTING}, smoke: everyone, watch: 30m, {AFTER}, all-clear"


def is_cleared(folder, size):
    with Journey(folder, "--speed", 120, "--seed", 7, plan=PLAN, traffic="100%") as journey, \
            journey.console(size=size) as ana:
        ana.begin().unlock().start()
        journey.wait_for("step_started", "watch")
        ana.wait("[.] watch", 60).golden("clear-watch")
        ana.wait("waits for you, 2: 2 items", 90).golden("clear-after")
        check(journey.aws.alias()["version"] == "42", f"{journey.aws.alias()}")
        check("replaces" not in journey.aws.alias()["description"], f"{journey.aws.alias()}")
        ana.keys("2", "n").wait("▸ [ ]").keys("Space").wait("1 for you").keys("n", "Space")
        check(journey.ended() == "succeeded", "it did not succeed")
        ana.wait("is released: 2 of 2 held at its end", 30).golden("clear-list")
        ana.keys("3").wait("still goes back to v41").golden("clear-plan")
        ana.keys("4").wait("v42 serves all of it").golden("clear-traffic")
        ana.wait("all-clear: nothing is left to do", 30)
        ana.keys(":").wait("do:").keys(*"report").wait("1 of").keys("Enter")
        ana.wait("production serves v42 with all of its traffic; before it was v41").wait("succeeded (r-0001)")
        report = next(journey.state.rglob("r-0001.md")).read_text(encoding="utf-8")
        for said in ("Users can sign in", "The log has no new errors", "all-clear is done", "watch is done"):
            check(said in report, f"the report does not say \"{said}\":\n{report}")
        ana.close("succeeded (r-0001)").keys("q")
        check(ana.leave() == DONE and ana.is_restored(), "the terminal was not given back")
        check("production serves v42 with all of its traffic" in " ".join(ana.text().split()), ana.text())
        journey.serves("42")


def main():
    with work_folder() as folder:
        at_each_size(folder, is_cleared)


run_script(main)
