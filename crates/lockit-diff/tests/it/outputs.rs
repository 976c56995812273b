//! The forms in which findings are shown.

use lockit_diff::output::{OutputFormat, write};

use crate::{EXPORT, lint};

#[test]
fn every_form() {
    let reports = [
        lint(EXPORT, &[]),
        lint(
            "channels: [conda-forge, defaults]\ndependencies:\n  - \"öl=1.0=h1234567_0\"\n  - a: b\n",
            &[],
        ),
        lint("", &[]),
    ];
    for format in OutputFormat::ALL {
        let mut text = write(&reports, format, "", false);
        if format == OutputFormat::Sarif {
            // The pages of the rules are long, and tested where they are.
            let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
            let driver = &mut document["runs"][0]["tool"]["driver"];
            let rules = driver["rules"].as_array().unwrap().len();
            driver["rules"] = serde_json::json!(rules > 20);
            driver["semanticVersion"] = "0.0.0".into();
            text = format!("{document:#}\n");
        }
        insta::with_settings!({ snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-diff"), prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(format!("output-{}", format.as_str()), text);
        });
    }
}

#[test]
fn nothing_found_is_still_a_document() {
    let reports = [lint("channels: [conda-forge]\ndependencies: [python]\n", &[])];
    for format in [OutputFormat::Text, OutputFormat::Concise, OutputFormat::Github] {
        assert_eq!(write(&reports, format, "", false), "");
    }
    for format in [OutputFormat::Json, OutputFormat::Sarif] {
        let text = write(&reports, format, "", false);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}

#[test]
fn annotations_cannot_be_broken_out_of() {
    let text = "channels: [conda-forge]\ndependencies:\n  - \"a%b\\n::error\": 3\n";
    let said = write(&[lint(text, &[])], OutputFormat::Github, "", false);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("::error file=environment.yml,line=3,"), "{said}");
    assert!(said.contains("a%25b"), "{said}");
}
