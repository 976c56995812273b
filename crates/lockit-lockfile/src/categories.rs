//! Parts of a lock: what `main` needs, what `dev` adds.

use std::collections::BTreeSet;

use crate::Lock;

/// The category of what is always needed.
pub const MAIN: &str = "main";
/// The category of what developers need.
pub const DEV: &str = "dev";

impl Lock {
    /// The categories that packages of this lock are in; empty where the format keeps none.
    pub fn categories(&self) -> BTreeSet<&str> {
        let of_conda = self.platforms.values().flat_map(|locked| &locked.records);
        let of_pip = self.platforms.values().flat_map(|locked| &locked.pip);
        of_conda
            .flat_map(|record| &record.categories)
            .chain(of_pip.flat_map(|record| &record.categories))
            .map(String::as_str)
            .collect()
    }

    /// Keeps the packages of these categories. What is in no category is always kept.
    pub fn retain_categories(&mut self, wanted: &BTreeSet<String>) {
        let keep = |categories: &[String]| {
            categories.is_empty() || categories.iter().any(|category| wanted.contains(category))
        };
        for locked in self.platforms.values_mut() {
            locked.records.retain(|record| keep(&record.categories));
            locked.pip.retain(|record| keep(&record.categories));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PipRecord, PlatformLock, Record};

    #[test]
    fn what_is_in_no_category_is_kept() {
        let record = |name: &str, categories: &[&str]| Record {
            name: name.to_owned(),
            categories: categories.iter().map(|one| (*one).to_owned()).collect(),
            ..Record::default()
        };
        let records = vec![record("a", &["main"]), record("b", &["dev", "docs"]), record("c", &[])];
        let pip = |name: &str, category: &str| PipRecord {
            name: name.to_owned(),
            categories: vec![category.to_owned()],
            ..PipRecord::default()
        };
        let pip = vec![pip("p", "test"), pip("q", "main")];
        let mut lock = Lock {
            platforms: [(
                lockit_spec::Platform::Linux64,
                PlatformLock { pip, records, ..PlatformLock::default() },
            )]
            .into(),
            ..Lock::default()
        };
        assert_eq!(lock.categories(), ["dev", "docs", "main", "test"].into());
        lock.retain_categories(&[MAIN.to_owned()].into());
        let names: Vec<&str> =
            lock.platforms.values().flat_map(|one| &one.records).map(|one| &*one.name).collect();
        assert_eq!(names, ["a", "c"]);
        let names: Vec<&str> =
            lock.platforms.values().flat_map(|one| &one.pip).map(|one| &*one.name).collect();
        assert_eq!(names, ["q"]);
    }
}
