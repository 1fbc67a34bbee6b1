//! Native modules and the embedded Python library.

pub mod gc;
pub mod sre;
pub mod weakref;
