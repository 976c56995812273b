use lockit_spec::{ChannelRef, EnvironmentFile, PipSection};

use super::*;
use crate::lock_specification::{Cuda, LockSpecification, VirtualRepodata};
use crate::sample;
use crate::{ExplicitOptions, InputArea, PipRecord, PipSource, conda_lock, explicit, input_hash};

/// The sample without what the sample environment does not ask for.
fn lock() -> Lock {
    let mut lock = sample::lock();
    for chosen in lock.platforms.values_mut() {
        chosen.input_hash = None;
        chosen.skipped_pip = 0;
        chosen.pip.clear();
    }
    lock
}

fn environment() -> Environment {
    sample::environment(&["click >=8", "pip"])
}

fn run(lock: &Lock, environment: &Environment) -> Satisfaction {
    check(
        lock,
        Expected {
            environment,
            input_hashes: &input_hashes(environment, true),
            skip_pip: true,
            content_hashes: &BTreeMap::new(),
        },
        &mut ParsedRecords::default(),
    )
}

fn input_hashes(environment: &Environment, skip_pip: bool) -> BTreeMap<Platform, InputHash> {
    let platforms = environment.platforms.iter();
    platforms
        .map(|platform| (*platform, input_hash(environment, *platform, &[], skip_pip)))
        .collect()
}

fn words(lock: &Lock, environment: &Environment) -> String {
    let report = run(lock, environment);
    report.reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn linux(lock: &mut Lock) -> &mut PlatformLock {
    lock.platforms.get_mut(&Platform::Linux64).unwrap()
}

fn record<'a>(chosen: &'a mut PlatformLock, name: &str) -> &'a mut Record {
    chosen.records_mut().find(|record| record.name == name).unwrap()
}

#[test]
fn a_fresh_lock_is_satisfied() {
    let report = run(&lock(), &environment());
    assert_eq!(report.reasons, []);
    let expected =
        [(Platform::Linux64, Basis::Dependencies), (Platform::OsxArm64, Basis::Dependencies)];
    assert_eq!(report.basis, BTreeMap::from(expected));
}

/// Every reason, in words and as people see it.
#[test]
fn reasons() {
    let mut shown = String::new();
    let mut show = |title: &str, lock: &Lock, environment: &Environment| {
        let report = run(lock, environment);
        assert!(!report.is_satisfied(), "{title}");
        let diagnostics: Vec<_> = report.reasons.iter().map(Reason::diagnostic).collect();
        let text = lockit_diagnostic::render(&diagnostics, false);
        shown.extend(["## ", title, "\n\n", &text, "\n"]);
    };
    show(
        "requirements",
        &lock(),
        &sample::environment(&[
            "click >=9",
            "pip",
            "python=3.12.7=*_pypy",
            "pandas >=2.3",
            "other::tzdata",
            "__glibc >=2.39",
        ]),
    );

    let mut changed = lock();
    linux(&mut changed).records.retain(|record| record.name != "tzdata");
    record(linux(&mut changed), "python").version = "3.7.0".to_owned();
    record(linux(&mut changed), "pip").constrains =
        Some(vec!["click <8".to_owned(), "absent <1".to_owned()]);
    show("dependencies", &changed, &environment());

    let mut changed = lock();
    record(linux(&mut changed), "libzlib").depends =
        Some(vec!["__glibc >=2.34".into(), "__cuda".into()]);
    show("virtual packages", &changed, &environment());

    let mut changed = lock();
    let twice =
        Record { version: "8.1.6".to_owned(), ..record(linux(&mut changed), "click").clone() };
    let twice = std::sync::Arc::new(twice);
    linux(&mut changed).records.push(twice);
    for name in ["b", "c", "d", "e", "f", "g"] {
        linux(&mut changed).records.push(sample::record("linux-64", name, "1", "0", &[]));
    }
    record(linux(&mut changed), "tzdata").channel =
        Some("https://host.example.org/else".to_owned());
    let pip = record(linux(&mut changed), "pip");
    (pip.sha256, pip.md5) = (None, None);
    show("records", &changed, &environment());

    let mut changed = lock();
    changed.channels.reverse();
    let osx = changed.platforms.remove(&Platform::OsxArm64).unwrap();
    changed.platforms.insert(Platform::Win64, osx);
    show("the lock as a whole", &changed, &environment());

    let mut late = environment();
    late.options.exclude_newer = Some(sample::exclude_newer("2024-09-30T23:59:59Z"));
    let mut one = lock();
    one.platforms.retain(|platform, _| *platform == Platform::Linux64);
    late.platforms = vec![Platform::Linux64];
    linux(&mut one).records_mut().skip(1).for_each(|record| record.timestamp = None);
    linux(&mut one).skipped_pip = 2;
    show("settings", &one, &late);

    let mut bare = lock();
    for chosen in bare.platforms.values_mut() {
        chosen.records_mut().for_each(|record| record.depends = None);
    }
    linux(&mut bare).input_hash = Some("00".to_owned());
    show("formats without dependencies", &bare, &sample::environment(&["click >=9"]));

    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
        prepend_module_to_snapshot => false,
    }, { insta::assert_snapshot!("reasons", shown) });
}

#[test]
fn the_issue_s_own_sentence() {
    let mut lock = lock();
    lock.platforms.remove(&Platform::Linux64);
    let chosen = lock.platforms.get_mut(&Platform::OsxArm64).unwrap();
    chosen.records = vec![sample::record("osx-arm64", "pandas", "2.2.3", "py312_0", &[])];
    let mut environment = sample::environment(&["pandas >=2.3"]);
    environment.platforms = vec![Platform::OsxArm64];
    assert_eq!(
        words(&lock, &environment),
        "`pandas >=2.3` in environment.yml:5 is not satisfied by pandas 2.2.3 on osx-arm64"
    );
}

/// An explicit file as other tools write it, and as lockit did before it wrote dependencies.
fn without_dependencies(text: &str) -> Lock {
    let is_kept = |line: &&str| !line.starts_with('#') || line.starts_with("# pip ");
    let (head, body) = text.split_once("@EXPLICIT\n").unwrap();
    let body: Vec<&str> = body.lines().filter(is_kept).collect();
    let text = format!("{head}@EXPLICIT\n{}\n", body.join("\n"));
    explicit::read(&lockit_diagnostic::SourceFile::new("x.lock", text)).unwrap().0
}

#[test]
fn without_dependencies_records_and_the_hash_decide() {
    let environment = environment();
    let mut lock = lock();
    for (platform, chosen) in &mut lock.platforms {
        chosen.input_hash =
            Some(input_hash(&environment, *platform, &[], true).as_str().to_owned());
    }
    let mut read = Lock::default();
    let mut whole = Lock::default();
    for platform in [Platform::Linux64, Platform::OsxArm64] {
        let text = explicit::write(&lock, platform, ExplicitOptions::default()).unwrap();
        read.absorb(without_dependencies(&text));
        whole
            .absorb(explicit::read(&lockit_diagnostic::SourceFile::new("x.lock", text)).unwrap().0);
    }
    let report = run(&read, &environment);
    assert_eq!(report.reasons, []);
    assert!(report.basis.values().all(|basis| *basis == Basis::InputHash));
    // The record still fits, and nothing else is asked for.
    let narrower = sample::environment(&["click >=8.1", "pip"]);
    assert_eq!(run(&read, &narrower).reasons, []);
    // What it needed of others nobody knows once something else is asked for: it may be what `pip` brought.
    let fewer = sample::environment(&["click >=8"]);
    let reasons = run(&read, &fewer).reasons;
    assert_eq!(reasons.len(), 2);
    let names = |reason: &Reason| match reason {
        Reason::InputsChanged { areas, .. } => *areas == [InputArea::Names],
        _ => false,
    };
    assert!(reasons.iter().all(names), "{reasons:?}");
    // The same lock with dependencies needs no relock.
    assert_eq!(words(&whole, &narrower), "");
    let text = conda_lock::write(&lock, "conda-lock.yml").unwrap();
    let read =
        conda_lock::read(&lockit_diagnostic::SourceFile::new("conda-lock.yml", text)).unwrap().0;
    assert_eq!(words(&read, &narrower), "");
}

#[test]
fn a_channel_is_the_same_by_name_and_by_url() {
    let mut lock = lock();
    lock.channels[0].url = "https://conda.anaconda.org/conda-forge".to_owned();
    lock.channels[1].url = "https://repo.example.org/team".to_owned();
    assert_eq!(words(&lock, &environment()), "");
    assert_eq!(words(&lock, &sample::environment(&["conda-forge::click", "pip"])), "");
    lock.channels.clear();
    assert_eq!(words(&lock, &environment()), "");
}

/// `defaults` are several channels of one host, and no others.
#[test]
fn defaults_stand_for_the_channels_of_their_host() {
    let mut lock = lock();
    lock.channels.clear();
    let mut of_defaults = environment();
    of_defaults.channels = vec![ChannelRef::new("defaults")];
    let mut from = |channel: &str| {
        for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
            record.channel = Some(channel.to_owned());
        }
        let foreign = |environment| {
            let reasons = run(&lock, environment).reasons;
            reasons.iter().any(|reason| matches!(reason, Reason::ForeignChannel { .. }))
        };
        (foreign(&of_defaults), foreign(&environment()))
    };
    for name in ["main", "r", "msys2"] {
        assert_eq!(
            from(&format!("https://repo.anaconda.com/pkgs/{name}")),
            (false, true),
            "{name}"
        );
    }
    assert_eq!(from("https://conda.anaconda.org/conda-forge"), (true, false));
    for other in [
        "https://repo.anaconda.com/cloud/main",
        "https://repo.anaconda.com.example.org/pkgs/main",
        "http://repo.anaconda.com/pkgs/main",
    ] {
        assert_eq!(from(other), (true, true), "{other}");
    }
}

/// What was built at the very moment is not newer than it.
#[test]
fn the_moment_of_a_cutoff_is_before_it() {
    let mut lock = lock();
    let built: jiff::Timestamp = "2024-09-30T12:00:00Z".parse().unwrap();
    for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
        record.timestamp = Some(built);
    }
    let mut environment = environment();
    let mut too_new = |cutoff: &str| {
        environment.options.exclude_newer = Some(sample::exclude_newer(cutoff));
        let reasons = run(&lock, &environment).reasons;
        reasons.iter().filter(|reason| matches!(reason, Reason::TooNew { .. })).count()
    };
    assert_eq!(too_new("2024-09-30T12:00:00Z"), 0);
    assert!(too_new("2024-09-30T11:59:59Z") > 0);
}

#[test]
fn what_a_format_does_not_keep_is_no_reason() {
    let mut lock = lock();
    for record in lock.platforms.values_mut().flat_map(crate::PlatformLock::records_mut) {
        record.build_number = None;
        record.channel = None;
        record.timestamp = None;
    }
    let mut environment = sample::environment(&[
        "click[build_number='>=0']",
        "pip",
        "conda-forge::libzlib 1.3.1 *_2",
    ]);
    environment.options.exclude_newer = Some(sample::exclude_newer("2020-01-01T00:00:00Z"));
    // ... but somebody must have looked at it once.
    assert!(words(&lock, &environment).contains("the lock for linux-64 was made with 2026-01-31"));
    for chosen in lock.platforms.values_mut() {
        chosen.exclude_newer = Some("2020-01-01T00:00:00Z".parse().unwrap());
    }
    assert_eq!(words(&lock, &environment), "");
    // The build string ends in the build number.
    let other = sample::environment(&["click", "pip", "libzlib[build_number='>=3']"]);
    assert!(words(&lock, &other).contains("libzlib 1.3.1 (build hb9d3cd8_2)"));
}

/// Old channels have no sha256.
#[test]
fn an_md5_pins_an_archive_as_well() {
    let mut lock = lock();
    let md5 = record(linux(&mut lock), "pip").md5.clone().unwrap();
    for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
        record.sha256 = None;
    }
    assert_eq!(words(&lock, &environment()), "");
    // A spec may name the archive that it wants. Which one a platform without its digest has, nobody knows.
    let wants = |md5: &str| {
        let mut environment = sample::environment(&["click", &format!("pip[md5={md5}]")]);
        environment.platforms = vec![Platform::Linux64];
        environment
    };
    lock.platforms.remove(&Platform::OsxArm64);
    assert_eq!(words(&lock, &wants(&md5)), "");
    let other = wants(&"0".repeat(32));
    insta::assert_snapshot!(words(&lock, &other), @"`pip[md5=00000000000000000000000000000000]` in environment.yml:6 is not satisfied by pip 24.0 (its digest differs) on linux-64");
    record(linux(&mut lock), "pip").md5 = None;
    record(linux(&mut lock), "pip").sha256 = Some("0".repeat(64));
    assert_eq!(words(&lock, &other), "");
}

#[test]
fn one_environment_follows_another() {
    let dev = lock();
    let mut predict = dev.clone();
    predict.environment = "predict".to_owned();
    predict.platforms.get_mut(&Platform::OsxArm64).unwrap().records.truncate(2);
    assert_eq!(same_records(&predict, &dev), []);
    record(linux(&mut predict), "click").version = "8.1.8".to_owned();
    record(linux(&mut predict), "python").build = "h0_0".to_owned();
    record(linux(&mut predict), "pip").sha256 = Some("00".to_owned());
    linux(&mut predict).records.push(sample::record("linux-64", "extra", "1", "0", &[]));
    let reasons = same_records(&predict, &dev);
    insta::assert_snapshot!(reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), @"
    python 3.12.7 on linux-64 is build h0_0 in `predict` and build hc5c86c4_0_cpython in `dev`
    pip 24.0 pyhd8ed1ab_0 on linux-64 is not the same archive in `predict` and in `dev`: their digests differ
    click 8.1.8 on linux-64 in `predict` is 8.1.7 in `dev`
    extra 1 on linux-64 in `predict` is not in `dev`
    ");
}

/// The environment with a `pip:` section.
fn with_pip(lines: &[&str]) -> Environment {
    let mut text = "channels: [conda-forge]\ndependencies:\n  - pip\n  - pip:\n".to_owned();
    for line in lines {
        text.extend(["    - ", line, "\n"]);
    }
    let file = lockit_diagnostic::SourceFile::new("environment.yml", text);
    let read = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
    Environment { pip: read.value.pip, ..environment() }
}

/// The lock with its PyPI packages, on one platform.
fn lock_with_pip() -> Lock {
    let mut lock = sample::lock();
    lock.platforms.retain(|platform, _| *platform == Platform::Linux64);
    linux(&mut lock).input_hash = None;
    linux(&mut lock).skipped_pip = 0;
    lock
}

fn run_with_pip(lock: &Lock, environment: &Environment) -> Satisfaction {
    let environment = Environment { platforms: vec![Platform::Linux64], ..environment.clone() };
    let wanted = Expected {
        environment: &environment,
        input_hashes: &input_hashes(&environment, false),
        skip_pip: false,
        content_hashes: &BTreeMap::new(),
    };
    check(lock, wanted, &mut ParsedRecords::default())
}

const ASKED: [&str; 2] =
    ["flask-thing[cli] >=3,<4", "local @ ./packages/local ; sys_platform == 'linux'"];

#[test]
fn pip_requirements_are_satisfied_by_both_kinds() {
    assert_eq!(run_with_pip(&lock_with_pip(), &with_pip(&ASKED)).reasons, []);
    let more = [
        ASKED[0],
        ASKED[1],
        // A conda package is this one.
        "Click >=8",
        // A tag can be of any commit.
        "tool @ git+https://git.example.org/tool@v2#subdirectory=python",
        "absent ; python_version < '3.10'",
        "absent ; sys_platform == 'win32'",
    ];
    assert_eq!(run_with_pip(&lock_with_pip(), &with_pip(&more)).reasons, []);
    let mut other = lock_with_pip();
    record(linux(&mut other), "click").purls = Some(vec!["pkg:pypi/flask".to_owned()]);
    linux(&mut other).pip[0].depends = Some(vec!["Flask >=8".to_owned(), "inner".to_owned()]);
    assert_eq!(run_with_pip(&other, &with_pip(&ASKED)).reasons, []);
}

#[test]
fn reasons_of_pip() {
    let mut shown = String::new();
    let mut show = |title: &str, lock: &Lock, lines: &[&str]| {
        let report = run_with_pip(lock, &with_pip(lines));
        assert!(!report.is_satisfied(), "{title}");
        let diagnostics: Vec<_> = report.reasons.iter().map(Reason::diagnostic).collect();
        let text = lockit_diagnostic::render(&diagnostics, false);
        shown.extend(["## ", title, "\n\n", &text, "\n"]);
    };
    show(
        "requirements",
        &lock_with_pip(),
        &[
            "flask-thing[cli,socks] >=3",
            "inner ==2",
            "missing",
            "click >=9",
            "tool @ git+https://git.example.org/tool@0123456789",
            "local @ ./packages/other",
            "git+https://host/other",
        ],
    );
    show("nothing asks for it", &lock_with_pip(), &["flask-thing"]);
    let mut changed = lock_with_pip();
    let chosen = linux(&mut changed);
    chosen.pip[0].depends = Some(vec!["click>=9".into(), "inner <1".into(), "gone".into()]);
    chosen.pip[0].requires_python = Some(">=3.13".into());
    chosen.pip[1].sha256 = None;
    let setuptools =
        PipRecord { name: "setuptools".into(), version: "80".into(), ..chosen.pip[1].clone() };
    chosen.pip.push(PipRecord { depends: Some(Vec::new()), ..setuptools });
    show("packages", &changed, &["flask-thing", "local @ ./packages/local", "setuptools"]);
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
        prepend_module_to_snapshot => false,
    }, { insta::assert_snapshot!("reasons-pip", shown) });
}

#[test]
fn with_skip_pip_there_are_none() {
    let words = words(&lock_with_pip(), &with_pip(&[]));
    assert!(
        words.ends_with(
            "flask-thing 3.0.3, inner 1.0, local 0.1.0, tool 2.0 are locked on linux-64, but nothing asks for them"
        ),
        "{words}"
    );
}

#[test]
fn without_dependencies_the_input_hash_decides_about_pip_too() {
    let environment = with_pip(&ASKED);
    let mut lock = lock_with_pip();
    let hash = input_hash(&environment, Platform::Linux64, &[], false);
    linux(&mut lock).input_hash = Some(hash.as_str().to_owned());
    let text = explicit::write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap();
    let read = without_dependencies(&text);
    assert_eq!(run_with_pip(&read, &environment).reasons, []);
    let narrower = with_pip(&["flask-thing[cli] >=3.0.1", ASKED[1]]);
    let whole = explicit::read(&lockit_diagnostic::SourceFile::new("x.lock", text)).unwrap().0;
    assert_eq!(run_with_pip(&whole, &narrower).reasons, []);
    assert_eq!(run_with_pip(&read, &narrower).reasons, []);
    let other = with_pip(&[ASKED[0], "local @ ./packages/local"]);
    let reasons = run_with_pip(&read, &other).reasons;
    assert!(matches!(reasons.as_slice(), [Reason::InputsChanged { .. }]), "{reasons:?}");
}

/// The lock with the categories of the sample's packages, on one platform.
fn lock_in_categories(of: &[(&str, &[&str])]) -> Lock {
    let mut lock = lock();
    lock.platforms.remove(&Platform::OsxArm64);
    for record in linux(&mut lock).records_mut() {
        let found = of.iter().find(|(name, _)| *name == record.name);
        let categories = found.map_or(&["main"][..], |(_, categories)| categories);
        record.categories = categories.iter().map(|&one| one.to_owned()).collect();
    }
    lock
}

#[test]
fn a_package_stays_in_the_categories_that_the_requirements_give_it() {
    let mut environment = sample::environment(&["click", "pip"]);
    environment.platforms = vec![Platform::Linux64];
    assert_eq!(words(&lock_in_categories(&[]), &environment), "");
    environment.requirements[0].category = "dev".to_owned();
    // `click` needs python, which `pip` needs in `main`.
    assert_eq!(words(&lock_in_categories(&[("click", &["dev"])]), &environment), "");
    insta::assert_snapshot!(words(&lock_in_categories(&[]), &environment), @"click 8.1.7 is needed in `dev`, but linux-64 has it in `main`");
    // What the named one brings along changes with it, and is told only when nothing named has changed.
    let both = [("click", &["main"][..]), ("tzdata", &["dev"])];
    insta::assert_snapshot!(words(&lock_in_categories(&both), &environment), @"click 8.1.7 is needed in `dev`, but linux-64 has it in `main`");
    let along = [("click", &["dev"][..]), ("tzdata", &["dev"])];
    insta::assert_snapshot!(words(&lock_in_categories(&along), &environment), @"tzdata 2024b is needed in `main`, but linux-64 has it in `dev`");
    // Older files put everything into one category, or keep none.
    let none = [("click", &[][..])];
    assert_eq!(words(&lock_in_categories(&none), &environment), "");
    // Back in `main`, the lock still says `dev`.
    environment.requirements[0].category = "main".to_owned();
    insta::assert_snapshot!(words(&lock_in_categories(&[("click", &["dev"])]), &environment), @"click 8.1.7 is needed in `main`, but linux-64 has it in `dev`");
}

/// A requirement may name a channel that the list does not have.
#[test]
fn a_channel_that_a_requirement_names_is_no_foreign_one() {
    let mut lock = lock();
    for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
        if record.name == "click" {
            record.channel = Some("https://conda.anaconda.org/other".to_owned());
        }
    }
    let foreign = |requirement: &str| {
        let reasons = run(&lock, &sample::environment(&[requirement, "pip"])).reasons;
        reasons.iter().any(|reason| matches!(reason, Reason::ForeignChannel { .. }))
    };
    assert!(!foreign("other::click"));
    assert!(foreign("click"));
    assert!(foreign("another::click"));
}

#[test]
fn what_a_spec_says_of_a_package_is_compared_with_what_the_lock_knows_of_it() {
    let mut lock = lock();
    lock.platforms.remove(&Platform::OsxArm64);
    let said = |requirement: &str| {
        let mut environment = sample::environment(&[requirement, "click", "pip"]);
        environment.platforms = vec![Platform::Linux64];
        words(&lock, &environment)
    };
    for fits in [
        "libzlib[build_number=2]",
        "libzlib[subdir=linux-64]",
        "libzlib 1.3.1 hb9d3cd8_*",
        "conda-forge::libzlib",
        "libzlib[fn='libzlib-1.3.1-hb9d3cd8_2.conda']",
    ] {
        assert_eq!(said(fits), "", "{fits}");
    }
    for (misses, detail) in [
        ("libzlib[build_number=3]", "(build hb9d3cd8_2)"),
        ("libzlib[subdir=osx-64]", "/linux-64)"),
        ("libzlib 1.3.1 h0_*", "(build hb9d3cd8_2)"),
        ("other::libzlib", "conda-forge/linux-64)"),
        ("libzlib[fn='libzlib-1.3.1-h0_0.conda']", "(build hb9d3cd8_2)"),
    ] {
        assert!(said(misses).contains(detail), "{misses}: {}", said(misses));
    }
}

/// conda-lock's own files have its hash of the inputs, and lockit makes the same.
#[test]
fn a_hash_of_conda_lock_answers_where_nothing_else_does() {
    let mut lock = lock();
    lock.platforms.remove(&Platform::OsxArm64);
    let chosen = linux(&mut lock);
    chosen.input_hash = None;
    chosen.records_mut().for_each(|record| record.depends = None);
    let mut environment = environment();
    environment.platforms = vec![Platform::Linux64];
    let specification = LockSpecification::of(&environment, &|_| false);
    let assumed = VirtualRepodata::conda_lock_default(&Cuda::Default);
    let hash = specification.content_hash(Platform::Linux64, &assumed).unwrap();
    let mut reasons = |recorded: Option<&str>, known: bool| {
        linux(&mut lock).content_hash = recorded.map(str::to_owned);
        let hashes = BTreeMap::from([(Platform::Linux64, hash.clone())]);
        let none = BTreeMap::new();
        let wanted = Expected {
            environment: &environment,
            input_hashes: &BTreeMap::new(),
            skip_pip: true,
            content_hashes: if known { &hashes } else { &none },
        };
        check(&lock, wanted, &mut ParsedRecords::default()).reasons
    };
    let platform = Platform::Linux64;
    assert_eq!(reasons(Some(&hash.value), true), []);
    let areas = InputArea::ALL.to_vec();
    assert_eq!(reasons(Some("00"), true), [Reason::InputsChanged { areas, platform }]);
    assert_eq!(reasons(Some(&hash.value), false), [Reason::InputsUnknown { platform }]);
    assert_eq!(reasons(None, true), [Reason::InputsUnknown { platform }]);
}

#[test]
fn a_line_for_pip_names_the_place_that_the_lock_has() {
    let fits = |line: &str| {
        let asked = [ASKED[0], ASKED[1], line];
        run_with_pip(&lock_with_pip(), &with_pip(&asked)).is_satisfied()
    };
    let commit = "1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0";
    let tool = |tail: &str| format!("tool @ git+https://git.example.org/tool{tail}");
    let folder = "#subdirectory=python";
    for line in [
        tool(&format!(".git@{commit}{folder}")),
        tool(&format!("@{}{folder}", &commit[..7])),
        // Six digits may be the name of a branch.
        tool(&format!("@abcdef{folder}")),
        tool(&format!("@main{folder}")),
        tool(folder),
        "tool @ git+https://joe:pw@git.example.org/tool/#subdirectory=python".to_owned(),
    ] {
        assert!(fits(&line), "{line}");
    }
    for line in [
        tool(&format!("@{}0{folder}", &commit[..7])),
        tool(&format!("@{commit}")),
        tool("#subdirectory=other"),
        "tool @ git+https://git.example.org/other#subdirectory=python".to_owned(),
        "tool @ https://git.example.org/tool.zip".to_owned(),
        "local @ ./elsewhere/local".to_owned(),
    ] {
        assert!(!fits(&line), "{line}");
    }
    // A folder may be called as extras are written; only what stands behind it is extras.
    let folder_fits = |line: &str, path: &str| {
        let mut lock = lock_with_pip();
        for chosen in lock.platforms.values_mut() {
            let folders = chosen.pip.iter_mut().filter(|one| one.name == "local");
            folders.for_each(|one| {
                one.source = PipSource::Folder { path: path.to_owned(), editable: true };
            });
        }
        run_with_pip(&lock, &with_pip(&[ASKED[0], line, &tool(folder)])).is_satisfied()
    };
    for line in ["./lib[1]/sub[dev]", "-e ./lib[1]/sub[dev, docs]", "local @ ./lib[1]/sub[dev]"] {
        assert!(folder_fits(line, "./lib[1]/sub"), "{line}");
        assert!(!folder_fits(line, "./lib"), "{line}");
    }
    // A spec in a folder of the project says it from there.
    assert!(fits("local @ ./local"));
    assert!(fits("local @ ../project/packages/local"));
}

/// A channel that is named by a path has become an address when it was locked; which folder it was, nobody compares.
#[test]
fn a_folder_that_is_listed_stands_for_channels_on_the_disk_and_no_others() {
    let foreign = |listed: &str, locked: &str| {
        let mut lock = lock();
        lock.channels.clear();
        for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
            record.channel = Some(locked.to_owned());
        }
        let mut environment = environment();
        environment.channels = vec![ChannelRef::new(listed)];
        let reasons = run(&lock, &environment).reasons;
        reasons.iter().any(|reason| matches!(reason, Reason::ForeignChannel { .. }))
    };
    assert!(!foreign("./chan", "file:///srv/chan"));
    assert!(foreign("./chan", "https://host/chan"));
    assert!(foreign("https://host/chan", "file:///srv/chan"));
    assert!(!foreign("file:///srv/chan/", "file:///srv/chan"));
}

/// Packages show none of it, whether or not they keep their dependencies.
#[test]
fn what_packages_do_not_show_is_in_the_hash() {
    let environment = environment();
    let mut lock = lock();
    for (platform, chosen) in &mut lock.platforms {
        let hash = input_hash(&environment, *platform, &[], true);
        chosen.input_hash = Some(hash.as_str().to_owned());
    }
    assert_eq!(run(&lock, &environment).reasons, []);
    let mut other = environment.clone();
    other.options.strategy = lockit_spec::Strategy::Lowest;
    assert_eq!(
        words(&lock, &other).lines().next(),
        Some(
            "the settings of the solve (channels, priority, strategy, `exclude-newer`, virtual packages, variables) \
             changed since the lock for linux-64 was made (by the input hash)"
        )
    );
    // What an earlier lockit recorded holds as long as nothing changes.
    for (platform, chosen) in &mut lock.platforms {
        let hash = input_hash(&environment, *platform, &[], true);
        chosen.input_hash = Some(hash.former().to_owned());
    }
    assert_eq!(run(&lock, &environment).reasons, []);
    assert_eq!(
        words(&lock, &other).lines().next(),
        Some(
            "the specs or settings changed since the lock for linux-64 was made (by the input hash)"
        )
    );
    // Nothing is known of what another tool has made.
    for chosen in lock.platforms.values_mut() {
        chosen.input_hash = None;
    }
    assert_eq!(run(&lock, &other).reasons, []);
}
