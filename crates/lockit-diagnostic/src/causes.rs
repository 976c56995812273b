//! What an error of a library says.

use std::error::Error;
use std::fmt::Write as _;

/// An error and its causes in one line. A cause that is quoted already is not said again.
pub fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.contains(&text) {
            // Writing to a String cannot fail.
            let _ = write!(message, ": {text}");
        }
        cause = error.source();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Failed {
        text: &'static str,
        source: Option<Box<Self>>,
    }

    #[test]
    fn each_cause_is_said_once() {
        let cause = |text, source: Option<Failed>| Failed { text, source: source.map(Box::new) };
        let root = cause("no space left", None);
        let error = cause("cannot write `a`", Some(cause("cannot write", Some(root))));
        assert_eq!(with_causes(&error), "cannot write `a`: no space left");
    }
}
