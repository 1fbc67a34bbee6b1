//! The Unicode facts the lexer and the parser need, in terms of `char` and `str`.

use std::borrow::Cow;

/// Whether a name may start with this character.
pub(crate) fn is_identifier_start(character: char) -> bool {
    character == '_' || ir::unicode::is_xid_start(character as u32)
}

/// Whether a name may go on with this character.
pub(crate) fn is_identifier_continue(character: char) -> bool {
    ir::unicode::is_xid_continue(character as u32)
}

/// Whether `repr` shows the character as itself.
pub(crate) fn is_printable(character: char) -> bool {
    ir::unicode::is_printable(character as u32)
}

/// The NFKC form of a name.
pub(crate) fn normalize_identifier(name: &str) -> Cow<'_, str> {
    ir::unicode::nfkc(name)
}

/// The code point with this name or alias (`\N{...}`).
pub(crate) fn lookup_name(name: &str) -> Option<u32> {
    ir::unicode::lookup_character(name)
}
