//! Errors and warnings of the front end, with the positions CPython reports.

use std::fmt;

/// The exception class that an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    SyntaxError,
    IndentationError,
    TabError,
    /// `_IncompleteInputError`, only with `ParseFlags::allow_incomplete_input`.
    IncompleteInput,
    /// `MemoryError`: the source nests too deeply for the parser.
    MemoryError,
    /// `RecursionError`: the tree would be too deep to compile.
    RecursionError,
    /// `OverflowError`: the source is too large for 32-bit positions.
    OverflowError,
}

impl ErrorKind {
    /// The name of the Python class.
    pub fn class_name(self) -> &'static str {
        match self {
            ErrorKind::SyntaxError => "SyntaxError",
            ErrorKind::IndentationError => "IndentationError",
            ErrorKind::TabError => "TabError",
            ErrorKind::IncompleteInput => "_IncompleteInputError",
            ErrorKind::MemoryError => "MemoryError",
            ErrorKind::RecursionError => "RecursionError",
            ErrorKind::OverflowError => "OverflowError",
        }
    }
}

/// Where an error lies: lines and character offsets count from 1. CPython's oddities are kept, such
/// as an end offset of 0 or -1 for "unknown".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    pub lineno: i32,
    pub offset: i32,
    pub end_lineno: i32,
    pub end_offset: i32,
    /// The source line, as CPython cuts it (with or without its newline); missing for errors behind the parser, whose
    /// line is read from the file.
    pub text: Option<String>,
    /// The exception is made with its message only, and gets its place as attributes.
    pub is_attached_later: bool,
}

/// An error of the lexer, the parser or a later phase of the front end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    pub kind: ErrorKind,
    pub msg: String,
    /// Missing for errors about the source as a whole, which Python raises with a message only.
    pub location: Option<Location>,
    /// For parser errors the third part of `_metadata` is the source; `traceback` searches it for
    /// misspelt keywords. These are the first two: line and column of the last whole statement.
    pub last_statement: Option<(u32, u32)>,
}

impl SyntaxError {
    /// An error that carries no position.
    pub fn without_location(kind: ErrorKind, msg: impl Into<String>) -> SyntaxError {
        SyntaxError { kind, msg: msg.into(), location: None, last_statement: None }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.class_name(), self.msg)?;
        match &self.location {
            Some(at) => write!(f, " ({}:{}-{}:{})", at.lineno, at.offset, at.end_lineno, at.end_offset),
            None => Ok(()),
        }
    }
}

impl std::error::Error for SyntaxError {}

/// A `SyntaxWarning` found while reading the source, in source order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub msg: String,
    pub lineno: u32,
    /// The error to raise instead when the warning filter turns the warning into an exception.
    pub error: Box<SyntaxError>,
}
