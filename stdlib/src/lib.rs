//! Native modules and the embedded Python library.
