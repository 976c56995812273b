//! What the address of a package archive says: channel, subdir, name, version and build.

use lockit_spec::credentials::percent_decoded;

/// A package address taken apart. All parts borrow from the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address<'a> {
    /// Everything before the subdir, without trailing slash.
    pub(crate) channel: &'a str,
    /// The folder of the archive: `linux-64`, `noarch`.
    pub(crate) subdir: &'a str,
    /// The last part of the path.
    pub(crate) file_name: &'a str,
}

/// Splits `channel/subdir/file` (CEP 26 subdirs are the last folder). A fragment or a query is no
/// part of it and must be cut off before.
pub(crate) fn split_address(url: &str) -> Option<Address<'_>> {
    let (folder, file_name) = url.rsplit_once('/')?;
    let (channel, subdir) = folder.rsplit_once('/')?;
    (!file_name.is_empty() && !subdir.is_empty() && !channel.ends_with('/')).then_some(Address {
        channel,
        subdir,
        file_name,
    })
}

/// Name, version and build from an archive's file name (CEP 26). `None` when it is no conda archive.
pub(crate) fn split_file_name(file_name: &str) -> Option<(String, String, String)> {
    let decoded = percent_decoded(file_name);
    let mut parts = stem(&decoded)?.rsplitn(3, '-');
    let build = parts.next()?;
    let version = parts.next()?;
    let name = parts.next()?;
    if name.is_empty() || version.is_empty() || build.is_empty() {
        return None;
    }
    Some((name.to_ascii_lowercase(), version.to_owned(), build.to_owned()))
}

/// An archive's file name without its ending. `None` when it is no conda archive.
pub(crate) fn stem(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(".conda").or_else(|| file_name.strip_suffix(".tar.bz2"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let address = split_address("https://h/t/${T}/chan/linux-64/a-1-0.conda").unwrap();
        assert_eq!(address.channel, "https://h/t/${T}/chan");
        assert_eq!((address.subdir, address.file_name), ("linux-64", "a-1-0.conda"));
        assert_eq!(split_address("a-1-0.conda"), None);
        assert_eq!(split_address("https://a-1-0.conda"), None);
        assert_eq!(split_address("https://host/noarch/"), None);
    }

    #[test]
    fn file_names() {
        let split = |name| split_file_name(name).map(|(n, v, b)| format!("{n} {v} {b}"));
        assert_eq!(split("scikit-learn-1.5-py_0.conda").as_deref(), Some("scikit-learn 1.5 py_0"));
        assert_eq!(split("x-1.0%2Bcu12-h_0.tar.bz2").as_deref(), Some("x 1.0+cu12 h_0"));
        assert_eq!(split("x-1%zz-0.conda").as_deref(), Some("x 1%zz 0"));
        assert_eq!(split("X-1!2.0-0.conda").as_deref(), Some("x 1!2.0 0"));
        for bad in ["x-1.0.conda", "x-1-0.whl", "-1-0.conda", "x-1-.conda", "repodata.json"] {
            assert_eq!(split(bad), None, "{bad}");
        }
    }
}
