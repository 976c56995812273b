//! Environments that are solved together (a `solve-group` of pixi).

use std::collections::HashSet;

use crate::{ChannelRef, Environment, Platform, Requirement, Selector};

impl Environment {
    /// What is solved for a group: all that its members ask for, each member where it is locked. The members are then
    /// cut out of the result ([`Environment::same_versions_as`]), so that what they have in common is the same.
    ///
    /// How it is solved is what the first member says. `None` when there is no member.
    pub fn solve_group(name: &str, members: &[&Self]) -> Option<Self> {
        let first = *members.first()?;
        let mut platforms: Vec<Platform> = Vec::new();
        let mut channels: Vec<ChannelRef> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        for member in members {
            for platform in &member.platforms {
                if !platforms.contains(platform) {
                    platforms.push(*platform);
                }
            }
            for channel in &member.channels {
                if known.insert(first.channel_names.identity(&channel.text)) {
                    channels.push(channel.clone());
                }
            }
        }
        let mut group = Self {
            name: name.to_owned(),
            channels,
            same_versions_as: None,
            requirements: Vec::new(),
            pip: Vec::new(),
            pip_constraints: Vec::new(),
            pip_overrides: Vec::new(),
            ..first.clone()
        };
        for member in members {
            // Where a member is not locked nothing is asked for.
            let where_locked = if platforms.iter().all(|one| member.platforms.contains(one)) {
                None
            } else {
                Selector::any_of(&member.platforms)
            };
            for requirement in &member.requirements {
                let mut requirement = requirement.clone();
                requirement.selector = both(requirement.selector, where_locked.as_ref());
                let is_known = |one: &Requirement| {
                    (&one.text, one.span, &one.selector)
                        == (&requirement.text, requirement.span, &requirement.selector)
                        && one.file.name() == requirement.file.name()
                };
                if !group.requirements.iter().any(is_known) {
                    group.requirements.push(requirement);
                }
            }
            for (from, to) in [
                (&member.pip, &mut group.pip),
                (&member.pip_constraints, &mut group.pip_constraints),
                (&member.pip_overrides, &mut group.pip_overrides),
            ] {
                for line in from {
                    let mut line = line.clone();
                    line.selector = both(line.selector, where_locked.as_ref());
                    if !to.iter().any(|one| {
                        (&one.text, one.span, &one.selector)
                            == (&line.text, line.span, &line.selector)
                            && one.file.name() == line.file.name()
                    }) {
                        to.push(line);
                    }
                }
            }
            for (platform, packages) in &member.options.virtual_packages {
                let known = &mut group.options.virtual_packages;
                known.entry(*platform).or_insert_with(|| packages.clone());
            }
        }
        group.pip_sources = crate::PipSources::merge(members.iter().map(|one| &one.pip_sources));
        group.platforms = platforms;
        Some(group)
    }
}

fn both(own: Option<Selector>, outer: Option<&Selector>) -> Option<Selector> {
    match (own, outer) {
        (Some(own), Some(outer)) => Some(outer.and(&own)),
        (own, outer) => own.or_else(|| outer.cloned()),
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;

    use super::*;
    use crate::{EnvironmentFile, EnvironmentRequest, PipSection};

    fn member(name: &str, text: &str) -> Environment {
        let file = SourceFile::new(format!("{name}.yml"), format!("channels: [c]\n{text}"));
        let read = EnvironmentFile::parse(&file, PipSection::Check).unwrap().value;
        let request = EnvironmentRequest { name: name.to_owned(), ..EnvironmentRequest::default() };
        Environment::merge(request, &[read]).unwrap().value
    }

    #[test]
    fn a_group_asks_for_what_each_member_asks_where_it_is_locked() {
        let one = member("one", "platforms: [linux-64, win-64]\ndependencies: [numpy]\n");
        let other =
            member("other", "platforms: [linux-64]\ndependencies: [scipy, 'click  # [unix]']\n");
        let group = Environment::solve_group("both", &[&one, &other]).unwrap();
        let on = |platform| -> Vec<&str> {
            group.requirements_for(platform).map(|one| one.name.as_normalized()).collect()
        };
        assert_eq!(on(Platform::Win64), ["numpy"]);
        assert_eq!(on(Platform::Linux64)[..2], ["numpy", "scipy"]);
        assert_eq!(group.platforms, [Platform::Linux64, Platform::Win64]);
        assert_eq!(group.options.virtual_packages.len(), 2);
        // What two members ask for in the same line is asked for once.
        let same = Environment::solve_group("both", &[&one, &one]).unwrap();
        assert_eq!(same.requirements.len(), 1);
        assert!(Environment::solve_group("none", &[]).is_none());
    }

    #[test]
    fn what_any_member_says_of_pip_counts() {
        let lines = "platforms: [linux-64]\ndependencies: [pip, {pip: [click]}]\n";
        let (mut one, mut other) = (member("one", lines), member("other", lines));
        other.pip_overrides = other.pip.clone();
        let overrides = |members: &[&Environment]| -> Vec<String> {
            let group = Environment::solve_group("both", members).unwrap();
            group.pip_overrides.iter().map(|line| line.file.name().to_owned()).collect()
        };
        assert_eq!(overrides(&[&one, &other]), ["other.yml"]);
        assert_eq!(overrides(&[&other, &one]), ["other.yml"]);
        one.pip_overrides = one.pip.clone();
        assert_eq!(overrides(&[&other, &one]), ["other.yml", "one.yml"]);
        assert_eq!(overrides(&[&other, &other]), ["other.yml"]);
    }

    #[test]
    fn a_channel_of_several_members_is_there_once() {
        let one = member("one", "dependencies: [numpy]\n");
        let mut other = one.clone();
        other.channels = ["c/", "https://conda.anaconda.org/c", "d"].map(ChannelRef::new).to_vec();
        let group = Environment::solve_group("both", &[&one, &other]).unwrap();
        let channels: Vec<&str> = group.channels.iter().map(|one| one.text.as_str()).collect();
        assert_eq!(channels, ["c", "d"]);
    }
}
