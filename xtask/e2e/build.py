"""Builds what `lockit dockerfile` writes, with buildah, and asks the result over HTTP.

    build.py LOCKIT SCRATCH

Needs root, debootstrap and buildah. No image is pulled: the bases are made here under the names that the Dockerfile has.
The builder's micromamba is a stand-in that installs explicit lockfiles with py-rattler. The environment is real: Debian's
python, fastapi and uvicorn as conda packages.
"""

import contextlib
import functools
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
import threading
import time
import urllib.request
import zipfile

LOCKIT, SCRATCH = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
INSTALLER = pathlib.Path(__file__).parent / "micromamba.py"
BUILDER, RUNTIME, DEBIAN = (
    "mambaorg/micromamba:2.6.1",
    "gcr.io/distroless/base-nossl-debian13:nonroot",
    "debian:trixie-slim",
)
WHEELS = ["fastapi==0.115.12", "uvicorn==0.34.3", "pip==25.1.1", "setuptools==80.9.0"]
LIBRARIES = ["libexpat", "libz", "libssl", "libcrypto", "libffi", "libbz2", "liblzma", "libsqlite3", "libuuid"]


def say(*words):
    print(*words, flush=True)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


def buildah(*command, **more):
    store = ["--root", SCRATCH / "store", "--runroot", SCRATCH / "run", "--storage-driver", "vfs"]
    return run("buildah", *store, *command, **more)


def output(*command):
    return buildah(*command, stdout=subprocess.PIPE, text=True).stdout.strip()


def debian():
    """A minimal Debian with python, once."""
    root = SCRATCH / "debian"
    if not (root / "usr/bin/python3.11").exists():
        shutil.rmtree(root, ignore_errors=True)
        log = (SCRATCH / "debootstrap.log").open("w")
        include = "--include=python3,ca-certificates,libsqlite3-0"
        run("debootstrap", "--variant=minbase", include, "bookworm", root, stdout=log, stderr=log)
        # Devices are the container's own, and have no end when they are copied.
        for name in ["dev", "proc", "sys", "var/cache/apt"]:
            shutil.rmtree(root / name, ignore_errors=True)
            (root / name).mkdir()
    return root


def image(name, fill):
    """An image from scratch, filled by a function that gets its folder, once."""
    if name in output("images", "--format", "{{.Name}}:{{.Tag}}").replace("localhost/", "").split():
        return
    say("base image", name)
    container = output("from", "scratch")
    fill(pathlib.Path(output("mount", container)))
    buildah("config", "--env", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", container)
    buildah("umount", container, stdout=subprocess.DEVNULL)
    buildah("commit", "--quiet", container, name, stdout=subprocess.DEVNULL)
    buildah("rm", container, stdout=subprocess.DEVNULL)


def builder(folder):
    run("cp", "-a", f"{debian()}/.", folder)
    target = folder / "opt/installer"
    run(
        sys.executable, "-m", "pip", "install", "--quiet", "--target", target,
        "--python-version", "3.11", "--only-binary", ":all:", "--no-deps", "py-rattler==0.28.0",
    )
    program = folder / "usr/local/bin/micromamba"
    program.write_text(f"#!/usr/bin/python3\n{INSTALLER.read_text()}")
    program.chmod(0o755)


def runtime(folder):
    """What a distroless base has: the C library and a user, no shell."""
    root = debian()
    libraries = folder / "lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (folder / "lib64").mkdir()
    for directory in ["etc", "tmp", "home/nonroot"]:
        (folder / directory).mkdir(parents=True)
    for name in ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libutil.so.1", "libresolv.so.2"]:
        shutil.copy(root / "lib/x86_64-linux-gnu" / name, libraries / name)
    shutil.copy(root / "lib64/ld-linux-x86-64.so.2", folder / "lib64")
    (folder / "etc/passwd").write_text("nonroot:x:65532:65532::/home/nonroot:/sbin/nologin\n")


def package(channel, name, version, files, depends=(), subdir="linux-64"):
    """One conda package of the old format: files are pairs of a path and bytes or a path."""
    stem = f"{name}-{version}-0"
    index = {
        "name": name, "version": version, "build": "0", "build_number": 0, "subdir": subdir,
        "depends": list(depends), "license": "MIT", "arch": "x86_64", "platform": "linux",
    }
    paths = []
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:bz2", compresslevel=1) as archive:
        def add(path, data, mode=0o644):
            info = tarfile.TarInfo(path)
            info.size, info.mode = len(data), mode
            archive.addfile(info, io.BytesIO(data))

        for path, content in sorted(files.items()):
            source = content if isinstance(content, pathlib.Path) else None
            data = source.read_bytes() if source else content
            mode = 0o755 if path.startswith("bin/") else 0o644
            add(path, data, mode)
            paths.append({
                "_path": path, "path_type": "hardlink", "sha256": hashlib.sha256(data).hexdigest(), "size_in_bytes": len(data),
            })
        add("info/index.json", json.dumps(index).encode())
        add("info/paths.json", json.dumps({"paths": paths, "paths_version": 1}).encode())
        add("info/files", "".join(f"{one['_path']}\n" for one in paths).encode())
    data = buffer.getvalue()
    (channel / subdir / f"{stem}.tar.bz2").write_bytes(data)
    digests = {"sha256": hashlib.sha256(data).hexdigest(), "md5": hashlib.md5(data).hexdigest(), "size": len(data)}
    return f"{stem}.tar.bz2", index | digests


def python_files():
    root = debian()
    files = {f"bin/{name}": root / "usr/bin/python3.11" for name in ["python", "python3", "python3.11"]}
    library = root / "usr/lib/python3.11"
    for path in library.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            files[f"lib/python3.11/{path.relative_to(library)}"] = path
    # Debian's python looks for packages elsewhere, and installs them elsewhere.
    sysconfig = (library / "sysconfig.py").read_text()
    files["lib/python3.11/sysconfig.py"] = sysconfig.replace("= 'posix_local'", "= 'posix_prefix'").encode()
    files["lib/python3.11/sitecustomize.py"] = (
        b"import site, sys\nsite.addsitedir(sys.prefix + '/lib/python3.11/site-packages')\n"
    )
    # What trimming has to find.
    files["lib/libstatic.a"] = b"static"
    files["include/python3.11/Python.h"] = b"header"
    files["share/man/man1/python.1"] = b"manual"
    files["lib/libasan.so.8"] = b"sanitizer"
    for path in (root / "usr/lib/x86_64-linux-gnu").iterdir():
        if path.name.split(".so")[0] in LIBRARIES and ".so." in path.name:
            files[f"lib/{path.name}"] = path.resolve()
    return files


def channel():
    """A channel with python and the wheels, once."""
    folder = SCRATCH / "channel"
    if (folder / "noarch/repodata.json").exists():
        return folder
    say("channel")
    for subdir in ["linux-64", "noarch"]:
        (folder / subdir).mkdir(parents=True, exist_ok=True)
    wheels = SCRATCH / "wheels"
    run(sys.executable, "-m", "pip", "download", "--quiet", "--python-version", "3.11", "--only-binary", ":all:",
        "--dest", wheels, *WHEELS)
    packages = dict([package(folder, "python", "3.11.2", python_files(), ["__glibc >=2.17,<3.0.a0", "libgcc"])])
    packages |= dict([package(folder, "libgcc", "14.2.0", {"lib/libgcc_s.so.1": debian() / "usr/lib/x86_64-linux-gnu/libgcc_s.so.1"})])
    # A package that sets variables when it is activated, as the real one does.
    activate = b'export PROJ_DATA="${CONDA_PREFIX}/share/proj"\nexport PROJ_NETWORK="ON"\n'
    files = {"share/proj/proj.db": b"", "etc/conda/activate.d/proj4-activate.sh": activate}
    packages |= dict([package(folder, "proj", "9.6.2", files)])
    names = []
    for wheel in sorted(wheels.glob("*.whl")):
        name, version = wheel.name.split("-")[:2]
        files = {}
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                if not member.endswith("/"):
                    files[f"lib/python3.11/site-packages/{member}"] = archive.read(member)
        if name in ("uvicorn", "pip"):
            module = {"uvicorn": "uvicorn.main", "pip": "pip._internal.cli.main"}[name]
            files[f"bin/{name}"] = f"#!/env/bin/python\nfrom {module} import main\nmain()\n".encode()
        name = name.lower().replace("_", "-")
        names.append(name)
        packages |= dict([package(folder, name, version, files, ["python"])])
    files = {"linux-64": packages, "noarch": {}}
    for subdir, packages in files.items():
        index = {"info": {"subdir": subdir}, "packages": packages, "packages.conda": {}, "repodata_version": 1}
        (folder / subdir / "repodata.json").write_text(json.dumps(index))
    (folder / "names.json").write_text(json.dumps(names))
    return folder


@contextlib.contextmanager
def served(folder):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def size(image):
    """Bytes of files in an image."""
    container = output("from", "--pull-never", image)
    folder = pathlib.Path(output("mount", container))
    total = sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    listed = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    buildah("umount", container, stdout=subprocess.DEVNULL)
    buildah("rm", container, stdout=subprocess.DEVNULL)
    return total, listed


def ask(image, port, path):
    """Starts the image as its Dockerfile says and asks it."""
    container = output("from", "--pull-never", image)
    config = json.loads(output("inspect", container))["OCIv1"]["config"]
    command = config["Cmd"]
    store = ["--root", SCRATCH / "store", "--runroot", SCRATCH / "run", "--storage-driver", "vfs"]
    words = ["buildah", *store, "run", "--isolation", "chroot", container, "--", *command]
    process = subprocess.Popen([str(word) for word in words], start_new_session=True)
    try:
        for _ in range(100):
            time.sleep(0.2)
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
                    return config, json.load(answer)
            except OSError:
                if process.poll() is not None:
                    break
        raise SystemExit(f"{image} does not answer")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 15)
        process.wait()
        buildah("rm", container, stdout=subprocess.DEVNULL)


PLAIN = '''from fastapi import FastAPI
import os, sys

app = FastAPI()


@app.get("/")
def root():
    return {"prefix": sys.prefix, "user": os.getuid(), "proj": os.environ.get("PROJ_DATA"), "network": os.environ.get("PROJ_NETWORK")}
'''

PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "service"
version = "1.0"
scripts = {service = "service:main"}
"""

MAIN = '''
import uvicorn


def main():
    uvicorn.run(app, host="0.0.0.0", port=8124)
'''


def case(name, address, arguments, files, port):
    say("==", name)
    folder = SCRATCH / "cases" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    wheels = json.loads((SCRATCH / "channel/names.json").read_text())
    lines = "".join(f"  - {one}\n" for one in ["python", "proj", *wheels])
    (folder / "environment.yml").write_text(f"channels:\n  - {address}\n  - nodefaults\nplatforms: [linux-64]\ndependencies:\n{lines}")
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    environment = {**os.environ, "RATTLER_CACHE_DIR": str(SCRATCH / "cache")}
    run(LOCKIT, "--quiet", cwd=folder, env=environment)
    lockfiles = ["conda-linux-64.lock"]
    if "multi" in name:
        # Another architecture that is not built here.
        text = (folder / lockfiles[0]).read_text().replace("linux-64", "linux-aarch64")
        (folder / "conda-linux-aarch64.lock").write_text(text)
        lockfiles.append("conda-linux-aarch64.lock")
    run(LOCKIT, "dockerfile", *lockfiles, "--output", "Dockerfile", "--env", "LD_LIBRARY_PATH=/env/lib", *arguments,
        cwd=folder, env=environment)
    tag = f"e2e/{name}:1"
    with (folder / "build.log").open("w") as log:
        started = time.time()
        # buildah 1.28 does not see that a computed stage needs the others.
        command = ["bud", "--isolation", "chroot", "--layers", "--skip-unused-stages=false", "--pull-never",
                   "--build-arg", "TARGETARCH=amd64", "--tag", tag, folder]
        try:
            buildah(*command, stdout=log, stderr=subprocess.STDOUT)
        except subprocess.CalledProcessError:
            say((folder / "build.log").read_text()[-3000:])
            raise
        first = time.time() - started
    total, listed = size(tag)
    config, answer = ask(tag, port, "/")
    assert answer["prefix"] == "/env" and answer["proj"] == "/env/share/proj" and answer["network"] == "ON", answer
    assert config["User"] == "65532:65532", config
    say(f"   built in {first:.0f} s, {total / 1e6:.1f} MB, answers {answer}")
    return folder, tag, listed, total


def main():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    image(BUILDER, builder)
    image(RUNTIME, runtime)
    image(DEBIAN, lambda folder: run("cp", "-a", f"{debian()}/.", folder))
    with served(channel()) as address:
        files = {"main.py": PLAIN}
        port = ["--port", "8123"]
        _, _, everything, whole = case("untrimmed", address, ["--trim", "none", *port], files, 8123)
        folder, tag, safe, trimmed = case("safe-multi", address, port, files, 8123)
        assert trimmed < whole, (trimmed, whole)
        for path in ["env/lib/libstatic.a", "env/include", "env/lib/libasan.so.8", "env/share/man", "env/conda-meta/history"]:
            assert path not in safe, path
        assert "env/lib/libstatic.a" in everything and any(path.startswith("env/conda-meta/python-") for path in safe)
        assert "env/conda-meta/frozen" in safe and "app/main.py" in safe
        # A change of the source leaves the environment alone.
        (folder / "main.py").write_text(PLAIN + "# changed\n")
        again = buildah("bud", "--isolation", "chroot", "--layers", "--skip-unused-stages=false", "--pull-never",
                        "--build-arg", "TARGETARCH=amd64", "--tag", tag, folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert "Using cache" in again.stdout and "micromamba: installed" not in again.stdout, again.stdout
        say("   a change of the source uses the environment from the cache")
        # A change of the lock does not.
        lock = folder / "conda-linux-64.lock"
        lock.write_text("".join(line for line in lock.read_text().splitlines(True) if "/setuptools-" not in line))
        again = buildah("bud", "--isolation", "chroot", "--layers", "--skip-unused-stages=false", "--pull-never",
                        "--build-arg", "TARGETARCH=amd64", "--tag", tag, folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert "micromamba: installed" in again.stdout, again.stdout
        assert "env/lib/python3.11/site-packages/setuptools/__init__.py" not in size(tag)[1]
        say("   a change of the lock builds the environment again")
        _, _, expert, smallest = case("expert-scratch", address, ["--trim", "expert", "--bytecode", "strip", "--runtime", "scratch", *port], files, 8123)
        assert smallest < trimmed and not any(path.startswith("env/conda-meta") for path in expert)
        project = {"pyproject.toml": PROJECT, "src/service/__init__.py": PLAIN + MAIN}
        _, _, installed, _ = case("package", address, ["--port", "8124"], project, 8124)
        assert "app/bin/service" in installed and "env/lib/python3.11/site-packages/pip" not in installed
        say("== a variable that the table does not know stops the build")
        wrong = SCRATCH / "cases/safe-multi/Dockerfile"
        wrong.write_text(wrong.read_text().replace('"PROJ_NETWORK=ON"', '"PROJ_NETWORK=OFF"'))
        try:
            buildah("bud", "--isolation", "chroot", "--layers", "--skip-unused-stages=false", "--pull-never",
                    "--build-arg", "TARGETARCH=amd64", wrong.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        except subprocess.CalledProcessError as error:
            assert b"set something else" in error.stdout, error.stdout
        else:
            raise SystemExit("the check of activation scripts does not work")
    say("ok")


main()
