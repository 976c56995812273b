//! Build strings: which are the fingerprint of one build, and which a person means as a variant.

/// Whether a build string names one build, as `conda env export` writes it: `py39h06a4308_0`,
/// `habf9029_0`, `pyhd8ed1ab_0`, `h1d9c5d8_7_cpython`, `0`.
///
/// Globs (`*cuda*`) and plain words (`openblas`, `mpi_openmpi`) pick a variant and are none.
pub fn names_one_build(build: &str) -> bool {
    if build.is_empty() || build.contains(['*', '^', '$', '|']) {
        return false;
    }
    // The build number of conda-build: at the end, or before a word such as `cpython`.
    let mut parts = build.split('_');
    parts.any(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        || build.split(['_', '-']).any(has_hash)
}

/// `py39h06a4308`, `habf9029`: an `h` before seven or more hexadecimal digits.
fn has_hash(part: &str) -> bool {
    part.rsplit_once('h').is_some_and(|(_, hash)| {
        hash.len() >= 7 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_and_variants() {
        for build in [
            "py39h06a4308_0",
            "habf9029_0",
            "pyhd8ed1ab_0",
            "h1d9c5d8_7_cpython",
            "0",
            "py36_0",
            "1_gnu",
            "conda_forge_0",
            "hdfd78af_1",
            "2_cp39",
            "mpi_mpich_h08b82f9_4",
            "blas_openblas_0",
        ] {
            assert!(names_one_build(build), "{build}");
        }
        for build in [
            "*cuda*",
            "openblas",
            "*openblas",
            "mpi_openmpi*",
            "mpich",
            "nompi_*",
            "",
            "conda_forge",
        ] {
            assert!(!names_one_build(build), "{build}");
        }
    }
}
