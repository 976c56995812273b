"""Stands in for GitHub's `gh`: the commands that our jobs use, with the flags that its manual has, and nothing else.

What it does not know ends the job, where a script that takes everything would not notice a misspelt flag. Pull requests are
in the file that STAND_IN_PULL_REQUESTS names, as `gh pr list --json` would print them all. GH_HOST is the address of the
forge, which takes the token as password.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

FIELDS = ["number", "title", "body", "state", "headRefName", "baseRefName"]
STORE = pathlib.Path(os.environ["STAND_IN_PULL_REQUESTS"])


def fail(message, code=1):
    sys.exit(print(f"gh: {message}", file=sys.stderr) or code)


def load():
    return json.loads(STORE.read_text())


def save(requests):
    STORE.write_text(json.dumps(requests))


def jq(program, value):
    """The paths of jq: `.name`, `.[2]`, `.[]` and what follows them. One line for each result, as gh prints them."""
    values = [value]
    steps = re.findall(r"\.[a-zA-Z]\w*|\.?\[\d*\]", program)
    if not steps or "".join(steps) != program:
        fail(f"the stand-in does not evaluate `{program}`")
    for step in steps:
        index = step.lstrip(".").strip("[]")
        if step.endswith("[]"):
            values = [one for each in values for one in each]
        elif step.endswith("]"):
            values = [each[int(index)] if int(index) < len(each) else None for each in values]
        else:
            values = [(each or {}).get(index) for each in values]
    for each in values:
        print("" if each is None else each if isinstance(each, str) else json.dumps(each))


def has_branch(name):
    command = ["git", "ls-remote", "--exit-code", "origin", f"refs/heads/{name}"]
    return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0


def setup_git(_):
    helper = f"credential.{os.environ['GH_HOST']}.helper"
    # An empty one first, so that no other helper is asked.
    subprocess.run(["git", "config", "--global", "--replace-all", helper, ""], check=True)
    subprocess.run(["git", "config", "--global", "--add", helper, f"!{sys.argv[1]} auth git-credential"], check=True)


def git_credential(arguments):
    asked = dict(line.rstrip("\n").split("=", 1) for line in sys.stdin if "=" in line)
    if arguments.operation == "get" and f"{asked['protocol']}://{asked['host']}" == os.environ["GH_HOST"]:
        print(f"username=x-access-token\npassword={os.environ['GH_TOKEN']}")


def list_requests(arguments):
    if arguments.jq and not arguments.json:
        fail("cannot use `--jq` without specifying `--json`")
    if not arguments.json:
        fail("the stand-in has no table: say --json")
    fields = arguments.json.split(",")
    for field in fields:
        if field not in FIELDS:
            fail(f'Unknown JSON field: "{field}"')
    found = [
        {field: one[field] for field in fields}
        for one in reversed(load())
        if arguments.state in (one["state"].lower(), "all")
        and arguments.head in (one["headRefName"], None)
        and arguments.base in (one["baseRefName"], None)
    ]
    jq(arguments.jq, found) if arguments.jq else print(json.dumps(found))


def create(arguments):
    requests = load()
    for branch in [arguments.head, arguments.base]:
        if not has_branch(branch):
            fail(f"pull request create failed: GraphQL: there is no branch {branch} (createPullRequest)")
    one = dict(state="OPEN", headRefName=arguments.head, baseRefName=arguments.base)
    if any(one.items() <= other.items() for other in requests):
        fail(f'a pull request for branch "{arguments.head}" into branch "{arguments.base}" already exists')
    one |= dict(number=len(requests) + 1, title=arguments.title, body=pathlib.Path(arguments.body_file).read_text())
    save([*requests, one])


def edit(arguments):
    requests = load()
    found = [one for one in requests if str(one["number"]) == arguments.number]
    if not found:
        fail(f'no pull requests found for "{arguments.number}"')
    found[0] |= dict(title=arguments.title, body=pathlib.Path(arguments.body_file).read_text())
    save(requests)


def main():
    top = argparse.ArgumentParser("gh", allow_abbrev=False)
    groups = top.add_subparsers(required=True)

    def command(group, name, function):
        parser = group.add_parser(name, allow_abbrev=False)
        parser.set_defaults(function=function)
        return parser

    auth = groups.add_parser("auth", allow_abbrev=False).add_subparsers(required=True)
    command(auth, "setup-git", setup_git)
    command(auth, "git-credential", git_credential).add_argument("operation", choices=["get", "store", "erase"])
    pr = groups.add_parser("pr", allow_abbrev=False).add_subparsers(required=True)
    listing = command(pr, "list", list_requests)
    for flag in ["--head", "--base", "--json", "--jq"]:
        listing.add_argument(flag)
    listing.add_argument("--state", choices=["open", "closed", "merged", "all"], default="open")
    making = command(pr, "create", create)
    editing = command(pr, "edit", edit)
    editing.add_argument("number")
    for flag in ["--head", "--base"]:
        making.add_argument(flag, required=True)
    for parser in [making, editing]:
        for flag in ["--title", "--body-file"]:
            parser.add_argument(flag, required=True)
    arguments = top.parse_args(sys.argv[2:])
    if not os.environ.get("GH_TOKEN"):
        fail("To use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable.", 4)
    arguments.function(arguments)


main()
