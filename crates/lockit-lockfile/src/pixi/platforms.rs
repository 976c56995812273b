//! Platforms of a pixi.lock: what they are called, and which virtual packages were assumed that not every machine of the
//! subdir has.

use std::collections::BTreeSet;

use lockit_spec::{Platform, VirtualPackage, baseline};
use rattler_lock::{PlatformData, PlatformName};

use crate::header::virtual_package_text;

/// A platform that is called as its subdir.
pub(super) fn of_subdir(subdir: Platform) -> PlatformData {
    PlatformData { name: PlatformName::from(&subdir), subdir, virtual_packages: Vec::new() }
}

/// A platform with what a lock assumes. pixi knows its platforms again by what they have beyond the usual, whatever they
/// are called in the file; so that stays as it stands while it is the same.
pub(super) fn assuming(mut data: PlatformData, assumed: &[VirtualPackage]) -> PlatformData {
    // Empty where a format does not keep it.
    if assumed.is_empty() {
        return data;
    }
    let ours = unusual(data.subdir, assumed.iter().map(text));
    if ours != unusual(data.subdir, data.virtual_packages.iter().map(|one| bare(one))) {
        data.virtual_packages = ours.into_iter().collect();
    }
    data
}

fn unusual(subdir: Platform, packages: impl Iterator<Item = String>) -> BTreeSet<String> {
    let usual: BTreeSet<String> = baseline(subdir).iter().map(text).collect();
    packages.filter(|one| !usual.contains(one)).collect()
}

/// `__cuda=12`; of the processor, whose version says nothing, `__archspec=0=x86_64`.
fn text(package: &VirtualPackage) -> String {
    if package.name == "__archspec" {
        format!("{}=0={}", package.name, package.build)
    } else {
        virtual_package_text(package)
    }
}

/// The same of what a file says: `__unix=0=0` is `__unix=0`.
fn bare(text: &str) -> String {
    text.strip_suffix("=0").filter(|rest| rest.contains('=')).unwrap_or(text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assumed(more: &[(&str, &str)]) -> Vec<VirtualPackage> {
        let mut all = baseline(Platform::Linux64);
        all.extend(more.iter().map(|(name, version)| VirtualPackage {
            name: (*name).to_owned(),
            version: (*version).to_owned(),
            build: "0".to_owned(),
        }));
        all
    }

    #[test]
    fn what_every_machine_has_goes_without_saying() {
        let subdir = || of_subdir(Platform::Linux64);
        let none: [String; 0] = [];
        assert_eq!(assuming(subdir(), &assumed(&[])).virtual_packages, none);
        assert_eq!(
            assuming(subdir(), &assumed(&[("__cuda", "12")])).virtual_packages,
            ["__cuda=12"]
        );
    }

    #[test]
    fn what_a_file_says_stays_while_it_is_the_same() {
        let said = ["__cuda=12", "__unix=0=0", "__linux=4.18", "__archspec=0=x86_64"];
        let said = said.map(str::to_owned).to_vec();
        let gpu = || PlatformData {
            name: PlatformName::try_from("gpu").unwrap(),
            virtual_packages: said.clone(),
            ..of_subdir(Platform::Linux64)
        };
        let kept = assuming(gpu(), &assumed(&[("__cuda", "12")]));
        assert_eq!((kept.name.as_str(), &kept.virtual_packages), ("gpu", &said));
        assert_eq!(assuming(gpu(), &assumed(&[("__cuda", "13")])).virtual_packages, ["__cuda=13"]);
        assert_eq!(assuming(gpu(), &[]).virtual_packages, said, "it is not known");
    }
}
