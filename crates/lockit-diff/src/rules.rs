//! The rules, one file each, and how to find one.

mod activation_variable;
mod build_string;
mod conda_and_pip;
mod contradiction;
mod default_channel;
mod edited_lock;
mod env_export;
mod environment_name;
mod ignored_text;
mod invalid_file;
mod low_level_pin;
mod missing_nodefaults;
mod missing_platform;
mod mixed_selectors;
mod not_in_base;
mod os_specific_package;
mod pip_section_without_pip;
mod prefix_key;
mod pypi_name;
mod repeated_package;
mod stale_lock;
mod subdir_channel;
mod unknown_key;
mod unmatchable_version;
mod unused_allow;
mod url_credentials;
mod weak_hash;

use crate::Rule;

pub(crate) use invalid_file::RULE as INVALID_FILE;
pub(crate) use unused_allow::RULE as UNUSED_ALLOW;

/// All rules, by code.
pub static RULES: &[&Rule] = &[
    &invalid_file::RULE,
    &env_export::RULE,
    &build_string::RULE,
    &os_specific_package::RULE,
    &prefix_key::RULE,
    &low_level_pin::RULE,
    &default_channel::RULE,
    &unknown_key::RULE,
    &mixed_selectors::RULE,
    &repeated_package::RULE,
    &contradiction::RULE,
    &pip_section_without_pip::RULE,
    &conda_and_pip::RULE,
    &unmatchable_version::RULE,
    &url_credentials::RULE,
    &subdir_channel::RULE,
    &not_in_base::RULE,
    &unused_allow::RULE,
    &environment_name::RULE,
    &ignored_text::RULE,
    &missing_nodefaults::RULE,
    &activation_variable::RULE,
    &pypi_name::RULE,
    &stale_lock::RULE,
    &edited_lock::RULE,
    &weak_hash::RULE,
    &missing_platform::RULE,
];

/// The rule of a code or a name.
pub fn find(text: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(text) || rule.name == text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Check;

    #[test]
    fn every_rule_has_a_code_a_name_and_a_page() {
        assert!(RULES.is_sorted_by(|a, b| a.code < b.code));
        for rule in RULES {
            assert_eq!(rule.code.len(), 5, "{}", rule.name);
            assert!(!rule.name.contains('_'), "{}", rule.name);
            let page = rule.page();
            for section in ["What it does", "Why is this bad?", "Example", "Instead"] {
                assert!(page.contains(&format!("\n## {section}\n")), "{}: {section}", rule.name);
            }
            assert!(page.lines().next().is_some_and(|line| line.ends_with('.')), "{}", rule.name);
            assert_eq!(find(rule.name), Some(*rule));
            assert_eq!(find(&rule.code.to_lowercase()), Some(*rule));
        }
        let mut names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), RULES.len());
    }

    #[test]
    fn what_the_reader_finds_has_a_rule() {
        use lockit_spec::code;
        for code in [
            code::INVALID_FILE,
            code::UNKNOWN_KEY,
            code::CONTRADICTION,
            code::URL_CREDENTIALS,
            code::ENVIRONMENT_NAME,
            code::IGNORED_TEXT,
            code::ACTIVATION_VARIABLE,
        ] {
            let rule = find(code).unwrap();
            assert!(matches!(rule.check, Check::Reader | Check::Spec(_)), "{code}");
        }
    }
}
