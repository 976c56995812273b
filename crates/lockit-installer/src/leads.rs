//! Whether links lead to where they may: those that packages bring, those of packages that stay, and those on the way to
//! the modules of python.

use std::path::{Path, PathBuf};

use rattler_conda_types::PrefixRecord;
use rattler_conda_types::prefix_record::PathType;

use crate::links::{End, Endless, Links};
use crate::place::Stray;
use crate::proof::{Plan, label, name};
use crate::unpacked::Contents;

impl Plan<'_> {
    /// Follows every link that packages bring, and those of packages that stay: what is new may lead them elsewhere. Says
    /// of each package which of its links lead out.
    pub(crate) fn links_end(
        &self,
        contents: &[Contents],
        recorded: &[Vec<String>],
    ) -> Result<Vec<Vec<bool>>, Stray> {
        let mut now = Links::new(self.prefix, self.rules);
        let mut then = Links::new(self.prefix, self.rules);
        for (package, files) in self.there.iter().zip(recorded) {
            if !self.stays.contains(name(package)) {
                for place in files {
                    then.remove(place);
                }
            }
        }
        let mut found = Vec::with_capacity(contents.len());
        for one in contents {
            let mut own = Vec::with_capacity(one.links.len());
            for (place, aim) in &one.links {
                let stray = |_: Endless| endless(&one.label, place);
                let places = now.places(place).map_err(stray)?;
                for at in &places {
                    then.make(at, aim);
                }
                own.push(places);
            }
            found.push(own);
        }
        let mut staying = Vec::new();
        for (package, place, shown) in self.links_there() {
            // A record may list what is none, and one that is hidden may come to light.
            let Ok(aim) = fs_err::read_link(self.prefix.join(place)) else { continue };
            let Ok(places) = now.places(shown) else { continue };
            if place != shown {
                for at in &places {
                    then.make(at, &aim);
                }
            }
            staying.push((label(&package.repodata_record), shown, aim, places));
        }
        let mut leads_out = Vec::with_capacity(contents.len());
        for (one, own) in contents.iter().zip(found) {
            let mut out = Vec::with_capacity(own.len());
            for ((place, aim), places) in one.links.iter().zip(own) {
                out.push(self.ends_well(&mut then, &one.label, place, aim, &places)?);
            }
            leads_out.push(out);
        }
        for (label, place, aim, places) in staying {
            // One that leads out already is not the doing of this run.
            if let Err(stray) = self.ends_well(&mut then, &label, place, &aim, &places)
                && self.ends_well(&mut now, &label, place, &aim, &places).is_ok()
            {
                return Err(stray);
            }
        }
        self.modules_stay(&mut now, &mut then)?;
        Ok(leads_out)
    }

    /// The links of packages that stay: where they are, and where they are once nothing hides them.
    fn links_there(&self) -> impl Iterator<Item = (&PrefixRecord, &str, &str)> {
        let stays = self.there.iter().filter(|one| self.stays.contains(name(one)));
        stays.flat_map(|package| {
            let links = package.paths_data.paths.iter();
            let links = links.filter(|entry| entry.path_type == PathType::SoftLink);
            links.filter_map(move |entry| {
                let place = entry.relative_path.to_str()?;
                let shown =
                    entry.original_path.as_ref().map_or(Some(place), |path| path.to_str())?;
                Some((package, place, shown))
            })
        })
    }

    /// Whether a link leads out of the prefix, to where it may.
    fn ends_well(
        &self,
        links: &mut Links,
        label: &str,
        place: &str,
        aim: &Path,
        places: &[PathBuf],
    ) -> Result<bool, Stray> {
        let stray =
            |reason: String| Stray { package: label.to_owned(), path: place.to_owned(), reason };
        let mut leads_out = false;
        for at in places {
            for end in links.ends(at, aim).map_err(|_| endless(label, place))? {
                match links.inside(&end.path) {
                    Some(inside) if inside.is_empty() => {}
                    Some(inside) => self
                        .rules
                        .place(&inside)
                        .map(drop)
                        .map_err(|why| stray(format!("is a link to `{inside}`, which {why}")))?,
                    None => {
                        leads_out = true;
                        self.may_lead_out(&end).map_err(stray)?;
                    }
                }
            }
        }
        Ok(leads_out)
    }

    /// Where modules and commands of python are to lie is a folder of the prefix, whatever links lead there: PyPI packages
    /// are put there, too.
    fn modules_stay(&self, now: &mut Links, then: &mut Links) -> Result<(), Stray> {
        let Some(python) = self.python else { return Ok(()) };
        for folder in [&python.site_packages_path, &python.bin_dir] {
            let folder = folder.to_string_lossy();
            let leads = |links: &mut Links| {
                let ends = links.start(&folder).unwrap_or_default();
                let is_right = |end: &End| {
                    links.inside(&end.path).is_some_and(|inside| self.rules.place(&inside).is_ok())
                };
                ends.iter().find(|end| !is_right(end)).map(|end| end.path.clone())
            };
            if let Some(end) = leads(then)
                && leads(now).is_none()
            {
                return Err(Stray {
                    package: "python".to_owned(),
                    path: folder.into_owned(),
                    reason: format!("would be `{}` by way of a link", end.display()),
                });
            }
        }
        Ok(())
    }

    /// Packages of drivers have links to files of the machine. A link to a folder is another thing: what is written into
    /// it later, by whomever, is written there. The same goes for one that climbs out to where something can be read or
    /// written: no package knows what is above a prefix. And what is copied is to be whole.
    fn may_lead_out(&self, end: &End) -> Result<(), String> {
        let (path, shown) = (&end.path, end.path.display());
        if path.is_dir() {
            return Err(format!("is a link to the folder `{shown}`, out of the environment"));
        }
        let is_there = path.symlink_metadata().is_ok();
        if end.climbed && (is_there || path.parent().is_some_and(Path::is_dir)) {
            return Err(format!("is a link to `{shown}`, out of the environment"));
        }
        if self.copies && is_there {
            return Err(format!(
                "is a link to `{shown}`, out of the environment, and `--copy` leaves none of those"
            ));
        }
        Ok(())
    }
}

fn endless(package: &str, place: &str) -> Stray {
    Stray {
        package: package.to_owned(),
        path: place.to_owned(),
        reason: "leads through more links than anything follows".to_owned(),
    }
}
