//! Variables that no file may name to have them sent somewhere.
//!
//! A spec comes with a pull request of somebody whom nobody knows, and is read where a CI system has put its tokens. Which
//! variables may be filled in is judged by the name, since nothing else is known of them:
//!
//! 1. Never is one whose name says that it belongs to somebody else: it begins as those of a CI system do
//!    ([`BEGINNINGS`]), or one of its words is a service, a forge, a cloud, a database, or what a secret is for (`kept_words.txt`).
//!    `MY_GITHUB_TOKEN` is GitHub's, whatever else the name says.
//! 2. What is called as keys of services usually are (`ACME_API_KEY`, [`FORMS`]) is filled in only when the name says
//!    that it is for a channel or an index ([`CHANNELS`]): `QUETZ_API_KEY`.
//! 3. All others are: `TOKEN`, `PASSWORD`, `TEAM_TOKEN`, `ACME_PASSWORD`.
//!
//! The other way round, to fill in only what says that it is for a channel, would be safer, and was weighed: specs of
//! conda-lock call the logins of their channels after a team or a company, and say nothing else. Each would have to be
//! allowed by everybody who runs lockit, and who has to allow everything allows anything. What is left is a secret that a
//! project calls by a name of its own (`JARVIS_TOKEN`); SECURITY.md says so.

use std::sync::LazyLock;

/// How names begin, in upper case, where a word alone would say too little. After the variables that the documentation of GitHub Actions, GitLab,
/// Azure Pipelines, CircleCI, Bitbucket, Jenkins, Buildkite, Codemagic, Appcircle, GoCD and Screwdriver lists, and those of what publishes
/// (uv, hatch, pdm, maturin, cargo, anaconda-client, rattler-build), as of November 2026.
const BEGINNINGS: &[&str] = &[
    "ACTIONS_",
    "AC_",
    "AGENT_",
    "ANACONDA_API_",
    "ARM_",
    "BUILD_",
    "BUNDLE_",
    "CF_",
    "CHANGE_",
    "CI_",
    "CM_",
    "DO_",
    "GO_",
    "HATCH_INDEX_",
    "IDENTITY_",
    "INPUT_",
    // The tokens of our own jobs.
    "LOCKIT_",
    "MATURIN_",
    "MSI_",
    "OS_",
    "PREFIX_API_",
    "RUNNER_",
    "SD_",
    "STATE_",
    "SYSTEM_",
    "TF_",
    "UV_PUBLISH_",
    "VSS_",
];

/// Whole names, in upper case.
const NAMES: &[&str] = &["CI", "SYSTEMACCESSTOKEN"];

/// What keys of services are called, as one word.
const FORMS: &[&str] = &[
    "ACCESSKEY",
    "APIKEY",
    "APISECRET",
    "APITOKEN",
    "APPKEY",
    "APPSECRET",
    "APPTOKEN",
    "BEARER",
    "CLIENTSECRET",
    "PRIVATEKEY",
    "REFRESHTOKEN",
    "SECRETACCESSKEY",
    "SECRETKEY",
    "SECRETTOKEN",
    "SERVICEACCOUNT",
];

/// Words that say that something is for a channel or an index, or for what they lie on.
const CHANNELS: &[&str] = &[
    "ANACONDA",
    "ARTIFACTORY",
    "CHAN",
    "CHANNEL",
    "CHANNELS",
    "CLOUDSMITH",
    "CONDA",
    "DEVPI",
    "INDEX",
    "JFROG",
    "MAMBA",
    "MICROMAMBA",
    "MIRROR",
    "NEXUS",
    "PACKAGECLOUD",
    "PACKAGES",
    "PIP",
    "PIXI",
    "PULP",
    "QUETZ",
    "REPODATA",
    "UV",
];

/// What is glued to a name: `GHTOKEN`.
const ENDINGS: &[&str] = &[
    "TOKEN", "TOKENS", "KEY", "KEYS", "SECRET", "SECRETS", "PASSWORD", "PASSWD", "PASS", "PWD",
    "PW", "PAT", "USERNAME", "USER", "LOGIN", "AUTH", "API", "ID", "URL",
];

/// A word this long says what it says within a longer one: `GITHUBAPP`, `MYGITHUB`.
const DISTINCT: usize = 6;

static WORDS: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let lines = include_str!("kept_words.txt").lines().filter(|line| !line.starts_with('#'));
    let mut words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    words.sort_unstable();
    words
});

/// Whether a variable belongs to a CI system, or to a service or tool that has nothing to do with channels: see above.
///
/// ```
/// use lockit_spec::is_kept_variable;
///
/// assert!(is_kept_variable("GITHUB_TOKEN") && is_kept_variable("aws_secret_access_key"));
/// assert!(!is_kept_variable("TEAM_CHANNEL_TOKEN") && !is_kept_variable("CIVIL_TOKEN"));
/// ```
pub fn is_kept_variable(name: &str) -> bool {
    let words = words(name);
    let name = name.to_ascii_uppercase();
    // Terraform, Actions, Azure and many others hand variables on with something in front.
    let bare = ["TF_VAR_", "SECRET_", "SECRETS_", "ORG_GRADLE_PROJECT_"]
        .into_iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(&name);
    let begins = |name: &str| BEGINNINGS.iter().any(|beginning| name.starts_with(beginning));
    if NAMES.contains(&bare) || begins(&name) || begins(bare) {
        return true;
    }
    let joined = joined(&words);
    let has = |list: &[&str]| joined.iter().any(|word| list.contains(&word.as_str()));
    joined.iter().any(|word| belongs_to_somebody(word)) || has(FORMS) && !has(CHANNELS)
}

/// The words of a name, in upper case: of `myGitHub_Token2` these are `MY`, `GIT`, `HUB` and `TOKEN`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = '_';
    for c in name.chars() {
        if c == '_' || (before.is_ascii_lowercase() && c.is_ascii_uppercase()) {
            words.push(String::new());
        }
        if c != '_'
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_uppercase());
        }
        before = c;
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words, and up to three that follow each other as one: `NEW_RELIC` is `NEWRELIC` too.
fn joined(words: &[String]) -> Vec<String> {
    (1..=3).flat_map(|length| words.windows(length).map(<[String]>::concat)).collect()
}

fn belongs_to_somebody(word: &str) -> bool {
    let is_listed = |word: &str| WORDS.binary_search(&word).is_ok();
    let without_number = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if is_listed(word) || is_listed(without_number) {
        return true;
    }
    let mut stem = without_number;
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| stem.strip_suffix(ending)) {
        stem = shorter;
        if is_listed(stem) {
            return true;
        }
    }
    WORDS
        .iter()
        .filter(|listed| listed.len() >= DISTINCT)
        .any(|listed| stem.starts_with(listed) || stem.ends_with(listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ci_systems_and_tools_have_is_kept() {
        let names = "GITHUB_TOKEN GH_TOKEN gh_token ACTIONS_RUNTIME_TOKEN ACTIONS_ID_TOKEN_REQUEST_TOKEN INPUT_TOKEN \
            CI_JOB_TOKEN CI_REGISTRY_PASSWORD GITLAB_TOKEN SYSTEM_ACCESSTOKEN SYSTEMACCESSTOKEN CIRCLE_TOKEN \
            BITBUCKET_STEP_OIDC_TOKEN JENKINS_API_TOKEN BUILDKITE_AGENT_ACCESS_TOKEN TRAVIS_TOKEN \
            AWS_SECRET_ACCESS_KEY Aws_Session_Token GOOGLE_APPLICATION_CREDENTIALS AZURE_CLIENT_SECRET \
            ARM_CLIENT_SECRET NPM_TOKEN NODE_AUTH_TOKEN TWINE_PASSWORD PYPI_TOKEN UV_PUBLISH_TOKEN \
            CARGO_REGISTRY_TOKEN CARGO_REGISTRIES_TEAM_TOKEN DOCKER_PASSWORD SSH_PRIVATE_KEY GPG_PASSPHRASE \
            VAULT_TOKEN TF_VAR_team SECRET_GITHUB_TOKEN KUBECONFIG OP_SERVICE_ACCOUNT_TOKEN \
            COVERALLS_REPO_TOKEN CACHIX_AUTH_TOKEN HOMEBREW_GITHUB_API_TOKEN RENOVATE_TOKEN CR_PAT GHTOKEN \
            GIT_TOKEN MY_GITHUB_TOKEN APP_GITHUB_TOKEN CODESPACES_TOKEN NX_CLOUD_ACCESS_TOKEN TURBO_TOKEN \
            FIREBASE_TOKEN BW_SESSION STRIPE_SECRET_KEY POSTGRES_PASSWORD S3_SECRET_KEY LOCKIT_TOKEN \
            COMPANY_GITHUB_TOKEN_FOR_CHANNELS githubToken myGitHubToken MYGITHUBTOKEN GITHUBAPP_KEY GITHUB2_PAT \
            GITHUB_TOKEN_2 NEW_RELIC_LICENSE_KEY HUGGING_FACE_HUB_TOKEN DIGITAL_OCEAN_TOKEN TEST_PYPI_TOKEN \
            PRIVATE_PYPI_TOKEN DATABASE_URL DB_PASSWORD PGPASSWORD MYSQL_PWD DJANGO_SECRET_KEY JWT_SECRET \
            SESSION_SECRET DEPLOY_KEY PROD_PASSWORD ADMIN_PASSWORD BOT_TOKEN PAT MY_PAT JARVIS_API_KEY \
            ACME_CLIENT_SECRET API_KEY PEXELS_APIKEY bamboo_planKey FirebaseMathApp ANACONDA_API_TOKEN";
        for name in names.split_whitespace() {
            assert!(is_kept_variable(name), "{name}");
        }
    }

    #[test]
    fn what_is_made_for_a_channel_is_filled_in() {
        let names = "TOKEN USER PASS PASSWORD USERNAME ACCOUNT TEST_REPO_TOKEN TEST_REPO_USERNAME ARTIFACTORY_TOKEN \
            ARTIFACTORY_API_KEY QUETZ_API_KEY CIVIL_TOKEN CHANNEL_TOKEN CONDA_TOKEN CONDA_SECRET_KEY MY_CONDA_TOKEN \
            SECRET_CHANNEL TEAM_TOKEN TEAM_CHANNEL_TOKEN ACME_PASSWORD MINE VAR ID PRIVATE_CHANNEL_TOKEN INDEX_USER \
            UV_INDEX_TEAM_PASSWORD PIP_PASSWORD JFROG_ACCESS_TOKEN NEXUS_PASSWORD MIRROR_LOGIN CLOUDSMITH_TOKEN \
            CONDA_FORGE_TOKEN FORGE_TOKEN PATH_TOKEN PATTERN _ A";
        for name in names.split_whitespace() {
            assert!(!is_kept_variable(name), "{name}");
        }
        assert!(!is_kept_variable(""));
    }

    #[test]
    fn the_list_is_as_it_is_read() {
        assert!(WORDS.iter().all(|word| {
            word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        }));
        assert!(WORDS.windows(2).all(|two| two[0] != two[1]), "a word stands there twice");
        // Nobody can name a channel that is called as the words that say so.
        for word in CHANNELS {
            assert!(!belongs_to_somebody(word), "{word}");
        }
    }
}
