"""Installs the packages of an explicit file, and prints the name, version and build of each one installed.

    install.py LOCKFILE PREFIX CACHE [URL=MIRROR]

Nothing is known of a package but what the file says: its URL and its digest.
"""

import asyncio
import json
import os
import pathlib
import sys

from rattler import BuildString, Client, PackageRecord, RepoDataRecord, Subdir, install
from rattler.explicit_environment import ExplicitEnvironmentSpec
from rattler.networking import MirrorMiddleware


def record(entry):
    url, _, digest = entry.url.partition("#")
    channel, subdir, file = url.rsplit("/", 2)
    name, version, build = file.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    if digest.startswith("sha256:"):
        digests = {"sha256": bytes.fromhex(digest.removeprefix("sha256:"))}
    else:
        digests = {"md5": bytes.fromhex(digest)}
    package = PackageRecord(
        name=name, version=version, build=BuildString(build), build_number=0, subdir=subdir, **digests
    )
    return RepoDataRecord(package, file, url, channel)


def main(lockfile, prefix, cache, *mirrors):
    spec = ExplicitEnvironmentSpec.from_path(pathlib.Path(lockfile))
    assert spec.platform is not None, "no platform"
    mirrors = {source: [mirror] for source, mirror in (one.split("=", 1) for one in mirrors)}
    asyncio.run(
        install(
            [record(entry) for entry in spec.packages],
            prefix,
            cache_dir=cache,
            platform=Subdir(str(spec.platform)),
            execute_link_scripts=False,
            show_progress=False,
            client=Client([MirrorMiddleware(mirrors)]),
        )
    )
    for path in pathlib.Path(prefix, "conda-meta").glob("*.json"):
        installed = json.loads(path.read_text())
        print(installed["name"], installed["version"], installed["build"])


if __name__ == "__main__":
    main(*sys.argv[1:])
    # py-rattler's threads may still hold on to the interpreter while it shuts down, which ends it
    # with "Fatal Python error: PyGILState_Release" now and then.
    sys.stdout.flush()
    os._exit(0)
