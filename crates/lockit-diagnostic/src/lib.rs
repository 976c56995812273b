//! One way to say something about a file.
//!
//! Parse errors, lint findings and solve reports are all [`Diagnostic`]s: a message, labels that
//! point into a [`SourceFile`], notes and hints. A renderer turns one into text; nothing else in
//! the workspace formats source lines.
//!
//! ```
//! use lockit_diagnostic::{Diagnostic, SourceFile, Span, render};
//!
//! let file = SourceFile::new("environment.yml", "dependencies:\n  - pandsa\n");
//! let diagnostic = Diagnostic::error("no package is named `pandsa`")
//!     .label(&file, Span::new(18, 24), "not in conda-forge")
//!     .hint("did you mean `pandas`?");
//! let text = render(&[diagnostic], false);
//! assert!(text.contains("environment.yml:2:5"));
//! ```

mod causes;
mod checkout;
mod conflict;
mod diagnostic;
mod hint;
mod plain_path;
mod render;
mod source;
mod visible;

pub use causes::with_causes;
pub use checkout::read_bytes;
pub use conflict::{conflict_marker, our_side};
pub use diagnostic::{Diagnostic, Label, Severity};
pub use hint::Hint;
pub use plain_path::plain_path;
pub use render::render;
pub use source::{LineColumn, ReadError, SourceFile, Span, Spanned, line_end};
pub use visible::{harmless, is_hidden, visible, visible_json, visible_lines};
