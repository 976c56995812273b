//! Texts with placeholders such as `$version`.

/// Text with placeholders such as `$version`.
#[derive(Clone, Debug)]
pub(super) struct Template(Vec<Piece>);

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Placeholder(Placeholder),
}

/// What a [`Template`] can be filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Placeholder {
    Version,
    Number,
    Hash,
    /// `3.12`
    Python,
    /// `py312`
    Py,
    /// `cp312`
    Cp,
}

impl Placeholder {
    const ALL: [(&'static str, Self); 6] = [
        ("version", Self::Version),
        ("number", Self::Number),
        ("hash", Self::Hash),
        ("python", Self::Python),
        ("py", Self::Py),
        ("cp", Self::Cp),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, this)| *this == self).map_or("", |(name, _)| name)
    }
}

impl Template {
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split('$');
        let mut pieces = vec![Piece::Text(parts.next().unwrap_or_default().to_owned())];
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
            let (word, rest) = part.split_at(end);
            let Some((_, placeholder)) = Placeholder::ALL.iter().find(|(name, _)| *name == word)
            else {
                let known = Placeholder::ALL.map(|(name, _)| format!("`${name}`")).join(", ");
                return Err(format!("unknown placeholder `${word}`, expected one of {known}"));
            };
            pieces.push(Piece::Placeholder(*placeholder));
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    pub(super) fn fill<'a>(&self, value: impl Fn(Placeholder) -> &'a str) -> String {
        let mut filled = String::new();
        for piece in &self.0 {
            filled.push_str(match piece {
                Piece::Text(text) => text,
                Piece::Placeholder(placeholder) => value(*placeholder),
            });
        }
        filled
    }

    pub(super) fn placeholders(&self) -> impl Iterator<Item = Placeholder> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Placeholder(placeholder) => Some(*placeholder),
        })
    }
}
