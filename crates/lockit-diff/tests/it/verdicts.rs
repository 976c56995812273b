//! Is it an export? Small files made for the purpose, and real ones with labels where they are at hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockit_diagnostic::SourceFile;
use lockit_diff::export::{ExportKind, OsFamily, judge};
use lockit_spec::{EnvironmentFile, PipSection, Survey};

use crate::EXPORT;

fn survey(text: &str) -> Survey {
    EnvironmentFile::survey(&SourceFile::new("environment.yml", text), PipSection::Skip)
}

fn kind(text: &str) -> Option<ExportKind> {
    judge(&survey(text)).kind
}

#[test]
fn exports_are_known_in_every_shape() {
    assert_eq!(kind(EXPORT), Some(ExportKind::Builds));
    // Without builds, without `prefix:`, and with only every second line left.
    let bare: Vec<&str> = EXPORT
        .lines()
        .filter(|line| !line.starts_with("prefix"))
        .map(|line| match line.match_indices('=').nth(1) {
            Some((at, _)) if line.starts_with("  - ") => &line[..at],
            _ => line,
        })
        .collect();
    let bare = bare.join("\n");
    assert_eq!(kind(&bare), Some(ExportKind::Versions), "{bare}");
    let half: Vec<&str> = EXPORT
        .lines()
        .enumerate()
        .filter(|(index, line)| !line.starts_with("  - ") || index % 2 == 0 || line.ends_with(':'))
        .map(|(_, line)| line)
        .collect();
    let half = half.join("\n");
    assert_eq!(kind(&half), Some(ExportKind::Builds), "{half}");
}

#[test]
fn the_system_is_named_by_path_and_packages() {
    let verdict = judge(&survey(EXPORT));
    let (family, names) = verdict.evidence.system().unwrap();
    assert_eq!(family, OsFamily::Osx);
    assert_eq!(names, ["appnope", "libcxx", "python.app"]);
    let moved = EXPORT.replace("/Users/ada/", "C:\\\\Users\\\\ada\\\\");
    assert_eq!(judge(&survey(&moved)).evidence.system().unwrap().0, OsFamily::Win);
    let nowhere: String = EXPORT
        .lines()
        .filter(|line| !line.starts_with("prefix"))
        .fold(String::new(), |all, line| all + line + "\n");
    assert_eq!(judge(&survey(&nowhere)).evidence.system().unwrap().0, OsFamily::Osx);
}

#[test]
fn people_pin_too() {
    for text in [
        // Everything exactly, one library of the system among it.
        "dependencies: [python=3.11.4, numpy=1.26.4, pandas=2.2.1, scipy=1.12.0, openssl=3.2.1, pytest=8.1.1, requests=2.31.0, sqlalchemy=2.0.28]",
        // Variants.
        "dependencies: [pytorch=2.1=*cuda*, blas=*=openblas, hdf5=*=mpi*, python=3.11]",
        // Builds, as in bioinformatics.
        "dependencies: [samtools=1.17=hd87286a_1, bwa=0.7.17=he4a0461_11, bcftools=1.17=h3cc50cf_1, fastqc=0.12.1=hdfd78af_0]",
        // In order, with a folder.
        "dependencies: [a, b, c, d, e, f, g, h, i, j]\nprefix: /home/ada/envs/x",
        "dependencies: []",
    ] {
        assert_eq!(kind(text), None, "{text}");
    }
}

#[test]
fn addresses_are_no_spec() {
    let items: String = (0..6).fold(String::new(), |all, number| {
        all + &format!(
            "  - https://conda.anaconda.org/conda-forge/linux-64/a{number}-1.0-h0_0.conda\n"
        )
    });
    assert_eq!(kind(&format!("dependencies:\n{items}")), Some(ExportKind::Addresses));
}

/// The table of the crate's README: `cargo test -p lockit-diff labelled -- --nocapture`.
#[test]
fn labelled_files_are_judged_as_labelled() {
    let Some(folder) = lockit_needs::shared("environment-files") else { return };
    let labels = fs_err::read_to_string(folder.join("labels.tsv")).unwrap();
    let mut table: BTreeMap<(String, String, String), [usize; 3]> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in labels.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (name, label, subtype, expect) = (fields[0], fields[3], fields[4], fields[5]);
        let file = SourceFile::read(&folder.join(name)).unwrap();
        let survey = EnvironmentFile::survey(&file, PipSection::Skip);
        let export = judge(&survey).is_export();
        let invalid = survey.environment.is_none();
        if invalid {
            assert!(!survey.diagnostics.is_empty(), "{name}: nobody says what is wrong");
        }
        let right = match expect {
            "reject" => export,
            "accept" => !export,
            _ => true,
        };
        if !right {
            wrong.push(name.to_owned());
        }
        let row =
            table.entry((label.to_owned(), subtype.to_owned(), expect.to_owned())).or_default();
        row[if export {
            0
        } else if invalid {
            2
        } else {
            1
        }] += 1;
    }
    let mut text = String::from(
        "| label | subtype | expected | export | spec | unreadable |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for ((label, subtype, expect), [export, spec, invalid]) in &table {
        let _ =
            writeln!(text, "| {label} | {subtype} | {expect} | {export} | {spec} | {invalid} |");
    }
    println!("{text}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Variants that are judged wrongly, with the file that each is made of.
const MISJUDGED: &[(&str, &str)] = &[
    // Only the order of names and low-level libraries are left to tell, and of 382 packages 47 are such.
    (
        "export, `>=` for `=`",
        "export-nobuilds/qiime2__environment-files__2020.11__unprocessed__qiime2-2020.11-py36-osx-conda.yml",
    ),
    // 118 packages in the order of their names: with builds, or with two more low-level libraries, nobody could tell them
    // from an export.
    (
        "hand-written, all with builds",
        "handwritten/cedadev__jaspy-manager__environments__py3.7__m3-4.5.11__jaspy3.7-m3-4.5.11-r20181218__initial.yml",
    ),
    (
        "hand-written, pinned, sorted, two libraries",
        "handwritten/cedadev__jaspy-manager__environments__py3.7__m3-4.5.11__jaspy3.7-m3-4.5.11-r20181218__initial.yml",
    ),
];

/// Files that nobody has labelled: exports with parts cut away, and hand-written ones pinned in full.
#[test]
fn variants_of_labelled_files() {
    let Some(folder) = lockit_needs::shared("environment-files") else { return };
    let labels = fs_err::read_to_string(folder.join("labels.tsv")).unwrap();
    let mut wrong: Vec<(&str, &str)> = Vec::new();
    for line in labels.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let file = SourceFile::read(&folder.join(fields[0])).unwrap();
        let survey = EnvironmentFile::survey(&file, PipSection::Skip);
        let items: Vec<&str> = survey.conda_items().map(|item| item.text.as_str()).collect();
        let mut judge_items = |what: &'static str, items: &[String], expected: bool| {
            let list = items.iter().fold(String::new(), |all, item| all + "  - \"" + item + "\"\n");
            let export = kind(&format!("dependencies:\n{list}")).is_some();
            if export != expected {
                wrong.push((what, fields[0]));
            }
        };
        let name = |item: &str| {
            item.split(['=', ' ', '<', '>', '!', '~', '[']).next().unwrap_or(item).to_owned()
        };
        match fields[5] {
            "reject" if items.len() >= 20 => {
                let stripped: Vec<String> = items
                    .iter()
                    .map(|item| item.split('=').take(2).collect::<Vec<_>>().join("="))
                    .collect();
                judge_items("export, builds stripped", &stripped, true);
                let every: Vec<String> =
                    items.iter().skip(1).step_by(2).map(|item| (*item).to_owned()).collect();
                judge_items("export, every second line", &every, true);
                let third: Vec<String> = stripped.iter().step_by(3).cloned().collect();
                judge_items("export, every third line, no builds", &third, true);
                let loose: Vec<String> =
                    stripped.iter().map(|item| item.replacen('=', ">=", 1)).collect();
                judge_items("export, `>=` for `=`", &loose, true);
            }
            "accept" if !items.is_empty() => {
                let pinned: Vec<String> =
                    items.iter().map(|item| format!("{}=1.2.3", name(item))).collect();
                judge_items("hand-written, all pinned", &pinned, false);
                let built: Vec<String> =
                    pinned.iter().map(|item| format!("{item}=h1234567_0")).collect();
                judge_items("hand-written, all with builds", &built, false);
                let mut sorted = pinned;
                sorted.extend(["openssl=3.2.1".to_owned(), "zlib=1.3.1".to_owned()]);
                sorted.sort();
                judge_items("hand-written, pinned, sorted, two libraries", &sorted, false);
            }
            _ => {}
        }
    }
    wrong.sort_unstable();
    assert_eq!(wrong, MISJUDGED, "{wrong:#?}");
}
