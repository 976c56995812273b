//! One wanted package.

use std::borrow::Cow;
use std::path::PathBuf;

use lockit_diagnostic::{SourceFile, Span};
use rattler_conda_types::{MatchSpec, PackageName};

use crate::archive_digest::without_digests;
use crate::channel_address::{ALIAS, channel_of, spec_with_address};
use crate::credentials::without_secrets;
use crate::pip::relative_path_of;
use crate::plain_path;
use crate::{ArchiveDigest, ChannelRef, Platform, Selector, SpecError, parse_conda_spec};

/// A conda package that a file asks for.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The exact package name.
    pub name: PackageName,
    /// The parsed spec.
    pub spec: MatchSpec,
    /// The conda spec as written, without selector, for example `pandas >=2.3`. Where a file says it in
    /// another language (PEP 508, poetry), the translation.
    pub text: String,
    /// The file it stands in.
    pub file: SourceFile,
    /// The place of `text`, or of what it was translated from.
    pub span: Span,
    /// The platforms it is wanted on; `None` is all of them.
    pub selector: Option<Selector>,
    /// CEP 24 `category` of the file, `main` unless it says otherwise.
    pub category: String,
    /// Whether nobody wrote it: PyPI packages need it, and the place is that of the first of them.
    pub implied: bool,
    /// The base addresses that it may come from, with a slash at the end of each, when it names several channels by one name and
    /// a run has found out which they are; else empty.
    pub may_come_from: Vec<String>,
}

impl Requirement {
    /// A requirement that stands in no file, for example from the command line; `origin` names the
    /// place for messages.
    ///
    /// # Errors
    /// [`SpecError`] when the text is no conda spec.
    pub fn from_text(text: &str, origin: &str) -> Result<Self, SpecError> {
        let text = &*spec_with_address(text);
        let (name, spec) = parse_conda_spec(text)?;
        Ok(Self {
            name,
            spec,
            text: text.to_owned(),
            file: SourceFile::new(origin, text),
            span: Span::new(0, text.len()),
            selector: None,
            category: "main".into(),
            implied: false,
            may_come_from: Vec::new(),
        })
    }

    /// Whether it is wanted on a platform.
    pub fn applies_to(&self, platform: Platform) -> bool {
        self.selector.as_ref().is_none_or(|selector| selector.matches(platform))
    }

    /// The channel that it names (`channel::name`, `name[channel=…]`), as an address without a slash at its end. It may
    /// hold secrets, and variables as every other channel.
    pub fn channel(&self) -> Option<ChannelRef> {
        let address = self.spec.channel.as_deref()?.base_url.as_str();
        // The parser of addresses has escaped the brackets of `${TOKEN}`.
        let mut text = address.trim_end_matches('/').to_owned();
        while let Some(start) = text.find("$%7B")
            && let Some(length) = text[start..].find("%7D")
        {
            let name = text[start + "$%7B".len()..start + length].to_owned();
            text.replace_range(start..start + length + "%7D".len(), &format!("${{{name}}}"));
        }
        Some(ChannelRef { text, origin: Some((self.file.clone(), self.span)) })
    }

    /// The channel that it names, as it is written there: a name where that is one, for [`ChannelNames`](crate::ChannelNames).
    pub fn written_channel(&self) -> Option<ChannelRef> {
        let mut channel = self.channel()?;
        let written = channel_of(&self.text).map(|at| &self.text[at]);
        // The parser has made an address of it, from the folder that lockit runs in.
        if let Some(folder) =
            written.filter(|text| text.starts_with("./") || text.starts_with("../"))
        {
            folder.clone_into(&mut channel.text);
            return Some(channel);
        }
        let is_address = written.is_some_and(|text| text.contains("://"));
        if !is_address && let Some(name) = channel.text.strip_prefix(ALIAS) {
            channel.text = name.to_owned();
        }
        Some(channel)
    }

    /// The text without a login or token that is written out in a URL. Fit for lockfiles and
    /// messages; `text` is not.
    pub fn public_text(&self) -> Cow<'_, str> {
        without_secrets(&self.text)
    }

    /// `environment.yml:12`, for messages.
    pub fn place(&self) -> String {
        self.file.place(self.span)
    }
}

/// A PyPI package that a file asks for: a line of a requirements file, which pip and uv take as it is
/// (PEP 508, `-e ./folder`, `git+https://…`, with `--hash=` behind it).
#[derive(Debug, Clone)]
pub struct PipRequirement {
    /// The line, with paths as they are written: the same on every machine. [`PipRequirement::line`] is for
    /// running.
    pub text: String,
    /// The file it stands in: the spec, or what the spec includes with `-r`.
    pub file: SourceFile,
    /// The place of `text`, or of what it was put together from.
    pub span: Span,
    /// The folder that a relative path in `text` starts from: the spec's, as its name says it.
    pub folder: PathBuf,
    /// The platforms it is wanted on; `None` is all of them.
    pub selector: Option<Selector>,
    /// The category of the file or of the group it stands in, `main` unless that says otherwise.
    pub category: String,
}

impl PipRequirement {
    /// Whether it is wanted on a platform.
    pub fn applies_to(&self, platform: Platform) -> bool {
        self.selector.as_ref().is_none_or(|selector| selector.matches(platform))
    }

    /// The text without a login or token that is written out in a URL. Fit for lockfiles and
    /// messages; `text` is not.
    pub fn public_text(&self) -> Cow<'_, str> {
        without_secrets(&self.text)
    }

    /// `environment.yml:12`, for messages.
    pub fn place(&self) -> String {
        self.file.place(self.span)
    }

    /// What the archive must hash to: it must have one of these digests. Empty when any archive will do.
    pub fn digests(&self) -> Vec<ArchiveDigest> {
        ArchiveDigest::of_line(&self.text)
    }

    /// The same as [`PipRequirement::line`] without [`PipRequirement::digests`], for a tool that takes their word.
    pub fn line_without_digests(&self) -> String {
        without_digests(&self.line())
    }

    /// The line for a tool that runs where lockit runs: a relative path starts there. It may hold a secret.
    pub fn line(&self) -> Cow<'_, str> {
        let Some(range) = relative_path_of(&self.text) else { return Cow::Borrowed(&self.text) };
        let is_told = self.text[range.clone()].starts_with('.') || range.start > 0;
        if self.folder.as_os_str().is_empty() && is_told {
            return Cow::Borrowed(&self.text);
        }
        let joined = plain_path(&self.folder.join(&self.text[range.clone()]));
        let joined = joined.to_string_lossy().replace('\\', "/");
        // Without a slash in front, tools would take `a/b` for a name.
        let dot = if self.folder.is_absolute() || joined.starts_with('.') { "" } else { "./" };
        let (before, after) = (&self.text[..range.start], &self.text[range.end..]);
        Cow::Owned(format!("{before}{dot}{joined}{after}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_has_its_variables_in_every_notation() {
        for (text, channel) in [
            ("https://h/t/${T}/c::six", "https://h/t/${T}/c"),
            ("https://h/t/$T/c::six", "https://h/t/$T/c"),
            ("https://${U}:${P}@h/c::six", "https://${U}:${P}@h/c"),
            ("six[channel='https://h/t/${T}/c']", "https://h/t/${T}/c"),
            ("t/${T}/c::six", "https://conda.anaconda.org/t/${T}/c"),
            ("six[channel=t/${T}/c]", "https://conda.anaconda.org/t/${T}/c"),
            ("conda-forge::six", "https://conda.anaconda.org/conda-forge"),
        ] {
            let requirement = Requirement::from_text(text, "x").unwrap();
            assert_eq!(requirement.channel().unwrap().text, channel, "{text}");
        }
        assert!(Requirement::from_text("six", "x").unwrap().channel().is_none());
        for (text, channel) in [
            ("conda-forge::six", "conda-forge"),
            ("defaults::six", "defaults"),
            ("six[channel=pkgs/main]", "pkgs/main"),
            ("https://conda.anaconda.org/c::six", "https://conda.anaconda.org/c"),
        ] {
            let requirement = Requirement::from_text(text, "x").unwrap();
            assert_eq!(requirement.written_channel().unwrap().text, channel, "{text}");
        }
    }

    #[test]
    fn paths_start_from_the_folder_of_the_spec() {
        let line = |folder: &str, text: &str| {
            let requirement = PipRequirement {
                text: text.into(),
                file: SourceFile::new("x", ""),
                span: Span::default(),
                folder: folder.into(),
                selector: None,
                category: "main".into(),
            };
            requirement.line().into_owned()
        };
        assert_eq!(line("", "-e ."), "-e .");
        assert_eq!(line("sub", "-e .[dev]"), "-e ./sub[dev]");
        assert_eq!(
            line("../sub", "thing @ ./x ; os_name == 'nt'"),
            "thing @ ../sub/x ; os_name == 'nt'"
        );
        assert_eq!(line("/abs", "./x"), "/abs/x");
        assert_eq!(line("sub", "requests >=2"), "requests >=2");
        assert_eq!(line("", "submodules/knn"), "./submodules/knn");
        assert_eq!(line("sub", "submodules/knn[a]"), "./sub/submodules/knn[a]");
    }
}
