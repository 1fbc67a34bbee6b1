//! Conformance tests: recorded programs, filetests, property tests.
