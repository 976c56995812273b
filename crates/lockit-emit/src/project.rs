//! The project that lies beside the spec: what of it goes into the image, and how it is started.

use std::collections::BTreeMap;
use std::path::Path;

use lockit_spec::{normalise_pypi_name, split_pypi_name};

use crate::{App, Choices, EmitError, Facts};

/// What lies in a folder, as far as an image is concerned.
#[derive(Debug, Clone, Default)]
pub struct ProjectFolder {
    /// Whether pip can install it.
    pub is_package: bool,
    /// Scripts of `[project.scripts]`, in order of their names.
    pub scripts: Vec<String>,
    /// Distributions that its build needs (`[build-system] requires`), normalised.
    pub build_requires: Vec<String>,
    /// Python files at the top, by name, with their texts.
    pub modules: BTreeMap<String, String>,
    /// Folders at the top that are python packages.
    pub packages: Vec<String>,
    /// Whether there is a folder `src` with python in it.
    pub has_src: bool,
    /// Whether there is a `pixi.toml`.
    pub has_pixi_manifest: bool,
}

/// How the project gets into the image and is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AppPlan {
    pub(crate) app: App,
    /// Files and folders to copy, each with its place.
    pub(crate) copies: Vec<(String, String)>,
    /// Where python finds the project's modules.
    pub(crate) python_path: Option<String>,
    /// In exec form; empty when nothing is known.
    pub(crate) command: Vec<String>,
    pub(crate) port: Option<u16>,
}

/// Where the project goes.
const PLACE: &str = "/app";

impl ProjectFolder {
    /// Looks at a folder; `text` reads a file of it.
    ///
    /// # Errors
    /// A folder that cannot be listed. Files that cannot be read are none of ours.
    pub fn read(folder: &Path, text: &dyn Fn(&Path) -> Option<String>) -> Result<Self, EmitError> {
        let mut found = Self::default();
        let mut names: Vec<String> = fs_err::read_dir(folder)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        for name in names {
            let path = folder.join(&name);
            let has_python = |folder: &Path| {
                fs_err::read_dir(folder).is_ok_and(|entries| {
                    entries.flatten().any(|entry| {
                        let path = entry.path();
                        path.extension().is_some_and(|end| end == "py")
                            || path.join("__init__.py").is_file()
                    })
                })
            };
            if name == "pyproject.toml" {
                found.pyproject(&text(&path).unwrap_or_default());
            } else if name == "pixi.toml" {
                found.has_pixi_manifest = true;
            } else if name == "setup.py" {
                found.is_package = true;
            } else if let Some(stem) = name.strip_suffix(".py") {
                if !["setup", "conftest", "noxfile", "tasks"].contains(&stem) {
                    found.modules.insert(stem.to_owned(), text(&path).unwrap_or_default());
                }
            } else if name == "src" && has_python(&path) {
                found.has_src = true;
            } else if path.join("__init__.py").is_file() && !["tests", "test"].contains(&&*name) {
                found.packages.push(name);
            }
        }
        Ok(found)
    }

    fn pyproject(&mut self, text: &str) {
        let Ok(table) = text.parse::<toml::Table>() else { return };
        if let Some(build) = table.get("build-system").and_then(toml::Value::as_table) {
            self.is_package = true;
            let requires = build.get("requires").and_then(toml::Value::as_array);
            self.build_requires = requires
                .into_iter()
                .flatten()
                .filter_map(|one| Some(normalise_pypi_name(split_pypi_name(one.as_str()?).0)))
                .collect();
        }
        let scripts = table.get("project").and_then(|project| project.get("scripts"));
        if let Some(scripts) = scripts.and_then(toml::Value::as_table) {
            self.scripts = scripts.keys().cloned().collect();
        }
    }

    /// What to do with it.
    pub(crate) fn plan(&self, facts: &Facts, choices: &Choices) -> Result<AppPlan, EmitError> {
        let has_files = self.has_src || !self.modules.is_empty() || !self.packages.is_empty();
        let app = choices.app.unwrap_or(if facts.python.is_none() {
            App::Nothing
        } else if self.is_package {
            App::Package
        } else if has_files {
            App::Copy
        } else {
            App::Nothing
        });
        let mut plan =
            AppPlan { app, copies: Vec::new(), python_path: None, command: Vec::new(), port: None };
        match app {
            App::Nothing => {}
            App::Package => self.package(facts, &mut plan)?,
            App::Copy => self.copies(&mut plan),
        }
        match &choices.cmd {
            Some(text) => plan.command = words(text, &choices.prefix)?,
            None => self.command(facts, choices, &mut plan),
        }
        if choices.port.is_some() {
            plan.port = choices.port;
        }
        Ok(plan)
    }

    fn package(&self, facts: &Facts, plan: &mut AppPlan) -> Result<(), EmitError> {
        let refuse = |reason: String, hint: String| Err(EmitError::Project { reason, hint });
        let Some(python) = &facts.python else {
            return refuse(
                "the project is a python package, and the lock has no python".into(),
                "add `python` to the spec, or choose `--app none`".into(),
            );
        };
        if !self.is_package {
            return refuse(
                "there is no project that pip could install beside the spec".into(),
                "write a `pyproject.toml` with `[build-system]`, or choose `--app copy`".into(),
            );
        }
        let mut missing: Vec<String> = vec!["pip".into()];
        // Older projects leave it to setuptools.
        if self.build_requires.is_empty() {
            missing.push("setuptools".into());
        }
        missing.extend(self.build_requires.iter().cloned());
        missing.retain(|name| {
            let other = name.replace('-', "_");
            !facts.has(name) && !facts.has(&other) && !facts.has(&format!("python-{name}"))
        });
        if !missing.is_empty() {
            return refuse(
                format!(
                    "the project is installed with {}, which the lock does not have",
                    missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
                ),
                "add it to the spec and lock again, or choose `--app copy`; the image is trimmed of pip afterwards"
                    .into(),
            );
        }
        plan.python_path = Some(format!("{PLACE}/{}", python.site_packages));
        Ok(())
    }

    fn copies(&self, plan: &mut AppPlan) {
        for stem in self.modules.keys() {
            plan.copies.push((format!("{stem}.py"), format!("{PLACE}/")));
        }
        for package in &self.packages {
            plan.copies.push((package.clone(), format!("{PLACE}/{package}")));
        }
        let mut path = vec![PLACE.to_owned()];
        if self.has_src {
            plan.copies.push(("src".into(), format!("{PLACE}/src")));
            path.insert(0, format!("{PLACE}/src"));
        }
        plan.python_path = Some(path.join(":"));
    }

    /// The command that the project shows, if it shows one.
    fn command(&self, facts: &Facts, choices: &Choices, plan: &mut AppPlan) {
        let prefix = &choices.prefix;
        let to_words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        if plan.app == App::Package
            && let [script, ..] = self.scripts.as_slice()
        {
            plan.command = vec![format!("{PLACE}/bin/{script}")];
            return;
        }
        if plan.app == App::Copy {
            let named = ["main", "app", "server", "wsgi", "asgi"];
            let modules = named.iter().filter_map(|name| self.modules.get_key_value(*name));
            for (stem, text) in modules {
                let Some((module, kind)) = service(stem, text) else { continue };
                let port = choices.port.unwrap_or(8000).to_string();
                let server = match kind {
                    Service::Asgi if facts.has("uvicorn") => {
                        let program = format!("{prefix}/bin/uvicorn");
                        to_words(&[&program, &module, "--host", "0.0.0.0", "--port", &port])
                    }
                    Service::Wsgi if facts.has("gunicorn") => {
                        let program = format!("{prefix}/bin/gunicorn");
                        to_words(&[&program, &module, "--bind", &format!("0.0.0.0:{port}")])
                    }
                    _ => continue,
                };
                plan.command = server;
                plan.port = port.parse().ok();
                return;
            }
            if self.modules.contains_key("main") {
                let main = format!("{PLACE}/main.py");
                plan.command = to_words(&[&format!("{prefix}/bin/python"), &main]);
                return;
            }
        }
        if facts.python.is_some() {
            plan.command = vec![format!("{prefix}/bin/python")];
        }
    }
}

enum Service {
    Asgi,
    Wsgi,
}

/// `main:app` of a module that makes an application at its top level.
fn service(stem: &str, text: &str) -> Option<(String, Service)> {
    text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        // `app: FastAPI = FastAPI()`
        let name = name.split(':').next().unwrap_or(name).trim_end();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
        let made = |class: &str| value.trim_start().starts_with(&format!("{class}("));
        let kind = if ["FastAPI", "Starlette", "Quart"].iter().any(|class| made(class)) {
            Service::Asgi
        } else if made("Flask") {
            Service::Wsgi
        } else {
            return None;
        };
        is_name.then(|| (format!("{stem}:{name}"), kind))
    })
}

/// The words of a command. The first one, without a folder, is a program of the environment.
fn words(text: &str, prefix: &str) -> Result<Vec<String>, EmitError> {
    let refuse = || EmitError::Value {
        what: "the command",
        value: text.to_owned(),
        hint: "write it as for a shell, for example `uvicorn main:app --host 0.0.0.0`".into(),
    };
    let mut words = shlex::split(text).ok_or_else(refuse)?;
    let first = words.first_mut().ok_or_else(refuse)?;
    if !first.contains('/') {
        *first = format!("{prefix}/bin/{first}");
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_application_is_what_a_module_makes_at_its_top_level() {
        let made = |text: &str| {
            service("main", text).map(|(name, kind)| (name, matches!(kind, Service::Asgi)))
        };
        let is = |name: &str, asgi| Some((format!("main:{name}"), asgi));
        assert_eq!(made("from x import y\n\napp = FastAPI()\n"), is("app", true));
        assert_eq!(made("api: Starlette = Starlette(debug=True)\n"), is("api", true));
        assert_eq!(made("my_app=Quart(__name__)\n"), is("my_app", true));
        assert_eq!(made("app = Flask(__name__)\n"), is("app", false));
        for other in [
            "app = make()\n",
            "app = FastAPIx()\n",
            "    app = FastAPI()\n",
            "self.app = FastAPI()\n",
            "= FastAPI()\n",
            "app == FastAPI()\n",
            "",
        ] {
            assert_eq!(made(other), None, "{other}");
        }
    }

    fn read(folder: &Path) -> ProjectFolder {
        ProjectFolder::read(folder, &|path| fs_err::read_to_string(path).ok()).unwrap()
    }

    #[test]
    fn what_lies_in_the_folder_is_taken_for_what_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs_err::create_dir_all(path.parent().unwrap()).unwrap();
            fs_err::write(path, text).unwrap();
        };
        write("main.py", "app = Flask(__name__)\n");
        for tool in ["setup.py", "conftest.py", "noxfile.py", "tasks.py"] {
            write(tool, "");
        }
        write("service/__init__.py", "");
        write("data/table.csv", "");
        write("tests/__init__.py", "");
        write("test/__init__.py", "");
        write("pixi.toml", "");
        let found = read(folder.path());
        assert_eq!(found.modules.keys().collect::<Vec<_>>(), ["main"]);
        assert_eq!(found.packages, ["service"]);
        assert!(found.is_package, "of setup.py");
        assert!(found.has_pixi_manifest && !found.has_src);

        let folder = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(folder.path().join("src/thing")).unwrap();
        assert!(!read(folder.path()).has_src, "nothing of python in it");
        fs_err::write(folder.path().join("src/thing/__init__.py"), "").unwrap();
        let project = "[build-system]\nrequires = ['Flit_Core >=3', 'wheel']\n[project.scripts]\nserve = 'a:b'\n";
        fs_err::write(folder.path().join("pyproject.toml"), project).unwrap();
        let found = read(folder.path());
        assert!(found.has_src && found.is_package && !found.has_pixi_manifest);
        assert_eq!(found.build_requires, ["flit-core", "wheel"]);
        assert_eq!(found.scripts, ["serve"]);
        fs_err::write(folder.path().join("pyproject.toml"), "[tool.x]\n").unwrap();
        assert!(!read(folder.path()).is_package);
        fs_err::remove_dir_all(folder.path().join("src")).unwrap();
        fs_err::create_dir_all(folder.path().join("src")).unwrap();
        fs_err::write(folder.path().join("src/main.py"), "").unwrap();
        assert!(read(folder.path()).has_src, "a module");
    }
}
