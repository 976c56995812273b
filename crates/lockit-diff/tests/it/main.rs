//! Rules, verdicts, fixes and outputs, from a file's text to what people see.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod fixes;
mod outputs;
mod report;
mod rules;
mod verdicts;

use std::path::Path;

use lockit_diagnostic::SourceFile;
use lockit_diff::lint::{FileReport, LintOptions, Linter};

/// Looks at a text with all rules, or only some.
fn lint(text: &str, select: &[&str]) -> FileReport {
    let select = select.iter().map(|rule| (*rule).to_owned()).collect();
    let linter = Linter::new(LintOptions { select, ..LintOptions::default() }, None).unwrap();
    linter.lint(&SourceFile::new("environment.yml", text), Path::new("environment.yml"))
}

/// What an environment on macOS exports.
const EXPORT: &str = "name: work
channels:
  - conda-forge
dependencies:
  - appnope=0.1.3=pyhd8ed1ab_0
  - bzip2=1.0.8=h0d85af4_4
  - ca-certificates=2022.12.7=h033912b_0
  - libcxx=14.0.6=hccf4f1f_0
  - libffi=3.4.2=h0d85af4_5
  - libsqlite=3.40.0=ha978bb4_0
  - libzlib=1.2.13=hfd90126_4
  - ncurses=6.3=h96cf925_1
  - numpy=1.24.1=py311h62c7003_0
  - openssl=3.0.7=hfd90126_1
  - python=3.11.0=he7542f4_1_cpython
  - python.app=1.4=py311h5547dcb_0
  - readline=8.1.2=h3899abd_0
  - rich=13.0.0=pyhd8ed1ab_0  # for the report
  - tk=8.6.12=h5dbffcc_0
  - tzdata=2022g=h191b570_0
  - xz=5.2.6=h775f41a_0
  - pip:
    - my-package==1.0
prefix: /Users/ada/miniforge3/envs/work
";
