//! Which environment variables reach uv, and what uv starts: build backends of packages, and git. A job has its tokens
//! among them, and a build backend is somebody else's code. So what is not known to be harmless stays behind.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

/// Where the machine and the person's folders are, which language is spoken, and how servers are reached.
const OF_THE_MACHINE: [&str; 48] = [
    "ALL_PROXY",
    "APPDATA",
    "COLUMNS",
    "COMSPEC",
    "CURL_CA_BUNDLE",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_EXEC_PATH",
    "GIT_SSL_CAINFO",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "LANG",
    "LANGUAGE",
    "LOCALAPPDATA",
    "LOGNAME",
    "NIX_SSL_CERT_FILE",
    "NO_PROXY",
    "NUMBER_OF_PROCESSORS",
    "OS",
    "PATH",
    "PATHEXT",
    "PROCESSOR_ARCHITECTURE",
    "PROGRAMDATA",
    "PROGRAMFILES",
    "PROGRAMFILES(X86)",
    "PUBLIC",
    "REQUESTS_CA_BUNDLE",
    "RUST_BACKTRACE",
    "SHELL",
    "SOURCE_DATE_EPOCH",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "SSL_CLIENT_CERT",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
    "TZ",
    "USER",
    "USERNAME",
    "USERPROFILE",
    "WINDIR",
];

/// Compilers and where they find things: builds that a person allows need them.
const OF_COMPILERS: [&str; 39] = [
    "AR",
    "ARCHFLAGS",
    "AS",
    "CARGO_HOME",
    "CC",
    "CFLAGS",
    "CMAKE_ARGS",
    "CMAKE_GENERATOR",
    "CMAKE_PREFIX_PATH",
    "CPATH",
    "CPP",
    "CPPFLAGS",
    "CUDA_HOME",
    "CUDA_PATH",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "DEVELOPER_DIR",
    "FC",
    "FFLAGS",
    "INCLUDE",
    "JAVA_HOME",
    "LD",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "LIB",
    "LIBPATH",
    "LIBRARY_PATH",
    "MACOSX_DEPLOYMENT_TARGET",
    "MAKEFLAGS",
    "NM",
    "PKG_CONFIG",
    "PKG_CONFIG_PATH",
    "RANLIB",
    "RUSTFLAGS",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SDKROOT",
];

/// uv's own, as far as they say how the network is reached, where the cache and its pythons are and how files are
/// linked. Those that change what is chosen, and those that hold logins, are not among them.
const OF_UV: [&str; 25] = [
    "UV_CACHE_DIR",
    "UV_CONCURRENT_BUILDS",
    "UV_CONCURRENT_DOWNLOADS",
    "UV_CONCURRENT_INSTALLS",
    "UV_CREDENTIALS_DIR",
    "UV_GIT_LFS",
    "UV_HTTP_CONNECT_TIMEOUT",
    "UV_HTTP_RETRIES",
    "UV_HTTP_TIMEOUT",
    "UV_INSECURE_HOST",
    "UV_KEYRING_PROVIDER",
    "UV_LIBC",
    "UV_LINK_MODE",
    "UV_LOCK_TIMEOUT",
    "UV_MANAGED_PYTHON",
    "UV_NATIVE_TLS",
    "UV_NO_CACHE",
    "UV_NO_GITHUB_FAST_PATH",
    "UV_NO_MANAGED_PYTHON",
    "UV_OFFLINE",
    "UV_PYTHON_CACHE_DIR",
    "UV_PYTHON_INSTALL_DIR",
    "UV_REQUEST_TIMEOUT",
    "UV_STACK_SIZE",
    "UV_SYSTEM_CERTS",
];

/// Beginnings of names: of languages, and of folders.
const BEGINNINGS: [&str; 2] = ["LC_", "XDG_"];

/// How git finds a login for ssh: handed on only where a requirement names such a repository.
pub(crate) const OF_SSH: [&str; 3] = ["GIT_SSH", "GIT_SSH_COMMAND", "SSH_AUTH_SOCK"];

/// Those of this process that may be handed on.
pub(crate) fn harmless() -> BTreeMap<OsString, OsString> {
    here().filter(|(name, _)| name.to_str().is_some_and(is_harmless)).collect()
}

/// Those by which git finds a login for ssh.
pub(crate) fn of_ssh() -> BTreeMap<OsString, OsString> {
    here().filter(|(name, _)| OF_SSH.iter().any(|one| OsStr::new(one) == name)).collect()
}

fn here() -> std::env::VarsOs {
    #[expect(clippy::disallowed_methods, reason = "handed on to uv, and not looked at")]
    std::env::vars_os()
}

/// Windows knows names in any case, and proxies are also given in lower case elsewhere.
fn is_harmless(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let is_proxy = upper.ends_with("_PROXY");
    let name = if cfg!(windows) || is_proxy { upper.as_str() } else { name };
    [OF_THE_MACHINE.as_slice(), &OF_COMPILERS, &OF_UV].iter().any(|list| list.contains(&name))
        || BEGINNINGS.iter().any(|start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_stay_behind() {
        for name in [
            "GITHUB_TOKEN",
            "GH_TOKEN",
            "CI_JOB_TOKEN",
            "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
            "ACTIONS_RUNTIME_TOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "CARGO_REGISTRY_TOKEN",
            "UV_INDEX_PRIVATE_PASSWORD",
            "UV_PUBLISH_TOKEN",
            "UV_INDEX_URL",
            "UV_DEFAULT_INDEX",
            "UV_AUTH_TOKEN",
            "PIP_INDEX_URL",
            "NETRC",
            "SSH_AUTH_SOCK",
            "GIT_ASKPASS",
            "GIT_CONFIG_VALUE_0",
            "RATTLER_AUTH_FILE",
            "LD_PRELOAD",
            "PYTHONPATH",
            "A_NEW_SECRET",
            "LANG_TOKEN",
            "PATH_TO_KEY",
        ] {
            assert!(!is_harmless(name), "{name}");
        }
    }

    #[test]
    fn what_uv_needs_comes_along() {
        for name in [
            "PATH",
            "HOME",
            "TMPDIR",
            "LANG",
            "LC_ALL",
            "XDG_CACHE_HOME",
            "https_proxy",
            "NO_PROXY",
            "SSL_CERT_FILE",
            "UV_CACHE_DIR",
            "UV_KEYRING_PROVIDER",
            "CC",
            "SYSTEMROOT",
        ] {
            assert!(is_harmless(name), "{name}");
        }
    }
}
