//! What people write: environment files and `lockit.toml`, read with every item's place kept.
//!
//! Data flows from [`SourceFile`](lockit_diagnostic::SourceFile) through [`EnvironmentFile`] (one
//! file, as it stands) to [`Environment`] (what is wanted: several files merged, selectors still
//! open), and from there to the requirements of one platform.
//!
//! Nothing here knows a channel's contents: whether a package exists is the solver's question.
//!
//! ```
//! use lockit_diagnostic::SourceFile;
//! use lockit_spec::{Environment, EnvironmentFile, EnvironmentRequest, PipSection, Platform};
//!
//! let file = SourceFile::new(
//!     "environment.yml",
//!     "channels: [conda-forge]
//! dependencies:
//!   - pandas >=2.3
//!   - sel(osx): llvm-openmp
//!   - gcc  # [linux and not aarch64]
//! ",
//! );
//! let parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
//! let request = EnvironmentRequest { name: "dev".into(), ..EnvironmentRequest::default() };
//! let environment = Environment::merge(request, &[parsed.value]).unwrap().value;
//! let wanted: Vec<String> = environment
//!     .requirements_for(Platform::Linux64)
//!     .map(|requirement| format!("{} ({})", requirement.text, requirement.place()))
//!     .collect();
//! assert_eq!(wanted, ["pandas >=2.3 (environment.yml:3)", "gcc (environment.yml:5)"]);
//! ```

mod activation_variables;
mod allowed_variables;
mod archive_choice;
mod archive_digest;
mod builds;
mod channel;
mod channel_address;
mod channel_names;
mod channel_order;
pub mod code;
mod concealed;
mod conda_spec;
mod condarc;
mod condition;
mod contradiction;
mod cooldown;
pub mod credentials;
mod cutoff_exception;
mod dependencies;
mod dockerfile_settings;
mod environment;
mod environment_file;
mod environment_reader;
mod exclude_newer;
mod filled;
mod folder_needs;
mod foreign;
mod foreign_notation;
mod format;
mod ignored_key;
mod kept_variables;
mod known_secrets;
mod lineage;
mod machine_place;
mod marker;
mod mention;
mod merge;
mod misnomers;
mod name_map;
mod name_pattern;
mod options;
mod parsed;
mod pip;
mod pip_line;
mod pip_section;
mod pip_sources;
mod placeholder;
mod platform;
mod project;
mod pypi_name;
mod python_version;
mod reach;
mod refresh_settings;
mod relative_path;
mod repetition;
mod requirement;
mod requirements_file;
mod rewrite;
mod sbom_settings;
mod selector;
mod selector_comment;
mod settings;
mod solve_group;
mod source;
mod spec_error;
mod spelling;
mod step;
mod survey;
mod toml_tree;
mod virtual_package_spec;
mod virtual_package_text;
mod virtual_packages;
mod yaml;
mod yaml_bounds;
mod yaml_error;

pub use lockit_diagnostic::plain_path;

pub use activation_variables::{ActivationVariables, is_one_line, loads_code};
pub use allowed_variables::{AllowedHost, AllowedVariables, PairError};
pub use archive_choice::{ArchiveChoice, Chosen};
pub use archive_digest::ArchiveDigest;
pub use builds::Builds;
pub use channel::ChannelRef;
pub use channel_names::{
    ChannelNames, ConfiguredNames, Member, channel_identities, channel_identity, without_platform,
};
pub use concealed::conceal_diagnostics;
pub use conda_spec::parse_conda_spec;
pub use condarc::{Certificates, CondaConfig, CondaPlaces};
pub use condition::condition_holds;
pub use contradiction::{contradictions, is_empty_range};
pub use cooldown::{Cooldown, Dated, Exclusion};
pub use cutoff_exception::{CutoffException, CutoffExceptionError, on_pypi};
pub use dockerfile_settings::DockerfileSettings;
pub use environment::Environment;
pub use environment_file::{EnvironmentFile, StatedOptions};
pub use exclude_newer::{Cutoff, ExcludeNewer, ExcludeNewerError, cutoff_text};
pub use filled::{Filled, NotFilled, NotFilledReason, VariableValues, fill};
pub use folder_needs::folder_needs;
pub use format::{Format, UnknownFormat};
pub use kept_variables::is_kept_variable;
pub use known_secrets::KnownSecrets;
pub use lineage::Lineage;
pub use machine_place::MachinePlace;
pub use mention::mentions;
pub use merge::EnvironmentRequest;
pub use misnomers::{conda_names, misnomer};
pub use name_map::{NameMap, normalise as normalise_pypi_name};
pub use name_pattern::{NamePattern, NamePatternError};
pub use options::{ChannelPriority, SolveOptions, Strategy, VirtualPackage};
pub use parsed::{ParseResult, Parsed, ReadBytes, from_disk, unreadable};
pub use pip_section::PipSection;
pub use pip_sources::{IndexStrategy, PUBLIC_INDEX, PipSources, Prereleases};
pub use platform::{DEFAULT_PLATFORMS, PlatformError, parse_platform, platform_names};
pub use project::{LintSettings, Project, ProjectEnvironment};
pub use pypi_name::split_pypi_name;
pub use reach::{OutOfReach, out_of_reach};
pub use refresh_settings::RefreshSettings;
pub use relative_path::{dotted, is_dotted};
pub use requirement::{PipRequirement, Requirement};
pub use rewrite::{RewriteError, Rewrites, hosts as rewritten_hosts};
pub use sbom_settings::SbomSettings;
pub use selector::{Selector, SelectorError};
pub use settings::Settings;
pub use source::{
    PixiEnvironment, ReadOptions, SourceKind, pixi_environments, pyproject_names_dependencies,
    read_spec,
};
pub use spec_error::SpecError;
pub use spelling::{did_you_mean, nearest};
pub use step::Step;
pub use survey::{Item, ItemKind, SelectorNotation, Survey};
pub use virtual_package_spec::VirtualPackageSpec;
pub use virtual_packages::{VirtualPackageOverrides, baseline, resolve_virtual_packages};
pub use yaml_bounds::check_yaml_bounds;

/// A conda subdir such as `linux-64`.
pub type Platform = rattler_conda_types::Subdir;
