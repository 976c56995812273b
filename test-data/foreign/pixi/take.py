"""Takes the cases of this folder from a clone of https://github.com/prefix-dev/pixi: `take.py CLONE [--check]`.

pixi's own tests of what satisfies a manifest are folders with a manifest, a lockfile and what a manifest names, and
snapshots of what pixi says of each that does not. They are copied as they are; nothing is made here.
"""

import pathlib
import subprocess
import sys

COMMIT = "2b25fc76dd3b5cc50a235387d948474975c40d73"
SNAPSHOTS = "crates/pixi_core/src/lock_file/satisfiability/snapshots"
SNAPSHOT = SNAPSHOTS + "/pixi_core__lock_file__satisfiability__tests__failing_satisfiability@{}.snap"

# Small ones, about what lockit locks. The folders are called as pixi calls them.
CASES = {
    "satisfiability": [
        "added-env-marker",
        "conda-pypi-dependency-override",
        "dependency_overides",
        "no-build-editable",
        "pypi-dynamic-version",
        "pypi-extras",
        "pypi-feature-level-index-url",
        "pypi-find-links-index",
        "pypi-index-match",
        "pypi-index-transitive",
        "pypi-no-longer-dynamic",
    ],
    "non-satisfiability": [
        "changed-env-marker",
        "explicit-pypi-dependency",
        "mismatch-channel-priority",
        "mismatch-pypi-prerelease-mode",
        "mismatch-solve-strategy",
        "mismatched-spec",
        "missing-dependency",
        "missing-pypi-extra",
        "mixed-pypi-conda",
        "pypi-index-added",
        "pypi-index-mismatch",
        "pypi-index-removed",
    ],
}
KEPT = ("pixi.toml", "pixi.lock", "pyproject.toml", "setup.py")


def git(clone, *words):
    return subprocess.run(["git", "-C", clone, *words], check=True, capture_output=True).stdout


def files(clone):
    """What belongs into this folder, by its name there."""
    yield "LICENSE", git(clone, "show", f"{COMMIT}:LICENSE")
    for kind, names in CASES.items():
        for name in names:
            folder = f"tests/data/{kind}/{name}"
            for path in git(clone, "ls-tree", "-r", "--name-only", COMMIT, folder + "/").decode().splitlines():
                if path.endswith(KEPT):
                    yield path.removeprefix("tests/data/"), git(clone, "show", f"{COMMIT}:{path}")
            if kind == "non-satisfiability":
                text = git(clone, "show", f"{COMMIT}:{SNAPSHOT.format(name)}").decode()
                yield f"{kind}/{name}/said.txt", text.split("\n---\n", 1)[1].encode()


def main(clone, *words):
    here = pathlib.Path(__file__).parent
    for name, content in files(clone):
        path = here / name
        if "--check" in words:
            if path.read_bytes() != content:
                sys.exit(f"{name} is not what pixi has")
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
