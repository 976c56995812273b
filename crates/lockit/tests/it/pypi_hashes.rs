//! Hashes in lines for pip limit what may be locked (pip's hash-checking mode).

use lockit_testkit::{PypiIndex, Server, Wheel};

use crate::pypi_scene::Scene;

/// An index that has `tool` 1.0 as a wheel and as a source distribution, and 2.0 as a wheel.
struct Hashed {
    scene: Scene,
    index: PypiIndex,
    server: Server,
    wheel: String,
    newer: String,
    source: String,
}

impl Hashed {
    fn find() -> Option<Self> {
        let scene = Scene::find()?;
        let (index, server) = Scene::index(&[("tool", "1.0"), ("tool", "2.0")]);
        let source = index.publish_source("tool", "1.0").unwrap();
        let digest = |version| Wheel::new("tool", version).unwrap().sha256();
        let (wheel, newer) = (digest("1.0"), digest("2.0"));
        Some(Self { scene, index, server, wheel, newer, source })
    }

    fn lines(&self, lines: &[String]) {
        let index = format!("--index-url {}/simple/", self.server.url());
        let lines: Vec<&str> = std::iter::once(&index).chain(lines).map(String::as_str).collect();
        self.scene.plain_spec("environment.yml", &lines);
    }

    /// What a run says of lines that cannot be had.
    fn refused(&self, lines: &[String]) -> String {
        self.lines(lines);
        let shown = self.scene.show(&[]);
        assert!(shown.contains("exit: 1"), "{shown}");
        assert!(!self.scene.context.path("conda-linux-64.lock").exists(), "{shown}");
        let shown = shown.replace(&self.wheel, "[WHEEL]").replace(&self.source, "[SOURCE]");
        shown.replace(&self.newer, "[NEWER]").replace(&ZEROS.repeat(8), "[ZEROS]")
    }

    /// The archive that lines lead to, and the digest it is locked with.
    fn locked(&self, lines: &[String], args: &[&str]) -> String {
        self.lines(lines);
        self.scene.ok(args);
        let text = self.scene.context.read("conda-linux-64.lock");
        let line = text.lines().find(|line| line.starts_with("# pip tool")).unwrap().to_owned();
        assert!(self.scene.ok(&["check"]).contains("ok the lock is up to date"));
        fs_err::remove_file(self.scene.context.path("conda-linux-64.lock")).unwrap();
        let line = line.replace(&self.wheel, "[WHEEL]").replace(&self.source, "[SOURCE]");
        let line = line.replace(&self.newer, "[NEWER]");
        line.rsplit('/').next().unwrap().to_owned()
    }
}

const ZEROS: &str = "00000000";

#[test]
fn another_archive_than_the_hashes_say_is_not_locked() {
    let Some(hashed) = Hashed::find() else { return };
    let zeros = ZEROS.repeat(8);
    insta::assert_snapshot!(hashed.refused(&[format!("Tool==1.0 --hash=sha256:{zeros}")]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved
    error: `tool` has no archive with an allowed hash on linux-64
     --> environment.yml:8:10
      |
    8 |       - 'Tool==1.0 --hash=sha256:[ZEROS]'
      |          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ allows only sha256:[ZEROS]
      |
      = note: tool 1.0 is there as
              tool-1.0-py3-none-any.whl sha256:[WHEEL]
              tool-1.0.zip sha256:[SOURCE]
      = hint: an archive that was replaced is a reason to stop: find out where the hash came from. If one of these archives is right, list its hash
    ");
    // The same in a file, by address, by path, and in constraints.
    hashed.scene.context.write("pins/r.txt", &format!("tool==1.0 \\\n    --hash=sha256:{zeros}\n"));
    let shown = hashed.refused(&["-r pins/r.txt".into()]);
    assert!(shown.contains("--> pins/r.txt:1:1") && shown.contains("sha256:[SOURCE]"), "{shown}");
    let address = format!("{}/simple/tool/tool-1.0-py3-none-any.whl", hashed.server.url());
    Wheel::new("tool", "1.0").unwrap().write(&hashed.scene.context.path("wheels")).unwrap();
    for line in [
        format!("tool @ {address}#sha256={zeros}"),
        format!("tool @ {address} --hash=sha256:{zeros}"),
        format!("{address}#sha256={zeros}"),
        format!("./wheels/tool-1.0-py3-none-any.whl --hash=sha256:{zeros}"),
        format!("tool==1.0 --hash=sha512:{zeros}{zeros}"),
        format!("tool<2 --hash=sha256:{zeros}"),
    ] {
        let shown = hashed.refused(std::slice::from_ref(&line));
        assert!(shown.contains("`tool` has no archive with an allowed hash"), "{line}\n{shown}");
        assert!(shown.contains("sha256:[WHEEL]"), "{line}\n{shown}");
        assert!(shown.contains("--> environment.yml:8:10"), "{line}\n{shown}");
    }
    hashed.scene.context.write("pins/c.txt", &format!("tool==1.0 --hash=sha256:{zeros}\n"));
    let shown = hashed.refused(&["-c pins/c.txt".into(), "tool".into()]);
    assert!(shown.contains("--> pins/c.txt:1:1"), "{shown}");
}

/// An archive that was replaced is told as such, whatever else a line allows; what the index cannot say is another thing.
#[test]
fn a_replaced_archive_is_told_from_a_hash_that_nobody_knows() {
    let Some(hashed) = Hashed::find() else { return };
    let zeros = ZEROS.repeat(8);
    let replaced = "hint: an archive that was replaced is a reason to stop";
    let unknown = "hint: sha512 is not known of them";
    for (line, expected) in [
        (format!("tool==1.0 --hash=sha256:{zeros} --hash=sha512:{zeros}{zeros}"), replaced),
        (format!("tool==1.0 --hash=sha512:{zeros}{zeros} --hash=sha256:{zeros}"), replaced),
        (format!("tool==1.0 --hash=sha512:{zeros}{zeros}"), unknown),
    ] {
        let shown = hashed.refused(std::slice::from_ref(&line));
        assert!(shown.contains(expected), "{line}\n{shown}");
    }
    // Of two lines each must have its way: one is wrong, or one cannot be answered.
    let write = |name: &str, digests: &str| {
        hashed.scene.context.write(name, &format!("tool==1.0 --hash={digests}\n"));
    };
    let both = ["-r a.txt".to_owned(), "-r b.txt".to_owned()];
    write("a.txt", &format!("sha512:{zeros}{zeros}"));
    for (digest, expected) in [(&zeros, replaced), (&hashed.wheel, unknown)] {
        write("b.txt", &format!("sha256:{digest}"));
        let shown = hashed.refused(&both);
        assert!(shown.contains(expected), "{digest}\n{shown}");
    }
}

/// An index need not say hashes: uv computes them.
#[test]
fn archives_of_an_index_without_hashes_are_hashed() {
    let Some(hashed) = Hashed::find() else { return };
    let wheel = Wheel::new("bare", "1.0").unwrap();
    let (file, digest) = (&wheel.file_name, wheel.sha256());
    hashed.index.publish_file(file, &wheel.bytes, "").unwrap();
    let shown = hashed.refused(&[format!("bare==1.0 --hash=sha256:{}", ZEROS.repeat(8))]);
    assert!(shown.contains(&format!("{file} sha256:{digest}")), "{shown}");
    assert!(shown.contains("hint: an archive that was replaced is a reason to stop"), "{shown}");
    hashed.lines(&[format!("bare==1.0 --hash=sha256:{digest}")]);
    hashed.scene.ok(&[]);
    let locked = hashed.scene.context.read("conda-linux-64.lock");
    assert!(locked.contains(&digest), "{locked}");
}

#[test]
fn the_archive_that_the_hashes_allow_is_locked() {
    let Some(hashed) = Hashed::find() else { return };
    let (wheel, newer, source) = (&hashed.wheel, &hashed.newer, &hashed.source);
    let upper = wheel.to_uppercase();
    let zeros = ZEROS.repeat(8);
    for (line, archive) in [
        ("tool".to_owned(), "tool-2.0-py3-none-any.whl#sha256=[NEWER]"),
        (format!("tool==1.0 --hash=sha256:{upper}"), "tool-1.0-py3-none-any.whl#sha256=[WHEEL]"),
        (
            format!("tool==1.0 --hash=sha256:{zeros} --hash=sha256:{source} --hash=sha256:{wheel}"),
            "tool-1.0-py3-none-any.whl#sha256=[WHEEL]",
        ),
        // Only the source distribution, and the only version that has the archive.
        (format!("tool==1.0 --hash=sha256:{source}"), "tool-1.0.zip#sha256=[SOURCE]"),
        (format!("tool --hash=sha256:{wheel}"), "tool-1.0-py3-none-any.whl#sha256=[WHEEL]"),
        (
            format!("tool ; python_version >= \"3\" --hash=sha256:{newer}"),
            "tool-2.0-py3-none-any.whl#sha256=[NEWER]",
        ),
    ] {
        assert_eq!(hashed.locked(std::slice::from_ref(&line), &[]), archive, "{line}");
    }
    // A line that does not hold on this python demands nothing.
    let other = format!("tool==2.0 ; python_version < \"3\" --hash=sha256:{zeros}");
    let lines = [other, format!("tool==1.0 --hash=sha256:{wheel}")];
    assert_eq!(hashed.locked(&lines, &[]), "tool-1.0-py3-none-any.whl#sha256=[WHEEL]");
}

#[test]
fn each_file_has_its_say() {
    let Some(hashed) = Hashed::find() else { return };
    let (wheel, source) = (&hashed.wheel, &hashed.source);
    let write = |name: &str, digests: &[&String]| {
        let line =
            digests.iter().fold("tool==1.0".to_owned(), |line, one| line + " --hash=sha256:" + one);
        hashed.scene.context.write(name, &(line + "\n"));
    };
    let both = ["-r a.txt".to_owned(), "-r b.txt".to_owned()];
    write("a.txt", &[wheel, source]);
    write("b.txt", &[source]);
    assert_eq!(hashed.locked(&both, &[]), "tool-1.0.zip#sha256=[SOURCE]");
    write("a.txt", &[wheel]);
    let shown = hashed.refused(&both);
    assert!(shown.contains("a.txt:1:1") && shown.contains("b.txt:1:1"), "{shown}");
}

/// The hash of a source distribution is no permission to build it.
#[test]
fn a_source_distribution_is_taken_only_if_it_may_be_built() {
    let Some(hashed) = Hashed::find() else { return };
    let line = [format!("tool==1.0 --hash=sha256:{}", hashed.source)];
    hashed.lines(&line);
    let shown = hashed.scene.show(&["--no-build"]);
    assert!(
        shown.contains("`tool` of `environment` must be built to be locked on linux-64"),
        "{shown}"
    );
    hashed.scene.context.write(
        "lockit.toml",
        "no-build = true\n[environments.environment]\nfiles = [\"environment.yml\"]\n",
    );
    let shown = hashed.scene.show(&[]);
    assert!(shown.contains("allow-builds = [\"tool\"]"), "{shown}");
    hashed.scene.context.write(
        "lockit.toml",
        "no-build = true\nallow-builds = [\"tool\"]\n[environments.environment]\nfiles = [\"environment.yml\"]\n",
    );
    hashed.scene.ok(&[]);
    let name =
        hashed.scene.context.files().into_iter().find(|name| name.contains("-linux-64.")).unwrap();
    assert!(hashed.scene.context.read(&name).contains("tool-1.0.zip#sha256="));
}

#[test]
fn an_index_that_says_other_digests_is_held_against_them() {
    let Some(hashed) = Hashed::find() else { return };
    let wheel = Wheel::new("other", "1.0").unwrap();
    let digest = "ab".repeat(64);
    hashed.index.publish_file(&wheel.file_name, &wheel.bytes, &format!("sha512={digest}")).unwrap();
    hashed.lines(&[format!("other==1.0 --hash=sha512:{digest}")]);
    hashed.scene.ok(&["-k", "lock"]);
}

/// A lock from before, and one whose spec got another hash since.
#[test]
fn a_hash_that_changes_makes_the_lock_stale() {
    let Some(hashed) = Hashed::find() else { return };
    hashed.lines(&[format!("tool==1.0 --hash=sha256:{}", hashed.wheel)]);
    hashed.scene.ok(&["-k", "lock"]);
    hashed.lines(&[format!("tool==1.0 --hash=sha256:{}", hashed.source)]);
    let shown = hashed.scene.show(&["check"]);
    assert!(shown.contains("is not satisfied by tool 1.0 (its digest differs)"), "{shown}");
    hashed.scene.ok(&["-k", "lock"]);
    assert!(hashed.scene.context.read("conda-lock.yml").contains("tool-1.0.zip"));
    assert!(hashed.scene.ok(&["check"]).contains("ok the lock is up to date"));
}
