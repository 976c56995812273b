//! A secret in an address reaches no file, no output and no log, wherever it stands and whoever reads it.

use crate::context::TestContext;

/// A part of every secret of these tests.
const TOKEN: &str = "zq12345678";

/// Where channels, indexes and repositories lie, with a secret each.
const PLACES: [&str; 9] = [
    "https://host/sub/t/tk-zq12345678/chan",
    "https://host/t/tk-zq12345678/chan",
    "https://host/a/b/c/%74/zq12345678%2Dx/chan",
    "https://joe:zq12345678@HOST.example.org:8080/chan",
    "https://zq12345678@host/chan",
    "https://joe:p%40zq12345678@host/chan",
    "https://joe:p/zq12345678@host/chan",
    "http://127.0.0.1:9/proxy/https://joe:zq12345678@host/chan",
    "https://joe:${PASS}@host/sub/t/zq12345678/chan",
];

fn digest() -> String {
    "ab".repeat(32)
}

fn explicit(place: &str) -> String {
    let digest = digest();
    format!(
        "# platform: linux-64\n@EXPLICIT\n{place}/noarch/tzdata-2024b-hc8b5060_0.conda#sha256:{digest}\n\
         # pip six @ {place}/six-1.0-py3-none-any.whl?token={TOKEN}#sha256={digest}\n\
         # pip tool @ git+{place}/tool.git@0123abc\n"
    )
}

fn conda_lock(place: &str) -> String {
    let digest = digest();
    format!(
        "version: 1\nmetadata:\n  content_hash: {{linux-64: '00'}}\n  channels:\n  - url: {place}\n    used_env_vars: []\n  \
         platforms: [linux-64]\n  sources: ['{place}']\npackage:\n- name: tzdata\n  version: 2024b\n  manager: conda\n  \
         platform: linux-64\n  dependencies: {{}}\n  url: {place}/noarch/tzdata-2024b-hc8b5060_0.conda\n  hash:\n    \
         sha256: {digest}\n  category: main\n  optional: false\n"
    )
}

fn pixi(place: &str) -> String {
    let digest = digest();
    format!(
        "version: 6\nenvironments:\n  default:\n    channels:\n    - url: {place}/\n    indexes:\n    - {place}/simple\n    \
         packages:\n      linux-64:\n      - conda: {place}/noarch/tzdata-2024b-hc8b5060_0.conda\npackages:\n\
         - conda: {place}/noarch/tzdata-2024b-hc8b5060_0.conda\n  sha256: {digest}\n"
    )
}

fn rendered_env(place: &str) -> String {
    format!(
        "# platform: linux-64\n\nchannels:\n  - {place}\ndependencies:\n  - tzdata=2024b=hc8b5060_0\n  - pip:\n      \
         - six @ {place}/six-1.0-py3-none-any.whl\n"
    )
}

/// Runs a command and looks at everything it prints.
#[track_caller]
fn keeps(context: &TestContext, place: &str, args: &[&str]) -> String {
    let shown = context.show(args);
    assert!(!shown.contains(TOKEN), "{place}: {args:?}: {shown}");
    shown
}

#[test]
fn what_a_lockfile_holds_is_neither_written_nor_shown() {
    for place in PLACES {
        let context = TestContext::new();
        let files = [
            ("conda-linux-64.lock", explicit(place)),
            ("windows.lock", explicit(place).replace('\n', "\r\n")),
            ("a.conda-lock.yml", conda_lock(place)),
            ("pixi.lock", pixi(place)),
            ("a-linux-64.lock.yml", rendered_env(place)),
        ];
        for (name, text) in &files {
            context.write(name, text);
            for kind in ["explicit", "lock", "env", "pixi", "pylock", "requirements"] {
                keeps(&context, place, &["render", name, "-k", kind, "--stdout"]);
            }
            for format in ["text", "concise", "json", "sarif", "github", "markdown"] {
                let shown = keeps(&context, place, &["lint", name, "--format", format]);
                assert!(!shown.starts_with("exit: 0\n"), "{name}: {shown}");
            }
            for args in [
                &["sbom", name][..],
                &["sbom", name, "--format", "spdx"],
                &["list", name, "--format", "json"],
                &["list", name],
                &["tree", name],
                &["diff", name, name],
                &["import", "-k", "lock", name, "-vv"],
                &["-vv", "install", name, "-p", "env", "--platform", "linux-64", "--offline"],
            ] {
                keeps(&context, place, args);
            }
            // A rendered environment has no addresses to make one of, and not every such address is one for rattler.
            if !matches!(*name, "a-linux-64.lock.yml" | "pixi.lock") {
                let written = context.read("conda-lock.yml");
                assert!(!written.contains(TOKEN) && written.contains("tzdata"), "{written}");
            }
            let _ = fs_err::remove_file(context.path("conda-lock.yml"));
        }
        let given: Vec<String> = files.iter().map(|(name, _)| format!("project/{name}")).collect();
        context.keeps_secret(TOKEN, &given.iter().map(String::as_str).collect::<Vec<_>>());
        // The line that is wrong is the one that has it.
        for (name, text, from, to) in [
            ("broken.lock", &files[0].1, "_0.conda#", "_0.foo#"),
            ("broken.lock", &files[0].1, "sha256:ab", "sha256:zz"),
            ("broken.lock", &files[0].1, "six @", "six @@"),
            ("broken.lock", &files[0].1, "@EXPLICIT\n", ""),
            ("broken.conda-lock.yml", &files[2].1, "_0.conda", "_0.foo"),
            ("broken.conda-lock.yml", &files[2].1, "  url: ", "  url: ["),
            ("broken-pixi.lock", &files[3].1, "- conda: ", "- conda: ["),
            ("broken-linux-64.lock.yml", &files[4].1, "six @", "six @@"),
        ] {
            context.write(name, &text.replace(from, to));
            for args in [&["list", name][..], &["lint", name], &["lint", name, "--format", "json"]]
            {
                let shown = keeps(&context, place, args);
                assert!(!shown.starts_with("exit: 0\n"), "{name} {from}: {shown}");
            }
        }
    }
}

#[test]
fn what_a_spec_holds_is_neither_written_nor_shown() {
    for place in PLACES {
        let context = TestContext::new();
        context.write("environment.yml", &format!("channels:\n  - {place}\n  - {{{place}: {place}}}\nplatforms: [linux-64]\ndependencies:\n  - {place}::numpy >=1\n  - {place}::numpy >>1\n  - pip:\n    - --extra-index-url {place}\n    - tool @@ git+{place}/x.git@rev\nunknown: {place}\n"));
        context.write("good.yml", &format!("channels:\n  - {place}\nplatforms: [linux-64]\ndependencies:\n  - numpy >=1\n  - pip:\n    - --find-links {place}\n    - tool @ git+{place}/x.git@rev\n"));
        context.write("requirements.txt", &format!("-i {place}\n--extra-index-url {place}\n-f {place}\ntool @ git+{place}/x.git@rev\nsix @@ {place}\n-r {place}/r.txt\n"));
        context.write("pixi.toml", &format!("[workspace]\nname = 'x'\nchannels = ['{place}']\nplatforms = ['linux-64']\n[dependencies]\nnumpy = {{version = '>=1', channel = '{place}'}}\nbad = {{version = '>>1', channel = '{place}'}}\n[pypi-dependencies]\ntool = {{git = '{place}/x.git'}}\n"));
        let lockit =
            format!("channels = ['{place}', 3]\nplatforms = ['linux-64']\nchanels = ['{place}']\n");
        for spec in ["environment.yml", "good.yml", "requirements.txt", "pixi.toml"] {
            for format in ["text", "concise", "json", "sarif", "github", "markdown"] {
                keeps(&context, place, &["lint", spec, "--format", format]);
            }
            for args in [
                &["-vvv", "lock", "-f", spec, "-p", "linux-64", "--offline"][..],
                &["lock", "-f", "good.yml", "-c", place, "-p", "linux-64", "--offline"],
                &["check", "-f", spec],
                &["render-lock-spec", "-f", spec],
            ] {
                keeps(&context, place, args);
            }
        }
        context.write("lockit.toml", &lockit);
        let given = ["environment.yml", "good.yml", "requirements.txt", "pixi.toml", "lockit.toml"]
            .map(|name| format!("project/{name}"));
        for args in [&["lint"][..], &["check"], &["lock", "--offline"]] {
            keeps(&context, place, args);
        }
        context.keeps_secret(TOKEN, &given.each_ref().map(String::as_str));
    }
}

/// What is no secret is left alone.
#[test]
fn an_ordinary_folder_t_stays() {
    let context = TestContext::new();
    let sdist = "https://host/packages/source/t/tqdm/tqdm-4.66.1.tar.gz";
    let text = format!(
        "# platform: linux-64\n@EXPLICIT\nhttps://host/t/noarch/tzdata-2024b-hc8b5060_0.conda#sha256:{0}\n# pip tqdm @ {sdist}#sha256={0}\n",
        digest()
    );
    context.write("conda-linux-64.lock", &text);
    let shown = context.ok(&["render", "conda-linux-64.lock", "-k", "explicit", "--stdout"]);
    assert!(shown.contains("\nhttps://host/t/noarch/tzdata") && shown.contains(sdist), "{shown}");
    assert!(!shown.contains("warning"), "{shown}");
}
