//! The name of the distribution, and what emitted jobs install.

use std::path::Path;

use crate::context::TestContext;

/// Every text that tells people or machines what to install, by name.
fn texts() -> Vec<(String, String)> {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let read = |name: &str| (name.to_owned(), fs_err::read_to_string(top.join(name)).unwrap());
    let mut texts: Vec<(String, String)> = [
        "README.md",
        "CONTRIBUTING.md",
        "ARCHITECTURE.md",
        "action.yml",
        "pyproject.toml",
        ".pre-commit-hooks.yaml",
        ".github/workflows/ci.yml",
        "xtask/e2e/installs.py",
    ]
    .map(read)
    .into();
    for entry in fs_err::read_dir(top.join("docs")).unwrap() {
        let name = format!("docs/{}", entry.unwrap().file_name().to_str().unwrap());
        texts.push(read(&name));
    }
    let context = TestContext::new();
    context.git(&["init", "--quiet"]);
    context.ok(&["init"]);
    for (forge, file) in
        [("github", ".github/workflows/lockit.yml"), ("gitlab", ".gitlab/lockit.yml")]
    {
        context.ok(&["init", "--ci", forge]);
        texts.push((file.to_owned(), context.read(file)));
    }
    for name in [".pre-commit-config.yaml", "lockit.toml"] {
        texts.push((name.to_owned(), context.read(name)));
    }
    texts
}

/// What stands before a name that is looked up where packages are published.
const INSTALLERS: [&str; 16] = [
    "pip install",
    "pipx install",
    "pipx run",
    "uvx",
    "uv tool install",
    "uv tool run",
    "uv add",
    "cargo install",
    "cargo binstall",
    "npm install",
    "npx",
    "conda install",
    "mamba install",
    "pixi add",
    "pixi global install",
    "additional_dependencies:",
];

/// The word of a line that names the distribution of somebody else.
fn foreign_name(line: &str) -> Option<&str> {
    let is_name = |word: &&str| {
        let word = word.trim_matches(['"', '\'', '`', '[', ']', ',', '.', ';', ')', '(']);
        let name = word.split(['=', '<', '>', '~', '@', '[', '!']).next().unwrap_or(word);
        name == "lockit"
    };
    let pinned = || {
        line.split_whitespace().find(|word| {
            let word = word.trim_matches(['"', '\'', '`']);
            let version = word
                .strip_prefix("lockit")
                .map(|rest| rest.trim_start_matches(['=', '>', '~', '@']));
            version.is_some_and(|version| {
                version.len() + "lockit".len() < word.len()
                    && version.starts_with(|c: char| c.is_ascii_digit() || c == '{')
            })
        })
    };
    INSTALLERS
        .iter()
        .filter_map(|installer| line.split_once(installer))
        .find_map(|(_, rest)| rest.split(['&', '|', '`']).next()?.split_whitespace().find(is_name))
        .or_else(pinned)
}

#[test]
fn nothing_tells_anybody_to_install_a_lockit_of_others() {
    for (name, text) in texts() {
        for line in text.lines() {
            assert_eq!(foreign_name(line), None, "{name}: {line}");
        }
    }
    // It does look.
    for line in [
        "run: pipx install \"lockit==0.1.0\"",
        "LOCKIT: lockit==0.1.0",
        "pip install lockit",
        "cargo install lockit --locked",
        "`uvx lockit`",
        "additional_dependencies: [\"lockit>=1\"]",
        "pixi global install lockit",
    ] {
        assert!(foreign_name(line).is_some(), "{line}");
    }
    for line in
        ["pipx install conda-lockit==1", "LOCKIT: conda-lockit==0.1.0", "lockit install x.lock"]
    {
        assert_eq!(foreign_name(line), None, "{line}");
    }
}

#[test]
fn what_is_published_has_our_name() {
    let name_in = |file: &str, table: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = fs_err::read_to_string(path).unwrap();
        let read: toml::Table = toml::from_str(&text).unwrap();
        read[table]["name"].as_str().unwrap().to_owned()
    };
    assert_eq!(name_in("../../pyproject.toml", "project"), "conda-lockit");
    assert_eq!(name_in("Cargo.toml", "package"), "conda-lockit");
    // The command keeps its name.
    assert!(env!("CARGO_BIN_EXE_lockit").contains("lockit"));
    let texts = texts();
    let jobs = texts.iter().filter(|(name, _)| name.ends_with("lockit.yml"));
    assert_eq!(jobs.filter(|(_, text)| text.contains("LOCKIT: conda-lockit==")).count(), 2);
}

#[test]
fn actions_are_pinned_by_commit() {
    let mut pinned = 0;
    for (name, text) in texts() {
        for line in text.lines() {
            let line = line.trim_start().trim_start_matches("- ");
            let Some(action) = line.strip_prefix("uses: ") else { continue };
            let (_, version) = action.split_once('@').unwrap();
            let (commit, comment) = version.split_once(" # ").unwrap_or((version, ""));
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit && comment.starts_with('v'), "{name}: {line}");
            pinned += 1;
        }
    }
    assert!(pinned >= 10, "{pinned}");
}
