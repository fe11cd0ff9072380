#!/usr/bin/env python3
"""console-leaving.py - who leaves a run that is driven here goes on with lines, ends it with Ctrl-C, and reads how it stands."""
from lib import ROLLED_BACK, Release, check, run_script, work_folder
from lib_screen import Screen

PLAN = "checklist: [Before], deploy: api, shift: api, watch: 2m, all-clear"


def open_console(release):
    return Screen("console", "production", "--in-process", *release.words(), env=release.env, cwd=release.folder)


def start(screen):
    screen.wait("CHANGELOG is updated").wait("ana@finally.com")
    screen.keys("W").wait("production", 5).settle()
    screen.keys(*"production", "Enter").wait(" RW ")
    screen.keys("2").settle()
    screen.keys("Space").wait("1 of 2")
    screen.keys("R").wait("start the release").armed().keys("y").wait("step 3/5 shift", 60)


def main():
    with work_folder() as folder, Release(folder / "project", "--speed", 60, plan=PLAN, traffic="10% 20m, 100%") as release:
        with open_console(release) as screen:
            start(screen)
            screen.keys("q").wait("go on here without the screen").armed()
            screen.keys("g").wait("help lists the commands; ! is the way back")
            screen.keys(*"status", "Enter").wait("finally-prod-api")
            screen.keys("CtrlC").wait("is being stopped")
            code = screen.leave(60)
            check(code == ROLLED_BACK, f"it ended with {code}")
            check("r-0001: production was stopped: v41 serves all traffic again" in " ".join(screen.text().split()),
                  f"the last line:\n{screen.text()}")
        with open_console(release) as screen:
            screen.wait("v41").settle()
            screen.keys("q")
            code = screen.leave()
            check(code == 0, f"nothing was driven by the second console, and it ended with {code}")
        check(release.state.joinpath("seen.json").stat().st_mode & 0o777 == 0o600, "what was seen is not kept")


run_script(main)
