//! Findings as text, JSON, SARIF, GitHub annotations or Markdown.
