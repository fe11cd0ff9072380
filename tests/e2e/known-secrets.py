#!/usr/bin/env python3
"""known-secrets.py - what a faulty run leaves behind (journal, logs, reports, output, core files) holds no secret."""
import pathlib

from lib import Release, check, run_script, work_folder

KNOWN = "zk-0f3b9a77c2-known-secret"


def holders(folder, secrets):
    """Files that hold one of the secrets, as they are or as the escapes of JSON and URLs write them."""
    needles = {form for secret in secrets for form in (secret, secret.replace("/", "\\/"), secret.replace("/", "%2F"),
                                                       secret.replace("+", "%2B"))}
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            for needle in needles:
                if needle.encode() in content:
                    yield f"{path.relative_to(folder)} holds {needle[:6]}..."


def main():
    with work_folder() as work:
        folder = pathlib.Path(work) / "release"
        words = ("--speed", 600, "--fault", "UpdateFunctionCode=5xx", "--fault", "GetMetricData=html",
                 "--fault", "UpdateAlias=reset-after", "--fault", "CreateDBSnapshot=half")
        with Release(folder, *words) as release:
            left = folder / "left"
            left.mkdir()
            keys = {release.sandbox.exports["AWS_SECRET_ACCESS_KEY"]}
            token = release.sandbox.exports.get("AWS_SESSION_TOKEN")
            keys |= {token} if token else set()
            variables = {"FLIGHTDECK_LOG": str(left / "log"), "PGPASSWORD": KNOWN, "DATABASE_URL":
                         f"postgresql://finally:{KNOWN}@localhost/finally"}
            release.tick()
            for number, call in enumerate((["run", "production", "--yes", "--json"], ["run", "resume", "--json"],
                                           ["status"], ["status", "--json"], ["metrics", "production"], ["report"],
                                           ["history", "--json"], ["log"], ["doctor", "production"],
                                           ["plan", "production", "--json"])):
                answer = release.call(*call, timeout=240, **variables)
                (left / f"{number}.out").write_text(answer.out)
                (left / f"{number}.err").write_text(answer.err)
            # Another secret in the place of the right one: the refusal does not repeat it.
            answer = release.call("status", AWS_SECRET_ACCESS_KEY=KNOWN)
            (left / "refused").write_text(answer.out + answer.err)
            check(answer.code != 0, "a wrong secret was accepted")
            check(any(left.iterdir()) and (release.state / "journal.sqlite").exists(), "nothing was left to look at")
            found = list(holders(folder, keys | {KNOWN}))
        check(not found, "; ".join(found))


run_script(main)
