#!/usr/bin/env python3
"""first-release.py - before the first release nobody can tell what is new: the items of every class apply."""
import pathlib
import subprocess

from lib import DONE, GATE_CLOSED, Release, check, run_script, work_folder

MORE = """changes:
  migration: "database/migrations/**"
"""


def git(folder, script):
    subprocess.run(["sh", "-ec", script], cwd=folder, check=True, capture_output=True,
                   env={"PATH": "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
                        "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@x", "GIT_COMMITTER_NAME": "a",
                        "GIT_COMMITTER_EMAIL": "a@x"})


def changelog(release, wanted):
    answer = release.call("check", "production", "--json").expect(DONE, GATE_CLOSED)
    item = next(i for i in answer.json["items"] if "CHANGELOG" in i["text"])
    check((item["state"] == "na") == wanted, f"it is {item}")


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 600, more=MORE) as release:
        path = release.folder / "flightdeck.yaml"
        text = path.read_text(encoding="utf-8")
        text = text.replace("    from: staging", "    from: staging\n    branch: main")
        path.write_text(text.replace("CHANGELOG: {run: grep -q this CHANGELOG.md}",
                                     "CHANGELOG: {when: migration, run: grep -q this CHANGELOG.md}"), encoding="utf-8")
        git(release.folder, "git init -q -b main .; git add DEPLOYMENT.md CHANGELOG.md flightdeck.yaml; git commit -qm 1")
        changelog(release, False)
        for words in (["check", "production"], ["plan", "production"]):
            said = release.call(*words).out.replace("\n", " ")
            check("no release before this one" in " ".join(said.split()), f"{words} says {said[:600]}")
        git(release.folder, "git checkout -qb feature; echo x >README.md; git add README.md; git commit -qam 2")
        changelog(release, True)
        git(release.folder, "mkdir -p database/migrations; echo >database/migrations/1.sql; git add database; git commit -qm 3")
        changelog(release, False)


run_script(main)
