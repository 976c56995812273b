//! How an environment was solved, as rattler has it, and back.

use lockit_spec::{ChannelPriority, Prereleases, Strategy};
use rattler_lock::options::{ChannelPriority as RattlerPriority, SolveStrategy};
use rattler_lock::{PypiPrereleaseMode, SolveOptions};

use crate::LockedOptions;

pub(super) fn to_rattler(options: LockedOptions) -> SolveOptions {
    // Every field is named: one that rattler adds must not be lost in silence.
    SolveOptions {
        strategy: match options.strategy {
            Strategy::Highest => SolveStrategy::Highest,
            Strategy::Lowest => SolveStrategy::LowestVersion,
            Strategy::LowestDirect => SolveStrategy::LowestVersionDirect,
        },
        channel_priority: match options.channel_priority {
            ChannelPriority::Strict => RattlerPriority::Strict,
            ChannelPriority::Flexible => RattlerPriority::Flexible,
            ChannelPriority::Disabled => RattlerPriority::Disabled,
        },
        pypi_prerelease_mode: match options.prereleases {
            Prereleases::Disallow => PypiPrereleaseMode::Disallow,
            Prereleases::Allow => PypiPrereleaseMode::Allow,
            Prereleases::IfNecessary => PypiPrereleaseMode::IfNecessary,
            Prereleases::Explicit => PypiPrereleaseMode::Explicit,
            Prereleases::IfNecessaryOrExplicit => PypiPrereleaseMode::IfNecessaryOrExplicit,
        },
    }
}

pub(super) fn from_rattler(options: &SolveOptions) -> LockedOptions {
    let SolveOptions { strategy, channel_priority, pypi_prerelease_mode } = options;
    LockedOptions {
        strategy: match strategy {
            SolveStrategy::Highest => Strategy::Highest,
            SolveStrategy::LowestVersion => Strategy::Lowest,
            SolveStrategy::LowestVersionDirect => Strategy::LowestDirect,
        },
        channel_priority: match channel_priority {
            RattlerPriority::Strict => ChannelPriority::Strict,
            RattlerPriority::Flexible => ChannelPriority::Flexible,
            RattlerPriority::Disabled => ChannelPriority::Disabled,
        },
        prereleases: match pypi_prerelease_mode {
            PypiPrereleaseMode::Disallow => Prereleases::Disallow,
            PypiPrereleaseMode::Allow => Prereleases::Allow,
            PypiPrereleaseMode::IfNecessary => Prereleases::IfNecessary,
            PypiPrereleaseMode::Explicit => Prereleases::Explicit,
            PypiPrereleaseMode::IfNecessaryOrExplicit => Prereleases::IfNecessaryOrExplicit,
        },
    }
}
