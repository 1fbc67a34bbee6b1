//! Native modules and the embedded Python library.

pub mod sre;
