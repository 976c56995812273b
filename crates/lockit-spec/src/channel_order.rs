//! The channels of several files in one order.
//!
//! Each file says which of its channels goes first. The result holds what every file says, so that it does not matter in which
//! order the files are given; where they contradict each other there is none.

use std::collections::HashMap;

use indexmap::IndexMap;
use lockit_diagnostic::Diagnostic;

use crate::channel_names::{ChannelNames, without_platform};
use crate::{ChannelRef, EnvironmentFile};

/// What is to be done where files do not say the order.
fn decide(channels: &[&str], environment: &str) -> String {
    let flags: Vec<String> = channels.iter().map(|one| format!("-c {one}")).collect();
    let listed: Vec<String> = channels.iter().map(|one| format!("\"{one}\"")).collect();
    format!(
        "say which goes first: `{}`, or `channels = [{}]` below `[environments.{environment}]` in lockit.toml",
        flags.join(" "),
        listed.join(", ")
    )
}

/// Channels of several files, each once, so that every file's order holds. Of channels that no file orders, that of the first
/// file goes first, with a warning.
///
/// # Errors
/// Two channels that files order differently, with both lines.
pub(crate) fn in_one_order<'a>(
    files: &'a [EnvironmentFile],
    names: &ChannelNames,
    environment: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<&'a ChannelRef> {
    let mut lists: Vec<List<'a>> = Vec::new();
    for file in files {
        let mut list = List::default();
        for channel in &file.channels {
            let text = without_platform(&channel.text).unwrap_or(&channel.text);
            list.entry(names.identity(text)).or_insert(channel);
        }
        lists.push(list);
    }
    // How many channels of each list are taken: they are always those at its head. And in how many lists a channel is not yet
    // at the head.
    let mut taken = vec![0; lists.len()];
    let mut behind: HashMap<&str, usize> = HashMap::new();
    for list in &lists {
        for (place, identity) in list.keys().enumerate() {
            *behind.entry(identity).or_default() += usize::from(place > 0);
        }
    }
    let mut ordered: Vec<&ChannelRef> = Vec::new();
    let mut is_told = false;
    loop {
        let mut heads =
            lists.iter().zip(&taken).filter_map(|(list, at)| list.get_index(*at)).peekable();
        if heads.peek().is_none() {
            return ordered;
        }
        let mut free = heads.filter(|(identity, _)| behind.get(identity.as_str()) == Some(&0));
        let Some((next, channel)) = free.next() else {
            let left = left(&lists, &taken);
            diagnostics.push(contradiction(&lists, &left, environment));
            // Any will do: there is an error.
            ordered.extend(left.iter().map(|listed| listed.channel));
            return ordered;
        };
        if !is_told && let Some((_, other)) = free.find(|(identity, _)| *identity != next) {
            is_told = true;
            diagnostics.push(undecided(channel, other, environment));
        }
        ordered.push(channel);
        for (list, at) in lists.iter().zip(&mut taken) {
            if list.get_index(*at).is_some_and(|(head, _)| head == next) {
                *at += 1;
                if let Some((head, _)) = list.get_index(*at) {
                    behind.entry(head).and_modify(|lists| *lists -= 1);
                }
            }
        }
    }
}

/// The channels of a file by their identities, in its order.
type List<'a> = IndexMap<String, &'a ChannelRef>;

/// A channel of a list.
#[derive(Clone, Copy)]
struct Listed<'l, 'a> {
    identity: &'l str,
    channel: &'a ChannelRef,
}

/// The channels that are not taken, each once.
fn left<'l, 'a>(lists: &'l [List<'a>], taken: &[usize]) -> Vec<Listed<'l, 'a>> {
    let mut left: IndexMap<&str, &'a ChannelRef> = IndexMap::new();
    for (list, at) in lists.iter().zip(taken) {
        for (identity, channel) in list.iter().skip(*at) {
            left.entry(identity).or_insert(channel);
        }
    }
    left.into_iter().map(|(identity, channel)| Listed { identity, channel }).collect()
}

/// A channel and one that a list has behind it, as that list spells them.
fn before<'a>(
    lists: &[List<'a>],
    one: Listed<'_, '_>,
    other: Listed<'_, '_>,
) -> Option<(&'a ChannelRef, &'a ChannelRef)> {
    lists.iter().find_map(|list| {
        let (first, _, spelled) = list.get_full(one.identity)?;
        let (second, _, behind) = list.get_full(other.identity)?;
        (first < second).then_some((*spelled, *behind))
    })
}

/// A round of channels each of which has to go before the next.
fn contradiction(lists: &[List<'_>], left: &[Listed<'_, '_>], environment: &str) -> Diagnostic {
    let goes_before = |one, other| before(lists, one, other).is_some();
    // Two that are in both orders are the shortest round there is.
    let pair = left.iter().enumerate().find_map(|(at, one)| {
        let mut others = left[at + 1..].iter();
        let other = others.find(|two| goes_before(*one, **two) && goes_before(**two, *one))?;
        Some(vec![*one, *other])
    });
    let round = pair.unwrap_or_else(|| {
        // Each has one before it that is left as well, so going back comes to one that was seen.
        let mut way = vec![left[0]];
        loop {
            let last = way[way.len() - 1];
            let Some(previous) = left.iter().copied().find(|one| goes_before(*one, last)) else {
                return way;
            };
            if let Some(seen) = way.iter().position(|one| one.identity == previous.identity) {
                way.drain(..seen);
                way.reverse();
                return way;
            }
            way.push(previous);
        }
    });
    let named: Vec<&str> = round.iter().map(|listed| listed.channel.text.as_str()).collect();
    let shown: Vec<String> =
        round.iter().map(|listed| format!("`{}`", listed.channel.public())).collect();
    let mut diagnostic =
        Diagnostic::error(format!("the files order the channels {} differently", and(&shown)));
    for (at, one) in round.iter().enumerate() {
        let other = round[(at + 1) % round.len()];
        let Some((first, second)) = before(lists, *one, other) else { continue };
        diagnostic =
            label(diagnostic, first, &format!("here it goes before `{}`", second.public()));
    }
    if round.iter().any(|listed| listed.channel.holds_secret()) {
        return diagnostic
            .hint("say which goes first with `-c`, or with `channels` in lockit.toml");
    }
    diagnostic.hint(decide(&named, environment))
}

fn undecided(one: &ChannelRef, other: &ChannelRef, environment: &str) -> Diagnostic {
    let shown = [one, other].map(|channel| format!("`{}`", channel.public()));
    let mut diagnostic = Diagnostic::warning(format!(
        "no file says which of the channels {} goes first",
        and(&shown)
    ));
    diagnostic = label(diagnostic, one, "taken first, because its file is given first");
    diagnostic = label(diagnostic, other, "another file names this one");
    if one.holds_secret() || other.holds_secret() {
        return diagnostic.hint("say it with `-c`, or with `channels` in lockit.toml");
    }
    diagnostic.hint(decide(&[&one.text, &other.text], environment))
}

/// A label at the line of a channel, unless that shows a secret.
fn label(diagnostic: Diagnostic, channel: &ChannelRef, text: &str) -> Diagnostic {
    match &channel.origin {
        Some((file, span)) if !channel.holds_secret() => diagnostic.label(file, *span, text),
        Some((file, span)) => diagnostic.note(format!("{}: {text}", file.place(*span))),
        None => diagnostic,
    }
}

fn and(items: &[String]) -> String {
    match items {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => items.join(""),
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;

    use super::*;
    use crate::PipSection;

    /// The order, and the messages.
    fn order(lists: &[&str]) -> (String, Vec<Diagnostic>) {
        let files: Vec<EnvironmentFile> = lists
            .iter()
            .enumerate()
            .map(|(number, list)| {
                let text = format!("channels: [{list}]\ndependencies: []\n");
                let file = SourceFile::new(format!("{number}.yml"), text);
                EnvironmentFile::parse(&file, PipSection::Check).unwrap().value
            })
            .collect();
        let mut diagnostics = Vec::new();
        let ordered = in_one_order(&files, &ChannelNames::default(), "dev", &mut diagnostics);
        let texts: Vec<&str> = ordered.iter().map(|channel| channel.text.as_str()).collect();
        (texts.join(" "), diagnostics)
    }

    #[test]
    fn what_files_say_holds_whatever_their_order() {
        for (lists, expected) in [
            (&["x", "y, x", ""][..], "y x"),
            (&["x", "x, y"], "x y"),
            (&["x, y", "z, x"], "z x y"),
            (&["x, z", "x, y", "y, z"], "x y z"),
            (&["conda-forge, x", "conda-forge/"], "conda-forge x"),
            (&["x, y", "y, https://conda.anaconda.org/z, x/"][..1], "x y"),
            (&["x, x/linux-64, y, x", "x"], "x y"),
        ] {
            let (found, messages) = order(lists);
            assert_eq!((found.as_str(), messages), (expected, Vec::new()));
            let mut turned = lists.to_vec();
            turned.reverse();
            let spelled: Vec<String> =
                order(&turned).0.split(' ').map(crate::channel_identity).collect();
            let expected: Vec<String> = expected.split(' ').map(crate::channel_identity).collect();
            assert_eq!(spelled, expected);
        }
    }

    #[test]
    fn what_no_file_says_is_told() {
        for (lists, expected) in [(["x", "y"], "x y"), (["x, y", "z, y"], "x z y")] {
            let (found, messages) = order(&lists);
            assert_eq!(found, expected);
            assert_eq!(messages.len(), 1);
            assert!(!messages[0].is_error());
            assert_eq!(messages[0].labels.len(), 2);
        }
    }

    /// Who lists many channels, a generator of specs for example, need not wait for their order.
    #[test]
    fn thousands_of_channels_are_ordered_at_once() {
        let names: Vec<String> = (0..4000).map(|number| format!("c{number}")).collect();
        let (even, odd): (Vec<_>, Vec<_>) =
            names.iter().cloned().enumerate().partition(|(at, _)| at % 2 == 0);
        let list = |half: Vec<(usize, String)>| {
            half.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(", ")
        };
        let started = std::time::Instant::now();
        let (found, messages) = order(&[&list(odd), &names.join(", "), &list(even)]);
        assert_eq!((found, messages), (names.join(" "), Vec::new()));
        let backwards: Vec<&str> = names.iter().rev().map(String::as_str).collect();
        let (_, messages) = order(&[&names.join(", "), &backwards.join(", ")]);
        assert!(messages.iter().any(Diagnostic::is_error));
        // It was minutes.
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn a_contradiction_shows_every_line() {
        for lists in [&["x, y", "y, x"][..], &["a, x, y", "y/, b, x"], &["x, y", "y, z", "z, x"]] {
            let (_, messages) = order(lists);
            let errors: Vec<&Diagnostic> = messages.iter().filter(|one| one.is_error()).collect();
            assert_eq!(errors.len(), 1, "{messages:?}");
            assert_eq!(errors[0].labels.len(), lists.len(), "{errors:?}");
        }
    }
}
