//! Explicit files: one platform, one address per package (CEP 23).
//!
//! conda, mamba, micromamba, pixi and conda-lock install them without solving. Written files have
//! no blank line, because some readers stop at one although CEP 23 says to skip them.
//!
//! PyPI packages follow as comments, `# pip name @ address#sha256=…`: conda-lock and lockit install them, for
//! everybody else they are comments. Then comments say what each package depends on (`dependencies.rs`).

mod dependencies;

use std::collections::BTreeMap;
use std::sync::Arc;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use lockit_spec::Platform;

use crate::clear_text;
use crate::error::FormatError;
use crate::header::{self, Header};
use crate::pip::line::{self, Style};
use crate::pool::{Pool, Pooled};
use crate::{Lock, PipRecord, Record, order};
use lockit_spec::credentials::{has_secret, without_secrets};

/// The line that makes a file an explicit one.
pub(crate) const MARKER: &str = "@EXPLICIT";

/// What a line of a PyPI package begins with.
const PIP: &str = "# pip ";

/// How to write an explicit file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExplicitOptions {
    /// Pin by md5, for tools that know no `#sha256:` (conda before 24.9, micromamba before 2).
    pub md5: bool,
}

/// Writes one platform of a lock.
///
/// Every address carries `#sha256:<hex>`, or `#<md5>` with [`ExplicitOptions::md5`] and for records
/// without a sha256 digest.
///
/// # Errors
/// A platform the lock does not have, a record without address or digest, a clear-text credential.
pub fn write(
    lock: &Lock,
    platform: Platform,
    options: ExplicitOptions,
) -> Result<String, FormatError> {
    let chosen = lock.platforms.get(&platform).ok_or_else(|| FormatError::NoPlatform {
        environment: lock.environment.clone(),
        platform,
    })?;
    lock.refuse_channel_secrets()?;
    lock.refuse_odd_texts()?;
    let mut out = String::new();
    header::write(&mut out, lock, platform, chosen);
    out.push_str(MARKER);
    out.push('\n');
    let records = order::sorted(&chosen.records);
    for record in &records {
        let package = || record.label();
        let url = record.public_url(platform)?;
        out.push_str(url);
        match (&record.sha256, &record.md5) {
            (_, Some(md5)) if options.md5 => out.extend(["#", md5]),
            (Some(_), None) if options.md5 => {
                return Err(FormatError::NoMd5 { package: package(), platform });
            }
            (Some(sha256), _) => out.extend(["#sha256:", sha256]),
            (None, Some(md5)) => out.extend(["#", md5]),
            (None, None) => return Err(FormatError::NoDigest { package: package(), platform }),
        }
        out.push('\n');
    }
    for record in &chosen.pip {
        out.extend([PIP, &line::write(record, platform, Style::Address)?, "\n"]);
    }
    dependencies::write(&mut out, records.iter().map(|one| &***one), &chosen.pip)?;
    Ok(out)
}

/// Reads an explicit file of any producer, together with what a person should know about it.
///
/// Name, version and build come from the file name, subdir and channel from the address. The
/// platform is that of the header, else the one that the subdirs agree on. Dependencies are known where lockit
/// wrote them. Clear-text credentials are dropped. PyPI packages are read from `# pip ` lines.
///
/// # Errors
/// The first line that is neither comment nor package address, a digest that is none, a platform
/// that cannot be told.
pub fn read(file: &SourceFile) -> Result<(Lock, Vec<Diagnostic>), Box<Diagnostic>> {
    read_into(file, &mut Pool::default())
}

/// The same for one of many files: what a package's lines say is in the pool when another file has the same lines.
pub(crate) fn read_into(
    file: &SourceFile,
    pool: &mut Pool,
) -> Result<(Lock, Vec<Diagnostic>), Box<Diagnostic>> {
    let mut header = Header::default();
    let mut records = Vec::new();
    let mut addresses = Vec::new();
    let mut seen_marker = false;
    let mut pip = Vec::new();
    let mut secret_lines = Vec::new();
    let mut secret_comment = false;
    let mut dependencies = dependencies::Lines::default();
    for (number, span) in lines(file) {
        let line = &file.text()[span.start..span.end];
        if line.is_empty() {
        } else if line.starts_with('#') {
            if let Some(package) = line.strip_prefix(PIP) {
                if has_secret(package) {
                    secret_lines.push(number);
                }
                pip.push(pip_package(file, span, package)?);
            }
            if !(seen_marker && header.is_of_lockit() && dependencies.take(line)) {
                secret_comment |= has_secret(line);
                header.line(line);
            }
        } else if line == MARKER {
            seen_marker = true;
        } else if seen_marker {
            let read = || package(file, span).map(|record| Pooled::new(record, has_secret(line)));
            let Pooled { record, had_secret } = pool.get(line, read)?;
            if had_secret {
                secret_lines.push(number);
            }
            records.push(record);
            addresses.push(line);
        } else {
            return Err(Box::new(
                Diagnostic::error("this is no explicit lockfile")
                    .label(file, span, format!("expected a comment or `{MARKER}`"))
                    .hint(format!("package addresses follow a line `{MARKER}`")),
            ));
        }
    }
    if !seen_marker {
        return Err(Box::new(
            Diagnostic::error(format!("`{}` has no line `{MARKER}`", file.name()))
                .note("an explicit lockfile has this line before its package addresses")
                .hint("write the file again with `lockit lock`"),
        ));
    }
    let platform = platform(file, &header, &records)?;
    let (mut lock, mut chosen) = header.finish();
    pip.sort_by(|a: &PipRecord, b| a.name.cmp(&b.name));
    chosen.pip = pip;
    chosen.records = records;
    secret_comment |= dependencies.give(&mut chosen, &addresses, pool);
    let mut warnings = Vec::new();
    if !secret_lines.is_empty() {
        let list = secret_lines.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        // The lines are not shown: a secret must not reach a terminal or a log.
        warnings.push(
            Diagnostic::warning(format!("`{}` holds credentials in clear text", file.name()))
                .code(lockit_spec::code::URL_CREDENTIALS)
                .note(format!("in line {list}; they are ignored"))
                .hint("revoke them, lock again, and keep credentials in the credential store"),
        );
    } else if secret_comment {
        warnings.push(clear_text::holds_credentials(file));
    }
    lock.platforms = BTreeMap::from([(platform, chosen)]);
    Ok((lock, warnings))
}

fn pip_package(file: &SourceFile, span: Span, text: &str) -> Result<PipRecord, Box<Diagnostic>> {
    line::read(text).ok_or_else(|| {
        let diagnostic = Diagnostic::error("this line is no PyPI package");
        let diagnostic = if has_secret(text) {
            diagnostic.note(format!("{}: {}", file.place(span), without_secrets(text)))
        } else {
            diagnostic.label(file, span, "expected `# pip name @ address#sha256=…`")
        };
        Box::new(diagnostic.hint(
            "lines that begin with `# pip ` are packages for conda-lock and lockit; start a comment otherwise",
        ))
    })
}

/// Lines without line ends and outer blanks, with their 1-based numbers.
fn lines(file: &SourceFile) -> impl Iterator<Item = (usize, Span)> + '_ {
    let mut start = 0;
    file.text().split_inclusive('\n').enumerate().map(move |(index, line)| {
        let leading = line.len() - line.trim_start().len();
        let span = Span::new(start + leading, start + leading + line.trim().len());
        start += line.len();
        (index + 1, span)
    })
}

fn package(file: &SourceFile, span: Span) -> Result<Record, Box<Diagnostic>> {
    let line = &file.text()[span.start..span.end];
    // Where a secret stands in the line, the line itself cannot be shown.
    let complain = |span: Span, message: &str, label: &str| {
        let diagnostic = Diagnostic::error(message);
        Box::new(if has_secret(line) {
            diagnostic.note(label).note(format!("{}: {}", file.place(span), without_secrets(line)))
        } else {
            diagnostic.label(file, span, label)
        })
    };
    let (url, fragment) =
        line.split_once('#').map_or((line, None), |(url, hash)| (url, Some(hash)));
    let url_span = Span::new(span.start, span.start + url.len());
    if url.contains(char::is_whitespace) {
        return Err(complain(url_span, "this line is no package address", "a URL has no blanks"));
    }
    let Some(mut record) = Record::from_url(url.split('?').next().unwrap_or(url)) else {
        return Err(complain(
            url_span,
            "this line is no address of a conda package",
            "expected `…/<subdir>/<name>-<version>-<build>.conda` or `.tar.bz2`",
        ));
    };
    if let Some(hash) = fragment.filter(|hash| !hash.is_empty()) {
        let hash_span = Span::new(url_span.end + 1, span.end);
        let digits =
            hash.strip_prefix("sha256:").or_else(|| hash.strip_prefix("md5:")).unwrap_or(hash);
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        match (is_hex, digits.len()) {
            (true, 64) if !hash.starts_with("md5:") => {
                record.sha256 = Some(digits.to_ascii_lowercase());
            }
            (true, 32) if !hash.starts_with("sha256:") => {
                record.md5 = Some(digits.to_ascii_lowercase());
            }
            _ => {
                return Err(complain(
                    hash_span,
                    "this is no digest",
                    "expected 64 hexadecimal digits (sha256) or 32 (md5)",
                ));
            }
        }
    }
    Ok(record)
}

fn platform(
    file: &SourceFile,
    header: &Header,
    records: &[Arc<Record>],
) -> Result<Platform, Box<Diagnostic>> {
    if let Some(text) = &header.platform {
        return text.parse().map_err(|_| {
            let needle = format!("platform: {text}");
            let start = file.text().find(&needle).map_or(0, |at| at + "platform: ".len());
            Box::new(Diagnostic::error(format!("`{text}` is no platform")).label(
                file,
                Span::new(start, start + text.len()),
                "expected one such as `linux-64`",
            ))
        });
    }
    let mut subdirs: Vec<&str> = records
        .iter()
        .map(|record| record.subdir.as_str())
        .filter(|subdir| *subdir != "noarch")
        .collect();
    subdirs.sort_unstable();
    subdirs.dedup();
    let hint = "add a line `# platform: linux-64` (with your platform) at the top";
    match subdirs.as_slice() {
        [one] => one.parse().map_err(|_| {
            Box::new(
                Diagnostic::error(format!("the platform of `{}` cannot be told", file.name()))
                    .note(format!("its packages lie in `{one}`, which is no platform"))
                    .hint(hint),
            )
        }),
        [] => Err(Box::new(
            Diagnostic::error(format!("the platform of `{}` cannot be told", file.name()))
                .note("all its packages are `noarch`")
                .hint(hint),
        )),
        several => Err(Box::new(
            Diagnostic::error(format!("`{}` mixes platforms", file.name()))
                .note(format!("its packages lie in `{}`", several.join("`, `")))
                .hint("write one file per platform with `lockit lock`"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{PipSource, sample};

    fn read_text(text: &str) -> (Lock, Vec<Diagnostic>) {
        read(&SourceFile::new("conda-linux-64.lock", text)).unwrap()
    }

    /// Leaves what the format keeps of a PyPI package.
    fn keep(record: &mut PipRecord) {
        let mut source = record.source.clone();
        if let PipSource::Archive { index, .. } = &mut source {
            *index = None;
        } else {
            record.version.clear();
        }
        *record = PipRecord {
            name: record.name.clone(),
            version: record.version.clone(),
            source,
            sha256: record.sha256.clone(),
            depends: record.depends.clone(),
            extras: record.extras.clone(),
            ..PipRecord::default()
        };
    }

    #[test]
    fn written_text() {
        let text = write(&sample::lock(), Platform::Linux64, ExplicitOptions::default()).unwrap();
        insta::with_settings!({
            snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
            prepend_module_to_snapshot => false,
        }, { insta::assert_snapshot!("explicit", text) });
        assert!(
            !text.lines().any(|line| line.trim().is_empty()),
            "some readers stop at a blank line"
        );
        let packages = text.lines().filter(|line| line.starts_with(PIP)).count();
        assert_eq!(packages, 4, "conda-lock takes every `# pip ` for a package");
    }

    #[test]
    fn what_is_written_is_read_back() {
        let lock = sample::lock();
        for platform in [Platform::Linux64, Platform::OsxArm64] {
            let text = write(&lock, platform, ExplicitOptions::default()).unwrap();
            let (read_back, warnings) = read_text(&text);
            assert_eq!(warnings, []);
            let mut expected = lock.clone();
            expected.platforms.retain(|name, _| *name == platform);
            let chosen = expected.platforms.get_mut(&platform).unwrap();
            chosen.recorded_needs = chosen.needs();
            for record in chosen.records_mut() {
                *record = Record {
                    sha256: record.sha256.clone(),
                    depends: record.depends.clone(),
                    constrains: record.constrains.clone(),
                    ..Record::from_url(record.url.as_deref().unwrap()).unwrap()
                };
            }
            chosen.pip.iter_mut().for_each(keep);
            assert_eq!(read_back, expected);
            assert_eq!(write(&read_back, platform, ExplicitOptions::default()).unwrap(), text);
        }
    }

    /// rattler's reader stops at a blank line and knows three spellings of a digest.
    #[test]
    fn rattler_reads_what_is_written() {
        use rattler_conda_types::{ExplicitEnvironmentSpec, PackageArchiveHash};

        let lock = sample::lock();
        for md5 in [false, true] {
            let text = write(&lock, Platform::Linux64, ExplicitOptions { md5 }).unwrap();
            let spec: ExplicitEnvironmentSpec = text.parse().unwrap();
            assert_eq!(spec.platform, Some(Platform::Linux64));
            assert_eq!(spec.packages.len(), 6);
            for package in &spec.packages {
                match package.package_archive_hash().unwrap() {
                    Some(PackageArchiveHash::Md5(_)) => assert!(md5),
                    Some(PackageArchiveHash::Sha256(_)) => assert!(!md5),
                    None => panic!("{} has no digest", package.url),
                }
            }
        }
    }

    #[test]
    fn what_files_have_in_common_is_one_record_and_an_edit_is_another() {
        let text = write(&sample::lock(), Platform::Linux64, ExplicitOptions::default()).unwrap();
        let mut pool = Pool::default();
        let mut click = |text: &str| {
            let file = SourceFile::new("conda-linux-64.lock", text);
            let (lock, warnings) = read_into(&file, &mut pool).unwrap();
            assert_eq!(warnings, []);
            let mut records = lock.platforms[&Platform::Linux64].records.iter();
            Arc::clone(records.find(|record| record.name == "click").unwrap())
        };
        let one = click(&text);
        assert!(Arc::ptr_eq(&one, &click(&text.replace("# requested: pip\n", ""))));
        let edited = text.replace("0: python >=3.8; __unix", "0: python >=3.9; __unix");
        assert_eq!(click(&edited).depends.as_ref().unwrap()[0], "python >=3.9");
        let cut = click(&text.replace("# click-8.1.7-", "# glick-8.1.7-"));
        assert_eq!((cut.depends.as_ref(), &cut.sha256), (None, &one.sha256));
        assert!(Arc::ptr_eq(&one, &click(&text)));
    }

    /// Made by hand, with every notation of a digest and of credentials; `foreign.rs` has what conda-lock writes.
    #[test]
    fn other_notations_are_read() {
        let md5 = "0123456789abcdef0123456789ABCDEF";
        let sha = "0123456789abcdef".repeat(4);
        let text = format!(
            "# platform: linux-64\r\n# input_hash: abc\r\n\r\n@EXPLICIT\r\n\r\n\
             https://user:pw@host/t/tk-9/chan/linux-64/a-1-0.tar.bz2#{md5}\r\n\
             https://host/chan/noarch/b-1-0.conda#sha256:{sha}\r\n\
             https://host/chan/noarch/c-1-0.conda#{sha}\r\n\
             https://host/chan/noarch/d-d-1!1.0-0.conda\r\n\
             https://${{USER}}:${{PASS}}@host/chan/noarch/e-1-0.conda#md5:{md5}\r\n\
             # pip six @ https://u:pw@host/six-1.16-py3-none-any.whl#sha256={sha}\r\n"
        );
        let (lock, warnings) = read_text(&text);
        let chosen = &lock.platforms[&Platform::Linux64];
        let lines: Vec<String> = chosen
            .records
            .iter()
            .map(|r| {
                format!(
                    "{} {} {} {:?} {:?}",
                    r.label(),
                    r.subdir,
                    r.channel.as_deref().unwrap(),
                    r.md5.is_some(),
                    r.sha256.is_some()
                )
            })
            .collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        a 1 0 linux-64 https://host/chan true false
        b 1 0 noarch https://host/chan false true
        c 1 0 noarch https://host/chan false true
        d-d 1!1.0 0 noarch https://host/chan false false
        e 1 0 noarch https://${USER}:${PASS}@host/chan true false
        ");
        assert_eq!(
            (chosen.pip[0].label().as_str(), chosen.input_hash.as_deref()),
            ("six 1.16", None)
        );
        assert_eq!(chosen.pip[0].address(), "https://host/six-1.16-py3-none-any.whl");
        let shown = lockit_diagnostic::render(&warnings, false);
        assert!(!shown.contains("tk-9") && !shown.contains("pw"), "{shown}");
        assert!(shown.contains("in line 6, 11;"), "{shown}");
        assert_eq!(warnings.len(), 1);
    }

    #[test]
    fn the_platform_follows_from_the_subdirs() {
        let (lock, _) = read_text(
            "@EXPLICIT\nhttps://h/c/noarch/a-1-0.conda\nhttps://h/c/osx-64/b-1-0.conda\n",
        );
        assert_eq!(lock.platforms.keys().copied().collect::<Vec<_>>(), [Platform::Osx64]);
    }

    #[test]
    fn md5_is_used_where_asked_for_or_needed() {
        let mut lock = sample::lock();
        let options = ExplicitOptions { md5: true };
        let text = write(&lock, Platform::Linux64, options).unwrap();
        assert!(
            text.lines()
                .skip_while(|l| *l != MARKER)
                .skip(1)
                .filter(|l| !l.starts_with('#'))
                .all(|l| l.rsplit('#').next().unwrap().len() == 32)
        );
        let records = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().records;
        Arc::make_mut(&mut records[0]).sha256 = None;
        let md5 = records[0].md5.clone().unwrap();
        let text = write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap();
        assert!(text.contains(&format!(".conda#{md5}\n")));
        let records = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().records;
        Arc::make_mut(&mut records[0]).md5 = None;
        let refused = write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap_err();
        insta::assert_snapshot!(refused, @"`libzlib 1.3.1 hb9d3cd8_2` on linux-64 has neither a sha256 nor an md5 digest, so it cannot be pinned; its channel must be indexed again");
        let records = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().records;
        Arc::make_mut(&mut records[0]).sha256 = Some("0".repeat(64));
        assert!(write(&lock, Platform::Linux64, ExplicitOptions::default()).is_ok());
        insta::assert_snapshot!(write(&lock, Platform::Linux64, options).unwrap_err(), @"`libzlib 1.3.1 hb9d3cd8_2` on linux-64 has no md5 digest; leave out `--md5` to pin it by sha256");
    }

    #[test]
    fn secrets_are_refused() {
        let mut lock = sample::lock();
        lock.channels[0].url = "https://joe:s3cret@host/chan".to_owned();
        let error =
            write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"channel `https://host/chan` has a credential in clear text, which is never written to a lockfile; write it as `${VARIABLE}` in the spec, or keep it in the credential store");
        let mut lock = sample::lock();
        let records = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().records;
        Arc::make_mut(&mut records[0]).url =
            Some("https://host/t/s3cret/chan/noarch/a-1-0.conda".to_owned());
        let error =
            write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"the URL of `libzlib 1.3.1 hb9d3cd8_2` has a credential in clear text, which is never written to a lockfile; write it as `${VARIABLE}` in the spec, or keep it in the credential store");
    }

    proptest! {
        #[test]
        fn any_lock_is_read_back(mut lock in sample::any_lock()) {
            lock.platforms.retain(|platform, _| *platform == Platform::Linux64);
            // What the list does not have is written behind it.
            lock.channels = lock.every_channel();
            let text = write(&lock, Platform::Linux64, ExplicitOptions::default()).unwrap();
            let (read_back, warnings) = read_text(&text);
            prop_assert_eq!(warnings, []);
            for chosen in lock.platforms.values_mut() {
                chosen.recorded_needs = chosen.needs();
                chosen.pip.iter_mut().for_each(keep);
            }
            for record in lock.platforms.values_mut().flat_map(crate::PlatformLock::records_mut) {
                record.md5 = None;
                record.constrains = Some(record.constrains.take().unwrap_or_default());
            }
            prop_assert_eq!(read_back, lock);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "(# ?(platform|requested|assumes|pip): ?[ -~]{0,9}\n|@EXPLICIT\n|https://[ -~é]{0,30}\n|\r\n){0,6}") {
            let _ = read(&SourceFile::new("x.lock", text));
        }
    }

    #[test]
    fn a_digest_is_what_its_name_and_its_length_say() {
        let (md5, sha256) = ("0123456789ABCDEF".repeat(2), "0123456789abcdef".repeat(4));
        let read_one = |fragment: &str| {
            let text = format!(
                "# platform: linux-64\n@EXPLICIT\nhttps://h/c/noarch/a-1-0.conda{fragment}\n"
            );
            let (lock, _) =
                read(&SourceFile::new("x.lock", text)).map_err(|error| error.message)?;
            let record = &lock.platforms[&Platform::Linux64].records[0];
            Ok::<_, String>((record.md5.clone(), record.sha256.clone()))
        };
        let lower = md5.to_ascii_lowercase();
        assert_eq!(read_one(&format!("#{md5}")), Ok((Some(lower.clone()), None)));
        assert_eq!(read_one(&format!("#md5:{md5}")), Ok((Some(lower), None)));
        assert_eq!(read_one(&format!("#{sha256}")), Ok((None, Some(sha256.clone()))));
        assert_eq!(read_one(&format!("#sha256:{sha256}")), Ok((None, Some(sha256.clone()))));
        assert_eq!(read_one(""), Ok((None, None)));
        assert_eq!(read_one("#"), Ok((None, None)));
        for wrong in [
            format!("#sha256:{md5}"),
            format!("#md5:{sha256}"),
            format!("#{}", &md5[1..]),
            format!("#{}", md5.replace('A', "G")),
            "#sha256:".to_owned(),
        ] {
            assert_eq!(read_one(&wrong), Err("this is no digest".to_owned()), "{wrong}");
        }
    }
}
