#!/usr/bin/env python3
"""state-folder.py - a state folder that is read-only, full or somebody else's: a sentence that helps, and a rollback all the same."""
import os
import pathlib
import shutil
import subprocess

from lib import DONE, PROGRAM, Answer, check, fill, run_script, skip, work_folder
from lib_journey import Journey

NOBODY = 65534


def mounted(folder):
    """A disk of 2 MiB, or None where none may be mounted."""
    folder.mkdir()
    if os.geteuid() != 0 or not shutil.which("mount"):
        return None
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=700", "tmpfs", str(folder)], capture_output=True, check=False)
    return folder if done.returncode == 0 else None


def refuses(answer, *words):
    """It fails, and says why and what to do."""
    check(answer.code not in (DONE, None), answer.tail())
    for word in words:
        check(word in answer.err, f"\"{word}\" is not said: {answer.tail()}")


def goes_back(journey, version, **where):
    answer = journey.call("rollback", "production", "--version", version, "--yes", **where).expect(DONE)
    check("not in the journal" in answer.err and journey.aws.alias()["version"] == version, answer.tail())


def of_a_disk(journey, folder):
    disk = mounted(folder / "disk")
    if disk is None:
        print("no disk can be mounted here: nothing is said of a read-only and of a full one")
        return
    where = {"FLIGHTDECK_STATE_DIR": str(disk)}
    try:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        refuses(journey.call("engine", **where), "Read-only file system", "FLIGHTDECK_STATE_DIR", "flightdeck rollback")
        refuses(journey.call("run", "production", "--yes", **where), "FLIGHTDECK_STATE_DIR")
        check("no engine runs" in journey.call("engine", "status", **where).out, "status")
        goes_back(journey, "40", **where)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        fill(disk)
        refuses(journey.call("engine", **where), "No space left", "have room", "flightdeck rollback")
        refuses(journey.call("run", "production", "--yes", **where), "Free some space")
        goes_back(journey, "41", **where)
        journey.attaches = True  # a console says why its engine is its own, and shows what AWS has
        with journey.console(size=(200, 60), **where) as ana:
            ana.wait("engine of its own: no engine could be started", 30).keys("q")
            ana.leave()
            check(ana.is_restored(), "the terminal is not given back")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def as_nobody(journey, *words, **where):
    """As another user of this computer, who may read the program and the configuration."""
    done = subprocess.run(["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", str(journey.program), *words,
                           "--config", str(journey.folder / "flightdeck.yaml")],
                          env={**journey.env, **where}, cwd="/", capture_output=True, text=True, check=False, timeout=60)
    return Answer(done.returncode, done.stdout, done.stderr)


def of_another_user(journey, folder):
    """sudo in a user's folder would leave what the user cannot open; and a user has no business in root's."""
    theirs, mine = folder / "theirs", folder / "mine"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, NOBODY, NOBODY)
    where = {"FLIGHTDECK_STATE_DIR": str(theirs)}
    for words in (("engine",), ("engine", "status"), ("run", "production", "--yes"), ("lock", "production", "--reason", "x")):
        refuses(journey.call(*words, **where), f"the state folder {theirs} is of nobody", "not with sudo", "FLIGHTDECK_STATE_DIR")
    status = journey.call("status", "production", **where).expect(DONE)
    check("journal cannot be read" in status.out, status.tail())
    goes_back(journey, "40", **where)
    check(not list(theirs.iterdir()), f"it left something there: {list(theirs.iterdir())}")
    check(as_nobody(journey, "engine", **where).code == DONE, "its owner cannot use it")
    check(as_nobody(journey, "engine", "stop", **where).code == DONE, "its owner cannot stop it")

    mine.mkdir(mode=0o700)
    where = {"FLIGHTDECK_STATE_DIR": str(mine)}
    journey.call("engine", **where).expect(DONE)
    try:
        for words in (("engine",), ("engine", "status"), ("engine", "stop")):
            refuses(as_nobody(journey, *words, **where), f"the state folder {mine} is of root")
    finally:
        journey.call("engine", "stop", **where).expect(DONE)


def main():
    with work_folder() as work:
        folder = pathlib.Path(work)
        folder.chmod(0o755)
        with Journey(folder / "project", "--speed", 60) as journey:
            if os.geteuid() != 0 or not shutil.which("setpriv"):
                skip("only root can be two users")
            journey.folder.chmod(0o755)
            journey.program = folder / "flightdeck"  # where anybody may read it
            shutil.copy(PROGRAM, journey.program)
            journey.program.chmod(0o755)
            of_another_user(journey, folder)
            of_a_disk(journey, folder)


run_script(main)
