//! Variables that a spec names: which are filled in, and where they are sent.

use std::path::PathBuf;
use std::process::{Command, Output};

use lockit_testkit::{Server, Wheel};

use crate::context::{TestContext, test_data};

/// The value of what no file may take.
const SECRET: &str = "s3cret-of-the-job";

/// A context, and a server that keeps what it was asked.
fn scene() -> (TestContext, Server) {
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    (TestContext::new(), server)
}

/// A project that asks for PyPI packages.
struct Scene {
    context: TestContext,
    _channel: Server,
    uv: PathBuf,
}

impl Scene {
    fn find() -> Option<Self> {
        let uv = lockit_needs::uv()?;
        let channel = "platforms: [linux-64]\npackages:\n  python: {versions: [3.12.4]}\n  \
                       pip: {versions: [24.0], noarch: python, depends: [python]}\n";
        let (context, channel) = TestContext::new().with_channel(channel);
        Some(Self { context, _channel: channel, uv })
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.context.command(args);
        command.env("LOCKIT_UV", &self.uv).env("UV_CACHE_DIR", self.context.path("../cache/uv"));
        command
    }
}

fn run(context: &TestContext, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut command = context.command(args);
    command.envs(variables.iter().copied());
    command.output().unwrap()
}

fn spec(context: &TestContext, channels: &str, dependencies: &str) {
    context.write(
        "environment.yml",
        &format!("channels: [{channels}]\nplatforms: [linux-64]\ndependencies: [{dependencies}]\n"),
    );
}

/// A run that is refused: nothing was asked, and nothing is shown. Gives what it says.
#[track_caller]
fn refused(context: &TestContext, server: &Server, output: &Output) -> String {
    let shown = context.render(output);
    assert!(!output.status.success(), "{shown}");
    assert!(!shown.contains(SECRET), "{shown}");
    let asked = server.requests();
    assert!(asked.is_empty(), "{asked:?}: {shown}");
    context.keeps_secret(SECRET, &[]);
    shown
}

#[test]
fn a_channel_takes_no_variable_of_the_job() {
    for (channel, name) in [
        ("http://AT/t/${GITHUB_TOKEN}/conda-forge", "GITHUB_TOKEN"),
        ("http://AT/t/$GH_TOKEN/conda-forge", "GH_TOKEN"),
        ("http://x:${CI_JOB_TOKEN}@AT/conda-forge", "CI_JOB_TOKEN"),
        ("http://${AWS_SECRET_ACCESS_KEY}@AT/conda-forge", "AWS_SECRET_ACCESS_KEY"),
        ("http://${NPM_TOKEN}:x@AT/conda-forge", "NPM_TOKEN"),
        ("http://AT/sub/%74/${Actions_Runtime_Token}/c", "Actions_Runtime_Token"),
        ("http://AT/t/${COVERALLS_REPO_TOKEN}/c", "COVERALLS_REPO_TOKEN"),
        ("http://AT/t/${ACME_GITHUB_TOKEN}/c", "ACME_GITHUB_TOKEN"),
        ("http://u:${POSTGRES_PASSWORD}@AT/c", "POSTGRES_PASSWORD"),
        ("http://AT/t/${ACME_API_KEY}/c", "ACME_API_KEY"),
        ("http://AT/t/./${MINE}/c", "MINE"),
        ("http://AT/t/x/../${MINE}/c", "MINE"),
        ("http://AT/t/%2e/${MINE}/c", "MINE"),
        ("http://AT/t/a/t/${MINE}/c", "MINE"),
        ("t/${GITHUB_TOKEN}/conda-forge", "GITHUB_TOKEN"),
        ("http://AT/${MINE}/conda-forge", "MINE"),
        ("http://AT/conda-forge?x=${MINE}", "MINE"),
        ("http://AT/conda-forge#${MINE}", "MINE"),
        ("http://${MINE}.localhost/conda-forge", "MINE"),
        ("http://AT/x@${MINE}/c", "MINE"),
        ("${MINE}", "MINE"),
        ("./${MINE}", "MINE"),
    ] {
        let (context, server) = scene();
        let channel = channel.replace("AT", &server.address().to_string());
        let variables = [(name, SECRET)];
        let quoted = format!("'{channel}'");
        let mentioned = format!("\"{channel}::python\"");
        let bracket = format!("\"python[channel='{channel}']\"");
        spec(&context, &quoted, "python");
        let shown = refused(&context, &server, &run(&context, &["lock"], &variables));
        assert!(shown.contains(name), "{channel}: {shown}");
        // A token that is written out is taken out of a dependency, and what is left is an address as any other.
        if channel.contains("/t/") && !channel.contains("..") && !channel.contains("/t/a/") {
            for dependency in [&mentioned, &bracket] {
                spec(&context, "conda-forge", dependency);
                refused(&context, &server, &run(&context, &["lock"], &variables));
            }
        }
        spec(&context, "conda-forge", "python");
        refused(&context, &server, &run(&context, &["lock", "-c", &channel], &variables));
        let project =
            format!("channels = ['{channel}']\n[environments.dev]\nfiles = ['environment.yml']\n");
        context.write("lockit.toml", &project);
        context.write("environment.yml", "platforms: [linux-64]\ndependencies: [python]\n");
        refused(&context, &server, &run(&context, &["lock"], &variables));
    }
}

/// What is accepted is asked as it is written, concealed, and written back, in every format.
#[test]
fn a_variable_comes_back_from_every_place_that_it_may_be_in() {
    for place in [
        "http://AT/t/${MINE}/conda-forge",
        "http://AT//t/${MINE}/conda-forge/",
        "http://AT/t/${QUETZ_API_KEY}/conda-forge",
        "http://u:${MINE}@AT/conda-forge",
        "http://${TEAM}:${MINE}@AT/conda-forge",
        "http://${MINE}@AT/conda-forge",
        "http://$MINE:@AT/conda-forge",
    ] {
        let (context, server) = scene();
        let address = server.address().to_string();
        let channel = place.replace("AT", &address);
        spec(&context, &format!("'{channel}'"), "six");
        let variables = [("MINE", SECRET), ("QUETZ_API_KEY", SECRET), ("TEAM", "joe")];
        for kind in ["explicit", "env", "lock"] {
            let output = run(&context, &["lock", "-k", kind, "--upgrade"], &variables);
            let shown = context.render(&output);
            assert!(output.status.success(), "{place}: {shown}");
            context.keeps_secret(SECRET, &[]);
            let name = context.files().into_iter().find(|name| name != "environment.yml").unwrap();
            let text = context.read(&name);
            let variable = if place.contains("QUETZ") { "QUETZ_API_KEY" } else { "MINE" };
            assert!(text.contains(&format!("${{{variable}}}")), "{place}, {kind}: {text}");
            assert!(!text.contains("%7B"), "{place}, {kind}: {text}");
            let output = run(&context, &["check"], &[]);
            assert!(output.status.success(), "{place}: {}", context.render(&output));
            fs_err::remove_file(context.path(&name)).unwrap();
        }
    }
}

/// The harmless twin: a variable that somebody has made for a channel, wherever the channel is named.
#[test]
fn a_variable_for_a_channel_is_filled_in_wherever_the_channel_is_named() {
    let (context, server) = scene();
    let channel = format!("{}/t/${{TEAM_TOKEN}}/conda-forge", server.root());
    let variables = [("TEAM_TOKEN", SECRET)];
    let listed = |context: &TestContext| spec(context, &format!("'{channel}'"), "six");
    let mentioned =
        |context: &TestContext| spec(context, "conda-forge", &format!("\"{channel}::six\""));
    let bracket = |context: &TestContext| {
        spec(context, "conda-forge", &format!("\"six[channel='{channel}']\""));
    };
    let context = context.with_mirror(&server);
    for write in [&listed as &dyn Fn(&TestContext), &mentioned, &bracket] {
        write(&context);
        for kind in ["explicit", "lock"] {
            let output = run(&context, &["lock", "-k", kind, "--upgrade"], &variables);
            let shown = context.render(&output);
            assert!(output.status.success(), "{shown}");
            for name in context.files().iter().filter(|name| *name != "environment.yml") {
                let text = context.read(name);
                assert!(text.contains("/t/${TEAM_TOKEN}/conda-forge"), "{name}: {text}");
                assert!(!text.contains("%7B") && !text.contains("secret-"), "{name}: {text}");
                let output = run(&context, &["check"], &[]);
                assert!(output.status.success(), "{}", context.render(&output));
                fs_err::remove_file(context.path(name)).unwrap();
            }
            context.keeps_secret(SECRET, &[]);
        }
    }
}

/// A name without a scheme is the address that it stands for.
#[test]
fn a_channel_without_a_scheme_is_an_address_before_anything_is_written() {
    for (channel, variables) in [
        ("t/${TEAM_TOKEN}/conda-forge", &[("TEAM_TOKEN", "tk-0123456789")][..]),
        ("t/tk-0123456789/conda-forge", &[]),
        ("t/tk-0123456789/conda-forge", &[("TEAM_TOKEN", "tk-0123456789")]),
    ] {
        let (context, server) = scene();
        let mirror =
            format!("[mirrors]\n\"https://conda.anaconda.org\" = [\"{}\"]\n", server.root());
        fs_err::write(context.path("../config/rattler/config.toml"), mirror).unwrap();
        let base = if variables.is_empty() {
            "https://conda.anaconda.org/conda-forge"
        } else {
            "https://conda.anaconda.org/t/${TEAM_TOKEN}/conda-forge"
        };
        let listed = |context: &TestContext| spec(context, &format!("'{channel}'"), "six");
        let mentioned =
            |context: &TestContext| spec(context, "conda-forge", &format!("\"{channel}::six\""));
        for (write, args) in [
            (&listed as &dyn Fn(&TestContext), &[][..]),
            (&mentioned, &[]),
            (&mentioned, &["-c", channel]),
        ] {
            write(&context);
            let args = [&["lock", "-k", "explicit,lock"], args].concat();
            let output = run(&context, &args, variables);
            let shown = context.render(&output);
            assert!(output.status.success() && !shown.contains("tk-0123456789"), "{shown}");
            for name in ["conda-linux-64.lock", "conda-lock.yml"] {
                let text = context.read(name);
                assert!(!text.contains("tk-0123456789"), "{name}: {text}");
                assert!(text.contains(base), "{name}: {text}");
                fs_err::remove_file(context.path(name)).unwrap();
            }
            context.keeps_secret("tk-0123456789", &["project/environment.yml"]);
        }
    }
}

#[test]
fn a_person_says_where_a_variable_may_go() {
    let (context, server) = scene();
    let at = server.address().to_string();
    spec(&context, &format!("'http://{at}/t/${{GITHUB_TOKEN}}/conda-forge'"), "six");
    let variables = [("GITHUB_TOKEN", SECRET)];
    let pair = format!("GITHUB_TOKEN={at}");
    // What stands in the project says nothing.
    context.write(
        "lockit.toml",
        &format!("allow-variables = ['{pair}']\n[environments.dev]\nfiles = ['environment.yml']\n"),
    );
    refused(&context, &server, &run(&context, &["lock"], &variables));
    fs_err::remove_file(context.path("lockit.toml")).unwrap();
    // Another host or another port, whoever allows it.
    for other in ["GITHUB_TOKEN=github.com", "GITHUB_TOKEN=127.0.0.1:1", "OTHER=127.0.0.1"] {
        let output = run(&context, &["lock", "--allow-variable", other], &variables);
        refused(&context, &server, &output);
        let variables = [variables[0], ("LOCKIT_ALLOW_VARIABLES", other)];
        refused(&context, &server, &run(&context, &["lock"], &variables));
    }
    // A pair restricts as well.
    spec(&context, &format!("'http://{at}/t/${{TEAM_TOKEN}}/conda-forge'"), "six");
    let team = [("TEAM_TOKEN", SECRET)];
    let output = run(&context, &["lock", "--allow-variable", "TEAM_TOKEN=team.example"], &team);
    let shown = refused(&context, &server, &output);
    assert!(shown.contains("may be sent to `team.example` alone"), "{shown}");
    spec(&context, &format!("'http://{at}/t/${{GITHUB_TOKEN}}/conda-forge'"), "six");
    let locked = |args: &[&str], variables: &[(&str, &str)]| {
        let output = run(&context, &[&["lock", "--upgrade"], args].concat(), variables);
        assert!(output.status.success(), "{}", context.render(&output));
        let text = context.read("conda-linux-64.lock");
        assert!(!text.contains("allow-variable"), "{text}");
        assert!(text.contains("/t/${GITHUB_TOKEN}/"), "{text}");
        fs_err::remove_file(context.path("conda-linux-64.lock")).unwrap();
        context.keeps_secret(SECRET, &[]);
    };
    locked(&["--allow-variable", &pair], &variables);
    locked(&["--allow-variable", "X=y", "--allow-variable", "GITHUB_TOKEN=127.0.0.1"], &variables);
    let both = format!("X=y,\n {pair}");
    locked(&[], &[variables[0], ("LOCKIT_ALLOW_VARIABLES", &both)]);
    let config = context.path("../config/lockit/config.toml");
    fs_err::create_dir_all(config.parent().unwrap()).unwrap();
    fs_err::write(&config, format!("allow-variables = ['{pair}']\n")).unwrap();
    locked(&[], &variables);
    fs_err::write(&config, "allow-variables = ['GITHUB_TOKEN']\n").unwrap();
    refused_after(&context, &run(&context, &["lock", "--upgrade"], &variables));
    let output = run(&context, &["lock", "--allow-variable", "GITHUB_TOKEN"], &variables);
    assert_eq!(output.status.code(), Some(2), "{}", context.render(&output));
}

#[track_caller]
fn refused_after(context: &TestContext, output: &Output) {
    let shown = context.render(output);
    assert!(!output.status.success() && !shown.contains(SECRET), "{shown}");
}

/// A command that a lockfile records is read by `merge` and others.
#[test]
fn a_lockfile_allows_nothing() {
    let (context, server) = scene();
    let at = server.root();
    let pair = format!("GITHUB_TOKEN={}", at.trim_start_matches("http://"));
    let digest = "ab".repeat(32);
    let lockfile = format!(
        "# platform: linux-64\n# command: lockit --allow-variable {pair} -f environment.yml\n@EXPLICIT\n\
         {at}/t/${{GITHUB_TOKEN}}/conda-forge/noarch/six-1.17.0-0.conda#sha256:{digest}\n"
    );
    context.write("conda-linux-64.lock", &lockfile);
    spec(&context, &format!("'{at}/t/${{GITHUB_TOKEN}}/conda-forge'"), "six");
    let variables = [("GITHUB_TOKEN", SECRET)];
    for args in [
        &["install", "conda-linux-64.lock", "-p", "env", "--platform", "linux-64"][..],
        &["merge", "conda-linux-64.lock"],
        &["lock"],
    ] {
        refused(&context, &server, &run(&context, args, &variables));
    }
    for part in ["//x:${GITHUB_TOKEN}@HOST/c", "//HOST/${MINE}/c", "//HOST/c?token=${MINE}"] {
        let host = at.trim_start_matches("http://");
        let address = format!("http:{}", part.replace("HOST", host));
        context.write(
            "conda-linux-64.lock",
            &format!(
                "# platform: linux-64\n@EXPLICIT\n{}/noarch/six-1.17.0-0.conda#sha256:{digest}\n",
                address.trim_end_matches("?token=${MINE}")
            ),
        );
        if part.contains('?') {
            continue;
        }
        let args = ["install", "conda-linux-64.lock", "-p", "env", "--platform", "linux-64"];
        let variables = [("GITHUB_TOKEN", SECRET), ("MINE", SECRET)];
        refused(&context, &server, &run(&context, &args, &variables));
    }
}

/// Verbs about files alone ask nobody, whatever files say.
#[test]
fn what_reads_files_asks_nobody() {
    let (context, server) = scene();
    let at = server.root();
    let channel = format!("{at}/t/${{TEAM_TOKEN}}/conda-forge");
    context.write(
        "environment.yml",
        &format!(
            "channels: ['{channel}']\ndependencies:\n  - bzip2=1.0.8=h1234567_7\n  - libffi=3.4.6=h1234567_1\n  \
             - numpy=2.3.1=py312h1234567_0\n  - openssl=3.5.1=h1234567_0\n  - python=3.12.11=h1234567_0_cpython\n"
        ),
    );
    let digest = "ab".repeat(32);
    context.write(
        "conda-linux-64.lock",
        &format!(
            "# platform: linux-64\n@EXPLICIT\n{channel}/noarch/six-1.17.0-0.conda#sha256:{digest}\n"
        ),
    );
    let variables = [("TEAM_TOKEN", SECRET)];
    for args in [
        &["check"][..],
        &["lint"],
        &["lint", "--diff"],
        &["lint", "--fix"],
        &["lint", "conda-linux-64.lock"],
        &["diff", "conda-linux-64.lock", "conda-linux-64.lock"],
        &["list", "conda-linux-64.lock"],
        &["tree", "conda-linux-64.lock"],
        &["why", "six", "conda-linux-64.lock"],
        &["render", "conda-linux-64.lock", "-k", "lock", "--stdout"],
        &["sbom", "conda-linux-64.lock"],
        &["dockerfile", "conda-linux-64.lock"],
        &["import", "conda-linux-64.lock", "-k", "lock"],
    ] {
        let output = run(&context, args, &variables);
        let shown = context.render(&output);
        assert!(!shown.contains(SECRET), "{args:?}: {shown}");
        assert!(server.requests().is_empty(), "{args:?}: {:?}", server.requests());
    }
    context.keeps_secret(SECRET, &[]);
}

#[cfg(unix)]
#[test]
fn a_spec_includes_what_lies_in_its_project() {
    let secret_file = |context: &TestContext| {
        fs_err::write(context.path("../outside.txt"), format!("{SECRET} = = 1\n")).unwrap();
        context.write(".git/config", &format!("[http]\n  extraheader = {SECRET}\n"));
        context.write("sub/.netrc", &format!("machine h password {SECRET}\n"));
        std::os::unix::fs::symlink("/proc/self/environ", context.path("env.txt")).unwrap();
        std::os::unix::fs::symlink("../../outside.txt", context.path("sub/out.txt")).unwrap();
        std::os::unix::fs::symlink("/", context.path("root")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(context.path("pipe.txt")).status();
        assert!(made.unwrap().success());
    };
    for named in [
        "/proc/self/environ",
        "/proc/thread-self/environ",
        "../outside.txt",
        "sub/../../outside.txt",
        "env.txt",
        "sub/out.txt",
        "root/proc/self/environ",
        ".git/config",
        "sub/.netrc",
        "/dev/zero",
        "pipe.txt",
        "sub",
    ] {
        for option in ["-r ", "-c ", "--requirement=", "--constraint "] {
            let context = TestContext::new();
            secret_file(&context);
            context.write("nested.txt", &format!("six\n{option}{named}\n"));
            for first in [format!("{option}{named}"), "-r nested.txt".to_owned()] {
                context.write(
                    "environment.yml",
                    &format!("channels: [c]\nplatforms: [linux-64]\ndependencies: [python, {{pip: ['{first}']}}]\n"),
                );
                for args in [&["check"][..], &["lint"], &["lock"]] {
                    let output = run(&context, args, &[("GITHUB_TOKEN", SECRET)]);
                    let shown = context.render(&output);
                    assert!(!output.status.success(), "{named}: {shown}");
                    assert!(!shown.contains(SECRET), "{named}: {shown}");
                }
            }
        }
    }
    let context = TestContext::new();
    secret_file(&context);
    for (name, text) in [
        ("reqs/dev.txt", "six\n-r ../base.txt\n"),
        ("base.txt", "idna\n-c limits.txt\n"),
        ("limits.txt", "idna <4\n"),
        (
            "envs/environment.yml",
            "channels: [c]\nplatforms: [linux-64]\ndependencies: [python, {pip: ['-r ../reqs/dev.txt']}]\n",
        ),
    ] {
        context.write(name, text);
    }
    let shown = context.show(&["lint", "envs/environment.yml"]);
    assert!(!shown.contains("not read") && !shown.contains("error"), "{shown}");
}

/// lockit.toml, lockfiles and links name files as well.
#[cfg(unix)]
#[test]
fn no_other_file_names_one_elsewhere() {
    let secrets = [("GITHUB_TOKEN", SECRET)];
    for named in ["/proc/self/environ", "../outside.yml", "environ.yml"] {
        let context = TestContext::new();
        context.write(".git/HEAD", "ref: refs/heads/main\n");
        fs_err::write(context.path("../outside.yml"), format!("{SECRET}: [\n")).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", context.path("environ.yml")).unwrap();
        let project = format!("channels = ['c']\n[environments.dev]\nfiles = ['{named}']\n");
        context.write("lockit.toml", &project);
        for args in [&["check"][..], &["lint"], &["lock"]] {
            let shown = context.render(&run(&context, args, &secrets));
            assert!(!shown.starts_with("exit: 0"), "{shown}");
            assert!(!shown.contains(SECRET), "{named}: {shown}");
        }
        fs_err::remove_file(context.path("lockit.toml")).unwrap();
        let digest = "ab".repeat(32);
        for command in [
            format!("lockit -f {named}"),
            format!("lockit -f a.yml --virtual-package-spec {named}"),
        ] {
            context.write("a.yml", "channels: [c]\nplatforms: [linux-64]\ndependencies: [six]\n");
            context.write(
                "conda-linux-64.lock",
                &format!("# platform: linux-64\n# command: {command}\n@EXPLICIT\nhttps://h/c/noarch/six-1-0.conda#sha256:{digest}\n"),
            );
            for args in [&["lint", "conda-linux-64.lock"][..], &["merge", "conda-linux-64.lock"]] {
                let shown = context.render(&run(&context, args, &secrets));
                assert!(!shown.contains(SECRET), "{named}: {shown}");
            }
        }
        fs_err::remove_file(context.path("conda-linux-64.lock")).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", context.path("environment.yml")).unwrap();
        std::os::unix::fs::symlink("/proc/self/environ", context.path("conda-linux-64.lock"))
            .unwrap();
        for args in [&["check"][..], &["lint"], &["list"], &["check", "-f", "environment.yml"]] {
            let shown = context.render(&run(&context, args, &secrets));
            assert!(!shown.contains(SECRET), "{args:?}: {shown}");
        }
    }
}

/// What a variable holds is put back where it was filled in, and nowhere else.
#[test]
fn a_variable_is_put_back_by_the_parts_of_an_address() {
    let Some(scene) = Scene::find() else { return };
    let pages = scene.context.path("pages");
    fs_err::create_dir_all(pages.join("projects/42/simple")).unwrap();
    let wheel = Wheel::with_needs("thing42", "42.0", &[]).unwrap();
    wheel.write(&pages.join("projects/42/simple")).unwrap();
    fs_err::write(
        pages.join("projects/42/simple/list.html"),
        format!("<html><body><a href=\"{0}\">{0}</a></body></html>\n", wheel.file_name),
    )
    .unwrap();
    let server = Server::builder(&pages).start().unwrap();
    let at = server.url();
    let links = format!("{at}/projects/${{CI_PROJECT_ID}}/simple/list.html");
    scene.context.write(
        "environment.yml",
        &format!(
            "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  - python\n  \
             - pip:\n    - --find-links {links}\n    - thing42\n"
        ),
    );
    let run = |args: &[&str]| {
        let mut command = scene.command(args);
        command.env("CI_PROJECT_ID", "42").output().unwrap()
    };
    let output = run(&[]);
    let shown = scene.context.render(&output);
    assert!(!output.status.success() && server.requests().is_empty(), "{shown}");
    let host = server.address().to_string();
    assert!(shown.contains("--allow-variable CI_PROJECT_ID=127.0.0.1:[PORT]"), "{shown}");
    let output = run(&["--allow-variable", &format!("CI_PROJECT_ID={host}")]);
    assert!(output.status.success(), "{}", scene.context.render(&output));
    let text = scene.context.read("conda-linux-64.lock");
    let file = &wheel.file_name;
    assert!(text.contains(&format!("{at}/projects/${{CI_PROJECT_ID}}/simple/{file}")), "{text}");
    assert_eq!(text.matches("${CI_PROJECT_ID}").count(), 1, "{text}");
}

/// uv fills in variables on its own, also those that the requirements of a package name.
#[test]
fn uv_gets_no_variable_to_fill_in() {
    let Some(scene) = Scene::find() else { return };
    let server = Server::builder(scene.context.path("")).start().unwrap();
    let at = server.root();
    for (line, name) in [
        (format!("six @ {at}/${{GITHUB_TOKEN}}/six-1.0-py3-none-any.whl"), "GITHUB_TOKEN"),
        (format!("six @ {at}/t/${{GITHUB_TOKEN}}/six-1.0-py3-none-any.whl"), "GITHUB_TOKEN"),
        (format!("--extra-index-url {at}/${{MINE}}/simple"), "MINE"),
        (format!("--find-links {at}/x?y=${{MINE}}"), "MINE"),
        ("-c limits.txt".to_owned(), "GITHUB_TOKEN"),
    ] {
        scene.context.write(
            "limits.txt",
            &format!("six @ {at}/${{GITHUB_TOKEN}}/six-1.0-py3-none-any.whl\n"),
        );
        scene.context.write(
            "environment.yml",
            &format!(
                "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies:\n  - python\n  - pip:\n    - {line}\n    - six\n"
            ),
        );
        let output = scene.command(&[]).env(name, SECRET).output().unwrap();
        let shown = scene.context.render(&output);
        assert!(!output.status.success() && shown.contains(name), "{line}: {shown}");
        assert!(!shown.contains(SECRET), "{shown}");
        assert!(server.requests().is_empty(), "{line}: {:?}", server.requests());
    }
}
