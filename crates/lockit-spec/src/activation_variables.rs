//! `variables` of an environment (CEP 24): what is set when the environment is activated.
//!
//! Activation keeps some names to itself, and some decide which code programs run. conda, mamba and rattler set each name in
//! upper case (`envvars_force_uppercase` of conda, `Activator` of mamba, `collect_env_vars` of rattler), so that
//! names are looked at without their case.

use indexmap::IndexMap;
use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};

use crate::code;
use crate::credentials::has_secret;
use crate::yaml::{Node, Value};

/// Variables by name, in the order in which they are set.
pub type ActivationVariables = IndexMap<String, String>;

/// What activation sets itself: `RESERVED_ENV_VARS` of conda, and what its activators export.
const RESERVED: &[&str] = &[
    "PATH",
    "CONDA_DEFAULT_ENV",
    "CONDA_EXE",
    "CONDA_PREFIX",
    "CONDA_PROMPT_MODIFIER",
    "CONDA_PYTHON_EXE",
    "CONDA_SHLVL",
    "_CE_CONDA",
    "_CE_M",
];

/// Variables that name code which loaders, shells and interpreters run unasked.
const LOADING: &[&str] = &[
    "BASH_ENV",
    "CLASSPATH",
    "ENV",
    "GCONV_PATH",
    "GIT_EXEC_PATH",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JULIA_LOAD_PATH",
    "LUA_CPATH",
    "LUA_INIT",
    "LUA_PATH",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PERL5LIB",
    "PERL5OPT",
    "PERLLIB",
    "PROMPT_COMMAND",
    "PYTHONBREAKPOINT",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONSTARTUP",
    "PYTHONUSERBASE",
    "R_ENVIRON",
    "R_ENVIRON_USER",
    "R_LIBS",
    "R_LIBS_SITE",
    "R_LIBS_USER",
    "R_PROFILE",
    "R_PROFILE_USER",
    "RUBYLIB",
    "RUBYOPT",
    "ZDOTDIR",
    "_JAVA_OPTIONS",
];

/// Whether a variable decides which code the programs of an environment load or run.
pub fn loads_code(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // The dynamic linkers of Linux and macOS.
    name.starts_with("LD_") || name.starts_with("DYLD_") || LOADING.contains(&name.as_str())
}

/// Whether a value can be one line of a file. Dockerfiles have no way to say others.
pub fn is_one_line(value: &str) -> bool {
    !value.chars().any(char::is_control)
}

/// Reads the value of `variables`. What cannot be set when an environment is activated is left out with a warning.
pub(crate) fn read(
    file: &SourceFile,
    value: &Node<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> IndexMap<String, Spanned<String>> {
    let mut variables: IndexMap<String, Spanned<String>> = IndexMap::new();
    let mut error = |message: &str, span: Span, label: &str, hint: &str| {
        let mut error = Diagnostic::error(message).label(file, span, label);
        if !hint.is_empty() {
            error = error.hint(hint);
        }
        diagnostics.push(error);
    };
    let entries = match &value.value {
        Value::Null => return variables,
        Value::Mapping(entries) => entries,
        _ => {
            error(
                "`variables` must map names to values",
                value.span,
                &format!("found {}", value.kind()),
                "write one `NAME: value` per line, without `-` in front",
            );
            return variables;
        }
    };
    let mut read = Vec::new();
    for (key, value) in entries {
        let name = key.text().unwrap_or_default();
        let valid = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !valid {
            error(
                &format!("`{name}` cannot be the name of an environment variable"),
                key.span,
                "letters, digits and `_` only, and no digit first",
                "",
            );
            continue;
        }
        match &value.value {
            Value::Null => read.push((name, key.span, Spanned::new(String::new(), value.span))),
            // No system can hold it.
            Value::Scalar(text) if text.contains('\0') => error(
                &format!("the value of the variable `{name}` has a NUL character in it"),
                value.span,
                "",
                "remove `\\0`",
            ),
            Value::Scalar(text) => {
                read.push((name, key.span, Spanned::new(text.to_string(), value.span)));
            }
            _ => error(
                &format!("the variable `{name}` must have a single value"),
                value.span,
                &format!("found {}", value.kind()),
                "",
            ),
        }
    }
    let mut warn = |message: String, code, span: Span, label: &str, hint: &str| {
        let warning = Diagnostic::warning(message).code(code).label(file, span, label).hint(hint);
        diagnostics.push(warning);
    };
    for (name, span, value) in read {
        let upper = name.to_ascii_uppercase();
        if RESERVED.contains(&upper.as_str()) {
            warn(
                format!("the variable `{name}` is ignored"),
                code::ACTIVATION_VARIABLE,
                span,
                "activation sets this variable itself",
                "remove it",
            );
            continue;
        }
        if has_secret(&value.value) {
            warn(
                format!("the variable `{name}` is ignored: its value has a login in it"),
                code::URL_CREDENTIALS,
                span,
                "a login that is written out goes into no file",
                "set it where the environment is activated",
            );
            continue;
        }
        if let Some((other, _)) = variables.shift_remove_entry(name).or_else(|| {
            let same = variables.keys().find(|known| known.to_ascii_uppercase() == upper);
            variables.shift_remove_entry(&same.cloned()?)
        }) {
            warn(
                format!("the variable `{upper}` is set twice"),
                code::ACTIVATION_VARIABLE,
                span,
                &format!("`{other}` above has no effect"),
                "remove one of them",
            );
        } else if loads_code(name) {
            warn(
                format!("the variable `{name}` decides which code programs load"),
                code::ACTIVATION_VARIABLE,
                span,
                "set for every program of the environment",
                "remove it unless every program of the environment is to load that code",
            );
        } else if name != upper {
            warn(
                format!("the variable `{name}` is activated as `{upper}`"),
                code::ACTIVATION_VARIABLE,
                span,
                "conda, mamba and pixi set names in upper case",
                &format!("write `{upper}`"),
            );
        }
        variables.insert(name.to_owned(), value);
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{EnvironmentFile, PipSection};

    /// What is read, and what is said of it.
    fn said(variables: &str) -> String {
        let text = format!("dependencies: [python]\nvariables:\n{variables}");
        let file = SourceFile::new("environment.yml", text);
        let survey = EnvironmentFile::survey(&file, PipSection::Check);
        let read = survey.environment.unwrap().variables;
        let mut out: Vec<String> =
            read.iter().map(|(name, value)| format!("{name}={:?}", value.value)).collect();
        out.extend(survey.diagnostics.into_iter().map(|one| one.message));
        out.join("\n")
    }

    #[test]
    fn values_are_texts_as_they_are_written() {
        let text = "  A: 1.10\n  B: yes\n  C: ~\n  D: \"a\\nb\"\n  E: '1'\n  F: $HOME/x\n";
        insta::assert_snapshot!(said(text), @r#"
        A="1.10"
        B="yes"
        C=""
        D="a\nb"
        E="1"
        F="$HOME/x"
        "#);
    }

    #[test]
    fn what_cannot_be_set_is_left_out() {
        let text = "  PATH: /x\n  Conda_Prefix: /x\n  A: \"x\\0y\"\n  B: [1]\n  1C: x\n  D-E: x\n  F: x\n  \
                    URL: https://ada:geheim@example.org/\n";
        insta::assert_snapshot!(said(text), @r#"
        F="x"
        the variable `PATH` is ignored
        the variable `Conda_Prefix` is ignored
        the value of the variable `A` has a NUL character in it
        the variable `B` must have a single value
        `1C` cannot be the name of an environment variable
        `D-E` cannot be the name of an environment variable
        the variable `URL` is ignored: its value has a login in it
        "#);
    }

    #[test]
    fn names_are_compared_as_activation_sets_them() {
        insta::assert_snapshot!(said("  a: 1\n  A: 2\n  b: 3\n"), @r#"
        A="2"
        b="3"
        the variable `a` is activated as `A`
        the variable `A` is set twice
        the variable `b` is activated as `B`
        "#);
    }

    #[test]
    fn what_loads_code_is_not_set_in_silence() {
        for name in ["LD_PRELOAD", "ld_audit", "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "BASH_ENV"] {
            assert!(loads_code(name), "{name}");
            let said = said(&format!("  {name}: x\n"));
            assert!(said.contains("decides which code programs load"), "{said}");
            assert!(said.starts_with(&format!("{name}=")), "{said}");
        }
        for name in ["OMP_NUM_THREADS", "LDFLAGS", "PYTHONUNBUFFERED", "HOME"] {
            assert!(!loads_code(name), "{name}");
        }
    }
}
