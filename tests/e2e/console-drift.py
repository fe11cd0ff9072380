#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-drift.py - somebody else moves the alias during a release: it is shown as it is, not overwritten, and taken back."""
from lib import check, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size

PLAN, LADDER, KIM = f"{SHIFTING}, all-clear", "10% 5h, 100%", "kim was here"


def released(journey, ana):
    ana.begin().unlock().start()
    journey.wait_for("noted", "shift", key="weight")
    return ana.wait("v42 has 10 %, being judged", 60)


def meets_another_version(folder, size):
    """v40 serves half of the users: no weight of the plan has a place beside it, the way back has."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana:
        before = journey.aws.alias()
        released(journey, ana)
        journey.aws.put_alias(KIM, {"40": 0.5}, "41")
        ana.keys("4").wait("v41 50 %, v40 50 %, drift", 30).golden("drift-traffic")
        ana.keys("1").wait("v41 50 %, v40 50 %").golden("drift-status")
        ana.keys("3").wait("somebody else changed the traffic").golden("drift-plan")
        ana.keys("4", "s").wait("10 % NOT APPLIED").keys("p").wait("v42 has no place beside them").keys("x")
        check(journey.aws.alias()["description"] == KIM, "something was overwritten")
        ana.keys("!").wait("somebody else changed it since r-0001").wait('("kim').golden("drift-back")
        ana.yes("roll back NOW: v41 100 %").wait("v41 serves all traffic; read back", 30)
        check(journey.ended() == "rolled_back", "it is not told as what it is")
        check(journey.aws.alias()["description"] == before["description"], f"not as before: {journey.aws.alias()}")
        journey.serves()
        ana.close("ROLL BACK production").wait("LOCKED").keys("3").golden("drift-after").keys("q").leave()


def meets_its_own_version_gone(folder, size):
    """Kim put everything back to v41: the run does not set its weight again, and ends by the way back."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana:
        released(journey, ana)
        journey.aws.put_alias(KIM, {}, "41")
        kims = journey.aws.alias()
        ana.keys("4").wait("v41 100 %, drift", 30).golden("drift-gone")
        ana.keys("s").wait("10 % NOT APPLIED").keys("p").wait("It cannot be done now: r-0001 moves it")
        ana.close("v42 to 10 %?").keys("x")
        check(journey.aws.alias() == kims, "something was overwritten")
        ana.keys("!").wait("stays: v41 100 %").yes("end the run NOW, and take back what it did").wait("read back after", 30)
        check(journey.ended() == "rolled_back", "it is not told as what it is")
        check(journey.aws.alias() == kims, f"written over what was there already: {journey.aws.alias()}")


def main():
    with work_folder() as folder:
        at_each_size(folder, meets_another_version, meets_its_own_version_gone)


run_script(main)
