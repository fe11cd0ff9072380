#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-signin.py - the sign-in ends in the middle of a release: it is held, says how to go on, and goes on."""
from lib import check, check_effects, run_script, work_folder
from lib_journey import SHIFTING, Journey, at_each_size

PLAN, LADDER = f"{SHIFTING}, all-clear", "10% 5m, 100%"


def ends(journey, ana):
    """At its first weight, and until the console knows."""
    ana.begin().unlock().start()
    journey.wait_for("noted", "shift", key="weight")
    ana.wait("v42 has 10 %, being judged")
    journey.aws.order("*=expired:1000000")
    ana.wait("SIGN-IN ENDED", 30).wait("sign in with I, or", 30).wait("held: the numbers cannot be read", 30)


def signs_in_again(folder, size):
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana:
        ends(journey, ana)
        ana.keys("1").wait("what follows is older").golden("signin-ended")
        ana.keys("3").wait("v42 has 10 %, held").golden("signin-plan")
        ana.keys("4").wait("could not read it").golden("signin-traffic")
        held_at = journey.events()[-1]["at_ms"]
        journey.aws.forget_faults()
        ana.wait_gone("SIGN-IN ENDED", 30).wait_gone("cannot be read", 30)
        check(journey.ended(90) == "succeeded", "it did not go on")
        moved = [e["at_ms"] for e in journey.events() if e["type"] == "effect_intent" and e["step"] == "shift"]
        check(len(moved) >= 2 and moved[1] > held_at, f"it moved the traffic while it could not read: {moved}")
        check_effects(journey.events())
        journey.serves("42")
        ana.keys("q").leave()


def goes_back_all_the_same(folder, size):
    """The light says before that it would be refused; y is there, says what AWS said, and works when AWS lets it."""
    with Journey(folder, "--speed", 60, "--seed", 7, plan=PLAN, traffic=LADDER) as journey, \
            journey.console(size=size) as ana:
        ends(journey, ana)
        ana.keys("!").wait("REFUSED").wait("roll back NOW").golden("signin-back")
        ana.armed().keys("y").wait("it failed", 40).wait("flightdeck rollback --lambda").golden("signin-back-failed")
        check(journey.ended() == "rollback_failed", "it says that it is back")
        check("sign in again" in journey.events()[-1]["hint"], f"what to do is not said: {journey.events()[-1]}")
        journey.aws.forget_faults()
        ana.yes("try again: roll back NOW").wait("v41 serves all traffic; read back", 30)
        journey.serves()
        ana.close("ROLL BACK production").wait_gone("SIGN-IN ENDED", 30).keys("q").leave()


def main():
    with work_folder() as folder:
        at_each_size(folder, signs_in_again, goes_back_all_the_same)


run_script(main)
