//! Platform selectors: `# [linux and not aarch64]` and `sel(osx): name` (CEP 24).

use std::fmt;

use lockit_diagnostic::Hint;

use crate::Platform;
use crate::spelling::did_you_mean;

/// A boolean expression over platform names, kept with its text.
///
/// Operators are `and`, `or`, `not` and parentheses, binding as in Python. Variables are the ones
/// that CEP 24 takes from conda-build: operating systems (`linux`, `osx`, `win`, …, and `unix` for
/// everything but Windows), architectures (`aarch64`, `arm64`, `x86_64`, …; `x86` is 32 and 64 bit),
/// both glued together (`linux64`, `osx64`, `win64`, `linux32`, `win32`), and besides these the subdir
/// names themselves (`linux-64`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The expression as written, without brackets.
    pub text: String,
    expression: Expression,
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SelectorError {
    /// It has the form of an expression, but a variable is not known.
    #[error("the selector variable `{name}` is not known")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// Byte offset of the variable in the text.
        offset: usize,
    },
    /// The variable depends on more than the platform (`py`, `np`, `py38`, `environ`, …).
    #[error("the selector variable `{name}` cannot be decided for an environment")]
    Undecidable {
        /// The variable.
        name: String,
        /// Byte offset of the variable in the text.
        offset: usize,
    },
    /// It has not the form of an expression.
    #[error("{expected}")]
    Syntax {
        /// What was expected, as a message.
        expected: &'static str,
        /// Byte offset in the text.
        offset: usize,
    },
}

impl SelectorError {
    /// The part of the selector's text that is wrong, as offset and length in bytes.
    pub fn place(&self) -> (usize, usize) {
        match self {
            Self::UnknownVariable { name, offset } | Self::Undecidable { name, offset } => {
                (*offset, name.len())
            }
            Self::Syntax { offset, .. } => (*offset, 1),
        }
    }
}

impl Hint for SelectorError {
    fn hints(&self) -> Vec<String> {
        vec![match self {
            Self::UnknownVariable { name, .. } => alias(name).unwrap_or_else(|| {
                "use names such as `linux`, `osx`, `win`, `unix`, `aarch64`, `arm64`, `x86_64` or a platform such as `linux-64`".into()
            }),
            Self::Undecidable { .. } => {
                "only the platform is known when a spec is read; keep an environment file per Python version instead".into()
            }
            Self::Syntax { .. } => "write for example `# [linux and not aarch64]`".into(),
        }]
    }
}

/// The variable that was probably meant.
fn alias(name: &str) -> Option<String> {
    let meant = match name.to_ascii_lowercase().as_str() {
        "mac" | "macos" | "darwin" | "macosx" => "osx",
        "windows" => "win",
        "amd64" | "x64" => "x86_64",
        _ => return did_you_mean(name, VARIABLES.iter().copied()),
    };
    Some(format!("did you mean `{meant}`?"))
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Expression {
    Variable(String),
    Not(Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
}

/// Every variable but the subdir names, for suggestions.
const VARIABLES: &[&str] = &[
    "linux",
    "osx",
    "win",
    "unix",
    "freebsd",
    "emscripten",
    "wasi",
    "zos",
    "ios",
    "android",
    "linux32",
    "linux64",
    "osx64",
    "win32",
    "win64",
    "x86",
    "x86_64",
    "aarch64",
    "arm64",
    "arm",
    "armv6l",
    "armv7l",
    "ppc64le",
    "ppc64",
    "s390x",
    "riscv32",
    "riscv64",
    "loongarch64",
    "wasm32",
    "wasm64",
    "z",
];

/// Brackets in brackets say nothing and would only grow the stack.
const MAX_DEPTH: usize = 32;

impl Selector {
    /// Parses an expression, without its brackets.
    ///
    /// ```
    /// use lockit_spec::{Platform, Selector};
    ///
    /// let selector = Selector::parse("linux and not aarch64").unwrap();
    /// assert!(selector.matches(Platform::Linux64));
    /// assert!(!selector.matches(Platform::LinuxAarch64));
    /// ```
    ///
    /// # Errors
    /// [`SelectorError`] with the offset of what is wrong.
    pub fn parse(text: &str) -> Result<Self, SelectorError> {
        let mut parser =
            ExpressionParser { tokens: tokens(text)?, position: 0, end: text.len(), depth: 0 };
        let expression = parser.or()?;
        match parser.peek() {
            None => Ok(Self { text: text.trim().to_owned(), expression }),
            Some(token) => Err(SelectorError::Syntax {
                expected: "expected `and`, `or` or the end of the selector",
                offset: token.offset,
            }),
        }
    }

    /// Whether the expression is true on a platform.
    pub fn matches(&self, platform: Platform) -> bool {
        self.expression.evaluate(platform.as_str())
    }

    /// True where both are true.
    pub fn and(&self, other: &Self) -> Self {
        let wrap = |selector: &Self| {
            if matches!(selector.expression, Expression::Or(..)) {
                format!("({})", selector.text)
            } else {
                selector.text.clone()
            }
        };
        Self {
            text: format!("{} and {}", wrap(self), wrap(other)),
            expression: Expression::And(
                Box::new(self.expression.clone()),
                Box::new(other.expression.clone()),
            ),
        }
    }

    /// True where at least one is true.
    pub fn or(&self, other: &Self) -> Self {
        Self {
            text: format!("{} or {}", self.text, other.text),
            expression: Expression::Or(
                Box::new(self.expression.clone()),
                Box::new(other.expression.clone()),
            ),
        }
    }

    /// True on some platforms; `None` where there are none.
    pub(crate) fn any_of(platforms: &[Platform]) -> Option<Self> {
        let each = platforms.iter().filter_map(|one| Self::parse(one.as_str()).ok());
        each.reduce(|all, one| all.or(&one))
    }

    /// True where this is false.
    pub fn negate(&self) -> Self {
        let text = if matches!(self.expression, Expression::Variable(_)) {
            format!("not {}", self.text)
        } else {
            format!("not ({})", self.text)
        };
        Self { text, expression: Expression::Not(Box::new(self.expression.clone())) }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Expression {
    fn evaluate(&self, subdir: &str) -> bool {
        match self {
            Self::Variable(name) => variable(name, subdir).unwrap_or(false),
            Self::Not(inner) => !inner.evaluate(subdir),
            Self::And(left, right) => left.evaluate(subdir) && right.evaluate(subdir),
            Self::Or(left, right) => left.evaluate(subdir) || right.evaluate(subdir),
        }
    }
}

/// The value of a variable on a subdir, `None` when there is no such variable.
pub(crate) fn variable(name: &str, subdir: &str) -> Option<bool> {
    let (system, machine) = subdir.split_once('-').unwrap_or((subdir, ""));
    Some(match name {
        "linux" | "osx" | "win" | "freebsd" | "emscripten" | "wasi" | "zos" | "ios" | "android" => {
            system == name
        }
        "unix" => !matches!(system, "win" | "wasi" | "noarch" | "zos"),
        "x86" => matches!(machine, "32" | "64"),
        "x86_64" => machine == "64",
        "aarch64" | "arm64" | "armv6l" | "armv7l" | "ppc64le" | "ppc64" | "s390x" | "riscv32"
        | "riscv64" | "loongarch64" | "wasm32" | "wasm64" | "z" => machine == name,
        "arm" => system == "linux" && machine.starts_with("arm"),
        "linux32" | "linux64" | "osx64" | "win32" | "win64" => {
            let split = name.len() - 2;
            system == &name[..split] && machine == &name[split..]
        }
        _ => {
            // `noarch` is a subdir, but nothing is ever locked for it.
            let known = name.contains('-') && name.parse::<Platform>().is_ok();
            return known.then_some(name == subdir);
        }
    })
}

/// conda-build variables that depend on more than the platform.
fn undecidable(name: &str) -> bool {
    let versioned = |prefix: &str| {
        name.strip_prefix(prefix).is_some_and(|rest| rest.chars().all(|c| c.is_ascii_digit()))
    };
    ["py", "np", "pl", "lua", "luajit", "r", "vc"].into_iter().any(versioned)
        || matches!(
            name,
            "py2k"
                | "py3k"
                | "build_platform"
                | "target_platform"
                | "environ"
                | "os"
                | "nomkl"
                | "cuda"
                | "python"
                | "blas_impl"
                | "mpi"
                | "cuda_compiler_version"
                | "megabuild"
                | "numpy"
        )
}

struct Token<'a> {
    text: &'a str,
    offset: usize,
}

pub(crate) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, SelectorError> {
    let mut tokens: Vec<Token<'_>> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let offset = text.len() - rest.len();
        let length = match first {
            '(' | ')' => 1,
            c if is_name(c) => rest.find(|c| !is_name(c)).unwrap_or(rest.len()),
            _ => {
                // `py>=38` has a comparison that cannot be decided; say that of the variable.
                if let Some(last) = tokens.last()
                    && undecidable(last.text)
                {
                    return Err(SelectorError::Undecidable {
                        name: last.text.to_owned(),
                        offset: last.offset,
                    });
                }
                let expected = match first {
                    '&' => "selectors are joined with `and`, not `&`",
                    '|' => "selectors are joined with `or`, not `|`",
                    '!' => "a selector is negated with `not`, not `!`",
                    ',' => "selectors are joined with `and` or `or`, not `,`",
                    _ => "a selector holds only platform names, `and`, `or`, `not` and parentheses",
                };
                return Err(SelectorError::Syntax { expected, offset });
            }
        };
        let (token, after) = rest.split_at(length);
        tokens.push(Token { text: token, offset });
        rest = after;
    }
}

struct ExpressionParser<'a> {
    tokens: Vec<Token<'a>>,
    position: usize,
    end: usize,
    depth: usize,
}

impl<'a> ExpressionParser<'a> {
    fn peek(&self) -> Option<&Token<'a>> {
        self.tokens.get(self.position)
    }

    fn take(&mut self, text: &str) -> bool {
        let found = self.peek().is_some_and(|token| token.text == text);
        self.position += usize::from(found);
        found
    }

    fn or(&mut self) -> Result<Expression, SelectorError> {
        let mut left = self.and()?;
        while self.take("or") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, SelectorError> {
        let mut left = self.not()?;
        while self.take("and") {
            left = Expression::And(Box::new(left), Box::new(self.not()?));
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expression, SelectorError> {
        let offset = self.peek().map_or(self.end, |token| token.offset);
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(SelectorError::Syntax {
                expected: "the selector is nested too deeply",
                offset,
            });
        }
        let result = if self.take("not") {
            self.not().map(|inner| Expression::Not(Box::new(inner)))
        } else if self.take("(") {
            let inner = self.or()?;
            if self.take(")") {
                Ok(inner)
            } else {
                Err(SelectorError::Syntax {
                    expected: "expected `)`",
                    offset: self.peek().map_or(self.end, |token| token.offset),
                })
            }
        } else {
            self.name()
        };
        self.depth -= 1;
        result
    }

    fn name(&mut self) -> Result<Expression, SelectorError> {
        let Some(token) = self.peek() else {
            return Err(SelectorError::Syntax {
                expected: "the selector ends too early",
                offset: self.end,
            });
        };
        let (name, offset) = (token.text.to_owned(), token.offset);
        if matches!(token.text, "and" | "or" | ")") {
            return Err(SelectorError::Syntax { expected: "expected a platform name", offset });
        }
        if variable(&name, "linux-64").is_some() {
            self.position += 1;
            Ok(Expression::Variable(name))
        } else if undecidable(&name) {
            Err(SelectorError::Undecidable { name, offset })
        } else {
            Err(SelectorError::UnknownVariable { name, offset })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str) -> String {
        let selector = Selector::parse(text).unwrap();
        ["linux-64", "linux-aarch64", "linux-ppc64le", "osx-64", "osx-arm64", "win-64", "win-arm64"]
            .into_iter()
            .filter(|name| selector.matches(name.parse().unwrap()))
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn variables_mean_what_conda_build_says() {
        assert_eq!(on("linux"), "linux-64 linux-aarch64 linux-ppc64le");
        assert_eq!(on("unix"), "linux-64 linux-aarch64 linux-ppc64le osx-64 osx-arm64");
        assert_eq!(on("win"), "win-64 win-arm64");
        assert_eq!(on("linux64"), "linux-64");
        assert_eq!(on("osx64"), "osx-64");
        assert_eq!(on("arm64"), "osx-arm64 win-arm64");
        assert_eq!(on("x86_64"), "linux-64 osx-64 win-64");
        assert_eq!(on("x86"), on("x86_64"));
        assert_eq!(on("linux-aarch64"), "linux-aarch64");
    }

    #[test]
    fn operators_bind_as_in_python() {
        assert_eq!(on("linux and not aarch64"), "linux-64 linux-ppc64le");
        assert_eq!(on("win or linux and aarch64"), "linux-aarch64 win-64 win-arm64");
        assert_eq!(on("(win or linux) and x86_64"), "linux-64 win-64");
        assert_eq!(on("not not osx"), on("osx"));
        assert_eq!(on("not (win or osx)"), on("linux"));
    }

    #[test]
    fn both_selectors_of_an_item_must_hold() {
        let both =
            Selector::parse("linux or osx").unwrap().and(&Selector::parse("aarch64").unwrap());
        assert_eq!(both.text, "(linux or osx) and aarch64");
        assert_eq!(on(&both.text), "linux-aarch64");
    }

    #[test]
    fn errors_have_a_place_and_advice() {
        let explain = |text: &str| {
            let error = Selector::parse(text).unwrap_err();
            format!("{error} at {:?}; {}", error.place(), error.hints().join("; "))
        };
        assert_eq!(
            explain("linux and windows"),
            "the selector variable `windows` is not known at (10, 7); did you mean `win`?"
        );
        assert!(explain("py>=38").starts_with("the selector variable `py` cannot be decided"));
        assert!(explain("py38").starts_with("the selector variable `py38` cannot be decided"));
        assert!(
            explain("linux && x86")
                .starts_with("selectors are joined with `and`, not `&` at (6, 1)")
        );
        assert!(explain("(linux").starts_with("expected `)` at (6, 1)"));
        assert!(explain("").starts_with("the selector ends too early at (0, 1)"));
        assert!(explain("linux osx").starts_with("expected `and`, `or` or the end"));
        assert!(explain(&"(".repeat(9999)).starts_with("the selector is nested too deeply"));
    }

    #[test]
    fn each_variable_is_true_where_conda_build_says_so() {
        for (name, yes, no) in [
            (
                "unix",
                "linux-64 osx-64 emscripten-wasm32 freebsd-64",
                "win-64 wasi-wasm32 zos-z noarch",
            ),
            ("x86", "linux-32 win-32 osx-64", "linux-aarch64 osx-arm64 emscripten-wasm32"),
            ("x86_64", "linux-64 win-64", "linux-32"),
            ("arm", "linux-armv6l linux-armv7l", "linux-aarch64 osx-arm64 win-arm64"),
            ("armv7l", "linux-armv7l", "linux-armv6l"),
            ("linux32", "linux-32", "linux-64 win-32"),
            ("linux64", "linux-64", "linux-32 osx-64"),
            ("win32", "win-32", "win-64 linux-32"),
            ("win64", "win-64", "win-32"),
            ("osx64", "osx-64", "osx-arm64"),
            ("z", "zos-z", "linux-s390x"),
            ("s390x", "linux-s390x", "zos-z"),
            ("osx-arm64", "osx-arm64", "osx-64 win-arm64"),
        ] {
            for (subdirs, expected) in [(yes, true), (no, false)] {
                for subdir in subdirs.split(' ') {
                    assert_eq!(variable(name, subdir), Some(expected), "{name} on {subdir}");
                }
            }
        }
        for unknown in ["noarc", "linux-", "macos", "64", "amd64", "py38", "linux-128"] {
            assert_eq!(variable(unknown, "linux-64"), None, "{unknown}");
        }
    }

    #[test]
    fn other_tools_words_and_signs_are_explained() {
        let explain = |text: &str| {
            let error = Selector::parse(text).unwrap_err();
            format!("{error}; {}", error.hints().join("; "))
        };
        for (name, meant) in [
            ("macos", "osx"),
            ("Darwin", "osx"),
            ("windows", "win"),
            ("amd64", "x86_64"),
            ("x64", "x86_64"),
            ("linx", "linux"),
        ] {
            assert!(
                explain(name).ends_with(&format!("did you mean `{meant}`?")),
                "{}",
                explain(name)
            );
        }
        assert!(explain("plan9").contains("use names such as `linux`"));
        for (text, instead) in [
            ("linux | osx", "joined with `or`, not `|`"),
            ("!win", "negated with `not`, not `!`"),
            ("linux, osx", "joined with `and` or `or`, not `,`"),
            ("linux + osx", "a selector holds only platform names"),
        ] {
            assert!(explain(text).contains(instead), "{}", explain(text));
        }
    }

    #[test]
    fn parentheses_side_by_side_are_not_deep() {
        let flat = vec!["(linux)"; 2 * MAX_DEPTH].join(" or ");
        assert_eq!(on(&flat), on("linux"));
        let deep = |depth: usize| format!("{}linux{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Selector::parse(&deep(MAX_DEPTH - 1)).is_ok());
        assert!(Selector::parse(&deep(MAX_DEPTH)).is_err());
    }
}
