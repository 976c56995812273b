"""The same work as `lockit`, done with py-rattler: one gateway, one solve per platform at a time.

    python py_rattler.py CHANNEL_URL CACHE_DIR SPEC...

Loads repodata for four platforms through one gateway and solves them side by side, with the
virtual packages that lockit assumes. Prints one line per package that was chosen: its platform
and its archive; then `work` and how many seconds that took, without starting Python and importing
rattler. `cargo xtask bench` runs it; it writes no lockfile, so lockit does more. Without arguments
it starts, imports, and ends: what an idle interpreter costs.
"""

import asyncio
import os
import sys
import time

from rattler import (
    BuildString,
    Channel,
    Gateway,
    GenericVirtualPackage,
    MatchSpec,
    PackageName,
    Platform,
    Version,
    solve,
)

PLATFORMS = ("linux-64", "linux-aarch64", "osx-64", "osx-arm64")


def virtual_packages(platform: str) -> list[GenericVirtualPackage]:
    arch = {
        "linux-64": "x86_64",
        "linux-aarch64": "aarch64",
        "osx-64": "x86_64",
        "osx-arm64": "m1",
    }[platform]
    packages = [("__unix", "0", "0"), ("__archspec", "1", arch)]
    if platform.startswith("linux-"):
        packages += [("__linux", "4.18", "0"), ("__glibc", "2.28", "0")]
    else:
        packages += [("__osx", "13.0", "0")]
    return [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString(build))
        for name, version, build in packages
    ]


async def main() -> None:
    channel_url, cache_dir, *texts = sys.argv[1:]
    gateway = Gateway(cache_dir=cache_dir)
    channel = Channel(channel_url)
    specs = [MatchSpec(text) for text in texts]
    solutions = await asyncio.gather(
        *(
            solve(
                [channel],
                specs,
                gateway=gateway,
                platforms=[Platform(platform), Platform("noarch")],
                virtual_packages=virtual_packages(platform),
            )
            for platform in PLATFORMS
        )
    )
    for platform, records in zip(PLATFORMS, solutions):
        for record in records:
            print(platform, record.file_name)


if __name__ == "__main__":
    if sys.argv[1:]:
        start = time.perf_counter()
        asyncio.run(main())
        print("work", time.perf_counter() - start)
    # py-rattler's threads may still hold on to the interpreter while it shuts down, which ends it
    # with "Fatal Python error: PyGILState_Release" now and then.
    sys.stdout.flush()
    os._exit(0)
