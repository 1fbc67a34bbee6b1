//! Character facts which the engine needs: case, categories, and the table of the current C locale.

use super::constants::Category;
use ir::unicode;

/// Case and word facts of the 256 bytes under some C locale. The glue refreshes it when the locale changes.
#[derive(Clone)]
pub struct Locale {
    /// `tolower` of each byte.
    pub lower: [u8; 256],
    /// `toupper` of each byte.
    pub upper: [u8; 256],
    /// `isalnum` of each byte.
    pub alphanumeric: [bool; 256],
}

impl Locale {
    /// The "C" locale.
    pub const C: Locale = Locale::ascii();

    const fn ascii() -> Locale {
        let mut locale = Locale { lower: [0; 256], upper: [0; 256], alphanumeric: [false; 256] };
        let mut index = 0;
        while index < 256 {
            let byte = index as u8;
            locale.lower[index] = byte.to_ascii_lowercase();
            locale.upper[index] = byte.to_ascii_uppercase();
            locale.alphanumeric[index] = byte.is_ascii_alphanumeric();
            index += 1;
        }
        locale
    }

    pub(super) fn lower(&self, ch: u32) -> u32 {
        self.lower.get(ch as usize).map_or(ch, |&byte| byte.into())
    }

    pub(super) fn upper(&self, ch: u32) -> u32 {
        self.upper.get(ch as usize).map_or(ch, |&byte| byte.into())
    }

    pub(super) fn is_word(&self, ch: u32) -> bool {
        ch == '_'.into() || self.alphanumeric.get(ch as usize).copied().unwrap_or(false)
    }
}

/// `_sre.ascii_tolower`: lower case of an ASCII letter, else the character.
pub fn ascii_tolower(ch: u32) -> u32 {
    match u8::try_from(ch) {
        Ok(byte) => byte.to_ascii_lowercase().into(),
        Err(_) => ch,
    }
}

/// `_sre.ascii_iscased`: is this an ASCII letter?
pub fn ascii_iscased(ch: u32) -> bool {
    u8::try_from(ch).is_ok_and(|byte| byte.is_ascii_alphabetic())
}

/// `_sre.unicode_tolower`: simple lower case mapping.
pub fn unicode_tolower(ch: u32) -> u32 {
    unicode::simple_lower(ch)
}

/// `_sre.unicode_iscased`: does a simple case mapping change this character?
pub fn unicode_iscased(ch: u32) -> bool {
    unicode::simple_lower(ch) != ch || unicode::simple_upper(ch) != ch
}

pub(super) fn unicode_toupper(ch: u32) -> u32 {
    unicode::simple_upper(ch)
}

pub(super) fn is_unicode_word(ch: u32) -> bool {
    ch == '_'.into() || unicode::is_alnum(ch)
}

pub(super) fn is_ascii_word(ch: u32) -> bool {
    Locale::C.is_word(ch)
}

fn is_ascii_space(ch: u32) -> bool {
    matches!(ch, 9..=13 | 32)
}

fn is_ascii_digit(ch: u32) -> bool {
    (48..=57).contains(&ch)
}

fn is_unicode_linebreak(ch: u32) -> bool {
    matches!(ch, 0x0A..=0x0D | 0x1C..=0x1E | 0x85 | 0x2028 | 0x2029)
}

/// Is the character in the category?
pub(super) fn in_category(category: Category, ch: u32, locale: &Locale) -> bool {
    match category {
        Category::Digit => is_ascii_digit(ch),
        Category::NotDigit => !is_ascii_digit(ch),
        Category::Space => is_ascii_space(ch),
        Category::NotSpace => !is_ascii_space(ch),
        Category::Word => is_ascii_word(ch),
        Category::NotWord => !is_ascii_word(ch),
        Category::Linebreak => ch == '\n'.into(),
        Category::NotLinebreak => ch != '\n'.into(),
        Category::LocWord => locale.is_word(ch),
        Category::LocNotWord => !locale.is_word(ch),
        Category::UniDigit => unicode::is_decimal(ch),
        Category::UniNotDigit => !unicode::is_decimal(ch),
        Category::UniSpace => unicode::is_space(ch),
        Category::UniNotSpace => !unicode::is_space(ch),
        Category::UniWord => is_unicode_word(ch),
        Category::UniNotWord => !is_unicode_word(ch),
        Category::UniLinebreak => is_unicode_linebreak(ch),
        Category::UniNotLinebreak => !is_unicode_linebreak(ch),
    }
}
