//! What specs of every kind say: each folder of `test-data/sources` against its snapshot.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{ReadError, SourceFile, render};
use lockit_spec::{
    EnvironmentFile, NameMap, ParseResult, PipSection, Platform, ReadOptions, Selector, read_spec,
};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data/sources")
}

/// Reads a file of a case, with names that do not depend on the machine.
fn read(case: &Path, name: &str) -> ParseResult<EnvironmentFile> {
    let bytes = |path: &Path| {
        let path = case.join(path);
        path.is_file().then(|| fs_err::read(path).map_err(ReadError::from))
    };
    let file = fs_err::read(case.join(name)).expect("a file of the case can be read");
    let file = SourceFile::decode(name, &file).expect("it is text");
    read_spec(
        &file,
        ReadOptions {
            pip: PipSection::Check,
            environment: None,
            names: &NameMap::default(),
            read: &bytes,
        },
    )
}

/// Every item with its place, category and selector.
fn list(file: &EnvironmentFile) -> String {
    let mut out = String::new();
    if let Some(name) = &file.name {
        let _ = writeln!(out, "name: {}", name.value);
    }
    let channels: Vec<&str> = file.channels.iter().map(|channel| channel.text.as_str()).collect();
    let platforms: Vec<&str> =
        file.platforms.iter().map(|platform| platform.value.as_str()).collect();
    let _ = writeln!(out, "channels: {}", channels.join(" "));
    let _ = writeln!(out, "platforms: {}", platforms.join(" "));
    let sources = &file.pip_sources;
    for index in sources.asked() {
        let _ = writeln!(out, "index: {}", index.text);
    }
    for place in &sources.find_links {
        let _ = writeln!(out, "find-links: {}", place.text);
    }
    if !sources.public {
        out.push_str("not the public index\n");
    }
    if sources.prereleases == lockit_spec::Prereleases::Allow {
        out.push_str("prereleases\n");
    }
    let mut line =
        |what: &str, place: String, text: &str, category: &str, selector: Option<&Selector>| {
            let selector = selector.map_or(String::new(), |selector| format!("  [{selector}]"));
            let _ = writeln!(out, "{place}: {what} {category}: {text}{selector}");
        };
    for item in &file.requirements {
        line("conda", item.place(), &item.text, &item.category, item.selector.as_ref());
    }
    for item in &file.pip {
        line("pip", item.place(), &item.text, &item.category, item.selector.as_ref());
    }
    for item in &file.pip_constraints {
        line("constraint", item.place(), &item.text, &item.category, item.selector.as_ref());
    }
    out
}

#[test]
fn every_kind_of_file() {
    let mut out = String::new();
    let mut cases: Vec<PathBuf> = fs_err::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() > 15);
    for case in cases {
        let mut names: Vec<String> = fs_err::read_dir(&case)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
            .filter(|name| {
                case.join(name).is_file() && name != "constraints.txt" && name != "top.txt"
            })
            .collect();
        names.sort();
        for name in names {
            let title = case.file_name().unwrap().to_string_lossy().into_owned();
            let _ = writeln!(out, "######## {title}/{name}\n");
            match read(&case, &name) {
                Ok(parsed) => {
                    out.push_str(&list(&parsed.value));
                    if !parsed.warnings.is_empty() {
                        let _ = write!(out, "\n{}", render(&parsed.warnings, false));
                    }
                }
                Err(errors) => panic!("{title}/{name}\n{}", render(&errors, false)),
            }
            out.push('\n');
        }
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-spec"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("sources", out);
    });
}

#[test]
fn selectors_of_recipes_are_exact() {
    let parsed = read(&folder().join("conda-build"), "meta.yaml").unwrap().value;
    let on = |platform: Platform| -> Vec<String> {
        parsed
            .requirements
            .iter()
            .filter(|requirement| requirement.applies_to(platform))
            .map(|requirement| requirement.name.as_normalized().to_owned())
            .collect()
    };
    assert_eq!(on(Platform::Win64), ["python", "numpy", "zlib", "python", "pywin32", "pytest"]);
    assert!(on(Platform::Linux64).contains(&"libgcc".to_owned()));
    assert!(!on(Platform::LinuxAarch64).contains(&"libgcc".to_owned()));
}
