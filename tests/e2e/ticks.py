#!/usr/bin/env python3
"""ticks.py - what a probe proves is not ticked by hand, unless somebody says why, and then it is called an override."""
import pathlib

from lib import DONE, USAGE, Release, check, run_script, work_folder


def main():
    with work_folder() as work, Release(pathlib.Path(work) / "p", "--speed", 600) as release:
        (release.folder / "CHANGELOG.md").write_text("nothing\n", encoding="utf-8")
        words = ["check", "tick", "CHANGELOG", "--env", "production"]
        refused = release.call(*words).expect(USAGE)
        check("is proved by `run`" in refused.err, refused.err)
        release.call(*words, "--reason", "written on the wiki").expect(DONE)
        items = release.call("check", "production", "--recorded", "--json").json["items"]
        item = next(i for i in items if "CHANGELOG" in i["text"])
        check(item["state"] == "pass" and "override of `run`: written on the wiki" in str(item) and item["by"], str(item))
        release.call("check", "tick", "announced", "--env", "production").expect(DONE)


run_script(main)
