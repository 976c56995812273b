//! Real files of many projects, where they are at hand.
//!
//! `LOCKIT_SHARED` names the folder that holds `environment-files` with its `labels.tsv`.

use std::collections::BTreeSet;

use lockit_diagnostic::{SourceFile, render};
use lockit_spec::{EnvironmentFile, NameMap, PipSection, ReadOptions, read_spec};

/// Files whose conda part is read and whose `pip:` section is not: pip does not take it either.
const PIP_REFUSES: &[(&str, &str)] = &[
    (
        "handwritten/Azure__azureml-examples__python-sdk__experimental__automl-model-testing__automl_env_linux.yml",
        "`-r ADDRESS [--no-deps]`",
    ),
    ("handwritten/mantidproject__mantidimaging__environment-py35.yml", "`flake8=3.5.0`"),
];

#[test]
fn real_files() {
    let Some(folder) = lockit_needs::shared("environment-files") else { return };
    let labels = fs_err::read_to_string(folder.join("labels.tsv")).unwrap();
    let (mut problems, mut refused) = (Vec::new(), BTreeSet::new());
    let mut count = 0;
    for line in labels.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        let (path, label, subtype) = (fields[0], fields[3], fields[4]);
        if !folder.join(path).is_file() {
            continue;
        }
        count += 1;
        let file = SourceFile::read(&folder.join(path)).unwrap();
        let result = EnvironmentFile::parse(&file, PipSection::Skip);
        // What `pip:` sections include is not in the folder.
        let options = ReadOptions {
            pip: PipSection::Check,
            environment: None,
            names: &NameMap::default(),
            read: &|_| Some(Ok(Vec::new())),
        };
        if let (Ok(_), Err(errors)) = (&result, read_spec(&file, options)) {
            if !PIP_REFUSES.iter().any(|(known, _)| *known == path) {
                problems.push(format!("{path} (pip)\n{}", render(&errors, false)));
            }
            refused.insert(path.to_owned());
        }
        match result {
            Ok(_)
                if label == "other/invalid"
                    && !matches!(subtype, "export-names-only" | "lock-env-render") =>
            {
                problems.push(format!("{path} ({subtype}) should be refused"));
            }
            Ok(parsed) => {
                for requirement in &parsed.value.requirements {
                    assert_eq!(
                        &file.text()[requirement.span.start..requirement.span.end],
                        requirement.text,
                        "{path}: the place of an item is exactly the item"
                    );
                }
            }
            Err(errors) if label == "other/invalid" => {
                assert!(errors.iter().any(|error| !error.labels.is_empty()), "{path}: no place");
            }
            Err(errors) => {
                problems.push(format!("{path} ({label})\n{}", render(&errors, false)));
            }
        }
    }
    assert!(count > 0, "labels.tsv names no file that exists");
    for (path, reason) in PIP_REFUSES {
        if !refused.contains(*path) {
            problems.push(format!("{path} is read; take it out of `PIP_REFUSES` ({reason})"));
        }
    }
    assert!(problems.is_empty(), "{count} files\n{}", problems.join("\n"));
}
