//! What wheels bring, seen before a file of the prefix is touched.
//!
//! A wheel may have files for the top of an environment (`NAME-1.0.data/data/`), and uv writes them wherever they say.
//! Only uv has the archives, so it installs them into a folder of their own first, as links into its cache. What it then
//! lists there is what it would list in the prefix.
//! <https://packaging.python.org/en/latest/specifications/binary-distribution-format/#the-data-directory>

use std::path::Path;

use super::distribution::distributions;
use super::listed_files::stay_inside;
use crate::place::{Rules, Stray};

/// The options by which `uv pip install` fills the folder.
pub(crate) fn options(folder: &Path) -> [&std::ffi::OsStr; 4] {
    ["--target".as_ref(), folder.as_os_str(), "--link-mode".as_ref(), "symlink".as_ref()]
}

/// All that was installed into the folder has its place in a prefix.
///
/// # Errors
/// The first file that does not.
pub(crate) fn fits(folder: &Path, rules: Rules) -> Result<(), Stray> {
    distributions(folder).iter().try_for_each(|one| stay_inside(folder, folder, one, rules))
}
