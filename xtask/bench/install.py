"""The same work as `lockit install`, done with py-rattler: a pixi.lock into a prefix.

    python install.py LOCKFILE PREFIX CACHE_DIR

Prints how many seconds its installer took, without starting Python and reading the lockfile.
`cargo xtask bench --install` runs it.
"""

import asyncio
import os
import sys
import time
from pathlib import Path

from rattler import LockFile, install


async def main() -> None:
    lockfile, prefix, cache_dir = sys.argv[1:]
    # There is one, whatever it is called.
    ((_, environment),) = LockFile.from_path(lockfile).environments()
    (platform,) = environment.platforms()
    records = environment.conda_repodata_records_for_platform(platform)
    start = time.perf_counter()
    # The cache that lockit uses: the folder `pkgs` in `RATTLER_CACHE_DIR`.
    await install(records, prefix, cache_dir=Path(cache_dir) / "pkgs", show_progress=False)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    asyncio.run(main())
    # See py_rattler.py.
    sys.stdout.flush()
    os._exit(0)
