"""Stands in for conda where conda-lock calls it.

    conda.py CHANNEL-FOLDER LOCKFILE-FOLDER ARGUMENT…

`create --dry-run --json` answers with the packages of `conda-<platform>.lock`, as if that were the solution;
any other `create` prints the file that it is to install, line by line.
"""

import json
import os
import pathlib
import sys


def records(channel, lockfile):
    repodata = {}
    for line in lockfile.read_text().splitlines():
        if line.startswith("http"):
            url = line.partition("#")[0]
            base, subdir, file = url.rsplit("/", 2)
            if subdir not in repodata:
                repodata[subdir] = json.loads((channel / subdir / "repodata.json").read_text())
            index = repodata[subdir]
            record = index["packages"].get(file) or index["packages.conda"][file]
            yield {**record, "fn": file, "url": url, "channel": f"{base}/{subdir}", "subdir": subdir}


def main(channel, lockfiles, *arguments):
    if "--version" in arguments:
        print("conda 25.7.0")
        return
    if "create" not in arguments:
        sys.exit(f"not expected: {arguments}")
    if "--dry-run" in arguments:
        lockfile = pathlib.Path(lockfiles, f"conda-{os.environ['CONDA_SUBDIR']}.lock")
        actions = {"FETCH": list(records(pathlib.Path(channel), lockfile)), "LINK": []}
        print(json.dumps({"success": True, "actions": actions}))
    else:
        file = pathlib.Path(arguments[arguments.index("--file") + 1])
        for line in file.read_text().splitlines():
            print("to install:", line)


if __name__ == "__main__":
    main(*sys.argv[1:])
