//! The PyPI side of pixi.lock, as pixi accepts it.

use crate::pypi_scene::Scene;

const MANIFEST: &str = "[workspace]\nchannels = ['conda-forge']\nplatforms = ['linux-64', 'osx-arm64']\n\
                        [dependencies]\npython = '*'\nnumpy = '*'\n";

/// The lines of a block of a lockfile, up to the next one of its kind.
fn block<'a>(lock: &'a str, start: &str) -> Vec<&'a str> {
    let mut lines = lock.lines().skip_while(|line| !line.trim().starts_with(start));
    let first = lines.next().unwrap_or_default();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let inside = lines.take_while(|line| {
        indent(line) > indent(first)
            || (indent(line) == indent(first)
                && !first.trim().starts_with('-')
                && line.trim().starts_with('-'))
    });
    std::iter::once(first.trim()).chain(inside.map(str::trim)).collect()
}

#[test]
fn indexes_are_those_of_the_manifest_and_conda_packages_say_what_they_are() {
    let Some(scene) = Scene::find() else { return };
    let (_old, old) = Scene::index(&[("private", "1.0")]);
    let (_single, single) = Scene::index(&[("alone", "1.0")]);
    let (_new, new) = Scene::index(&[("public", "3.0")]);
    let (old, single, new) = (old.url(), single.url(), new.url());
    scene.context.write(
        "pixi.toml",
        &format!(
            "{MANIFEST}[pypi-options]\nindex-url = '{new}/simple/'\nextra-index-urls = ['{old}/simple']\n\
             [pypi-dependencies]\npublic = '*'\nprivate = '*'\nalone = {{ version = '*', index = '{single}/simple/' }}\nnumpy = '>=1'\n"
        ),
    );
    scene.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    let lock = scene.context.read("pixi.lock");
    assert!(!lock.contains("direct+") && !lock.contains("/pip-24"), "{lock}");
    assert_eq!(
        block(&lock, "indexes:"),
        ["indexes:", &format!("- {new}/simple/"), &format!("- {old}/simple")]
    );
    for (name, index) in [
        ("alone", format!("{single}/simple/")),
        ("public", format!("{new}/simple/")),
        ("private", format!("{old}/simple")),
    ] {
        let rows: Vec<&str> = lock
            .lines()
            .filter(|line| line.starts_with("- pypi: ") && line.contains(&format!("/{name}-")))
            .collect();
        let [row] = rows.as_slice() else { panic!("{name}: {lock}") };
        assert!(
            block(&lock[lock.find("\npackages:").unwrap()..], row)
                .contains(&format!("index: {index}").as_str()),
            "{name}: {lock}"
        );
    }
    let packages = &lock[lock.find("\npackages:").unwrap()..];
    let of_numpy = packages.split("\n- ").find(|row| row.contains("/numpy-")).unwrap();
    assert!(of_numpy.contains("purls:\n  - pkg:pypi/numpy"), "{of_numpy}");
    let of_python = packages.split("\n- ").find(|row| row.contains("/python-3")).unwrap();
    assert!(of_python.contains("purls: []"), "{of_python}");
    scene.ok(&["check", "-f", "pixi.toml"]);
    scene.ok(&["render", "pixi.lock", "-k", "pixi", "--lockfile", "again.lock"]);
    assert_eq!(scene.context.read("again.lock"), lock);
    // Where all of it comes from conda, pixi looks at purls alone.
    scene.context.write("pixi.toml", &format!("{MANIFEST}[pypi-dependencies]\nnumpy = '>=1'\n"));
    scene.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    let lock = scene.context.read("pixi.lock");
    assert!(lock.contains("purls:\n  - pkg:pypi/numpy"), "{lock}");
    assert_eq!(block(&lock, "indexes:"), ["indexes:", "- https://pypi.org/simple"]);
    // Nothing of PyPI, nothing said of it.
    scene.context.write("pixi.toml", MANIFEST);
    fs_err::remove_file(scene.context.path("pixi.lock")).unwrap();
    scene.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    let lock = scene.context.read("pixi.lock");
    assert!(!lock.contains("purls") && !lock.contains("indexes"), "{lock}");
}

const LIBRARY: &str = "
[project]
name = 'thing'
version = '1.0'
requires-python = '>=3.9'
dependencies = ['lib>=1.0', \"tool <2; sys_platform == 'win32'\"]
[project.optional-dependencies]
x = ['extra_lib>=1', 'lib<2']
[build-system]
requires = []
build-backend = 'backend'
backend-path = ['.']
";

/// pixi holds what a folder needs against its `pyproject.toml`, extras and bounds included.
#[test]
fn a_folder_with_an_extra_is_locked_and_stays_so() {
    let Some(scene) = Scene::find() else { return };
    scene.context.write("lib/pyproject.toml", LIBRARY);
    for line in ["-e ./lib[x]", "./lib[x]", "thing[x] @ ./lib"] {
        scene.spec("environment.yml", "numpy", &[line]);
        for kind in ["explicit", "lock", "pixi"] {
            scene.ok(&["-f", "environment.yml", "-k", kind]);
            scene.ok(&["check", "-f", "environment.yml", "-k", kind]);
        }
        let lock = scene.context.read("pixi.lock");
        let packages = &lock[lock.find("\npackages:").unwrap()..];
        insta::allow_duplicates! {
            insta::assert_snapshot!(block(packages, "- pypi: ./lib").join("\n"), @r"
            - pypi: ./lib
            name: thing
            requires_dist:
            - lib>=1.0
            - tool<2 ; sys_platform == 'win32'
            - extra-lib>=1 ; extra == 'x'
            - lib<2 ; extra == 'x'
            requires_python: '>=3.9'
            ");
        }
        for name in fs_err::read_dir(scene.context.path(".")).unwrap() {
            let path = name.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.extension().is_some_and(|end| end == "lock") || name == "conda-lock.yml" {
                fs_err::remove_file(path).unwrap();
            }
        }
    }
    // By a manifest of pixi, and without what the extra asks for.
    let manifest = |extras: &str| {
        format!(
            "{MANIFEST}[pypi-options]\nfind-links = [{{ path = './wheels' }}]\nno-index = true\n\
             [pypi-dependencies]\nthing = {{ path = 'lib', editable = true{extras} }}\n"
        )
    };
    scene.context.write("pixi.toml", &manifest(""));
    scene.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    scene.ok(&["check", "-f", "pixi.toml"]);
    let lock = scene.context.read("pixi.lock");
    assert!(lock.contains("find-links:\n    - path: ./wheels"), "{lock}");
    assert!(!lock.contains("extra_lib-1.0"), "{lock}");
    scene.context.write("pixi.toml", &manifest(", extras = ['x']"));
    let shown = scene.show(&["check", "-f", "pixi.toml"]);
    assert!(shown.starts_with("exit: 1\n") && shown.contains("extra-lib"), "{shown}");
    scene.ok(&["-f", "pixi.toml"]);
    assert!(scene.context.read("pixi.lock").contains("extra_lib-1.0"));
    scene.ok(&["check", "-f", "pixi.toml"]);
}

/// What pixi knows of an archive stays when lockit writes the file.
#[test]
fn what_a_file_says_of_an_archive_stays() {
    let Some(scene) = Scene::find() else { return };
    let (_index, server) = Scene::index(&[("private", "1.0"), ("public", "3.0")]);
    let manifest = format!(
        "{MANIFEST}[pypi-options]\nindex-url = '{}/simple'\n[pypi-dependencies]\nprivate = '*'\n",
        server.url()
    );
    scene.context.write("pixi.toml", &manifest);
    scene.ok(&["-f", "pixi.toml", "-k", "pixi"]);
    let lock = scene.context.read("pixi.lock");
    let known =
        "  requires_dist:\n  - far>=2 ; extra == 'more'\n  - public>=1 ; sys_platform == 'win32'\n";
    let index = format!("  index: {}/simple\n", server.url());
    scene.context.write("pixi.lock", &lock.replace(&index, &format!("{index}{known}")));
    scene.context.write("pixi.toml", &format!("{manifest}public = '*'\n"));
    scene.ok(&["-f", "pixi.toml"]);
    let lock = scene.context.read("pixi.lock");
    assert!(lock.contains(known) && lock.contains("/public-3.0"), "{lock}");
    scene.ok(&["check", "-f", "pixi.toml"]);
}
