//! One environment's PyPI requirements on one platform, resolved by uv.

use std::collections::BTreeSet;

use lockit_lockfile::{Markers, PipRecord, PipSource};
use lockit_spec::credentials::without_secrets;
use lockit_spec::{ChannelRef, PUBLIC_INDEX, PipSources};
use url::Url;

use crate::digests::Digests;
use crate::editable::Editables;
use crate::metadata::Metadata;
use crate::put_back::{Asked, put_back};
use crate::pylock::Folders;
use crate::request::{PypiRequest, Resolution, Resolver};
use crate::run::{OUTPUT, Run, STUBS, without_login};
use crate::shadow::shadowed;
use crate::target::Target;
use crate::{MissingExtra, PypiError, provided};

impl Resolver<'_> {
    /// Chooses packages for a request.
    ///
    /// # Errors
    /// See [`PypiError`].
    pub fn resolve(&self, request: &PypiRequest<'_>) -> Result<Resolution, PypiError> {
        if request.requirements.is_empty() {
            return Ok(Resolution::default());
        }
        let target = Target::new(request.platform, request.conda, request.virtual_packages)?;
        let provided = provided(request.conda, request.names);
        let temporary = tempfile::Builder::new().prefix("lockit-pypi-").tempdir()?;
        let folder = fs_err::canonicalize(temporary.path())?;
        let editables = Editables::of(
            &request.requirements,
            request.builds,
            &request.sources.archives,
            &self.folder,
            &self.uv,
        )?;
        let markers = Markers::of(request.platform, request.conda);
        let lines = request.requirements.iter().chain(&request.constraining).copied();
        let digests = Digests::of(lines, &markers);
        let mut run = Run {
            resolver: self,
            request,
            target: &target,
            provided: &provided,
            editables: &editables,
            digests: &digests,
            built: BTreeSet::new(),
            excluded: Vec::new(),
            folder,
        };
        let (document, warnings) = run.answer()?;
        let folders = Folders {
            output: &run.folder.join(OUTPUT),
            project: &self.project,
            stubs: &run.folder.join(STUBS),
        };
        let mut records = document.records(&target.tags, &folders)?;
        editables.restore(&mut records, &self.project);
        let annotations = run.annotations(&records)?;
        let asked = self.asked(request)?;
        let indexes = request.sources.asked().map(|one| self.reveal(&one.text));
        let indexes = indexes.collect::<Result<Vec<_>, _>>()?;
        let indexes: BTreeSet<String> =
            indexes.iter().filter_map(|index| without_login(index)).collect();
        let best = run.with_all_indexes(&annotations);
        let shadowed = best.map_or_else(Vec::new, |best| {
            shadowed(&records, &annotations, &best, |index| put_back(index, &asked))
        });
        for record in &mut records {
            if let PipSource::Archive { index: index @ None, .. } = &mut record.source {
                // Not a folder of `--find-links`, and not the public index.
                let from = annotations.index(&record.name);
                *index = from
                    .filter(|from| indexes.contains(*from) && *from != PUBLIC_INDEX)
                    .map(str::to_owned);
            }
            let depends = annotations.depends.get(&record.name).into_iter().flatten();
            record.depends = Some(depends.cloned().collect());
            record.extras = annotations.extras.get(&record.name).cloned().unwrap_or_default();
            hide_secrets(record, &asked);
            if let Some(metadata) = self.metadata(record) {
                let all = metadata.requires_dist.iter();
                record.requires_dist =
                    Some(all.map(|one| without_secrets(one).into_owned()).collect());
                record.requires_python = metadata.requires_python;
            }
        }
        let (extras, warnings): (Vec<_>, Vec<_>) = warnings
            .into_iter()
            .map(|warning| MissingExtra::told(&warning, &provided).ok_or(warning))
            .partition(Result::is_ok);
        Ok(Resolution {
            records,
            shadowed,
            missing_extras: extras.into_iter().flatten().collect(),
            warnings: warnings.into_iter().filter_map(Result::err).collect(),
        })
    }

    /// What a package that lies here says of itself.
    fn metadata(&self, record: &PipRecord) -> Option<Metadata> {
        match &record.source {
            PipSource::Folder { path, .. } => Metadata::of_folder(&self.project.join(path)),
            PipSource::Archive { url, .. } => {
                let path = match Url::parse(url) {
                    Ok(url) => url.to_file_path().ok()?,
                    Err(_) => self.project.join(url),
                };
                Metadata::of_wheel(&path)
            }
            PipSource::Git { .. } => None,
        }
    }

    /// The addresses that are asked, as they are written and with what was filled in.
    fn asked(&self, request: &PypiRequest<'_>) -> Result<Vec<Asked>, PypiError> {
        let direct = request.requirements.iter().map(|one| one.text.as_str());
        let texts = direct.chain(sources(request.sources).map(|one| one.text.as_str()));
        let mut asked = Vec::new();
        for text in texts.filter(|text| text.contains("://")) {
            asked.extend(Asked::new(text, &self.reveal(text)?));
        }
        Ok(asked)
    }
}

/// Puts placeholders back into addresses, and logins of indexes in front of those of their files: uv asks with them and
/// does not repeat them.
fn hide_secrets(record: &mut PipRecord, asked: &[Asked]) {
    match &mut record.source {
        PipSource::Archive { url, index } => {
            *url = put_back(url, asked);
            if let Some(index) = index {
                *index = put_back(index, asked);
            }
        }
        PipSource::Git { url, .. } => *url = put_back(url, asked),
        PipSource::Folder { .. } => {}
    }
}

fn sources(sources: &PipSources) -> impl Iterator<Item = &ChannelRef> {
    sources.asked().chain(&sources.find_links)
}
