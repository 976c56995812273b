//! Gateway and solver alone, used as rattler's documentation shows: one process, one gateway, a query and a solve per
//! platform and environment. What lockit costs is held against it; it is no lower bound.
//!
//! ```text
//! cargo run --release -p lockit-solver --example baseline -- CHANNEL_URL CACHE_DIR SPEC... [, SPEC...]
//! ```
//!
//! It reads no spec file, and writes no lockfile. `cargo xtask bench` runs it. Prints one line per package that was
//! chosen: its platform and its archive. A comma between specs begins another environment.

#![expect(clippy::disallowed_methods, reason = "a tool of the workshop, with no context to ask")]
#![expect(clippy::print_stdout, reason = "the packages are its output")]

use std::error::Error;
use std::path::Path;

use rattler_conda_types::{Channel, ChannelConfig, MatchSpec, ParseStrictness, Subdir};
use rattler_networking::LazyClient;
use rattler_repodata_gateway::{ChannelRelationsMode, Gateway};
use rattler_solve::{SolverImpl, SolverTask, resolvo};
use rattler_virtual_packages::VirtualPackages;
use reqwest_middleware::ClientWithMiddleware;

const PLATFORMS: [Subdir; 4] =
    [Subdir::Linux64, Subdir::LinuxAarch64, Subdir::Osx64, Subdir::OsxArm64];

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(channel), Some(cache_dir)) = (arguments.next(), arguments.next()) else {
        return Err("usage: baseline CHANNEL_URL CACHE_DIR SPEC... [, SPEC...]".into());
    };
    let arguments: Vec<String> = arguments.collect();
    let environments = arguments
        .split(|word| word == ",")
        .map(|specs| {
            specs.iter().map(|text| MatchSpec::from_str(text, ParseStrictness::Lenient)).collect()
        })
        .collect::<Result<Vec<Vec<_>>, _>>()?;
    let root = std::env::current_dir()?;
    let channel = Channel::from_str(channel, &ChannelConfig::default_with_root_dir(root))?;
    let gateway = gateway(Path::new(&cache_dir));

    let solves: Vec<_> = environments
        .iter()
        .flat_map(|specs| PLATFORMS.map(|platform| (platform, specs.clone())))
        .map(|(platform, specs)| {
            let solve = solve(gateway.clone(), channel.clone(), platform, specs);
            (platform, tokio::spawn(solve))
        })
        .collect();
    for (platform, solve) in solves {
        for archive in solve.await?? {
            println!("{platform} {archive}");
        }
    }
    Ok(())
}

fn gateway(cache_dir: &Path) -> Gateway {
    let client = LazyClient::new(|| {
        // A second installation is an error that says one is there already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().user_agent("lockit-baseline").build();
        ClientWithMiddleware::from(client.expect("no option is set that could be refused"))
    });
    Gateway::builder().with_client(client).with_cache_dir(cache_dir).finish()
}

/// The archives that were chosen.
async fn solve(
    gateway: Gateway,
    channel: Channel,
    platform: Subdir,
    specs: Vec<MatchSpec>,
) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let names = specs
        .iter()
        .filter_map(|spec| spec.name.as_exact().cloned())
        .map(MatchSpec::from)
        .collect::<Vec<_>>();
    let output = gateway
        .query([channel], [platform, Subdir::NoArch], names)
        .recursive(true)
        .channel_relations(ChannelRelationsMode::Disabled)
        .execute()
        .await?;
    let solved = tokio::task::spawn_blocking(move || {
        let task = SolverTask {
            specs,
            virtual_packages: VirtualPackages::baseline_for_platform(platform)
                .into_generic_virtual_packages()
                .collect(),
            ..SolverTask::from_iter(&output.repodata)
        };
        resolvo::Solver.solve(task)
    });
    Ok(solved.await??.records.iter().map(|record| record.identifier.to_file_name()).collect())
}
