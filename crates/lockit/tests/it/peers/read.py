"""What another tool's reader makes of a lockfile: one line `[environment ]platform url digest` for each package.

    read.py conda-lock|rattler-lock|explicit FILE
"""

import pathlib
import sys


def conda_lock(path):
    from conda_lock.lockfile import parse_conda_lock_file

    for package in parse_conda_lock_file(path).package:
        assert package.manager == "conda" and package.categories == {"main"}, package
        yield package.platform, package.url, package.hash.sha256


def rattler_lock(path):
    """pixi.lock and conda-lock.yml: rattler tells them apart by itself."""
    from rattler import LockFile

    for name, environment in LockFile.from_path(path).environments():
        for platform in environment.platforms():
            for record in environment.conda_repodata_records_for_platform(platform):
                yield f"{name} {platform.name}", record.url, record.sha256.hex()


def explicit(path):
    from rattler.explicit_environment import ExplicitEnvironmentSpec

    spec = ExplicitEnvironmentSpec.from_path(path)
    for package in spec.packages:
        url, _, digest = package.url.partition("#")
        yield str(spec.platform), url, digest.removeprefix("sha256:")


READERS = {"conda-lock": conda_lock, "rattler-lock": rattler_lock, "explicit": explicit}

if __name__ == "__main__":
    for line in READERS[sys.argv[1]](pathlib.Path(sys.argv[2])):
        print(*line)
