//! The profiling register interpreter.
