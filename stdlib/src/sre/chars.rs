//! Character facts which the engine needs: case, categories, and the table of the current C locale.

use super::constants::Category;

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
    facts::lower(ch)
}

/// `_sre.unicode_iscased`: does a simple case mapping change this character?
pub fn unicode_iscased(ch: u32) -> bool {
    facts::lower(ch) != ch || facts::upper(ch) != ch
}

pub(super) fn unicode_toupper(ch: u32) -> u32 {
    facts::upper(ch)
}

pub(super) fn is_unicode_word(ch: u32) -> bool {
    ch == '_'.into() || facts::is_alphanumeric(ch)
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
        Category::UniDigit => facts::is_decimal(ch),
        Category::UniNotDigit => !facts::is_decimal(ch),
        Category::UniSpace => facts::is_space(ch),
        Category::UniNotSpace => !facts::is_space(ch),
        Category::UniWord => is_unicode_word(ch),
        Category::UniNotWord => !is_unicode_word(ch),
        Category::UniLinebreak => is_unicode_linebreak(ch),
        Category::UniNotLinebreak => !is_unicode_linebreak(ch),
    }
}

/// The Unicode facts behind the functions above: what the `ir` crate's Unicode tables will answer once they exist.
/// Until then case and categories are those of Rust's `char`.
mod facts {
    /// The zero of each set of ten decimal digits (Unicode 16), in order.
    const DECIMAL_ZEROS: [u32; 76] = [
        0x30, 0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xDE6,
        0xE50, 0xED0, 0xF20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0,
        0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10, 0x104A0, 0x10D30,
        0x10D40, 0x11066, 0x110F0, 0x11136, 0x111D0, 0x112F0, 0x11450, 0x114D0, 0x11650, 0x116C0, 0x116D0,
        0x116DA, 0x11730, 0x118E0, 0x11950, 0x11BF0, 0x11C50, 0x11D50, 0x11DA0, 0x11F50, 0x16130, 0x16A60,
        0x16AC0, 0x16B50, 0x16D70, 0x1CCF0, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1E140, 0x1E2F0,
        0x1E4F0, 0x1E5F1, 0x1E950, 0x1FBF0,
    ];

    fn ask<T>(ch: u32, default: T, fact: impl Fn(char) -> T) -> T {
        char::from_u32(ch).map_or(default, fact)
    }

    pub(super) fn lower(ch: u32) -> u32 {
        ask(ch, ch, |c| c.to_lowercase().next().map_or(ch, u32::from))
    }

    pub(super) fn upper(ch: u32) -> u32 {
        ask(ch, ch, |c| {
            let mut upper = c.to_uppercase();
            match (upper.next(), upper.next()) {
                (Some(only), None) => only.into(),
                _ => ch,
            }
        })
    }

    pub(super) fn is_alphanumeric(ch: u32) -> bool {
        ask(ch, false, char::is_alphanumeric)
    }

    pub(super) fn is_space(ch: u32) -> bool {
        matches!(ch, 0x1C..=0x1F) || ask(ch, false, char::is_whitespace)
    }

    pub(super) fn is_decimal(ch: u32) -> bool {
        let sets_up_to = DECIMAL_ZEROS.partition_point(|&zero| zero <= ch);
        sets_up_to > 0 && ch - DECIMAL_ZEROS[sets_up_to - 1] < 10
    }
}
