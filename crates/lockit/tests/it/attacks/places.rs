//! Values of files that name places outside of the project.
