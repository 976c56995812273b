//! The mirrors that a build reads from, as expressions of sed: the lockfile in the repository keeps the public addresses, and the
//! copy of it in the builder gets those of `[rewrite]`.

use lockit_spec::Rewrites;

use crate::EmitError;

/// What stands before an address that is installed from: nothing in explicit files, a key in conda-lock.yml, the name of a
/// PyPI package in both.
const BEFORE: &str = "^(| +url: |# pip [^ ]+ @ )";

/// One expression for each mirror, that of the longest address first; what one has replaced the others leave alone.
///
/// # Errors
/// An address with a sign that sed or the shell would not take as it is, or with a variable, which no builder fills in.
pub(crate) fn expressions(rewrites: &Rewrites) -> Result<Vec<String>, EmitError> {
    let mut pairs: Vec<(&str, &str)> = rewrites.pairs().collect();
    pairs.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
    pairs.into_iter().map(|(from, to)| expression(from, to)).collect()
}

fn expression(from: &str, to: &str) -> Result<String, EmitError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ":/._-%@".contains(c);
    for address in [from, to] {
        if !address.chars().all(is_plain) {
            return Err(EmitError::Value {
                what: "the mirror",
                value: address.to_owned(),
                hint: "an image is built without variables: give the builder a mirror without a login, \
                       or render the lockfile with `--rewrite` and leave `[rewrite]` out"
                    .into(),
            });
        }
    }
    Ok(format!("s,{BEFORE}{}/,\\1{to}/,;t", from.replace('.', "\\.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rewrites(pairs: &[&str]) -> Rewrites {
        let mut all = Rewrites::default();
        for pair in pairs {
            all.add_pair(pair).unwrap();
        }
        all
    }

    #[test]
    fn the_longest_address_comes_first() {
        let all = rewrites(&["https://a.b=https://m/a", "https://a.b/c=https://m/c"]);
        insta::assert_snapshot!(expressions(&all).unwrap().join("\n"), @r"
        s,^(| +url: |# pip [^ ]+ @ )https://a\.b/c/,\1https://m/c/,;t
        s,^(| +url: |# pip [^ ]+ @ )https://a\.b/,\1https://m/a/,;t
        ");
    }

    #[test]
    fn what_a_shell_or_a_builder_does_not_take_is_refused() {
        for pair in [
            "https://a=https://${TOKEN}@m",
            "https://a=https://m/it's",
            "https://a=https://m/a,b",
            "https://a=https://m/a&b",
            "https://a/$(x)=https://m",
        ] {
            let mut all = Rewrites::default();
            if all.add_pair(pair).is_ok() {
                assert!(expressions(&all).is_err(), "{pair}");
            }
        }
    }
}
