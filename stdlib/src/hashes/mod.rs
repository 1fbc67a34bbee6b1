//! `_md5`, `_sha1`, `_sha2`, `_sha3`, `_blake2`: message digests.
//!
//! | file | its one idea |
//! |---|---|
//! | `object` | what all hash objects have in common |
//! | `digests` | MD5, SHA-1 and SHA-2 |
//! | `keccak` | SHA-3 and SHAKE |
//! | `blake` | the BLAKE2 types and their parameters |
//! | `blake_kernel` | the BLAKE2 functions |

mod blake;
mod blake_kernel;
mod digests;
mod keccak;
mod object;

pub use blake::MODULE as BLAKE2;
pub use digests::{MD5, SHA1, SHA2};
pub use keccak::MODULE as SHA3;
