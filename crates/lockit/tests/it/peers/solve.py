"""Solves an environment file with py-rattler, for the platform and the virtual packages that each explicit
file states, and prints one line `platform name version build` for each package.

    solve.py CHANNEL CACHE SPEC LOCKFILE…
"""

import asyncio
import os
import pathlib
import sys

import yaml
from rattler import BuildString, Channel, Gateway, GenericVirtualPackage, PackageName, Subdir, Version, solve


def virtual_package(text):
    """`__glibc=2.28` or `__archspec=1=x86_64`."""
    name, version, build = (*text.split("="), "0")[:3]
    return GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))


def comments(lockfile, key):
    start = f"# {key}: "
    lines = pathlib.Path(lockfile).read_text().splitlines()
    return [line.removeprefix(start) for line in lines if line.startswith(start)]


async def main(channel, cache, spec, *lockfiles):
    specs = yaml.safe_load(pathlib.Path(spec).read_text())["dependencies"]
    gateway = Gateway(cache_dir=pathlib.Path(cache))

    async def one(lockfile):
        (platform,) = comments(lockfile, "platform")
        records = await solve(
            [Channel(channel)],
            specs,
            gateway=gateway,
            platforms=[Subdir(platform), Subdir("noarch")],
            virtual_packages=[virtual_package(text) for text in comments(lockfile, "assumes")],
        )
        for record in records:
            print(platform, record.name.source, record.version, record.build)

    await asyncio.gather(*map(one, lockfiles))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
    # py-rattler's threads may still hold on to the interpreter while it shuts down, which ends it
    # with "Fatal Python error: PyGILState_Release" now and then.
    sys.stdout.flush()
    os._exit(0)
