//! Rendered environments: an environment file with every version and build pinned, one per platform.
//!
//! It is conda-lock's `-k env`, for tools that only know `conda env create`. It keeps no address, no
//! digest and no order, so it pins less than any other format.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use lockit_spec::{ActivationVariables, Platform};

use crate::error::FormatError;
use crate::header::{self, Header};
use crate::pip::line::{self, Style};
use crate::{Lock, LockedChannel, PipRecord, PlatformLock, Record, yaml_scalar};

/// Writes one platform of a lock.
///
/// # Errors
/// A platform the lock does not have, a clear-text credential, a PyPI package without an address.
pub fn write(lock: &Lock, platform: Platform) -> Result<String, FormatError> {
    let chosen = lock.platforms.get(&platform).ok_or_else(|| FormatError::NoPlatform {
        environment: lock.environment.clone(),
        platform,
    })?;
    lock.refuse_channel_secrets()?;
    lock.refuse_odd_texts()?;
    let mut out = String::new();
    header::write(&mut out, lock, platform, chosen);
    out.push_str("\nchannels:\n");
    for channel in lock.every_channel() {
        out.push_str("  - ");
        yaml_scalar::push(&mut out, &channel.url, 0, 0);
        out.push('\n');
    }
    out.push_str("dependencies:\n");
    for record in &chosen.records {
        record.refuse_source(platform)?;
    }
    let unlisted = lock.unlisted_channels();
    let mut lines: Vec<String> = chosen
        .records
        .iter()
        .map(|record| {
            let pinned = format!("{}={}={}", record.name, record.version, record.build);
            // In the list it stands behind channels that may have the name as well.
            match record.channel.as_ref().filter(|channel| unlisted.contains(channel)) {
                Some(channel) => format!("{channel}::{pinned}"),
                None => pinned,
            }
        })
        .collect();
    lines.sort_unstable();
    for line in lines {
        out.push_str("  - ");
        yaml_scalar::push(&mut out, line.trim_end_matches('='), 0, 0);
        out.push('\n');
    }
    if !chosen.pip.is_empty() {
        out.push_str("  - pip:\n");
    }
    let style = Style::for_pip(&chosen.pip);
    for record in &chosen.pip {
        out.push_str("      - ");
        yaml_scalar::push(&mut out, &line::write(record, platform, style)?, 0, 0);
        out.push('\n');
    }
    write_variables(&mut out, chosen);
    Ok(out)
}

/// conda takes a number or `true` for one, and no text; quotes make it a text for every reader.
fn write_variables(out: &mut String, chosen: &PlatformLock) {
    let variables = chosen.variables.iter().flatten();
    for (index, (name, value)) in variables.enumerate() {
        if index == 0 {
            out.push_str("variables:\n");
        }
        out.push_str("  ");
        yaml_scalar::push_key(out, name);
        out.push_str(": ");
        yaml_scalar::push(out, value, 0, 0);
        out.push('\n');
    }
}

/// `NAME: value`, with a value in quotes or without.
fn variable(line: &str) -> Option<(String, String)> {
    let (name, value) = line.trim().split_once(':')?;
    let value = value.trim();
    let text = match serde_yaml::from_str(value).ok()? {
        serde_yaml::Value::Null => String::new(),
        serde_yaml::Value::String(text) => text,
        serde_yaml::Value::Bool(_) | serde_yaml::Value::Number(_) => value.to_owned(),
        _ => return None,
    };
    Some((name.trim_matches(['\'', '"']).to_owned(), text))
}

/// Reads a rendered environment, together with what a person should know about it.
///
/// The records have no address, so no digest, channel or subdir either.
///
/// # Errors
/// A line that is no pinned package, a missing `# platform:` line.
pub fn read(file: &SourceFile) -> Result<(Lock, Vec<Diagnostic>), Box<Diagnostic>> {
    let mut header = Header::default();
    let mut channels = Vec::new();
    let mut records = Vec::new();
    let mut pip = Vec::new();
    let mut variables = ActivationVariables::new();
    let mut section = "";
    let mut number = 0;
    while let Some(span) = file.line_span(number + 1) {
        number += 1;
        let line = &file.text()[span.start..span.end];
        let unquoted = line.trim_start().strip_prefix("- ").map(|item| plain_text(item.trim()));
        let item = unquoted.as_deref();
        if line.starts_with('#') {
            header.line(line);
        } else if line.trim().is_empty() {
        } else if let (Some(key), true) = (line.strip_suffix(':'), item.is_none()) {
            section = key.trim();
        } else if let (Some(item), "channels") = (item, section) {
            channels.push(LockedChannel::new(item));
        } else if let (Some("pip:"), "dependencies") = (item, section) {
            section = "pip";
        } else if section == "variables" && line.starts_with(' ') {
            variables.extend([variable(line).ok_or_else(|| {
                Box::new(
                    Diagnostic::error("this is not a rendered environment")
                        .label(file, span, "expected `NAME: value`")
                        .hint("lock again with `lockit -k env`"),
                )
            })?]);
        } else if let (Some(item), "pip") = (item, section) {
            pip.push(line::read(item).ok_or_else(|| {
                Box::new(
                    Diagnostic::error("this is no rendered environment")
                        .label(file, Span::new(span.end - line.trim_start().len(), span.end), "expected `name == version`, `name @ address` or `./directory  # name`")
                        .hint("`lockit` locks environment files; it reads back only what it or conda-lock rendered"),
                )
            })?);
        } else if let (Some(item), "dependencies") = (item, section) {
            let record = pinned(item).ok_or_else(|| {
                Box::new(
                    Diagnostic::error("this is no rendered environment")
                        .label(file, Span::new(span.end - item.len(), span.end), "expected `name=version=build`")
                        .hint("`lockit` locks environment files; it reads back only what it or conda-lock rendered"),
                )
            })?;
            records.push(Arc::new(record));
        } else {
            return Err(Box::new(Diagnostic::error("this is no rendered environment").label(
                file,
                span,
                "expected `channels:`, `dependencies:`, `variables:` or a list item",
            )));
        }
    }
    let Some(platform) = header.platform.as_deref().and_then(|text| text.parse::<Platform>().ok())
    else {
        return Err(Box::new(
            Diagnostic::error(format!("the platform of `{}` cannot be told", file.name()))
                .hint("add a line `# platform: linux-64` (with your platform) at the top"),
        ));
    };
    let (mut lock, mut chosen) = header.finish();
    chosen.records = records;
    pip.sort_by(|a: &PipRecord, b| a.name.cmp(&b.name));
    chosen.pip = pip;
    chosen.variables = Some(variables);
    lock.channels = channels;
    lock.platforms = BTreeMap::from([(platform, chosen)]);
    Ok((lock, Vec::new()))
}

/// The text of an item that stands on one line, as [`yaml_scalar`] writes it.
fn plain_text(item: &str) -> Cow<'_, str> {
    match item.strip_prefix('\'').and_then(|item| item.strip_suffix('\'')) {
        Some(quoted) if quoted.contains("''") => Cow::Owned(quoted.replace("''", "'")),
        Some(quoted) => Cow::Borrowed(quoted),
        None => Cow::Borrowed(item),
    }
}

fn pinned(item: &str) -> Option<Record> {
    let (channel, item) = match item.rsplit_once("::") {
        Some((channel, item)) => (Some(channel), item),
        None => (None, item),
    };
    let mut parts = item.split('=');
    let (name, version) = (parts.next()?, parts.next()?);
    let build = parts.next().unwrap_or_default();
    let plain =
        |text: &str| !text.is_empty() && !text.contains([' ', '<', '>', '*', '[', ':', '!', '~']);
    if !plain(name)
        || version.is_empty()
        || version.contains([' ', '<', '>', '*'])
        || parts.next().is_some()
    {
        return None;
    }
    Some(Record {
        name: name.to_owned(),
        version: version.to_owned(),
        build: build.to_owned(),
        channel: channel.map(str::to_owned),
        ..Record::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn a_channel_that_is_in_no_list_is_kept() {
        let mut lock = sample::lock();
        let chosen = lock.platforms.get_mut(&Platform::OsxArm64).unwrap();
        let other = "https://other.example/chan";
        for record in chosen.records_mut().filter(|record| record.name == "click") {
            record.channel = Some(other.to_owned());
        }
        let text = write(&lock, Platform::OsxArm64).unwrap();
        assert!(text.contains(&format!("\n  - {other}\ndependencies:\n")), "{text}");
        assert!(text.contains(&format!("\n  - {other}::click=")), "{text}");
        let (read_back, _) = read(&SourceFile::new("env.yml", text.as_str())).unwrap();
        let records = &read_back.platforms[&Platform::OsxArm64].records;
        let click = records.iter().find(|record| record.name == "click").unwrap();
        assert_eq!(click.channel.as_deref(), Some(other));
        assert_eq!(read_back.channels.last().unwrap().url, other);
        assert_eq!(write(&read_back, Platform::OsxArm64).unwrap().matches(other).count(), 2);
    }

    #[test]
    fn written_text() {
        let text = write(&sample::lock(), Platform::OsxArm64).unwrap();
        insta::assert_snapshot!(text, @"
        # Generated by lockit.
        # platform: osx-arm64
        # input_hash: 0bd93ba997043ad480a694d0b2e983d8511334df88d22f44bd532b28fe1aa9bb
        # regenerate: lockit -f environment.yml -p linux-64 -p osx-arm64
        # environment: dev
        # source: environment.yml
        # channel: conda-forge
        # channel: https://repo.example.org/t/${TOKEN}/team
        # requested: click
        # requested: pip
        # assumes: __archspec=1=m1
        # assumes: __osx=13.0
        # assumes: __unix=0
        # needs: __osx >=11.0
        # needs: __unix
        # exclude-newer: 2026-01-31T23:59:59Z
        # pip: 3 requirements left out (--skip-pip)

        channels:
          - conda-forge
          - https://repo.example.org/t/${TOKEN}/team
        dependencies:
          - click=8.1.7=unix_pyh707e725_0
          - libzlib=1.3.1=hb9d3cd8_2
          - pip=24.0=pyhd8ed1ab_0
          - python=3.12.7=hc5c86c4_0_cpython
          - setuptools=75.1.0=pyhd8ed1ab_0
          - tzdata=2024b=hc8b5060_0
          - pip:
              - flask-thing[cli] @ https://files.pythonhosted.org/packages/61/80/flask_thing-3.0.3-py3-none-any.whl#sha256=9ba5559b682353b32535909267830aae48cc213a0a5fc086f0c2fccea799acf3
              - inner @ https://${USER}:${PASS}@pypi.example.org/files/inner-1.0-py3-none-any.whl#sha256=33bf6fbd7cd8379785a21e233d8e09f824e7bab459168a96312c1c882c1d7e1f
              - '-e ./packages/local  # local'
              - tool @ git+https://git.example.org/tool.git@1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0#subdirectory=python
        ");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = write(&sample::lock(), Platform::OsxArm64).unwrap();
        let (lock, warnings) = read(&SourceFile::new("x.lock.yml", text.as_str())).unwrap();
        assert_eq!(warnings, []);
        let mut expected = sample::lock();
        expected.platforms.retain(|platform, _| *platform == Platform::OsxArm64);
        let chosen = expected.platforms.get_mut(&Platform::OsxArm64).unwrap();
        chosen.recorded_needs = chosen.needs();
        chosen.variables = Some(ActivationVariables::new());
        for record in chosen.records_mut() {
            *record = Record {
                name: record.name.clone(),
                version: record.version.clone(),
                build: record.build.clone(),
                ..Record::default()
            };
        }
        chosen.records.sort_by(|a, b| a.name.cmp(&b.name));
        // With a folder among them, everything is known by its address.
        chosen.pip = [
            "flask-thing[cli] @ https://files.pythonhosted.org/packages/61/80/flask_thing-3.0.3-py3-none-any.whl",
            "inner @ https://${USER}:${PASS}@pypi.example.org/files/inner-1.0-py3-none-any.whl",
            "-e ./packages/local  # local",
            "tool @ git+https://git.example.org/tool.git@1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0#subdirectory=python",
        ]
        .map(|text| line::read(text).unwrap())
        .to_vec();
        for name in ["flask-thing", "inner"] {
            let record = chosen.pip.iter_mut().find(|record| record.name == name).unwrap();
            record.sha256 = Some(crate::hex_sha256(name.as_bytes()));
        }
        assert_eq!(lock, expected);
        assert_eq!(write(&lock, Platform::OsxArm64).unwrap(), text);
    }

    /// A wheel of the index beside a folder had `--hash`, and folders were written as addresses.
    #[test]
    fn what_earlier_versions_wrote_is_read_and_written_for_pip() {
        let text = write(&sample::lock(), Platform::OsxArm64).unwrap();
        let sha = "9ba5559b682353b32535909267830aae48cc213a0a5fc086f0c2fccea799acf3";
        let start = text.find("      - flask-thing").unwrap();
        let end = start + text[start..].find('\n').unwrap();
        let old = format!(
            "{}      - flask-thing[cli] == 3.0.3 --hash=sha256:{sha}{}",
            &text[..start],
            &text[end..]
        );
        let old =
            old.replace("'-e ./packages/local  # local'", "-e file:./packages/local#egg=local");
        let (lock, _) = read(&SourceFile::new("x.lock.yml", old.as_str())).unwrap();
        let (new, _) = read(&SourceFile::new("x.lock.yml", text.as_str())).unwrap();
        let both = lock.platforms[&Platform::OsxArm64]
            .pip
            .iter()
            .zip(&new.platforms[&Platform::OsxArm64].pip);
        assert!(both.map(|(old, new)| old.is_same_as(new)).eq([true; 4]));
        // It knows no address of the wheel, so that its digest can only be kept in an option.
        assert_eq!(write(&lock, Platform::OsxArm64).unwrap(), old);
    }

    #[test]
    fn archives_alone_are_pinned_by_version() {
        let mut lock = sample::lock();
        let pip = &mut lock.platforms.get_mut(&Platform::OsxArm64).unwrap().pip;
        pip.truncate(1);
        pip.push(PipRecord::from_address(
            "it-s",
            &format!("file:./it's/it_s-1.0-py3-none-any.whl#sha256={}", "0a".repeat(32)),
        ));
        let text = write(&lock, Platform::OsxArm64).unwrap();
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("      - ")).collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        - flask-thing[cli] == 3.0.3 --hash=sha256:9ba5559b682353b32535909267830aae48cc213a0a5fc086f0c2fccea799acf3
        - 'file:./it''s/it_s-1.0-py3-none-any.whl#sha256=0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a  # it-s'
        ");
        let (read_back, _) = read(&SourceFile::new("x.lock.yml", text.as_str())).unwrap();
        assert_eq!(write(&read_back, Platform::OsxArm64).unwrap(), text);
    }

    #[test]
    fn variables_are_texts_for_every_reader() {
        let mut lock = sample::lock();
        let texts = [
            "1.10", "yes", "", "a: b # c", "x\ny", "it's", " blank ", "$HOME/é", "null", "-", "\"",
            "\\", "%a", "@",
        ];
        let variables: ActivationVariables = texts
            .iter()
            .enumerate()
            .map(|(index, text)| (format!("V{index}"), (*text).to_owned()))
            .collect();
        let chosen = lock.platforms.get_mut(&Platform::OsxArm64).unwrap();
        chosen.variables = Some(variables.clone());
        let text = write(&lock, Platform::OsxArm64).unwrap();
        let yaml: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        for (name, value) in &variables {
            assert_eq!(yaml["variables"][name].as_str(), Some(value.as_str()), "{text}");
        }
        let (back, _) = read(&SourceFile::new("x.lock.yml", text.as_str())).unwrap();
        assert_eq!(back.platforms[&Platform::OsxArm64].variables, Some(variables));
    }

    #[test]
    fn conda_lock_s_file_is_read() {
        let text = format!(
            "# Generated by conda-lock.\n# platform: linux-64\n# input_hash: abc\n\nchannels:\n  - conda-forge\n\
             dependencies:\n  - a=1!2.0=h_0\n  - b=1=0\n  - pip:\n      - six == 1 --hash=sha256:{}\n      \
             - tool @ git+https://host/tool@0123\n",
            "0a".repeat(32)
        );
        let (lock, warnings) = read(&SourceFile::new("x.lock.yml", text)).unwrap();
        let chosen = &lock.platforms[&Platform::Linux64];
        assert_eq!((chosen.records.len(), warnings.len()), (2, 0));
        let pip: Vec<String> = chosen.pip.iter().map(crate::PipRecord::label).collect();
        assert_eq!(pip, ["six 1", "tool"]);
        assert_eq!(chosen.input_hash, None);
    }
}
