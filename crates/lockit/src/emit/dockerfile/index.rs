//! What the cached index knows about packages of lockfiles that keep no dependencies.

use std::collections::{BTreeMap, BTreeSet};

use lockit_emit::Input;
use lockit_lockfile::PlatformLock;
use lockit_solver::{Indexed, Session};
use lockit_spec::{ChannelNames, ChannelRef, Platform};

use crate::args::network::NetworkArgs;
use crate::relock::solve::session;
use crate::world::context::Context;

/// Fills in dependencies from indexes that are on this machine. What they do not know stays unknown.
pub(super) fn fill(inputs: &mut [Input], context: &Context) {
    let network = NetworkArgs::offline();
    let mut opened: Option<Session> = None;
    let locks = inputs.iter_mut().flat_map(|input| &mut input.lockfile.locks);
    for (platform, chosen) in locks.flat_map(|lock| &mut lock.platforms) {
        let unknown = chosen.records.iter().any(|record| record.depends.is_none());
        // lockit writes what is needed into the file.
        if !unknown || chosen.requested.is_some() {
            continue;
        }
        if opened.is_none() {
            opened = session(&network, context).ok();
        }
        if let Some(session) = &opened {
            fill_platform(session, *platform, chosen);
        }
    }
}

fn fill_platform(session: &Session, platform: Platform, chosen: &mut PlatformLock) {
    let channels: BTreeSet<&String> =
        chosen.records.iter().filter_map(|record| record.channel.as_ref()).collect();
    let channels: Vec<ChannelRef> =
        channels.into_iter().map(|text| ChannelRef::new(text.as_str())).collect();
    let names = chosen.records.iter().map(|record| record.name.clone()).collect();
    let Ok(found) = session.lookup(&channels, &ChannelNames::default(), &[platform], &names) else {
        return;
    };
    let known: BTreeMap<(&str, &str, &str), &Indexed> =
        found.iter().map(|one| ((&*one.name, &*one.version, &*one.build), one)).collect();
    for record in chosen.records_mut() {
        let key = (&*record.name, &*record.version, &*record.build);
        let depends = known.get(&key).map(|one| one.depends.clone());
        record.depends = record.depends.take().or(depends);
    }
}
