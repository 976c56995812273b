//! Parts of a lock: what `main` needs, what `dev` adds.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lockit_spec::{Environment, NameMap, Platform, normalise_pypi_name};

use crate::order::dependency_name;
use crate::pip::{asked_name, provided_names};
use crate::{Lock, PlatformLock, Record};

/// The category of what is always needed.
pub const MAIN: &str = "main";
/// The category of what developers need.
pub const DEV: &str = "dev";

/// The categories of each package of a platform, by name; the PyPI packages are the second map.
///
/// What a spec asks for decides: a package is in the categories of every requirement that leads to it, and what
/// `main` needs is in `main` alone. `None` where the format keeps no dependencies.
pub(crate) struct Categories<'a> {
    conda: BTreeMap<&'a str, BTreeSet<&'a str>>,
    pip: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Categories<'a> {
    pub(crate) fn of(
        environment: &'a Environment,
        platform: Platform,
        locked: &'a PlatformLock,
    ) -> Option<Self> {
        let keeps_dependencies = locked.records.iter().all(|record| record.depends.is_some());
        let members = keeps_dependencies.then(|| Members::new(locked, &environment.names))?;
        let mut found = Self { conda: BTreeMap::new(), pip: BTreeMap::new() };
        for requirement in environment.requirements_for(platform) {
            let name = requirement.name.as_normalized();
            found.spread(&members, members.conda(name), &requirement.category);
        }
        for requirement in environment.pip_for(platform) {
            let Some(name) = asked_name(&requirement.text) else { continue };
            found.spread(&members, members.python(&name), &requirement.category);
        }
        Some(found)
    }

    /// Puts a package, and what it needs, into a category.
    fn spread(&mut self, members: &Members<'a>, from: Option<Member<'a>>, category: &'a str) {
        let mut queue: VecDeque<Member<'a>> = from.into_iter().collect();
        while let Some(member) = queue.pop_front() {
            let (map, name) = match member {
                Member::Conda(name) => (&mut self.conda, name),
                Member::Pip(name) => (&mut self.pip, name),
            };
            if map.entry(name).or_default().insert(category) {
                queue.extend(members.needs(member));
            }
        }
    }

    /// The categories of a conda package, `main` absorbing the others. Empty when no requirement leads to it.
    pub(crate) fn conda(&self, name: &str) -> Vec<String> {
        absorbed(self.conda.get(name))
    }

    /// The same of a PyPI package.
    pub(crate) fn pip(&self, name: &str) -> Vec<String> {
        absorbed(self.pip.get(name))
    }
}

fn absorbed(categories: Option<&BTreeSet<&str>>) -> Vec<String> {
    match categories {
        None => Vec::new(),
        Some(categories) if categories.contains(MAIN) => vec![MAIN.to_owned()],
        Some(categories) => categories.iter().map(|one| (*one).to_owned()).collect(),
    }
}

#[derive(Debug, Clone, Copy)]
enum Member<'a> {
    Conda(&'a str),
    Pip(&'a str),
}

/// The packages of a platform by the names by which others need them.
struct Members<'a> {
    conda: BTreeMap<&'a str, Vec<&'a str>>,
    pip: BTreeMap<&'a str, &'a [String]>,
    /// Conda packages by what PyPI calls them.
    provided: BTreeMap<String, &'a str>,
}

impl<'a> Members<'a> {
    fn new(locked: &'a PlatformLock, names: &NameMap) -> Self {
        let needs = |record: &'a Record| {
            let depends = record.depends.as_deref().unwrap_or_default();
            depends.iter().map(|depends| dependency_name(depends)).collect()
        };
        let mut provided = BTreeMap::new();
        for record in &locked.records {
            for name in provided_names(record, names) {
                provided.entry(name).or_insert(record.name.as_str());
            }
        }
        Self {
            conda: locked.records.iter().map(|one| (one.name.as_str(), needs(one))).collect(),
            pip: locked
                .pip
                .iter()
                .map(|one| (one.name.as_str(), one.depends.as_deref().unwrap_or_default()))
                .collect(),
            provided,
        }
    }

    fn conda(&self, name: &str) -> Option<Member<'a>> {
        self.conda.get_key_value(name).map(|(name, _)| Member::Conda(name))
    }

    /// A PyPI package, or the conda package that takes its place.
    fn python(&self, name: &str) -> Option<Member<'a>> {
        match self.pip.get_key_value(name) {
            Some((name, _)) => Some(Member::Pip(name)),
            None => self.provided.get(name).map(|name| Member::Conda(name)),
        }
    }

    fn needs(&self, member: Member<'a>) -> Vec<Member<'a>> {
        match member {
            Member::Conda(name) => {
                let needs = self.conda.get(name).into_iter().flatten();
                needs.filter_map(|name| self.conda(&name.to_lowercase())).collect()
            }
            Member::Pip(name) => {
                let needs = self.pip.get(name).into_iter().copied().flatten();
                needs
                    .filter_map(|text| self.python(&normalise_pypi_name(dependency_name(text))))
                    .chain(self.conda("python"))
                    .collect()
            }
        }
    }
}

impl PlatformLock {
    /// Puts every package into its categories, by what an environment asks for.
    ///
    /// What no requirement leads to is in `main`: nobody could tell who may go without it.
    pub fn categorise(&mut self, environment: &Environment, platform: Platform) {
        let Some(found) = Categories::of(environment, platform, self) else { return };
        let or_main = |categories: Vec<String>| {
            if categories.is_empty() { vec![MAIN.to_owned()] } else { categories }
        };
        let conda: Vec<_> =
            self.records.iter().map(|record| or_main(found.conda(&record.name))).collect();
        let pip: Vec<_> = self.pip.iter().map(|record| or_main(found.pip(&record.name))).collect();
        for (record, categories) in self.records.iter_mut().zip(conda) {
            // What is in the right ones stays shared.
            if record.categories != categories {
                Arc::make_mut(record).categories = categories;
            }
        }
        for (record, categories) in self.pip.iter_mut().zip(pip) {
            record.categories = categories;
        }
    }
}

impl Lock {
    /// The categories that packages of this lock are in; empty where the format keeps none.
    pub fn categories(&self) -> BTreeSet<&str> {
        let platforms = || self.platforms.values();
        let conda = platforms().flat_map(|locked| &locked.records).map(|one| &one.categories);
        let pip = platforms().flat_map(|locked| &locked.pip).map(|one| &one.categories);
        conda.chain(pip).flatten().map(String::as_str).collect()
    }

    /// Keeps the packages of these categories. What is in no category is always kept.
    pub fn retain_categories(&mut self, wanted: &BTreeSet<String>) {
        let is_wanted = |categories: &[String]| {
            categories.is_empty() || categories.iter().any(|category| wanted.contains(category))
        };
        for locked in self.platforms.values_mut() {
            locked.records.retain(|record| is_wanted(&record.categories));
            locked.pip.retain(|record| is_wanted(&record.categories));
        }
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::{EnvironmentFile, EnvironmentRequest, PipSection};

    use super::*;
    use crate::PipRecord;

    fn environment(files: &[&str]) -> Environment {
        let files: Vec<EnvironmentFile> = files
            .iter()
            .enumerate()
            .map(|(index, text)| {
                let file = SourceFile::new(format!("{index}.yml"), *text);
                EnvironmentFile::parse(&file, PipSection::Check).unwrap().value
            })
            .collect();
        let request = EnvironmentRequest { name: "dev".into(), ..EnvironmentRequest::default() };
        Environment::merge(request, &files).unwrap().value
    }

    fn conda(name: &str, depends: &[&str]) -> Arc<Record> {
        Arc::new(Record {
            name: name.to_owned(),
            depends: Some(depends.iter().map(|one| (*one).to_owned()).collect()),
            ..Record::default()
        })
    }

    fn pip(name: &str, depends: &[&str]) -> PipRecord {
        PipRecord {
            name: name.to_owned(),
            depends: Some(depends.iter().map(|one| (*one).to_owned()).collect()),
            ..PipRecord::default()
        }
    }

    fn shown(locked: &PlatformLock) -> String {
        let conda = locked.records.iter().map(|one| (&one.name, &one.categories));
        let pip = locked.pip.iter().map(|one| (&one.name, &one.categories));
        let shown = conda.chain(pip).map(|(name, found)| format!("{name}:{}", found.join("+")));
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn requirements_decide_and_main_absorbs() {
        let environment = environment(&[
            "channels: [c]\ndependencies: [app, Both]\n",
            "category: dev\ndependencies: [check, both]\n",
            "category: docs\ndependencies: [pages]\n",
        ]);
        let mut locked = PlatformLock {
            records: vec![
                conda("app", &["lib >=1", "__glibc >=2.17"]),
                conda("both", &[]),
                conda("check", &["lib", "tool"]),
                conda("lib", &["app"]),
                conda("left-over", &[]),
                conda("pages", &["tool"]),
                conda("tool", &[]),
            ],
            ..PlatformLock::default()
        };
        locked.categorise(&environment, Platform::Linux64);
        assert_eq!(
            shown(&locked),
            "app:main both:main check:dev lib:main left-over:main pages:docs tool:dev+docs"
        );
    }

    #[test]
    fn pip_packages_lead_to_each_other_and_to_conda_packages() {
        let environment = environment(&[
            "channels: [c]\ncategory: dev\ndependencies: [python, {pip: ['Web_App[x]>=1']}]\n",
        ]);
        let mut jinja = conda("jinja2-conda", &[]);
        Arc::make_mut(&mut jinja).purls = Some(vec!["pkg:pypi/jinja2@3".to_owned()]);
        let mut locked = PlatformLock {
            records: vec![
                conda("charset_normalizer", &["python"]),
                jinja,
                conda("pip", &["python"]),
                conda("python", &[]),
            ],
            pip: vec![
                pip("web-app", &["requests>=2", "Jinja2"]),
                pip("requests", &["charset-normalizer<4"]),
            ],
            ..PlatformLock::default()
        };
        locked.categorise(&environment, Platform::Linux64);
        assert_eq!(
            shown(&locked),
            "charset_normalizer:dev jinja2-conda:dev pip:main python:dev web-app:dev requests:dev"
        );
    }

    #[test]
    fn what_is_in_no_category_is_kept() {
        let record = |name: &str, categories: &[&str]| {
            Arc::new(Record {
                name: name.to_owned(),
                categories: categories.iter().map(|one| (*one).to_owned()).collect(),
                ..Record::default()
            })
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
