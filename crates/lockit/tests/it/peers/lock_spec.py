"""Prints what conda-lock's own parser makes of environment files, one line of JSON for each group of files.

    lock_spec.py PLATFORM…

Standard input has one group a line: `{"files": […], "virtual_packages": FILE or null, "names": FILE}`. An answer is
`{"raw": …, "hashes": {PLATFORM: HASH}}`, or `{"error": TEXT}` where conda-lock gives up: the type of the error, and
what it says first.
"""

import contextlib
import json
import logging
import pathlib
import sys
import warnings

from conda_lock.content_hash import compute_content_hashes
from conda_lock.src_parser import make_lock_spec
from conda_lock.virtual_package import (
    default_virtual_package_repodata,
    virtual_package_repo_from_specification,
)


def answer(group, platforms):
    specification = make_lock_spec(
        src_files=[pathlib.Path(file) for file in group["files"]],
        platform_overrides=platforms,
        mapping_url=group["names"],
    )
    stated = group["virtual_packages"]
    repodata = (
        virtual_package_repo_from_specification(pathlib.Path(stated))
        if stated
        else default_virtual_package_repodata()
    )
    return {
        "raw": json.loads(specification.model_dump_json()),
        "hashes": compute_content_hashes(specification, repodata),
    }


def first_line(error):
    cause = error.__cause__ or error
    lines = [line.strip() for line in str(cause).splitlines()]
    return f"{type(cause).__name__}: {next(filter(None, lines), '')}"


def main(*platforms):
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for line in sys.stdin:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                found = answer(json.loads(line), platforms)
        except Exception as error:
            found = {"error": first_line(error)}
        print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
