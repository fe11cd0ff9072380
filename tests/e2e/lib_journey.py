"""A release manager at the console: a team's project with a checklist, an approval and a ladder, and what one does."""
import contextlib
import functools
import json
import os
import re
import urllib.error

import lib
from lib_screen import Screen

ACCOUNT = "123456789012"
SIZES = [(80, 24), (120, 40), (200, 60)]

GUIDE = """# How we release

## Before the release

- [ ] The change is announced
- [ ] Somebody is on call
- [ ] CHANGELOG is updated

## After the release

- [ ] Users can sign in
- [ ] The log has no new errors
"""

CONFIG = """version: 1
project: finally
guide: DEPLOYMENT.md
people:
  release-managers: [ana@finally.com, li@finally.com]
environments:
  staging:
    account: "123456789012"
    region: {region}
    url: {url}/app/staging
    resources:
      api: {{lambda: finally-staging-api, alias: production}}
  production:
    account: "123456789012"
    region: {region}
    from: staging
    url: {url}/app/production
    resources:
      api: {{lambda: finally-prod-api, alias: production}}
      gateway: {{http-api: finally-prod-gateway}}
      database: {{rds: finally-prod-postgres}}
    traffic: [{traffic}]
{production}
checklists:
  Before the release:
    CHANGELOG: {{run: grep -q this CHANGELOG.md}}
plan: [{plan}]
smoke:
  checks:
    - {{get: /health, json: {{success: true}}}}
metrics:
  api: [invocations, error rate, duration p99]
{more}
"""

BEFORE, AFTER = "checklist: [Before the release]", "checklist: [After the release]"
APPROVAL = "approval: release-managers"
SNAPSHOT = "{snapshot: database, begin: with-the-run, only: production}"
SHIFTING = "deploy: api, smoke: new-version, shift: api"
LADDER = "10% 1m, 50% 1m, 100%"


class Journey(lib.Release):
    """A sandbox and a team's project on it. production: more lines of the environment."""

    def __init__(self, folder, *sandbox_words, plan=SHIFTING + ", all-clear", traffic=LADDER, production=(), more=""):
        super().__init__(folder, *sandbox_words)
        self.attaches = False  # its consoles have an engine in the same process
        self.wishes = {"plan": plan, "traffic": traffic, "more": more,
                       "production": "\n".join(f"    {line}" for line in production)}

    def __enter__(self):
        wishes, self.wishes = self.wishes, {"plan": "all-clear", "traffic": "100%"}
        super().__enter__()
        url = self.sandbox.exports["FLIGHTDECK_SANDBOX_URL"]
        (self.folder / "DEPLOYMENT.md").write_text(GUIDE, encoding="utf-8")
        (self.folder / "flightdeck.yaml").write_text(CONFIG.format(region=lib.REGION, url=url, **wishes), encoding="utf-8")
        return self

    def console(self, *words, size=(120, 40), shell=(), **variables):
        """shell: the words of a program that runs it."""
        return Console(self, *words, size=size, shell=shell, **variables)

    def serves(self, version="41", weights=None):
        alias = self.aws.alias()
        lib.check((alias["version"], alias["weights"]) == (version, weights or {}), f"production serves {alias}")

    def ended(self, seconds=120):
        """How the newest run ended; waits for it."""
        return self.wait_for_event("the end of the run", lambda e: e["type"] == "run_ended", seconds)["status"]

    def publish(self):
        """A new version, made by somebody else; no traffic reaches it."""
        function = f"/2015-03-31/functions/{lib.FUNCTION}"
        image = f"{ACCOUNT}.dkr.ecr.{lib.REGION}.amazonaws.com/finally-api@sha256:{'7e' * 32}"
        self.aws.signed("lambda", "PUT", function + "/code",
                        json.dumps({"ImageUri": image}).encode())

        def published():
            try:
                return json.loads(self.aws.signed("lambda", "POST", function + "/versions", b"{}"))["Version"]
            except urllib.error.HTTPError:  # the code is still being changed
                return None
        return lib.wait_for("a new version", 30, published, every=0.1)

    @contextlib.contextmanager
    def driven(self):
        """A release that another process drives, as far as its first weight."""
        other = self.start()
        try:
            self.wait_for("noted", "shift", key="weight")
            yield other
        finally:
            if other.poll() is None:
                other.kill()
            other.wait()

    def wait_for(self, kind, step="", seconds=90, **body):
        """The first event of that kind (of that step, with that in its body)."""
        def test(event):
            return event["type"] == kind and event["step"] == step and all(event.get(k) == v for k, v in body.items())
        return self.wait_for_event(f"{kind} {step} {body}", test, seconds)

    def tick_all(self):
        """What a team did the day before: the checklist before the release."""
        for item in ("The change is announced", "Somebody is on call"):
            self.call("check", "tick", item, "--env", "production").expect(lib.DONE)


class Console(Screen):
    """The console, as a person uses it."""

    def __init__(self, journey, *words, size=(120, 40), shell=(), **variables):
        self.journey = journey
        mode = () if journey.attaches else ("--in-process",)
        super().__init__("console", *journey.words(*mode, *words), env={**journey.env, **variables}, cwd=journey.folder,
                         size=size, shell=shell)

    def begin(self):
        """Until it knows everything that is on the first screen."""
        self.wait(re.compile(r"(service|svc) (healthy|changing)"), 60)
        return self.wait(re.compile("rollback ready|back: (ready|nothing)|nothing moved yet|nothing to go back to"), 60)

    def unlock(self):
        self.keys("W").wait("type its name").keys(*"production", "Enter")
        return self.wait(" RW ")

    def close(self, title):
        """A dialog or a page; the next key is not typed before it is gone."""
        return self.keys("Escape").wait_gone(title)

    def yes(self, what, key="y"):
        """Answers the dialog that says so, once it may be answered."""
        return self.wait(what).armed().keys(key)

    def name_and_reason(self, reason, yes):
        """What is grave: the environment's name, why, and y."""
        self.wait("type its name").keys(*"production", "Enter", *reason, "Enter")
        return self.yes(re.compile(f"│ +y = {yes}"))

    def start(self):
        self.wait("R start", 60).keys("R").yes("start the release")
        return self


def at_each_size(folder, *journeys):
    """Runs each journey(folder, size) at each size, all at once; complaints come together."""
    def one(journey, size):
        name = f"{journey.__name__}-{size[0]}x{size[1]}"
        try:
            journey(folder / name, size)
        except lib.Failure as failure:
            return f"{name}: {failure}"
        return None
    chosen = os.environ.get("SIZE")
    sizes = [tuple(map(int, chosen.split("x")))] if chosen else SIZES
    lib.complaints([functools.partial(one, journey, size) for journey in journeys for size in sizes])
