#!/usr/bin/env python3
# ctest: long
# ctest: serial
"""console-dead-man.py - a console that dies at 25 %: AWS gives the traffic back, and the next console says so and closes the run."""
import signal

from lib import check, run_script, wait_for, work_folder
from lib_journey import Journey, at_each_size


def dies(folder, size):
    with Journey(folder, "--speed", 60, "--seed", 7, traffic="25% 30m, 100%", more="rollback: {silent-for: 5m}") as journey:
        journey.tick_all()
        before = journey.aws.alias()
        with journey.console(size=size) as ana:
            ana.begin().unlock().start()
            ana.wait("25 %", 60).keys("4", "z").wait("AWS goes back by itself at", 60)
            journey.serves(weights={"42": 0.25})
            ana.signal(signal.SIGKILL)
            ana.process.wait()

        wait_for("AWS to go back", 60, lambda: not journey.aws.alias()["weights"])
        with journey.console(size=size) as ana:
            ana.begin().wait("NOBODY DRIVES IT", 30)
            ana.keys("4").wait("AWS gave all of it back", 30)
            check("somebody else" not in ana.text(), f"called somebody else's change:\n{ana.text()}")
            ana.unlock().keys("C").yes("Take up a run that nobody drives")
            ana.wait("rolled back to v41", 60)
            check(journey.ended() == "rolled_back", "it was not closed as rolled back")
            check(journey.aws.alias() == before, f"the alias is {journey.aws.alias()}")
            check("somebody else" not in ana.text(), f"called somebody else's change:\n{ana.text()}")
            ana.keys("q").leave()


def main():
    with work_folder() as folder:
        at_each_size(folder, dies)


run_script(main)
