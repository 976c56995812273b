//! Variables that no file may name to have them sent somewhere.
//!
//! A spec comes with a pull request of somebody whom nobody knows, and is read where a CI system has put its tokens.
//! Filled in all the same are variables that a person has made for a channel; those below are
//! never made for one.
//!
//! As of November 2026, from the lists of variables in the documentation of: GitHub Actions ("Variables reference"), GitLab
//! ("Predefined CI/CD variables"), Azure Pipelines ("Use predefined variables"), CircleCI ("Project values and
//! variables"), Bitbucket Pipelines ("Variables and secrets"), Jenkins ("Using environment variables"), Buildkite
//! ("Environment variables"), Travis CI, AppVeyor, Drone, TeamCity, Cirrus, Semaphore and Woodpecker; npm, Yarn, twine, uv, poetry, flit,
//! hatch, pdm, maturin, cargo, anaconda-client, rattler-build, docker and Podman for what publishes; OpenSSH and GnuPG; the tools of AWS,
//! Azure, Google, Cloudflare, DigitalOcean, Heroku, Fly, Vercel and Netlify; HashiCorp's Vault and Terraform, Pulumi,
//! 1Password, Doppler and Infisical; Kubernetes; and of services whose tokens usually lie beside these.

/// How the names begin, in upper case. What follows is a word of its own, or belongs to the last one (`CIRCLECI`).
const BEGINNINGS: &[&str] = &[
    // CI systems
    "ACTIONS_",
    "AGENT_",
    "APPVEYOR",
    "BITBUCKET_",
    "BUILDKITE",
    "CIRCLE",
    "CIRRUS_",
    "CI_",
    "CODEBUILD_",
    "DRONE_",
    "FORGEJO_",
    "GERRIT_",
    "GH_",
    "GITEA_",
    "GITHUB_",
    "GITLAB_",
    "HUDSON_",
    "INPUT_",
    "JENKINS_",
    "READTHEDOCS_",
    "RUNNER_",
    "SEMAPHORE_",
    "STATE_",
    "SYSTEM_",
    "TEAMCITY_",
    "TRAVIS",
    "VSS_",
    "WOODPECKER_",
    // What publishes
    "ANACONDA_API_",
    "BINSTAR_",
    "BUNDLE_",
    "CARGO_REGISTRIES_",
    "CARGO_REGISTRY_",
    "DOCKERHUB_",
    "DOCKER_",
    "FLIT_",
    "GEM_HOST_",
    "GHCR_",
    "HATCH_INDEX_",
    "MATURIN_",
    "NODE_AUTH_",
    "NPM_",
    "NUGET_",
    "PDM_PUBLISH_",
    "PNPM_",
    "POETRY_HTTP_BASIC_",
    "POETRY_PYPI_TOKEN_",
    "PREFIX_API_",
    "PYPI_",
    "QUAY_",
    "REGISTRY_AUTH_",
    "RUBYGEMS_",
    "TESTPYPI_",
    "TEST_PYPI_",
    "TWINE_",
    "UV_PUBLISH_",
    "YARN_NPM_",
    // Keys
    "COSIGN_",
    "GNUPG",
    "GPG_",
    "SIGSTORE_",
    "SOPS_",
    "SSH_",
    // Clouds and vaults
    "ALIBABA_CLOUD_",
    "ALICLOUD_",
    "ARM_",
    "AWS_",
    "AZURE_",
    "CF_API_",
    "CLOUDFLARE_",
    "CLOUDSDK_",
    "CONSUL_",
    "DIGITALOCEAN_",
    "DOPPLER_",
    "FLY_",
    "GCLOUD_",
    "GCP_",
    "GOOGLE_",
    "HCLOUD_",
    "HCP_",
    "HEROKU_",
    "IBMCLOUD_",
    "IDENTITY_",
    "INFISICAL_",
    "KUBE",
    "LINODE_",
    "MSI_",
    "NETLIFY_",
    "NOMAD_",
    "OP_",
    "PULUMI_",
    "SCW_",
    "TFE_",
    "TF_",
    "VAULT_",
    "VERCEL_",
    // Services
    "ANTHROPIC_",
    "CODECOV_",
    "DATADOG_",
    "DD_API_",
    "HF_",
    "HUGGINGFACE_",
    "HUGGING_FACE_",
    "OPENAI_",
    "SENTRY_",
    "SLACK_",
    "SNYK_",
    "SONAR_",
    "WANDB_",
];

/// Whole names, in upper case.
const NAMES: &[&str] = &[
    "CI",
    "DATABASE_URL",
    "GITHUBTOKEN",
    "MYSQL_PWD",
    "NPMTOKEN",
    "PGPASSWORD",
    "PYPITOKEN",
    "REDIS_URL",
    "SYSTEMACCESSTOKEN",
];

/// Whether a variable belongs to a CI system, or to a tool that has nothing to do with channels: see above.
///
/// ```
/// use lockit_spec::is_kept_variable;
///
/// assert!(is_kept_variable("GITHUB_TOKEN") && is_kept_variable("aws_secret_access_key"));
/// assert!(!is_kept_variable("TEAM_CHANNEL_TOKEN") && !is_kept_variable("GITHUBBER"));
/// ```
pub fn is_kept_variable(name: &str) -> bool {
    let name = name.to_ascii_uppercase();
    // Terraform, Actions, Azure and many others hand variables on with something in front.
    let bare = ["TF_VAR_", "SECRET_", "SECRETS_", "ORG_GRADLE_PROJECT_"]
        .into_iter()
        .find_map(|start| name.strip_prefix(start))
        .unwrap_or(&name);
    [name.as_str(), bare].iter().any(|name| {
        NAMES.contains(name) || BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ci_systems_and_tools_have_is_kept() {
        for name in [
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "gh_token",
            "ACTIONS_RUNTIME_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "INPUT_TOKEN",
            "CI_JOB_TOKEN",
            "CI_REGISTRY_PASSWORD",
            "GITLAB_TOKEN",
            "SYSTEM_ACCESSTOKEN",
            "CIRCLE_TOKEN",
            "BITBUCKET_STEP_OIDC_TOKEN",
            "JENKINS_API_TOKEN",
            "BUILDKITE_AGENT_ACCESS_TOKEN",
            "TRAVIS_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "Aws_Session_Token",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "AZURE_CLIENT_SECRET",
            "ARM_CLIENT_SECRET",
            "NPM_TOKEN",
            "NODE_AUTH_TOKEN",
            "TWINE_PASSWORD",
            "PYPI_TOKEN",
            "UV_PUBLISH_TOKEN",
            "CARGO_REGISTRY_TOKEN",
            "CARGO_REGISTRIES_TEAM_TOKEN",
            "DOCKER_PASSWORD",
            "SSH_PRIVATE_KEY",
            "GPG_PASSPHRASE",
            "VAULT_TOKEN",
            "TF_VAR_team",
            "SECRET_GITHUB_TOKEN",
            "KUBECONFIG",
            "OP_SERVICE_ACCOUNT_TOKEN",
        ] {
            assert!(is_kept_variable(name), "{name}");
        }
        for name in [
            "TOKEN",
            "USER",
            "PASS",
            "PASSWORD",
            "ACCOUNT",
            "TEST_REPO_TOKEN",
            "ARTIFACTORY_TOKEN",
            "QUETZ_API_KEY",
            "COMPANY_GITHUB_TOKEN_FOR_CHANNELS",
            "CIVIL_TOKEN",
            "CHANNEL_TOKEN",
            "CONDA_TOKEN",
            "SECRET_CHANNEL",
        ] {
            assert!(!is_kept_variable(name), "{name}");
        }
    }
}
