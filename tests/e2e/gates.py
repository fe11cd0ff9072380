#!/usr/bin/env python3
"""gates.py - every probe that the example binds: one way to make it fail, and then its gate is closed.

The base is the example as its people keep it, after a release of staging; each case breaks one thing in a copy.
"""
# ctest: long
import pathlib
import shutil
import subprocess

from lib import DONE, GATE_CLOSED, ROOT, Sandbox, check, complaints, flightdeck, run_script, work_folder


class Example:
    """The example's project with its repository, released to staging, on a sandbox."""

    def __init__(self, folder, sandbox):
        self.folder, self.sandbox = folder, sandbox
        self.env = {**sandbox.env, "CI": "true", "HOME": str(folder.parent), "FLIGHTDECK_STATE_DIR": str(folder) + "-state",
                    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        shutil.copytree(ROOT / "examples" / "finally", folder)
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("2.4.1")
        self.git("checkout", "--quiet", "-b", "release")
        self.write("CHANGELOG.md", "- 2.5.0\n")
        self.commit("2.5.0")

    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=Ana", "-c", "user.email=ana@finally.com", *words], cwd=self.folder,
                       env=self.env, check=True, capture_output=True)

    def commit(self, message):
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)

    def call(self, *words):
        url = self.sandbox.exports["FLIGHTDECK_SANDBOX_URL"]
        settings = [word for name in ("dev", "staging", "production") for word in ("--set", f"{name}.url={url}/app/{name}")]
        return flightdeck(*words, *settings, "--config", self.folder / "flightdeck.yaml", env=self.env, cwd=self.folder,
                          timeout=180)

    def item(self, words):
        """The item whose text holds the words, and whether a gate names it as blocking."""
        answer = self.call("check", "production", "--json")
        found = answer.json
        items = [i for i in found["items"] if words.lower() in i["text"].lower() and i["kind"] not in ("manual", "same")]
        check(items, f"no bound item \"{words}\" in {sorted({i['kind'] for i in found['items']})}")
        blocked = {item for gate in found["gates"] for item in gate["blocking"]}
        return items[0], items[0]["id"] in blocked, answer.code


def is_behind(example):
    example.git("checkout", "--quiet", "main")
    example.write("README.md", "somebody else was faster\n")
    example.commit("another change")
    example.git("checkout", "--quiet", "release")


def has_new_endpoint(example):
    example.write("lambda/src/routes/orders.ts", "export {}\n")
    example.commit("an endpoint without documentation")


def has_no_changelog(example):
    example.git("checkout", "--quiet", "-B", "release", "main")
    example.write("lambda/src/index.ts", "export {}\n")
    example.commit("nobody wrote it down")


def moved_on(example):
    example.write("lambda/src/index.ts", "export {}\n")
    example.commit("after staging")


def lost_login(example):
    text = (example.folder / "flightdeck.yaml").read_text(encoding="utf-8")
    (example.folder / "flightdeck.yaml").write_text(text.replace("$url/login", "$url/no-such-page"), encoding="utf-8")


# Words of the item; what breaks it (None: it is broken as long as production was not released).
CASES = [("up-to-date", is_behind), ("API documentation", has_new_endpoint), ("CHANGELOG", has_no_changelog),
         ("Staging environment", moved_on), ("Login page", lost_login), ("user flows", None),
         ("endpoints respond", None), ("Smoke tests", None)]


def closes(folder, sandbox, words, breaks):
    def job():
        example = Example(folder / words.replace(" ", "-").lower(), sandbox)
        example.call("run", "staging", "--yes", "--json").expect(DONE)
        if breaks is not None:
            before, is_blocked, _ = example.item(words)
            if before["state"] not in ("pass", "na") or is_blocked:
                return f"{words}: {before['state']} before it was broken: {before['evidence']}"
            breaks(example)
        after, is_blocked, code = example.item(words)
        if after["state"] == "pass" or not is_blocked or code != GATE_CLOSED:
            return f"{words}: {after['state']}, blocking: {is_blocked}, exit {code}"
        return None
    return job


def main():
    with work_folder() as work, Sandbox("--speed", 3600, "--seed", 2) as sandbox:
        folder = pathlib.Path(work)
        # One after the other: they share staging.
        complaints([closes(folder, sandbox, words, breaks) for words, breaks in CASES], at_once=1)


run_script(main)
