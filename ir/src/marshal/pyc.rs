//! The sixteen bytes before the marshalled code object in a `.pyc` file.

/// The magic number of CPython 3.14: 3627 and a line end that text-mode copying would damage.
pub const MAGIC: [u8; 4] = [0x2b, 0x0e, b'\r', b'\n'];

/// The size of the header.
pub const HEADER_SIZE: usize = 16;

const HASH_BASED: u32 = 0b01;
const CHECK_SOURCE: u32 = 0b10;

/// How a `.pyc` file is matched with its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validation {
    /// By the source's modification time and size, both modulo 2**32.
    Timestamp { mtime: u32, size: u32 },
    /// By the source's SipHash-1-3, looked at on import if `check_source`.
    Hash { hash: [u8; 8], check_source: bool },
}

/// Why a header is refused: `ImportError` except for `TooShort`, which is `EOFError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderError {
    /// Another interpreter version wrote the file.
    BadMagic([u8; 4]),
    /// Fewer than [`HEADER_SIZE`] bytes.
    TooShort,
    /// Unknown flag bits.
    InvalidFlags(u32),
}

/// Splits a `.pyc` file into its header and the marshalled code.
pub fn split(file: &[u8]) -> Result<(Validation, &[u8]), HeaderError> {
    let word = |at: usize| file.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    if let Some(magic) = word(0).filter(|magic| *magic != MAGIC) {
        return Err(HeaderError::BadMagic(magic));
    }
    let (Some(flags), Some(first), Some(second)) = (word(4), word(8), word(12)) else {
        return Err(HeaderError::TooShort);
    };
    let flags = u32::from_le_bytes(flags);
    if flags & !(HASH_BASED | CHECK_SOURCE) != 0 {
        return Err(HeaderError::InvalidFlags(flags));
    }
    let validation = if flags & HASH_BASED != 0 {
        let mut hash = [0; 8];
        hash[..4].copy_from_slice(&first);
        hash[4..].copy_from_slice(&second);
        Validation::Hash { hash, check_source: flags & CHECK_SOURCE != 0 }
    } else {
        Validation::Timestamp { mtime: u32::from_le_bytes(first), size: u32::from_le_bytes(second) }
    };
    Ok((validation, &file[HEADER_SIZE..]))
}

/// The header for a validation.
pub fn header(validation: Validation) -> [u8; HEADER_SIZE] {
    let mut header = [0; HEADER_SIZE];
    header[..4].copy_from_slice(&MAGIC);
    match validation {
        Validation::Timestamp { mtime, size } => {
            header[8..12].copy_from_slice(&mtime.to_le_bytes());
            header[12..].copy_from_slice(&size.to_le_bytes());
        }
        Validation::Hash { hash, check_source } => {
            let flags = HASH_BASED | if check_source { CHECK_SOURCE } else { 0 };
            header[4..8].copy_from_slice(&flags.to_le_bytes());
            header[8..].copy_from_slice(&hash);
        }
    }
    header
}
