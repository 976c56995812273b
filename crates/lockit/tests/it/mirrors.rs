//! `render --rewrite`: the addresses of a mirror in a file, for a build behind a wall.

use insta::assert_snapshot;

use crate::context::TestContext;
use crate::pip_records::LOCK;

const CONDA: &str = "https://conda.anaconda.org=https://mirror.example.org/conda";
const WHEELS: &str = "https://files.pythonhosted.org=https://mirror.example.org/wheels";

fn context() -> TestContext {
    let context = TestContext::new();
    context.write("conda-lock.yml", LOCK);
    context
}

#[test]
fn every_kind_is_written_with_the_addresses_of_a_mirror() {
    let context = context();
    for (kind, name) in [
        ("explicit", "conda-linux-64.lock"),
        ("lock", "new-lock.yml"),
        ("env", "conda-linux-64.lock.yml"),
        ("pixi", "pixi.lock"),
        ("requirements", "requirements-linux-64.txt"),
        ("pylock", "pylock.linux-64.toml"),
    ] {
        let one = ["render", "conda-lock.yml", "-k", kind, "-p", "linux-64"];
        let named = if kind == "lock" { vec!["--lockfile", name] } else { Vec::new() };
        let pairs: &[&str] = if matches!(kind, "requirements" | "pylock") {
            &["--rewrite", WHEELS]
        } else {
            &["--rewrite", CONDA, "--rewrite", WHEELS]
        };
        context.ok(&[&one[..], &named, pairs].concat());
        let text = context.read(name);
        assert!(!text.contains("anaconda.org") && !text.contains("pythonhosted"), "{kind}: {text}");
        assert!(text.contains("https://mirror.example.org/"), "{kind}: {text}");
        assert!(
            !text.contains("mirror.example.org/conda/") || !text.contains("- conda-forge"),
            "{text}"
        );
    }
    let sha = "f0016cbab6ac4138a429e28dbcb904a90305b34b3fe41a9b89d697c90401caec";
    assert!(context.read("conda-linux-64.lock").contains(&format!(
        "\nhttps://mirror.example.org/conda/conda-forge/noarch/click-8.1.7-unix_pyh707e725_0.conda#sha256:{sha}\n"
    )));
}

#[test]
fn only_what_the_project_names_is_no_difference() {
    let context = context();
    let args = ["render", "conda-lock.yml", "-k", "lock", "--lockfile", "mirror-lock.yml"];
    let cf = "https://conda.anaconda.org/conda-forge=https://mirror.example.org/cf-proxy";
    context.ok(&[&args[..], &["--rewrite", cf]].concat());
    let diff = ["diff", "conda-lock.yml", "mirror-lock.yml", "--exit-code"];
    let shown = context.show(&diff);
    assert!(shown.starts_with("exit: 1") && shown.contains("cf-proxy"), "{shown}");
    context.write(
        "lockit.toml",
        "[rewrite]\n\"https://conda.anaconda.org/conda-forge\" = \"https://mirror.example.org/cf-proxy\"\n",
    );
    assert_snapshot!(context.show(&diff), @"
    exit: 0
    --- stdout
    --- stderr
    note: `[rewrite]` of lockit.toml explains the addresses of `https://mirror.example.org/cf-proxy`
    nothing differs
    ");
    // Another digest is one, wherever it comes from.
    let text = context.read("mirror-lock.yml").replace("f0016cbab6ac", "000000000000");
    context.write("mirror-lock.yml", &text);
    let shown = context.show(&diff);
    assert!(shown.starts_with("exit: 1") && shown.contains("click"), "{shown}");
}

#[test]
fn the_project_s_mirrors_need_no_words() {
    let context = context();
    let args = ["render", "conda-lock.yml", "--rewrite", "--stdout", "-p", "linux-64"];
    assert_snapshot!(context.show(&args), @"
    exit: 2
    --- stdout
    --- stderr
    error: lockit.toml has no table `[rewrite]`
     = hint: add it, or name a mirror: `--rewrite FROM=TO`
    ");
    context.write(
        "lockit.toml",
        "[rewrite]\n\"https://conda.anaconda.org\" = \"https://${USER}:${PASS}@mirror.example.org/conda\"\n\
         \"https://repo.anaconda.com\" = \"https://mirror.example.org/main\"\n",
    );
    let shown = context.ok(&args);
    assert!(
        shown.contains("\nhttps://${USER}:${PASS}@mirror.example.org/conda/conda-forge/"),
        "{shown}"
    );
    context.write(
        "lockit.toml",
        "[rewrite]\n\"conda.anaconda.org\" = \"https://mirror.example.org\"\n",
    );
    assert_snapshot!(context.show(&args), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `conda.anaconda.org` is not an address: expected a scheme and a host, and no `?` or `#`
     --> lockit.toml:2:1
      |
    2 | "conda.anaconda.org" = "https://mirror.example.org"
      | ^^^^^^^^^^^^^^^^^^^^
      |
      = hint: write for example `https://conda.anaconda.org=https://mirror.example.org/conda`
    "#);
}

#[test]
fn what_cannot_be_rewritten_is_told() {
    let context = context();
    let shown =
        |pair: &str| context.show(&["render", "conda-lock.yml", "--rewrite", pair, "--stdout"]);
    assert_snapshot!(shown("https://repo.anaconda.com=https://mirror.example.org"), @"
    exit: 2
    --- stdout
    --- stderr
    error: no address begins with `https://repo.anaconda.com`
     = hint: packages come from `https://conda.anaconda.org`, `https://files.pythonhosted.org`, `https://git.example.org`
    ");
    assert_snapshot!(shown("https://conda.anaconda.org=https://joe:hunter2@mirror.example.org"), @"
    exit: 2
    --- stdout
    --- stderr
    error: the mirror for `https://conda.anaconda.org` has a secret in its address
     = hint: write `${VARIABLE}` for it, such as `https://${USER}:${PASSWORD}@host`
    ");
    assert_snapshot!(shown("https://conda.anaconda.org=https://${GITHUB_TOKEN}@mirror.example.org"), @"
    exit: 2
    --- stdout
    --- stderr
    error: the environment variable `GITHUB_TOKEN` belongs to a CI system or to another tool, and no file may have it sent to a host
     = hint: variables are filled in as a login (`https://${USER}:${PASSWORD}@host`) or behind `/t/` (`https://host/t/${TOKEN}/channel`), unless they belong to a CI system
    ");
    assert_snapshot!(shown("conda-lock.yml"), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock.yml` is not a rewrite: expected two addresses, `FROM=TO`
     = hint: write for example `https://conda.anaconda.org=https://mirror.example.org/conda`
    ");
}

/// The lock of an environment may be the rewritten file.
#[test]
fn a_rewritten_lock_is_up_to_date() {
    let (context, _server) = TestContext::new()
        .with_channel("packages: {app: {versions: {1.0: 2025-01-01}, noarch: generic}}\n");
    context.write(
        "environment.yml",
        "name: dev\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    let config = "[environments.dev]\nfiles = [\"environment.yml\"]\n";
    context.write("lockit.toml", config);
    context.ok(&["-k", "lock"]);
    let files = context.stamps();
    let lockfile =
        files.iter().find(|(name, ..)| name.ends_with("conda-lock.yml")).unwrap().0.clone();
    let args = ["render", &lockfile, "-k", "lock", "--lockfile", "new.yml", "--rewrite", CONDA];
    context.ok(&args);
    context.write(&lockfile, &context.read("new.yml"));
    assert!(context.show(&["check"]).starts_with("exit: 1"), "nobody said that it is a mirror");
    context.write(
        "lockit.toml",
        &format!("{config}\n[rewrite]\n\"https://conda.anaconda.org\" = \"https://mirror.example.org/conda\"\n"),
    );
    let shown = context.ok(&["check"]);
    let note =
        "`[rewrite]` of lockit.toml explains the addresses of `https://mirror.example.org/conda`\n";
    assert!(shown.contains(note) && shown.contains("ok the lock is up to date"), "{shown}");
    let before = context.read(&lockfile);
    context.ok(&[]);
    assert_eq!(context.read(&lockfile), before, "a run changes nothing");
    let listed = context.ok(&["render", "-k", "explicit", "--stdout"]);
    assert!(listed.contains("https://mirror.example.org/conda/conda-forge/"), "{listed}");
}

/// The Dockerfile's own expressions give what `render` does.
#[cfg(unix)]
#[test]
fn an_image_is_built_from_the_mirrors_of_the_project() {
    let context = TestContext::new();
    context.write("conda-lock.yml", &LOCK[..LOCK.find("- name: flask").unwrap()]);
    context.write(
        "lockit.toml",
        "[rewrite]\n\"https://conda.anaconda.org\" = \"https://mirror.example.org/conda\"\n\
         \"https://conda.anaconda.org/conda-forge\" = \"https://mirror.example.org/cf\"\n\
         \"https://files.pythonhosted.org\" = \"https://mirror.example.org/wheels\"\n",
    );
    context.ok(&["render", "conda-lock.yml", "-p", "linux-64"]);
    for (kind, name) in [("explicit", "conda-linux-64.lock"), ("lock", "conda-lock.yml")] {
        let dockerfile = context.run(&["dockerfile", name, "--snippet"]);
        let text = String::from_utf8(dockerfile.stdout).unwrap();
        let sed = text.lines().find(|line| line.starts_with("RUN sed -i -E")).unwrap();
        let (sed, _) = sed.trim_start_matches("RUN ").rsplit_once(" /tmp/").unwrap();
        context.write(
            "copy",
            &format!("{}# pip six @ https://files.pythonhosted.org/six.whl\n", context.read(name)),
        );
        let script = format!("{sed} copy");
        let mut shell = std::process::Command::new("sh");
        let done = shell.args(["-c", &script]).current_dir(context.path("")).status();
        assert!(done.unwrap().success(), "{script}");
        let args =
            ["render", "conda-lock.yml", "-k", kind, "-p", "linux-64", "--rewrite", "--stdout"];
        let rewritten = String::from_utf8(context.run(&args).stdout).unwrap();
        let archives = |text: &str| -> Vec<String> {
            let rows = text.lines().filter(|line| line.contains(".conda"));
            rows.map(str::to_owned).collect()
        };
        let copy = context.read("copy");
        assert_eq!(archives(&copy), archives(&rewritten));
        assert!(
            copy.ends_with("# pip six @ https://mirror.example.org/wheels/six.whl\n"),
            "{copy}"
        );
    }
}
