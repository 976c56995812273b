//! What may be sent to the builder: an allow-list, so that data, history and secrets stay away.

use crate::docker_path::ignore_line;
use crate::{Facts, ProjectFolder};

/// The `.dockerignore` beside a Dockerfile.
pub fn dockerignore(facts: &Facts, folder: &ProjectFolder) -> String {
    let mut allowed: Vec<String> = Vec::new();
    for architecture in &facts.architectures {
        allowed.push(architecture.path.clone());
    }
    if folder.is_package {
        allowed.extend(
            ["pyproject.toml", "setup.py", "setup.cfg", "MANIFEST.in", "README.md", "LICENSE"]
                .map(str::to_owned),
        );
    }
    allowed.extend(folder.modules.keys().map(|stem| format!("{stem}.py")));
    allowed.extend(folder.packages.iter().cloned());
    if folder.has_pixi_manifest {
        allowed.push("pixi.toml".into());
    }
    if folder.has_src {
        allowed.push("src".into());
    }
    let mut seen: Vec<&str> = Vec::new();
    let mut text = String::from(
        "# Nothing is sent to the builder but what is named here: data, git and secrets stay away.\n*\n",
    );
    for path in &allowed {
        // What cannot be named is not needed: the Dockerfile would be refused.
        if let (false, Some(line)) = (seen.contains(&path.as_str()), ignore_line(path)) {
            seen.push(path);
            text.push('!');
            text.push_str(&line);
            text.push('\n');
        }
    }
    text.push_str(
        "# Not even from the folders above.\n**/.git\n**/.env*\n**/__pycache__\n**/*.pyc\n**/.venv\n**/.pixi\n**/*.pem\n**/*.key\n**/node_modules\n",
    );
    text
}
