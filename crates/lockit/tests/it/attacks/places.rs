//! Values of files that name places outside of the project.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0]}
";

/// A project in a folder of a repository, and what lies outside of that.
fn project() -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.git(&["init", "--quiet"]);
    context.write(
        "sub/environment.yml",
        "name: dev\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    context.write("../home/.bashrc", "mine\n");
    (context, server)
}

/// Runs in the project; nothing outside of it may have changed.
#[track_caller]
fn refused(context: &TestContext, args: &[&str]) -> String {
    let before = (context.files_with(""), context.read("../home/.bashrc"));
    let output = context.command(args).current_dir(context.path("sub")).output().unwrap();
    let shown = context.render(&output);
    assert!(shown.starts_with("exit: 2\n"), "{args:?}: {shown}");
    let kept = |name: &String| !name.starts_with("cache/") && !name.starts_with("temp/");
    let files = |names: Vec<String>| names.into_iter().filter(kept).collect::<Vec<_>>();
    assert_eq!(files(context.files_with("")), files(before.0), "{shown}");
    assert_eq!(context.read("../home/.bashrc"), before.1);
    shown
}

fn settings(context: &TestContext, text: &str) {
    context.write(
        "sub/lockit.toml",
        &format!("[environments.dev]\nfiles = ['environment.yml']\n{text}"),
    );
}

const OUTSIDE: [&str; 28] = [
    "/tmp/lockit-outside",
    "../../home/.bashrc",
    "../../new/x",
    "a/../../../x",
    "..\\\\..\\\\x",
    "C:\\\\x",
    "\\\\\\\\host\\\\share\\\\x",
    "//host/share/x",
    "~/x",
    "NUL",
    "../.git/hooks/pre-commit",
    ".GIT/x",
    "../.github/workflows/x",
    "../.gitlab-ci.yml",
    "a\\nb",
    "a\\u202eb",
    "../Jenkinsfile",
    "../bitbucket-pipelines.yml",
    "../.cirrus.yml",
    "../CODEOWNERS",
    "../.vscode/tasks.json",
    ".cargo/config.toml",
    "../.x/Dockerfile",
    "setup.py",
    "conftest.py",
    "package.json",
    "../action.yml",
    "../.pre-commit-config.yaml",
];

const OUTSIDE_AS_A_WHOLE: [&str; 8] = [
    "NUL",
    "../Jenkinsfile",
    "../bitbucket-pipelines.yml",
    "../CODEOWNERS",
    "setup.py",
    "conftest.py",
    "package.json",
    "../action.yml",
];

#[test]
fn a_setting_names_no_place_outside_of_the_repository() {
    let (context, _server) = project();
    for place in OUTSIDE {
        settings(&context, &format!("kinds = ['lock']\nlockfile = \"{place}\"\n"));
        let shown = refused(&context, &[]);
        assert!(shown.contains("`lockfile` names a place"), "{place}: {shown}");
        assert!(shown.contains("lockit.toml:4:12") && shown.contains("--lockfile PATH"), "{shown}");
        refused(&context, &["refresh"]);
        settings(&context, &format!("filename-template = \"{place}-{{platform}}.lock\"\n"));
        // A device and a name that others obey are such by their whole name.
        if !OUTSIDE_AS_A_WHOLE.contains(&place) {
            let shown = refused(&context, &[]);
            assert!(shown.contains("--filename-template TEMPLATE"), "{shown}");
        }
        settings(&context, "");
        context.command(&[]).current_dir(context.path("sub")).output().unwrap();
        settings(&context, &format!("[sbom]\noutput = \"{place}\"\n"));
        let shown = refused(&context, &["sbom"]);
        assert!(shown.contains("`output` names a place"), "{shown}");
        settings(&context, &format!("[dockerfile]\noutput = \"{place}\"\n"));
        let shown = refused(&context, &["dockerfile"]);
        assert!(shown.contains("--output PATH"), "{shown}");
    }
    // As a table of a file that belongs to others.
    fs_err::remove_file(context.path("sub/lockit.toml")).unwrap();
    context.write(
        "sub/pyproject.toml",
        "[tool.lockit]\nkinds = ['lock']\nlockfile = '../../x.yml'\n[tool.lockit.environments.dev]\nfiles = ['environment.yml']\n",
    );
    assert!(refused(&context, &[]).contains("pyproject.toml:3:12"));
}

#[test]
fn within_the_repository_a_setting_is_free_and_a_flag_is_everywhere() {
    let (context, _server) = project();
    settings(
        &context,
        "kinds = ['lock', 'explicit']\nlockfile = '../locks/all.yml'\nfilename-template = '../locks/{platform}.lock'\n\
         [sbom]\noutput = '../sbom/{environment}-{platform}.json'\n[dockerfile]\noutput = '../locks/../Dockerfile'\ncmd = 'app'\napp = 'none'\n",
    );
    context.write("locks/.keep", "");
    for args in [&[][..], &["sbom"], &["sbom"]] {
        let output = context.command(args).current_dir(context.path("sub")).output().unwrap();
        assert!(output.status.success(), "{}", context.render(&output));
    }
    for name in ["locks/all.yml", "locks/linux-64.lock", "sbom/dev-linux-64.json"] {
        assert!(context.path(name).is_file(), "{name}");
    }
    let flags = ["-f", "environment.yml", "-k", "lock", "--lockfile", "../../home/all.yml"];
    let output = context.command(&flags).current_dir(context.path("sub")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(context.path("../home/all.yml").is_file());
}

/// An environment is called as its spec says, and files after it.
#[test]
fn a_name_of_an_environment_is_no_path() {
    let (context, _server) = project();
    for name in ["../../../home/x", "/etc/x", "a/b", "..\\\\x", ".git/hooks/x", ".."] {
        let spec = format!(
            "name: \"{name}\"\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n"
        );
        context.write("sub/spec.yml", &spec);
        context.write("sub/lockit.toml", "[sbom]\noutput = '{environment}.json'\n");
        let before = context.files_with("");
        for args in
            [&["-f", "spec.yml", "-k", "explicit,lock,env"][..], &["-f", "spec.yml", "-k", "pixi"]]
        {
            context.command(args).current_dir(context.path("sub")).output().unwrap();
        }
        for new in context.files_with("") {
            let is_new =
                !before.contains(&new) && !["cache/", "temp/"].iter().any(|a| new.starts_with(a));
            assert!(
                !is_new || (new.starts_with("project/sub/") && new.matches('/').count() == 2),
                "{name}: {new}"
            );
        }
    }
}

#[cfg(unix)]
#[test]
fn a_link_of_the_repository_leads_nowhere_else() {
    use std::os::unix::fs::symlink;
    let (context, _server) = project();
    let outside = context.path("../home");
    // A file, a folder, one that is not there yet, and one behind another.
    symlink(outside.join(".bashrc"), context.path("sub/conda-linux-64.lock")).unwrap();
    let shown = refused(&context, &["--upgrade"]);
    assert!(shown.contains("conda-linux-64.lock"), "{shown}");
    fs_err::remove_file(context.path("sub/conda-linux-64.lock")).unwrap();
    symlink(outside.join("new.lock"), context.path("sub/conda-linux-64.lock")).unwrap();
    let shown = refused(&context, &[]);
    assert!(shown.contains("home/new.lock`, which is outside"), "{shown}");
    fs_err::remove_file(context.path("sub/conda-linux-64.lock")).unwrap();
    symlink(&outside, context.path("sub/locks")).unwrap();
    symlink("locks", context.path("sub/again")).unwrap();
    for folder in ["locks", "again", "locks/deep/er", "again/../locks"] {
        settings(&context, &format!("filename-template = '{folder}/{{platform}}.lock'\n"));
        let shown = refused(&context, &[]);
        assert!(shown.contains("outside of the repository"), "{shown}");
    }
    symlink(context.path(".git/hooks"), context.path("sub/hooks")).unwrap();
    settings(&context, "filename-template = 'hooks/{platform}.lock'\n");
    assert!(refused(&context, &[]).contains("take orders"), "a link to hooks");
    // Within the repository links are followed as before.
    fs_err::create_dir(context.path("real")).unwrap();
    symlink(context.path("real"), context.path("sub/inside")).unwrap();
    settings(&context, "filename-template = 'inside/{platform}.lock'\n");
    let output = context.command(&[]).current_dir(context.path("sub")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(context.path("real/linux-64.lock").is_file());
}

/// Lockfiles of platforms that are no longer wanted are removed; not those behind a link.
#[cfg(unix)]
#[test]
fn nothing_behind_a_link_is_removed() {
    let (context, _server) = project();
    settings(
        &context,
        "platforms = ['linux-64', 'osx-arm64']\nfilename-template = 'locks/{platform}.lock'\n",
    );
    let run = || context.command(&[]).current_dir(context.path("sub")).output().unwrap();
    assert!(run().status.success());
    fs_err::rename(context.path("sub/locks"), context.path("../home/locks")).unwrap();
    std::os::unix::fs::symlink(context.path("../home/locks"), context.path("sub/locks")).unwrap();
    settings(&context, "platforms = ['linux-64']\nfilename-template = 'locks/{platform}.lock'\n");
    let shown = context.render(&run());
    assert!(context.path("../home/locks/osx-arm64.lock").is_file(), "{shown}");
    assert!(shown.contains("leads out of the repository"), "{shown}");
}

/// What a project's file names is not written over when it is something else.
#[test]
fn an_sbom_takes_the_place_of_nothing_else() {
    let (context, _server) = project();
    settings(&context, "");
    context.command(&[]).current_dir(context.path("sub")).output().unwrap();
    // Called as it may be, with something else in it.
    for name in ["sbom.json", "Dockerfile", "x.lock"] {
        context.write(name, "print()\n");
    }
    settings(&context, "[sbom]\noutput = '../sbom.json'\n");
    let shown = refused(&context, &["sbom"]);
    assert!(shown.contains("is there and is not an SBOM"), "{shown}");
    settings(&context, "[dockerfile]\noutput = '../Dockerfile'\ncmd = 'app'\n");
    refused(&context, &["dockerfile"]);
    settings(&context, "kinds = ['lock']\nlockfile = '../x.lock'\n");
    refused(&context, &[]);
    refused(&context, &["--upgrade"]);
    settings(&context, "filename-template = '../x.lock'\n");
    refused(&context, &["--upgrade"]);
    for name in ["sbom.json", "Dockerfile", "x.lock"] {
        assert_eq!(context.read(name), "print()\n");
    }
}

/// The command that a lockfile records is run again for a merge, and comes from whoever made the lockfile.
#[test]
fn a_recorded_command_names_no_place_outside() {
    let (context, _server) = project();
    let lock = ["-f", "environment.yml", "-k", "lock", "--lockfile", "all.yml"];
    let output = context.command(&lock).current_dir(context.path("sub")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    let text = context.read("sub/all.yml");
    assert!(text.contains("--lockfile all.yml"), "{text}");
    for place in
        ["../../home/x.yml", "/tmp/x.yml", "../.git/config", "../action.yml", ".vscode/x.lock"]
    {
        context.write(
            "sub/all.yml",
            &text.replace("--lockfile all.yml", &format!("--lockfile {place}")),
        );
        for copy in ["base", "theirs"] {
            fs_err::copy(context.path("sub/all.yml"), context.path(&format!("../{copy}"))).unwrap();
        }
        let args = ["merge", "../../base", "all.yml", "../../theirs"];
        let output = context.command(&args).current_dir(context.path("sub")).output().unwrap();
        let shown = context.render(&output);
        assert!(!output.status.success(), "{shown}");
        assert!(shown.contains("that a file may not choose"), "{shown}");
    }
}

/// A template that a person gave by flag is recorded in the very file that it names, which may be merged then.
#[test]
fn a_recorded_template_names_the_file_that_records_it_and_no_other() {
    let (context, _server) = project();
    let sub = context.path("sub");
    let template = "{platform}.explicit";
    let lock = ["-f", "environment.yml", "-k", "explicit", "--filename-template", template];
    let output = context.command(&lock).current_dir(&sub).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    let text = context.read("sub/linux-64.explicit");
    assert!(text.contains("--filename-template {platform}.explicit"), "{text}");
    let merge = |text: &str| {
        context.write("sub/linux-64.explicit", text);
        for copy in ["base", "theirs"] {
            context.write(&format!("../{copy}"), text);
        }
        let args = ["merge", "../../base", "linux-64.explicit", "../../theirs"];
        context.command(&args).current_dir(&sub).output().unwrap()
    };
    let output = merge(&text);
    assert!(output.status.success(), "{}", context.render(&output));
    assert_eq!(context.read("sub/linux-64.explicit"), text);
    let before = context.files_with("");
    for place in [
        "/tmp/{platform}.explicit",
        "../../home/{platform}.explicit",
        "../{platform}.explicit",
        "../sub/{platform}.explicit",
        "x/../{platform}.explicit",
        ".vscode/{platform}.lock",
        "../.git/{platform}",
        "{platform}.py",
        "{platform}.explicit.py",
        "{platform}-{timestamp}.explicit",
        "{{platform}}.explicit",
        "{platform}",
    ] {
        let recorded = format!("--filename-template '{place}'");
        let output = merge(&text.replace("--filename-template {platform}.explicit", &recorded));
        let shown = context.render(&output);
        assert!(!output.status.success(), "{place}: {shown}");
        assert!(shown.contains("that a file may not choose"), "{place}: {shown}");
    }
    // Of another platform it is another file.
    let other = text
        .replace("# platform: linux-64", "# platform: osx-arm64")
        .replace("/linux-64/", "/osx-arm64/");
    let shown = context.render(&merge(&other));
    assert!(shown.contains("that a file may not choose"), "{shown}");
    // A lockfile of all platforms is in no place that a template names.
    context.write("sub/linux-64.explicit", &text);
    let lock = ["-f", "environment.yml", "-k", "lock", "--lockfile", "all.yml"];
    let output = context.command(&lock).current_dir(&sub).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    let all = context.read("sub/all.yml");
    let of_all =
        all.replace("--lockfile all.yml", "--lockfile all.yml --filename-template evil.py");
    assert_ne!(all, of_all);
    for copy in ["sub/all.yml", "../base", "../theirs"] {
        context.write(copy, &of_all);
    }
    let args = ["merge", "../../base", "all.yml", "../../theirs"];
    let output = context.command(&args).current_dir(&sub).output().unwrap();
    let shown = context.render(&output);
    assert!(shown.contains("that a file may not choose"), "{shown}");
    fs_err::remove_file(context.path("sub/all.yml")).unwrap();
    assert_eq!(context.files_with(""), before);
}

/// A pull request changes what lies in the repository; variables may point there all the same.
#[test]
fn a_configuration_of_the_repository_is_none_of_the_users() {
    let (context, _server) = project();
    let elsewhere = "channel_alias: http://127.0.0.1:9\n";
    for place in ["sub/env/.condarc", "env/.condarc", ".condarc", "sub/.condarc", "../env/.condarc"]
    {
        context.write(place, elsewhere);
    }
    let run = |name: &str, place: &str| {
        let mut command = context.command(&["--dry-run"]);
        command.current_dir(context.path("sub")).env(name, context.path(place));
        let output = command.output().unwrap();
        (output.status.success(), context.render(&output))
    };
    for (name, place) in [
        ("CONDA_PREFIX", "sub/env"),
        ("CONDA_PREFIX", "env"),
        ("CONDA_PREFIX", "sub"),
        ("CONDA_PREFIX", "../env/../project/env"),
        ("CONDA_ROOT", "env"),
        ("CONDARC", ".condarc"),
    ] {
        let (succeeds, shown) = run(name, place);
        assert!(succeeds && shown.contains("it lies in the repository"), "{name} {place}: {shown}");
    }
    // What lies outside is the user's.
    let (succeeds, shown) = run("CONDA_PREFIX", "../env");
    assert!(!succeeds && shown.contains("127.0.0.1"), "{shown}");
    // A file that nothing points to is no configuration.
    let output = context.command(&["--dry-run"]).current_dir(context.path("sub")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
}

/// A link is what somebody committed. What is no spec shows itself in the message of why it is none.
#[test]
#[cfg(unix)]
fn a_link_that_leads_out_of_the_repository_is_not_read() {
    let (context, _server) = project();
    let run = |args: &[&str]| {
        let output = context.command(args).current_dir(context.path("sub")).output().unwrap();
        context.render(&output)
    };
    let lock = run(&[]);
    assert!(lock.starts_with("exit: 0"), "{lock}");
    context.write("../home/credentials", "[default]\nkey = hunter2\n- : {\n");
    context.write("kept/credentials", "[default]\nkey = hunter2\n- : {\n");
    let verbs: [&[&str]; 6] =
        [&["check"], &["lint", "."], &["lint"], &["list"], &["lint", "--diff"], &[]];
    for name in [
        "lockit.toml",
        "pyproject.toml",
        "pixi.toml",
        "environment.yml",
        "meta.yaml",
        "recipe.yaml",
        "conda-lock.yml",
        "pixi.lock",
        "conda-linux-64.lock",
        "environment.linux-64.lock.yml",
        "requirements.txt",
    ] {
        let path = context.path(&format!("sub/{name}"));
        let before = fs_err::read(&path).ok();
        let _ = fs_err::remove_file(&path);
        let mut shows = false;
        for (aim, is_out) in [("../../home/credentials", true), ("../kept/credentials", false)] {
            std::os::unix::fs::symlink(aim, &path).unwrap();
            let named: [&[&str]; 5] = [
                &["lint", name],
                &["list", name],
                &["check", "-f", name],
                &["diff", name, "conda-linux-64.lock"],
                &["install", name, "-p", "env"],
            ];
            for args in verbs.iter().chain(&named) {
                let shown = run(args);
                shows |= shown.contains("hunter2");
                assert!(!(is_out && shown.contains("hunter2")), "{name} {args:?}: {shown}");
            }
            fs_err::remove_file(&path).unwrap();
        }
        assert!(shows, "{name} is read where it may be");
        if let Some(before) = before {
            fs_err::write(&path, before).unwrap();
        }
    }
}
