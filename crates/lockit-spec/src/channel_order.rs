//! The channels of several files in one order.
//!
//! Each file says which of its channels goes first. The result holds what every file says, so that it does not matter in which
//! order the files are given; where they contradict each other there is none.

use lockit_diagnostic::Diagnostic;

use crate::channel_names::ChannelNames;
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
    let mut lists: Vec<Vec<Listed<'a>>> = Vec::new();
    for file in files {
        let mut list: Vec<Listed<'a>> = Vec::new();
        for channel in &file.channels {
            let text = crate::channel_names::without_platform(&channel.text);
            let identity = names.identity(text.unwrap_or(&channel.text));
            if list.iter().all(|known| known.identity != identity) {
                list.push(Listed { identity, channel });
            }
        }
        lists.push(list);
    }
    let mut left: Vec<&Listed<'a>> = Vec::new();
    for listed in lists.iter().flatten() {
        if left.iter().all(|known| known.identity != listed.identity) {
            left.push(listed);
        }
    }
    let mut ordered: Vec<&ChannelRef> = Vec::new();
    let mut is_told = false;
    while !left.is_empty() {
        let free: Vec<usize> = (0..left.len())
            .filter(|&one| left.iter().all(|other| before(&lists, other, left[one]).is_none()))
            .collect();
        let Some(&next) = free.first() else {
            diagnostics.push(contradiction(&lists, &left, environment));
            // Any will do: there is an error.
            ordered.extend(left.iter().map(|listed| listed.channel));
            break;
        };
        if let Some(&other) = free.get(1)
            && !is_told
        {
            is_told = true;
            diagnostics.push(undecided(left[next], left[other], environment));
        }
        ordered.push(left.remove(next).channel);
    }
    ordered
}

/// A channel of a list.
struct Listed<'a> {
    identity: String,
    channel: &'a ChannelRef,
}

/// The two places at which a list has one channel before another.
fn before<'l, 'a>(
    lists: &'l [Vec<Listed<'a>>],
    one: &Listed<'_>,
    other: &Listed<'_>,
) -> Option<(&'l Listed<'a>, &'l Listed<'a>)> {
    lists.iter().find_map(|list| {
        let at = |wanted: &Listed<'_>| list.iter().position(|one| one.identity == wanted.identity);
        let (first, second) = (at(one)?, at(other)?);
        (first < second).then(|| (&list[first], &list[second]))
    })
}

/// A round of channels each of which has to go before the next.
fn contradiction(lists: &[Vec<Listed<'_>>], left: &[&Listed<'_>], environment: &str) -> Diagnostic {
    let goes_before = |one: &Listed<'_>, other: &Listed<'_>| before(lists, one, other).is_some();
    // Two that are in both orders are the shortest round there is.
    let pair = left.iter().enumerate().find_map(|(at, one)| {
        let others = left[at + 1..].iter();
        let other = others.copied().find(|two| goes_before(one, two) && goes_before(two, one))?;
        Some(vec![*one, other])
    });
    let round = pair.unwrap_or_else(|| {
        // Each has one before it that is left as well, so going back comes to one that was seen.
        let mut way = vec![left[0]];
        loop {
            let last = way[way.len() - 1];
            let Some(previous) = left.iter().copied().find(|one| goes_before(one, last)) else {
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
        let Some((first, second)) = before(lists, one, other) else { continue };
        diagnostic =
            label(diagnostic, first, &format!("here it goes before `{}`", second.channel.public()));
    }
    if round.iter().any(|listed| listed.channel.holds_secret()) {
        return diagnostic
            .hint("say which goes first with `-c`, or with `channels` in lockit.toml");
    }
    diagnostic.hint(decide(&named, environment))
}

fn undecided(one: &Listed<'_>, other: &Listed<'_>, environment: &str) -> Diagnostic {
    let shown = [&one.channel, &other.channel].map(|channel| format!("`{}`", channel.public()));
    let mut diagnostic = Diagnostic::warning(format!(
        "no file says which of the channels {} goes first",
        and(&shown)
    ));
    diagnostic = label(diagnostic, one, "taken first, because its file is given first");
    diagnostic = label(diagnostic, other, "another file names this one");
    if one.channel.holds_secret() || other.channel.holds_secret() {
        return diagnostic.hint("say it with `-c`, or with `channels` in lockit.toml");
    }
    diagnostic.hint(decide(&[&one.channel.text, &other.channel.text], environment))
}

/// A label at the line of a channel, unless that shows a secret.
fn label(diagnostic: Diagnostic, listed: &Listed<'_>, text: &str) -> Diagnostic {
    match &listed.channel.origin {
        Some((file, span)) if !listed.channel.holds_secret() => diagnostic.label(file, *span, text),
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
