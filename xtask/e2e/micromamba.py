# A stand-in for micromamba in the builder image: it knows the one command that the Dockerfile has, and installs with
# py-rattler. `--always-copy` it cannot: py-rattler copies by itself where hard links are not possible.

import argparse
import asyncio
import os
import pathlib
import sys

sys.path.insert(0, "/opt/installer")

from rattler import BuildString, PackageRecord, RepoDataRecord, Subdir, install
from rattler.explicit_environment import ExplicitEnvironmentSpec


def record(entry):
    url, _, digest = entry.url.partition("#")
    channel, subdir, file = url.rsplit("/", 2)
    name, version, build = file.removesuffix(".conda").removesuffix(".tar.bz2").rsplit("-", 2)
    digests = {"sha256": bytes.fromhex(digest.removeprefix("sha256:"))}
    package = PackageRecord(name=name, version=version, build=BuildString(build), build_number=0, subdir=subdir, **digests)
    return RepoDataRecord(package, file, url, channel)


parser = argparse.ArgumentParser()
parser.add_argument("verb", choices=["create"])
for flag in ["--yes", "--quiet", "--always-copy"]:
    parser.add_argument(flag, action="store_true", required=True)
parser.add_argument("--prefix", required=True)
parser.add_argument("--file", required=True)
arguments = parser.parse_args()
spec = ExplicitEnvironmentSpec.from_path(pathlib.Path(arguments.file))
packages = [record(entry) for entry in spec.packages]
asyncio.run(
    install(packages, arguments.prefix, cache_dir="/opt/conda/pkgs", platform=Subdir(str(spec.platform)), show_progress=False)
)
pathlib.Path(arguments.prefix, "conda-meta/history").write_text("==> now <==\n")
print(f"micromamba: installed {len(packages)} packages", flush=True)
os._exit(0)
