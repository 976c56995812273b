"""Stands in for pip, pipx and cargo, which would take minutes: the flags of theirs that our jobs use, and nothing else.

What they install in truth is for `cargo xtask installs`.
"""

import argparse
import pathlib
import sys

name = pathlib.Path(sys.argv[1]).name
parser = argparse.ArgumentParser(name, allow_abbrev=False)
parser.add_argument("verb", choices=["install"])
if name == "cargo":
    parser.add_argument("--locked", action="store_true", required=True)
    parser.add_argument("--path", type=pathlib.Path, required=True)
else:
    parser.add_argument("--pip-args" if name == "pipx" else "--config-settings")
    parser.add_argument("package")
if name == "pip":
    parser.add_argument("--quiet", action="store_true")
arguments = parser.parse_args(sys.argv[2:])
if name == "cargo" and not (arguments.path / "Cargo.toml").is_file():
    sys.exit(f"error: `{arguments.path}/Cargo.toml` does not exist")
