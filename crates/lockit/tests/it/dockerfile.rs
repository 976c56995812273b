//! `lockit dockerfile` and `lockit sbom`.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, linux-aarch64, osx-arm64]
packages:
  python: {versions: [3.12.4], depends: [{linux: \"__glibc >=2.28,<3.0.a0\"}]}
  fastapi: {versions: [0.116.0], noarch: python, depends: [python]}
  uvicorn: {versions: [0.35.0], noarch: python, depends: [python]}
  proj: {versions: [9.6.2]}
";

/// A service and its locks.
fn service() -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "lockit.toml",
        "channels = [\"conda-forge\"]\nplatforms = [\"linux-64\", \"linux-aarch64\", \"osx-arm64\"]\n\n\
         [environments.dev]\nfiles = [\"environment.yml\"]\n\n\
         [environments.predict]\nfiles = [\"predict-environment.yml\"]\nsame-versions-as = \"dev\"\n",
    );
    context.write("environment.yml", "dependencies: [python, fastapi, uvicorn, proj]\n");
    context.write("predict-environment.yml", "dependencies: [python, fastapi, uvicorn]\n");
    context.write("main.py", "from fastapi import FastAPI\n\napp = FastAPI()\n");
    context.ok(&[]);
    (context, server)
}

#[test]
fn lockfiles_become_a_dockerfile() {
    let (context, _server) = service();
    let shown = context.ok(&["dockerfile", "predict-linux-64.lock", "predict-linux-aarch64.lock"]);
    for line in [
        "FROM mambaorg/micromamba:2.6.1 AS environment\n",
        "COPY predict-linux-aarch64.lock /environment.lock\n",
        "FROM gcr.io/distroless/base-nossl-debian13:nonroot\n",
        "USER 65532:65532\n",
        "CMD [\"/env/bin/uvicorn\", \"main:app\", \"--host\", \"0.0.0.0\", \"--port\", \"8000\"]\n",
    ] {
        assert!(shown.contains(line), "{line}{shown}");
    }
    assert!(shown.ends_with("--- stderr\n"), "nothing to remark: {shown}");
    // The project knows which environment is shipped, and for which architectures.
    let by_project = context.ok(&["dockerfile"]);
    let body = |text: &str| text.lines().skip(4).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(body(&by_project), body(&shown));
    assert!(context.ok(&["dockerfile", "--snippet"]).contains("#     COPY --from=environment"));
    let explained = context.ok(&["dockerfile", "--explain"]);
    assert!(explained.contains("pip                safe    not for this lock"), "{explained}");
    assert!(explained.contains("libpython          expert  left out: `--trim expert`"));
    let dev = context.ok(&["dockerfile", "--environment", "dev"]);
    assert!(dev.contains("PROJ_DATA=/env/share/proj"), "{dev}");
}

#[test]
fn settings_stand_in_the_project() {
    let (context, _server) = service();
    let project = context.read("lockit.toml");
    context.write(
        "lockit.toml",
        &format!(
            "{project}\n[dockerfile]\noutput = \"Dockerfile\"\nport = 9000\ntrim = \"none\"\nruntime = \"debian-slim\"\n\n\
             [dockerfile.labels]\ntitle = \"A service\"\n"
        ),
    );
    insta::assert_snapshot!(context.show(&["dockerfile"]), @"
    exit: 0
    --- stdout
    --- stderr
      Dockerfile new
      .dockerignore new
    ");
    let text = context.read("Dockerfile");
    for part in ["FROM debian:trixie-slim\n", "\"9000\"]", "LABEL title=\"A service\"\n"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("# headers:"), "{text}");
    assert!(context.read(".dockerignore").contains("\n!predict-linux-64.lock\n"));
    let stamps = context.stamps();
    insta::assert_snapshot!(context.show(&["dockerfile"]), @"
    exit: 0
    --- stdout
    --- stderr
      Dockerfile unchanged
      .dockerignore unchanged
    ");
    assert_eq!(context.stamps(), stamps, "nothing is written again");
    let text = context.read("lockit.toml").replace("\"none\"", "\"saf\"");
    context.write("lockit.toml", &text);
    insta::assert_snapshot!(context.show(&["dockerfile"]), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `saf` is no value of `trim`
      --> lockit.toml:14:8
       |
    14 | trim = "saf"
       |        ^^^^^
       |
       = hint: did you mean `safe`?
    "#);
}

#[test]
fn a_file_is_refreshed_in_place() {
    let (context, _server) = service();
    let args = ["dockerfile", "predict-linux-64.lock", "-o", "Dockerfile"];
    context.ok(&args);
    let first = context.read("Dockerfile");
    context.write("Dockerfile", &format!("{first}\n# mine\nEXPOSE 1\n"));
    context.ok(&[&args[..], &["--port", "9000"]].concat());
    let text = context.read("Dockerfile");
    assert!(text.contains("EXPOSE 9000\n") && text.ends_with("\n# mine\nEXPOSE 1\n"), "{text}");
    context.edit("Dockerfile", "EXPOSE 9000", "EXPOSE 9001");
    insta::assert_snapshot!(context.show(&args), @"
    exit: 0
    --- stdout
    --- stderr
      Dockerfile changed
      what was changed by hand between the markers is kept in Dockerfile.mine
      .dockerignore unchanged
    ");
    assert!(context.read("Dockerfile.mine").contains("EXPOSE 9001\n"));
    assert!(!context.read("Dockerfile").contains("EXPOSE 9001\n"));
    context.write("Dockerfile", "FROM scratch\n");
    insta::assert_snapshot!(context.show(&args), @"
    exit: 2
    --- stdout
    --- stderr
    error: `Dockerfile` is there and was not made by lockit
     = hint: move it away, or print what lockit would write without `--output`
    ");
    assert_eq!(context.read("Dockerfile"), "FROM scratch\n");
}

#[test]
fn what_no_image_can_be_made_of() {
    let (context, _server) = service();
    insta::assert_snapshot!(context.show(&["dockerfile", "predict-osx-arm64.lock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `predict-osx-arm64.lock` is locked for osx-arm64, and a container runs Linux
     = hint: lock for linux-64 or linux-aarch64 with `-p`, and name that lockfile
    ");
    insta::assert_snapshot!(context.show(&["dockerfile", "predict-linux-64.lock", "conda-linux-64.lock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: one image holds one environment, and there are several: predict, dev
     = hint: choose one with `--environment NAME`
    ");
    insta::assert_snapshot!(context.show(&["dockerfile", "environment.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` is no lockfile, it is an environment file
     = hint: lock it with `lockit lock -f FILE`
    ");
    insta::assert_snapshot!(context.show(&["dockerfile", "--runtime", "redhat/ubi7"]), @r#"
    exit: 0
    --- stdout
    # syntax=docker/dockerfile:1
    # Made from the lock by `lockit dockerfile --runtime redhat/ubi7`; run it again instead of editing this part.

    # ---- lock: a Dockerfile cannot compute names in COPY, so each architecture has a stage with its lockfile
    ARG TARGETARCH
    ARG LOCK=lock-${TARGETARCH}
    FROM scratch AS lock-amd64
    COPY predict-linux-64.lock /environment.lock
    FROM scratch AS lock-arm64
    COPY predict-linux-aarch64.lock /environment.lock
    FROM ${LOCK} AS lock

    # ---- environment: built again only when the lock changes
    FROM mambaorg/micromamba:2.6.1 AS environment
    # The image's own user may not write to /env.
    ARG INSTALLER=0
    USER ${INSTALLER}
    COPY --from=lock /environment.lock /tmp/environment.lock
    RUN --mount=type=cache,target=/opt/conda/pkgs,sharing=locked \
        micromamba create --yes --quiet --always-copy --prefix /env --file /tmp/environment.lock

    # The runtime stage has no shell, so it sets what activation scripts would. This fails when they set something else.
    RUN bash -c 'export CONDA_PREFIX=/env; before="$(env | sort)"; \
        for script in /env/etc/conda/activate.d/*.sh; do if [ -e "$script" ]; then . "$script"; fi; done; \
        comm -13 <(echo "$before") <(env | sort) | grep -Ev "^(_|CONDA_|PATH=|[A-Za-z_]*_CONDA_BACKUP=|xml_catalog_files_libxml2=)" > /tmp/activated; \
        printf "" | diff /tmp/activated - \
        || { echo "the activation scripts of this environment set something else (above, <)" >&2; exit 1; }'

    # ---- slim: the environment without what nothing at run time reads
    FROM environment AS slim
    ARG SOURCE_DATE_EPOCH
    RUN set -e; \
        # static-libraries: only a linker reads them (saves 2 to 30 MB)
        find /env/lib -name '*.a' -type f -delete; \
        # headers: only a compiler reads them (saves 3 to 20 MB)
        rm -rf /env/include; \
        # build-metadata: pkg-config, CMake and autotools are not run here (saves 1 MB)
        rm -rf /env/lib/pkgconfig /env/share/pkgconfig /env/lib/cmake /env/share/cmake /env/share/aclocal; \
        # documentation: nobody reads manuals in a container (saves 2 to 15 MB)
        rm -rf /env/man /env/share/man /env/share/doc /env/share/info /env/share/gtk-doc; \
        # idle: an editor with windows (saves 2 MB)
        rm -rf /env/lib/python3.12/idlelib /env/lib/python3.12/turtledemo /env/lib/python3.12/turtle.py; \
        # ensurepip: installs pip, which the lock does (saves 2 MB)
        rm -rf /env/lib/python3.12/ensurepip; \
        # python-tests: python's own test suite (saves 10 MB)
        rm -rf /env/lib/python3.12/test /env/lib/python3.12/lib2to3/tests /env/lib/python3.12/unittest/test /env/lib/python3.12/sqlite3/test; \
        # history: names the time of the build, so that no two builds are the same (saves nothing)
        rm -f /env/conda-meta/history; \
        # byte code: compiled again without times in it; what cannot be compiled cannot be imported either
        /env/bin/python -m compileall -qq -f -j 0 --invalidation-mode unchecked-hash /env/lib/python3.12 || true; \
        # tells conda, mamba and pixi that this environment is not to be changed (CEP 22)
        echo '{"message": "This environment is locked; change its spec and build the image again."}' > /env/conda-meta/frozen; \
        # the same inputs give the same bytes, when the build is given a time
        if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then find /env -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +; fi

    # ---- runtime
    FROM redhat/ubi7
    LABEL dev.lockit.lock.sha256=fb4bbb4438df48fb7b03c67d9f484f85999f86bb1a8180442136f59d4998a102
    LABEL org.opencontainers.image.base.name=redhat/ubi7
    COPY --from=slim /env /env
    ENV CONDA_PREFIX=/env \
        PATH=/env/bin:/usr/local/bin:/usr/bin:/bin \
        PYTHONDONTWRITEBYTECODE=1 \
        PYTHONUNBUFFERED=1 \
        PYTHONPATH=/app
    WORKDIR /app
    COPY main.py /app/
    USER 65532:65532
    EXPOSE 8000
    HEALTHCHECK --interval=30s --timeout=5s CMD ["/env/bin/python", "-c", "import socket; socket.create_connection(('127.0.0.1', 8000), 4)"]
    CMD ["/env/bin/uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000"]
    --- stderr
    warning: `redhat/ubi7` names no version, so that it changes with time
     = hint: write `IMAGE:TAG`

    warning: it is not known whether `redhat/ubi7` has glibc 2.28
     = hint: `ldd --version` in the image tells
    "#);
    insta::assert_snapshot!(context.show(&["dockerfile", "--port", "http"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `http` is no port
     = hint: a port is a number up to 65535
    ");
    insta::assert_snapshot!(context.show(&["dockerfile", "--pin-digests", "none.txt"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: failed to open file `none.txt`: No such file or directory (os error 2)
     = hint: name a file with a line `IMAGE@sha256:…` for each image
    ");
    fs_err::remove_file(context.path("lockit.toml")).unwrap();
    insta::assert_snapshot!(context.show(&["dockerfile"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: no lockfile is named, and there is no lockit.toml here
     = hint: name lockfiles: `lockit dockerfile predict-linux-64.lock`
    ");
}

/// A setting comes with the repository, and names what is in it.
#[test]
fn a_setting_names_no_file_of_digests_outside_of_the_project() {
    let (context, _server) = service();
    let project = context.read("lockit.toml");
    let pinned = |name: &str| {
        context
            .write("lockit.toml", &format!("{project}\n[dockerfile]\npin-digests = \"{name}\"\n"));
        context.show(&["dockerfile"])
    };
    let digest = format!("mambaorg/micromamba:2.6.1@sha256:{}\n", "ab".repeat(32));
    context.write("images.txt", &digest);
    fs_err::write(context.path("../outside.txt"), &digest).unwrap();
    let shown = pinned("images.txt");
    assert!(shown.contains(digest.trim_end()), "{shown}");
    let refused = |name: &str| {
        let shown = pinned(name);
        assert!(shown.starts_with("exit: 2\n"), "{name}\n{shown}");
        assert!(shown.contains("`pin-digests` names a file that is not read: "), "{name}\n{shown}");
        assert!(!shown.contains("sha256"), "{name}\n{shown}");
    };
    refused("../outside.txt");
    #[cfg(unix)]
    {
        let link =
            |to: &str, name: &str| std::os::unix::fs::symlink(to, context.path(name)).unwrap();
        link("../outside.txt", "link.txt");
        refused("link.txt");
        link("images.txt", "inside.txt");
        assert!(pinned("inside.txt").contains(digest.trim_end()));
    }
}

#[test]
fn bills_of_materials_are_made_of_locks() {
    let (context, _server) = service();
    context.ok(&["-k", "lock,pixi"]);
    for format in ["cyclonedx", "spdx"] {
        let by_explicit = context.ok(&["sbom", "predict-linux-64.lock", "--format", format]);
        assert!(by_explicit.contains("pkg:conda/fastapi@0.116.0?build="), "{by_explicit}");
        let again = context.ok(&["sbom", "predict-linux-64.lock", "--format", format]);
        assert_eq!(by_explicit, again, "the same lock, the same bytes");
    }
    let args = ["sbom", "pixi.lock", "--environment", "predict", "-p", "linux-64"];
    let bill = context.ok(&args);
    assert!(bill.contains("\"dependsOn\": [\n        \"pkg:conda/python@"), "{bill}");
    insta::assert_snapshot!(context.show(&args[..2]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `pixi.lock` holds several environments
     = hint: choose one with `--environment`: dev, predict
    ");
    insta::assert_snapshot!(context.show(&["sbom", "predict.conda-lock.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `predict.conda-lock.yml` holds several platforms
     = hint: choose one with `--platform`: linux-64, linux-aarch64, osx-arm64
    ");
    insta::assert_snapshot!(context.show(&["sbom", "predict.conda-lock.yml", "-p", "win-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `predict.conda-lock.yml` is not locked for win-64
     = hint: it is locked for linux-64, linux-aarch64, osx-arm64
    ");
}

#[test]
fn a_new_project_gets_its_files_and_an_old_one_what_it_lacks() {
    let (context, _server) = TestContext::new().with_channel(
        "{platforms: [linux-64, linux-aarch64, osx-64, osx-arm64], packages: {python: {versions: [3.12.4]}, \
         pip: {versions: [25.1], noarch: python, depends: [python]}}}",
    );
    insta::assert_snapshot!(context.show(&["init"]), @"
    exit: 0
    --- stdout
    --- stderr
      environment.yml new
      predict-environment.yml new
      lockit.toml new
      .pre-commit-config.yaml new
    next: lockit locks, lockit dockerfile writes the Dockerfile and .dockerignore
    ");
    context.ok(&["lint"]);
    context.ok(&[]);
    insta::assert_snapshot!(context.show(&["dockerfile"]), @"
    exit: 0
    --- stdout
    --- stderr
    warning: nothing beside the spec says how the service is started
     = hint: say it with `--cmd 'uvicorn main:app --host 0.0.0.0 --port 8000' --port 8000`

      Dockerfile new
      .dockerignore new
    ");
    let stamps = context.stamps();
    insta::assert_snapshot!(context.show(&["init"]), @"
    exit: 0
    --- stdout
    --- stderr
      everything is there
    next: lockit locks, lockit dockerfile writes the Dockerfile and .dockerignore
    ");
    assert_eq!(context.stamps(), stamps);

    let other = TestContext::new();
    other.write("environment.yml", "dependencies: [python]\n");
    other.write(".pre-commit-config.yaml", "repos: []\n");
    other.ok(&["init"]);
    assert_eq!(other.files(), [".pre-commit-config.yaml", "environment.yml", "lockit.toml"]);
    let project = other.read("lockit.toml");
    assert!(project.contains("environment = \"dev\"") && !project.contains("predict"), "{project}");
}

/// A project that is locked gets its Dockerfile at once.
#[test]
fn a_locked_project_gets_its_dockerfile() {
    let (context, _server) = service();
    context.ok(&["init"]);
    assert!(context.read("Dockerfile").contains("predict-linux-64.lock"));
    assert!(context.path(".dockerignore").is_file());
    assert!(context.ok(&["init"]).contains("everything is there"));
}

/// Other tools' explicit files say nothing of the machine; the cached index does.
#[test]
fn the_index_tells_what_the_file_does_not() {
    let (context, server) = service();
    let text = context.read("predict-linux-64.lock");
    let bare: String = text.split_inclusive('\n').filter(|line| !line.starts_with("# ")).collect();
    context.write("bare.lock", &format!("# platform: linux-64\n{bare}"));
    drop(server);
    let old = ["dockerfile", "bare.lock", "--runtime", "gcr.io/distroless/base-debian10:nonroot"];
    let shown = context.show(&old);
    assert!(!shown.contains("does not say which glibc"), "{shown}");
    let newer = text.replace("__glibc >=2.28", "__glibc >=2.34");
    context.write("newer.lock", &newer);
    insta::assert_snapshot!(context.show(&["dockerfile", "newer.lock", "--runtime", "redhat/ubi8:8.10"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the lock needs glibc 2.34, and `redhat/ubi8:8.10` has 2.28
     = hint: `python` does; choose a newer image with `--runtime`, or lock for an older glibc
    ");
    // Without an index, it is said that nobody knows.
    let elsewhere = TestContext::new();
    elsewhere.write("bare.lock", &context.read("bare.lock"));
    let shown = elsewhere.show(&["dockerfile", "bare.lock"]);
    assert!(shown.contains("warning: the lockfile does not say which glibc"), "{shown}");
}
