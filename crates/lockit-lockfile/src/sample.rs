//! A small hand-made lock that every format's tests share.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockit_diagnostic::{SourceFile, Span};
use lockit_spec::{
    ChannelRef, Cutoff, Environment, ExcludeNewer, Platform, Requirement, SolveOptions,
    VirtualPackage,
};
use proptest::prelude::*;
use rattler_conda_types::{MatchSpec, PackageNameMatcher, ParseStrictness};

use crate::{Lock, LockedChannel, PipRecord, PipSource, PlatformLock, Record};

/// Two platforms of `dev`: python, pip, tzdata, a C library with a build pin, and click with several
/// constraints on one name.
pub(crate) fn lock() -> Lock {
    Lock {
        environment: "dev".to_owned(),
        sources: vec!["environment.yml".to_owned()],
        channels: vec![
            LockedChannel::new("conda-forge"),
            LockedChannel::new("https://repo.example.org/t/${TOKEN}/team"),
        ],
        platforms: BTreeMap::from([
            (Platform::Linux64, platform(Platform::Linux64)),
            (Platform::OsxArm64, platform(Platform::OsxArm64)),
        ]),
        command: Some("lockit -f environment.yml -p linux-64 -p osx-arm64".to_owned()),
        ..Lock::default()
    }
}

pub(crate) fn platform(platform: Platform) -> PlatformLock {
    let subdir = platform.as_str();
    let machine: &[&str] = if platform == Platform::Linux64 {
        &["__glibc >=2.17,<3.0.a0", "__unix"]
    } else {
        &["__osx >=11.0"]
    };
    let mut records = vec![
        record(
            subdir,
            "click",
            "8.1.7",
            "unix_pyh707e725_0",
            &["python >=3.8", "__unix", "python"],
        ),
        record(subdir, "libzlib", "1.3.1", "hb9d3cd8_2", machine),
        record(subdir, "pip", "24.0", "pyhd8ed1ab_0", &["python >=3.7", "setuptools"]),
        record(
            subdir,
            "python",
            "3.12.7",
            "hc5c86c4_0_cpython",
            &["libzlib 1.3.1 hb9d3cd8_2", "tzdata", "pip"],
        ),
        record(subdir, "setuptools", "75.1.0", "pyhd8ed1ab_0", &["python >=3.8"]),
        record(subdir, "tzdata", "2024b", "hc8b5060_0", &[]),
    ];
    crate::order::sort(&mut records);
    let assumed: &[(&str, &str, &str)] = if platform == Platform::Linux64 {
        &[("__archspec", "1", "x86_64"), ("__glibc", "2.28", "0"), ("__unix", "0", "0")]
    } else {
        &[("__archspec", "1", "m1"), ("__osx", "13.0", "0"), ("__unix", "0", "0")]
    };
    PlatformLock {
        input_hash: Some(crate::digest::hex_sha256(subdir.as_bytes())),
        content_hash: None,
        requested: Some(vec!["click".to_owned(), "pip".to_owned()]),
        virtual_packages: assumed
            .iter()
            .map(|(name, version, build)| VirtualPackage {
                name: (*name).to_owned(),
                version: (*version).to_owned(),
                build: (*build).to_owned(),
            })
            .collect(),
        exclude_newer: Some("2026-01-31T23:59:59Z".parse().expect("a valid instant")),
        exclude_newer_package: Vec::new(),
        recorded_needs: std::collections::BTreeMap::new(),
        skipped_pip: 3,
        variables: None,
        pip: pip(),
        records,
    }
}

/// A wheel of the public index that needs another one and a conda package, a wheel of a private index, a commit, and a
/// folder.
fn pip() -> Vec<PipRecord> {
    let record = |name: &str, version: &str, source, depends: &[&str]| PipRecord {
        name: name.to_owned(),
        version: version.to_owned(),
        sha256: matches!(source, PipSource::Archive { .. })
            .then(|| crate::digest::hex_sha256(name.as_bytes())),
        source,
        depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
        categories: vec!["main".to_owned()],
        ..PipRecord::default()
    };
    vec![
        PipRecord {
            extras: vec!["cli".to_owned()],
            ..record(
                "flask-thing",
                "3.0.3",
                PipSource::Archive {
                    url: "https://files.pythonhosted.org/packages/61/80/flask_thing-3.0.3-py3-none-any.whl"
                        .to_owned(),
                    index: None,
                },
                &["click>=8.1.3", "inner"],
            )
        },
        record(
            "inner",
            "1.0",
            PipSource::Archive {
                url: "https://${USER}:${PASS}@pypi.example.org/files/inner-1.0-py3-none-any.whl"
                    .to_owned(),
                index: Some("https://${USER}:${PASS}@pypi.example.org/simple".to_owned()),
            },
            &[],
        ),
        record(
            "local",
            "0.1.0",
            PipSource::Folder { path: "./packages/local".to_owned(), editable: true },
            &["tool"],
        ),
        record(
            "tool",
            "2.0",
            PipSource::Git {
                url: "https://git.example.org/tool.git".to_owned(),
                commit: "1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0".to_owned(),
                subdirectory: Some("python".to_owned()),
            },
            &[],
        ),
    ]
}

/// A full record; packages with a `py` build are noarch, and so is tzdata.
pub(crate) fn record(
    subdir: &str,
    name: &str,
    version: &str,
    build: &str,
    depends: &[&str],
) -> Arc<Record> {
    let noarch = if build.contains("pyh") {
        Some("python")
    } else if name == "tzdata" {
        Some("generic")
    } else {
        None
    };
    let subdir = if noarch.is_some() { "noarch" } else { subdir };
    let url =
        format!("https://conda.anaconda.org/conda-forge/{subdir}/{name}-{version}-{build}.conda");
    let sha256 = crate::digest::hex_sha256(url.as_bytes());
    Arc::new(Record {
        name: name.to_owned(),
        version: version.to_owned(),
        build: build.to_owned(),
        build_number: Some(build.split('_').find_map(|part| part.parse().ok()).unwrap_or(0)),
        subdir: subdir.to_owned(),
        channel: Some("https://conda.anaconda.org/conda-forge".to_owned()),
        md5: Some(sha256[..32].to_owned()),
        sha256: Some(sha256),
        url: Some(url),
        size: Some(12_345),
        timestamp: Some("2024-10-01T12:00:00Z".parse().expect("a valid instant")),
        depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
        constrains: Some(Vec::new()),
        license: Some("BSD-3-Clause".to_owned()),
        noarch: noarch.map(str::to_owned),
        ..Record::default()
    })
}

/// An `environment.yml` of the given requirements for both platforms, with the machines that
/// [`lock`] assumes.
pub(crate) fn environment(requirements: &[&str]) -> Environment {
    let head =
        "channels:\n  - conda-forge\n  - https://repo.example.org/t/${TOKEN}/team\ndependencies:\n";
    let mut text = head.to_owned();
    for requirement in requirements {
        text.extend(["  - ", requirement, "\n"]);
    }
    let file = SourceFile::new("environment.yml", text.as_str());
    let mut start = head.len();
    let requirements = requirements
        .iter()
        .map(|text| {
            let span = Span::new(start + 4, start + 4 + text.len());
            start = span.end + 1;
            let spec = MatchSpec::from_str(text, ParseStrictness::Lenient).expect("a valid spec");
            let PackageNameMatcher::Exact(name) = spec.name.clone() else {
                panic!("an exact name")
            };
            Requirement {
                name,
                spec,
                text: (*text).to_owned(),
                file: file.clone(),
                span,
                selector: None,
                category: "main".to_owned(),
                implied: false,
                may_come_from: Vec::new(),
            }
        })
        .collect();
    let at = |text: &str| {
        let start = head.find(text).expect("part of the head");
        ChannelRef {
            text: text.to_owned(),
            origin: Some((file.clone(), Span::new(start, start + text.len()))),
        }
    };
    Environment {
        name: "dev".to_owned(),
        files: vec!["environment.yml".into()],
        channels: vec![at("conda-forge"), at("https://repo.example.org/t/${TOKEN}/team")],
        channel_names: lockit_spec::ChannelNames::default(),
        platforms: vec![Platform::Linux64, Platform::OsxArm64],
        requirements,
        pip: Vec::new(),
        pip_constraints: Vec::new(),
        pip_overrides: Vec::new(),
        pip_sources: lockit_spec::PipSources::default(),
        names: lockit_spec::NameMap::default(),
        variables: indexmap::IndexMap::new(),
        same_versions_as: None,
        options: SolveOptions {
            virtual_packages: lock()
                .platforms
                .into_iter()
                .map(|(platform, chosen)| (platform, chosen.virtual_packages))
                .collect(),
            ..SolveOptions::default()
        },
    }
}

/// A fixed moment as `--exclude-newer`.
pub(crate) fn exclude_newer(text: &str) -> ExcludeNewer {
    let cutoff = Cutoff::Instant(text.parse().expect("a valid instant"));
    ExcludeNewer { text: text.to_owned(), cutoff }
}

/// Any lock of two platforms, with the strings that formats have trouble with.
pub(crate) fn any_lock() -> impl Strategy<Value = Lock> {
    // Printable, without outer blanks: a comment line cannot keep those.
    let text = "[!-~\u{e9}]{1,3}([ -~]{0,90}[!-~])?";
    (
        "[a-z]{1,5}|1\\.0|null|on|2024-01-01",
        proptest::collection::vec("[a-z./-]{1,20}", 1..3),
        proptest::option::of(text),
        proptest::collection::vec(
            "[a-z]{1,9}|https://[a-z.]{1,9}/(t/\\$\\{TOKEN\\}/)?[a-z]{1,9}",
            0..3,
        ),
        any_platform_lock("linux-64"),
        any_platform_lock("osx-arm64"),
    )
        .prop_map(|(environment, sources, command, channels, linux, osx)| Lock {
            environment,
            sources,
            channels: channels.iter().map(|url| LockedChannel::new(url)).collect(),
            platforms: BTreeMap::from([(Platform::Linux64, linux), (Platform::OsxArm64, osx)]),
            command,
            ..Lock::default()
        })
}

fn any_platform_lock(subdir: &'static str) -> impl Strategy<Value = PlatformLock> {
    (
        proptest::option::of("[0-9a-f]{64}"),
        proptest::option::of(proptest::collection::vec("[a-z]{1,9}", 0..30)),
        proptest::collection::vec(("__[a-z]{1,5}", "[0-9]{1,2}(\\.[0-9])?", "0|x86_64|m1"), 0..3),
        proptest::option::of(0i64..4_000_000_000),
        0usize..3,
        proptest::collection::btree_map("[a-z][a-z0-9_.-]{0,5}", any_record(subdir), 0..6),
        proptest::collection::btree_map("[a-z]([a-z0-9-]?[a-z0-9])?", any_pip_record(), 0..4),
    )
        .prop_map(
            |(
                input_hash,
                requested,
                virtual_packages,
                exclude_newer,
                skipped_pip,
                records,
                pip,
            )| {
                let mut records: Vec<Arc<Record>> = records
                    .into_iter()
                    .map(|(name, record)| {
                        let url = format!(
                            "https://host/t/${{TOKEN}}/c/{}/{name}-{}-{}.conda",
                            record.subdir, record.version, record.build
                        );
                        let channel = Some("https://host/t/${TOKEN}/c".to_owned());
                        Arc::new(Record { name, url: Some(url), channel, ..record })
                    })
                    .collect();
                crate::order::sort(&mut records);
                PlatformLock {
                    input_hash,
                    content_hash: None,
                    requested,
                    virtual_packages: virtual_packages
                        .into_iter()
                        .map(|(name, version, build)| VirtualPackage { name, version, build })
                        .collect(),
                    exclude_newer: exclude_newer
                        .and_then(|at| jiff::Timestamp::from_second(at).ok()),
                    exclude_newer_package: Vec::new(),
                    recorded_needs: std::collections::BTreeMap::new(),
                    skipped_pip,
                    variables: None,
                    pip: pip
                        .into_iter()
                        .map(|(name, mut record)| {
                            if let PipSource::Archive { url, .. } = &mut record.source {
                                url.extend([
                                    &*name.replace('-', "_"),
                                    "-",
                                    &*record.version,
                                    "-py3-none-any.whl",
                                ]);
                            }
                            PipRecord { name, ..record }
                        })
                        .collect(),
                    records,
                }
            },
        )
}

fn any_record(subdir: &'static str) -> impl Strategy<Value = Record> {
    let dependency = "[a-z]{1,2}( (>=|<|==|!=)?[0-9]{1,2}(\\.[0-9]{1,2})?( \\*_[a-z]{1,3})?)?|[a-z] [0-9]\\.\\*|__glibc >=2";
    (
        "([0-9]!)?[0-9]{1,4}(\\.[0-9]{1,3}(e[0-9])?){0,2}(\\+[a-z]{1,3})?",
        "[a-z0-9_]{1,8}",
        prop_oneof![Just(subdir), Just("noarch")],
        "[0-9a-f]{64}",
        proptest::option::of("[0-9]{32}|[0-9a-f]{32}|0{10}e[0-9]{21}"),
        proptest::collection::vec(dependency, 0..5),
    )
        .prop_map(|(version, build, subdir, sha256, md5, depends)| Record {
            version,
            build,
            subdir: subdir.to_owned(),
            sha256: Some(sha256),
            md5,
            depends: Some(depends),
            ..Record::default()
        })
}

fn any_pip_record() -> impl Strategy<Value = PipRecord> {
    let index = "https://[a-z.]{1,9}/simple";
    let address = "https://(\\$\\{USER\\}:\\$\\{PASS\\}@)?[a-z.]{1,9}/|\\./[a-z ]{0,3}[a-z]/|https://files\\.pythonhosted\\.org/";
    let source = prop_oneof![
        (address, proptest::option::of(index))
            .prop_map(|(url, index)| PipSource::Archive { url, index }),
        (
            "(https://|ssh://git@)[a-z.]{1,9}/[a-z]{1,9}(\\.git)?",
            "[0-9a-f]{40}",
            proptest::option::of("[a-z]{1,3}(/[a-z])?")
        )
            .prop_map(|(url, commit, subdirectory)| PipSource::Git {
                url,
                commit,
                subdirectory
            }),
        ("\\.|\\.{1,2}/[a-z# %?]{0,4}[a-z]|/[a-z ]{0,3}[a-z]", any::<bool>())
            .prop_map(|(path, editable)| PipSource::Folder { path, editable }),
    ];
    let depends = "[a-z]{1,2}(>=[0-9]{1,2}(\\.[0-9])?(,<[0-9]{2})?)?|[a-z]==[0-9]\\.\\*";
    (
        "[0-9]{1,2}(\\.[0-9]{1,2}){0,2}(rc1)?",
        source,
        "[0-9a-f]{64}|[0-9]{64}",
        proptest::collection::btree_map("[a-z]{1,2}", depends, 0..4),
        proptest::collection::btree_set("[a-z]{1,3}", 0..2),
    )
        .prop_map(|(version, source, sha256, depends, extras)| PipRecord {
            version,
            sha256: matches!(source, PipSource::Archive { .. }).then_some(sha256),
            source,
            depends: Some(depends.into_values().collect()),
            extras: extras.into_iter().collect(),
            ..PipRecord::default()
        })
}
