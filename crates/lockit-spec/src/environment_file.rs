//! One environment file as it stands.

/// One `environment.yml`.
#[derive(Debug, Clone)]
pub struct EnvironmentFile {}
