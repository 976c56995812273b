"""Runs the lines that install lockit, as they stand in jobs, in action.yml and in the hooks of pre-commit.

    installs.py LOCKIT SCRATCH

Each starts from a home of its own, and what it installs has to lock, or to say that it has no solver. They install this
checkout: `conda-lockit==…` of the jobs is replaced, as anything else that pip understands may be.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import venv

LOCKIT, SCRATCH = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
# One of these stands before a command in the files that we write.
LINE = re.compile(r"^\s*(?:run: |- )((?:pipx|pip|cargo) install .*)$", re.MULTILINE)


def say(*words):
    print(*words, flush=True)


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


def fresh(name):
    folder = SCRATCH / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def project(folder):
    """What is to be locked: a spec, and a channel that needs no network."""
    (folder / "environment.yml").write_text(
        f"channels: ['{CHECKOUT}/test-data/channel']\nplatforms: [linux-64]\ndependencies: [python]\n"
    )
    run("git", "init", "--quiet", folder)
    run("git", "-C", folder, "add", "--all")
    return folder


def environment(home):
    """A machine with nothing of lockit; what was compiled for one line is there for the next."""
    keep = {name: os.environ[name] for name in ["PATH", "RUSTUP_HOME", "CARGO_HOME"] if name in os.environ}
    rust = pathlib.Path.home()
    return {
        "RUSTUP_HOME": str(rust / ".rustup"),
        "CARGO_HOME": str(rust / ".cargo"),
        **keep,
        "HOME": str(home),
        "CARGO_TARGET_DIR": str(SCRATCH / "target"),
        "CARGO_INSTALL_ROOT": str(home / ".local"),
        "PATH": f"{home}/.local/bin:{home}/venv/bin:{os.environ['PATH']}",
        "LOCKIT": str(CHECKOUT),
        "GITHUB_ACTION_PATH": str(CHECKOUT),
    }


def lines():
    """Every line that installs lockit, with where it stands."""
    folder = project(fresh("jobs"))
    texts = {"action.yml": CHECKOUT / "action.yml", "docs/bots.md": CHECKOUT / "docs/bots.md"}
    for forge, name in [("github", ".github/workflows/lockit.yml"), ("gitlab", ".gitlab/lockit.yml")]:
        run(LOCKIT, "--quiet", "init", "--ci", forge, cwd=folder)
        texts[name] = folder / name
    found = {}
    for name, path in texts.items():
        matches = LINE.findall(path.read_text())
        assert matches, f"{name} installs nothing"
        for line in matches:
            found.setdefault(line, name)
    return found


def installed(line, name, number):
    say("==", name, "\n  ", line)
    home = fresh(f"home-{number}")
    venv.create(home / "venv", with_pip=True)
    if line.startswith("pipx"):
        run(home / "venv/bin/pip", "install", "--quiet", "pipx")
    variables = environment(home)
    run("bash", "-e", "-c", line, cwd=home, env=variables)
    program = shutil.which("lockit", path=variables["PATH"])
    assert program and program.startswith(str(home)), program
    # Cargo's default is with the solver, that of the wheel is without.
    locks(program, fresh("project"), variables, "solve" in line or line.startswith("cargo"))


def locks(program, folder, variables, solver):
    project(folder)
    run(program, "lint", "environment.yml", cwd=folder, env=variables)
    ran = subprocess.run([program, "lock"], cwd=folder, env=variables, capture_output=True, text=True)
    if solver:
        assert ran.returncode == 0 and (folder / "conda-linux-64.lock").is_file(), ran.stderr
    else:
        assert ran.returncode == 2 and "solver" in ran.stderr, ran


def hooks():
    """The hooks of this checkout's last commit, by a pre-commit that builds what they ask for."""
    home = fresh("home-hooks")
    venv.create(home / "venv", with_pip=True)
    pins = (CHECKOUT / ".ci/peers.txt").read_text().split()
    run(home / "venv/bin/pip", "install", "--quiet", next(pin for pin in pins if pin.startswith("pre-commit==")))
    variables = environment(home)
    folder = project(fresh("project"))
    for hook in ["lockit-lint", "lockit-lock", "lockit-check"]:
        say("== the hook", hook)
        command = ["pre-commit", "try-repo", CHECKOUT, hook, "--hook-stage", "manual", "--all-files", "--verbose"]
        # A file that is new is no change of one that is under version control.
        run(*command, cwd=folder, env=variables)
    assert (folder / "conda-linux-64.lock").is_file()


def main():
    SCRATCH.mkdir(parents=True, exist_ok=True)
    for number, (line, name) in enumerate(lines().items()):
        installed(line, name, number)
    hooks()
    say("ok")


main()
