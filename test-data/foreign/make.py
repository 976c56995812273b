"""Makes the files in this folder that are in the formats of other tools, with these tools. README.md says more.

    make.py [--check] [--old]

The Python that runs it has `.ci/peers.txt` installed. `--check` writes nothing and fails when a file would be another
one. `--old` is about the files of earlier releases, which pip installs from PyPI for the occasion.
"""

import asyncio
import functools
import gzip
import hashlib
import http.server
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile

from rattler import (
    BuildString,
    Channel,
    Client,
    GenericVirtualPackage,
    MatchSpec,
    PackageName,
    SparseRepoData,
    Subdir,
    Version,
    install,
)
from rattler.networking import MirrorMiddleware
from rattler.solver import solve_with_sparse_repodata

HERE = pathlib.Path(__file__).resolve().parent
CHANNEL = HERE.parent / "channel"
STAND_IN = HERE.parent.parent / "crates/lockit/tests/it/peers/conda.py"
CONDA_FORGE = "https://conda.anaconda.org/conda-forge"
PLATFORMS = ["linux-64", "osx-arm64"]
MACHINES = {
    "linux-64": {"__unix": "0", "__linux": "4.18", "__glibc": "2.28"},
    "osx-arm64": {"__unix": "0", "__osx": "13.0"},
}
# The release of py-rattler that wrote a version of pixi.lock.
OLD_RATTLERS = {4: "0.4.0", 5: "0.8.2", 6: "0.9.1"}


def solved(specs, platform):
    """What rattler chooses from the small channel, as if that were conda-forge."""
    channel = Channel(f"{CONDA_FORGE}/")
    indexes = [SparseRepoData(channel, one, CHANNEL / one / "repodata.json") for one in (platform, "noarch")]
    machine = [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
        for name, version in MACHINES[platform].items()
    ]
    records = asyncio.run(solve_with_sparse_repodata(specs, indexes, virtual_packages=machine))
    return sorted(records, key=lambda record: str(record.url))


def urls(specs):
    return {platform: [str(record.url) for record in solved(specs, platform)] for platform in PLATFORMS}


def pixi_lock(folder, python, **variables):
    chosen = folder / "chosen.json"
    chosen.write_text(json.dumps({"default": urls(["yaml", "tzdata"]), "docs": urls(["yaml", "bzip2"])}))
    made = folder / "pixi.lock"
    run([*python, HERE / "pixi_lock.py", CHANNEL, chosen, made], folder, **variables)
    return made.read_text()


def run(command, folder, **variables):
    home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        list(map(str, command)), cwd=folder, env=home | variables, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


class Served:
    """A folder on loopback."""

    def __init__(self, folder, port=0):
        handler = functools.partial(Quiet, directory=folder)
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def rattlers_prefix(folder):
    """The records that rattler leaves in an environment; the environment is said to be /opt/env."""
    prefix, cache = folder / "env", folder / "packages"
    with Served(CHANNEL) as served:
        asyncio.run(
            install(
                solved(["yaml", "tzdata"], "osx-arm64"),
                prefix,
                cache_dir=cache,
                platform=Subdir("osx-arm64"),
                execute_link_scripts=False,
                show_progress=False,
                client=Client([MirrorMiddleware({CONDA_FORGE: [served.url]})]),
                # This release does not do so itself.
                requested_specs=[MatchSpec("yaml")._match_spec],
            )
        )
    for path in sorted(prefix.glob("conda-meta/*")):
        text = path.read_text().replace(str(prefix), "/opt/env").replace(str(cache), "/opt/packages")
        yield path.name, text


CONDA_LOCK = [sys.executable, "-m", "conda_lock"]
# In the hash of what was asked for, so it is not any one that is free.
PIP_PORT = 18765


def conda_lock(folder, chosen, *arguments):
    """Runs `conda-lock lock`; the conda that it calls answers with these packages."""
    for platform, packages in chosen.items():
        (folder / f"conda-{platform}.lock").write_text("".join(f"{url}\n" for url in packages))
    conda = folder / "conda"
    conda.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{STAND_IN}' '{CHANNEL}' '{folder}' \"$@\"\n")
    conda.chmod(0o755)
    # Otherwise it asks for a table of names.
    (folder / "names.json").write_text("{}")
    platforms = [word for platform in chosen for word in ("-p", platform)]
    names = ["--pypi_to_conda_lookup_file", "names.json"]
    run([*CONDA_LOCK, "lock", "--conda", conda, *platforms, *names, *arguments], folder)


def conda_locks(folder):
    """A lock with two categories, and what conda-lock renders of it."""
    specs = {"environment.yml": ["yaml", "tzdata"], "dev-environment.yml": ["bzip2"]}
    for name, specs_of_file in specs.items():
        category = "category: dev\n" if name.startswith("dev") else ""
        listed = "".join(f"  - {spec}\n" for spec in specs_of_file)
        (folder / name).write_text(f"channels: [conda-forge]\n{category}dependencies:\n{listed}")
    conda_lock(folder, urls(sum(specs.values(), [])), *(word for name in specs for word in ("-f", name)))
    yield "conda-lock.yml", (folder / "conda-lock.yml").read_text()
    template = ["--filename-template", "made-{platform}.lock"]
    run([*CONDA_LOCK, "render", "-k", "explicit", "-k", "env", "-p", "linux-64", *template, "conda-lock.yml"], folder)
    yield "conda-linux-64.lock", (folder / "made-linux-64.lock").read_text()
    yield "conda-linux-64.lock.yml", (folder / "made-linux-64.lock.yml").read_text()


def conda_locks_of_pypi_packages(folder):
    """A lock with packages from an index for pip, which has what conda has as well."""
    files = folder / "offered/files"
    wheel(files, "flask_like", "3.0.3", needs=["click>=8.1.3", "dangerous_like>=2.1", "colorama; os_name == 'nt'"])
    wheel(files, "dangerous_like", "2.2.0")
    wheel(files, "click", "8.2.1")
    index(folder / "offered")
    with Served(folder / "offered", PIP_PORT) as served:
        pip = f"pip-repositories: ['{served.url}/simple']\nallow-pypi-requests: false\n"
        dependencies = "dependencies:\n  - python 3.12.*\n  - click\n  - pip:\n    - flask-like\n"
        (folder / "environment.yml").write_text(f"channels: [conda-forge]\n{pip}{dependencies}")
        packages = [str(record.url) for record in solved(["python 3.12.*", "click", "pip"], "linux-64")]
        conda_lock(folder, {"linux-64": packages}, "-f", "environment.yml")
    yield "pip.conda-lock.yml", (folder / "conda-lock.yml").read_text()
    run([*CONDA_LOCK, "render", "-k", "explicit", "--filename-template", "made-{platform}.lock", "conda-lock.yml"], folder)
    yield "pip-linux-64.lock", (folder / "made-linux-64.lock").read_text()


def zipped(files):
    """A wheel is a zip; all moments in it are one."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)
    return made.getvalue()


def metadata(name, version, needs=()):
    lines = ["Metadata-Version: 2.2", f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in needs)]
    return "\n".join([*lines, ""])


def wheel(folder, name, version, tag="py3-none-any", needs=()):
    about = f"{name}-{version.split('-')[0]}.dist-info"
    files = {
        f"{name}.py": "",
        f"{about}/METADATA": metadata(name, version.split("-")[0], needs),
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nGenerator: lockit\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{about}/RECORD": "",
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}-{version}-{tag}.whl").write_bytes(zipped(files))


def source(folder, name, version):
    """A source distribution that says itself what it needs, so that nobody builds it."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        project = f'[project]\nname = "{name}"\nversion = "{version}"\n'
        for path, text in {"PKG-INFO": metadata(name, version), "pyproject.toml": project}.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    # The compressed form has a moment as well.
    (folder / f"{name}-{version}.tar.gz").write_bytes(gzip.compress(made.getvalue(), mtime=0))


def index(folder):
    """A page of each package (PEP 503), beside the files."""
    pages = {}
    for file in sorted((folder / "files").iterdir()):
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        link = f'<a href="/files/{file.name}#sha256={digest}">{file.name}</a>\n'
        pages.setdefault(file.name.split("-")[0].replace("_", "-"), []).append(link)
    for name, links in pages.items():
        page = folder / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text("<!DOCTYPE html>\n" + "".join(links))


def repository(folder):
    package = folder / "py"
    package.mkdir(parents=True)
    (package / "pyproject.toml").write_text('[project]\nname = "from-git"\nversion = "1"\n')
    moment = "2025-01-01T00:00:00Z"
    who = {f"GIT_{role}_{what}": f"{what}@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    when = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "first"]):
        run(["git", *command], folder, **who, **when)


def uvs_pylock(folder):
    """What uv answers lockit with, of everything that a line can ask for. Folders begin at the root afterwards."""
    project, output = folder / "home/a/project", folder / "tmp/run/out"
    output.mkdir(parents=True)
    offered = folder / "offered"
    files = offered / "files"
    wheel(files, "fast_thing", "1.2")
    for platform in ["manylinux_2_17_x86_64", "manylinux_2_34_x86_64", "win_amd64"]:
        wheel(files, "fast_thing", "1.2", f"cp312-cp312-{platform}")
    wheel(files, "fast_thing", "1.2-1", "cp312-cp312-manylinux_2_17_x86_64")
    source(files, "fast_thing", "1.2")
    wheel(files, "only_source", "0.1+cpu", "cp39-cp39-win_amd64")
    source(files, "only_source", "0.1+cpu")
    index(offered)
    repository(project / "repository")
    here = project / "lib/here"
    here.mkdir(parents=True)
    (here / "pyproject.toml").write_text('[project]\nname = "here"\nversion = "1"\n')
    wheel(folder / "home/a/wheels", "beside", "1")
    wheel(project / "wheels", "found", "1")
    wheel(folder / "mnt/wheels", "found_elsewhere", "1")
    wheel(folder / "tmp/run/conda", "numpy", "1.26.4")
    with Served(offered) as served:
        requirements = f"""\
--index-url {served.url}/simple
--find-links ./wheels
--find-links {folder}/mnt/wheels
fast-thing
only-source
from-git @ git+{(project / "repository").as_uri()}@main#subdirectory=py
-e ./lib/here
beside @ {(folder / "home/a/wheels/beside-1-py3-none-any.whl").as_uri()}
found
found-elsewhere
numpy @ {(folder / "tmp/run/conda/numpy-1.26.4-py3-none-any.whl").as_uri()}
"""
        (project / "requirements.txt").write_text(requirements)
        made = output / "pylock.toml"
        command = ["pip", "compile", "requirements.txt", "--no-config", "--no-progress", "--python-version", "3.12"]
        more = ["--python-platform", "x86_64-manylinux_2_28", "--no-header", "--format", "pylock.toml"]
        uv = pathlib.Path(sys.executable).with_name("uv")
        run([uv, *command, *more, "--output-file", made], project)
        return made.read_text().replace(served.url, "https://pypi.example.org").replace(str(folder), "")


def current():
    """Each file with a function that makes it, by what is installed."""
    with tempfile.TemporaryDirectory(prefix="lockit-foreign-") as top:
        def folder(name):
            path = pathlib.Path(top).resolve() / name
            path.mkdir()
            return path

        for name, text in conda_locks(folder("locks")):
            yield f"conda-lock/{name}", text
        for name, text in conda_locks_of_pypi_packages(folder("pip")):
            yield f"conda-lock/{name}", text
        yield "rattler/pixi-7.lock", pixi_lock(folder("pixi"), [sys.executable])
        for name, text in rattlers_prefix(folder("prefix")):
            yield f"rattler/prefix/conda-meta/{name}", text
        yield "uv/pylock.toml", uvs_pylock(folder("uv"))


def old():
    for version, rattler in OLD_RATTLERS.items():
        with tempfile.TemporaryDirectory(prefix="lockit-foreign-") as folder:
            folder = pathlib.Path(folder).resolve()
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder / "old"]
            subprocess.run([*pip, f"py-rattler=={rattler}"], check=True)
            made = pixi_lock(folder, [sys.executable], PYTHONPATH=str(folder / "old"))
            yield f"rattler/pixi-{version}.lock", made


def main(*arguments):
    different = []
    for name, text in (old if "--old" in arguments else current)():
        path = HERE / name
        if path.is_file() and path.read_text() == text:
            continue
        different.append(name)
        if "--check" not in arguments:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    print("\n".join(different))
    return 1 if different and "--check" in arguments else 0


if __name__ == "__main__":
    code = main(*sys.argv[1:])
    sys.stdout.flush()
    # py-rattler's threads may outlive the interpreter.
    os._exit(code)
