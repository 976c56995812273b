"""The PyPI packages of a pixi.lock: name, version, location, requirements."""

import sys

from rattler import LockFile

for _, environment in LockFile.from_path(sys.argv[1]).environments():
    for packages in environment.pypi_packages().values():
        for package in packages:
            print(package.name, package.version, package.location, *map(str, package.requires_dist))
