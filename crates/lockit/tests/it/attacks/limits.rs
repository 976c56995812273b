//! Input that is small and becomes large: compressed bytes, nesting, aliases, templates, explanations.
