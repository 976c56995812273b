"""Writes a pixi.lock with whatever py-rattler is on Python's path: each wrote the version of the format of its time.

    pixi_lock.py CHANNEL-FOLDER CHOSEN FILE

CHOSEN is JSON: the URLs of the packages of each platform of each environment.
"""

import json
import pathlib
import sys

import rattler
from rattler import Channel, LockFile, PackageName, SparseRepoData
from rattler.lock import LockChannel

CHANNEL = "https://conda.anaconda.org/conda-forge/"


def record(folder, url):
    """The record as the index of the channel has it."""
    subdir, file = url.rsplit("/", 2)[1:]
    index = SparseRepoData(Channel(CHANNEL), subdir, str(folder / subdir / "repodata.json"))
    (found,) = [one for one in index.load_records(PackageName(file.rsplit("-", 2)[0])) if one.file_name == file]
    assert str(found.url) == url, found.url
    return found


def since_0_23(records):
    platforms = {name: rattler.LockPlatform(name) for platforms in records.values() for name in platforms}
    lock = LockFile(list(platforms.values()))
    for environment, of_platforms in records.items():
        lock.set_channels(environment, [LockChannel(CHANNEL)])
        for name, of_platform in of_platforms.items():
            for one in of_platform:
                lock.add_conda_package(environment, platforms[name], one)
        lock.add_pypi_package(environment, platforms["linux-64"], "flask", "3.0.3", FLASK)
    return lock


FLASK = "https://pypi.example.org/files/flask-3.0.3-py3-none-any.whl"


def before(records):
    import inspect

    from rattler import Platform
    from rattler.lock import Environment

    # Older ones knew the channels from the packages.
    takes_channels = "channels" in inspect.signature(Environment.__init__).parameters
    channels = {"channels": [LockChannel(CHANNEL)]} if takes_channels else {}

    def environment(name, of_platforms):
        return Environment(name, {Platform(one): list(of) for one, of in of_platforms.items()}, **channels)

    return LockFile({name: environment(name, of) for name, of in records.items()})


def main(channel, chosen, file):
    chosen = json.loads(pathlib.Path(chosen).read_text())
    records = {
        environment: {
            platform: [record(pathlib.Path(channel), url) for url in urls] for platform, urls in platforms.items()
        }
        for environment, platforms in chosen.items()
    }
    lock = since_0_23(records) if hasattr(rattler, "LockPlatform") else before(records)
    lock.to_path(pathlib.Path(file))


if __name__ == "__main__":
    main(*sys.argv[1:])
