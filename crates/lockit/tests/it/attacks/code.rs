//! Locking runs nobody's code: build backends of PyPI packages, and what they could see.
