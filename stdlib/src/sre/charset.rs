//! One-character tests: the set programs of IN and their precomputed tables.
//!
//! A set program is a list of set words ended by FAILURE. It is validated once by [`set_length`]; after that
//! [`contains`] may interpret it for any character. [`CharSet`] holds the answers for all characters below 256, so that
//! the interpretation happens only for wider characters, and even there only if a constant does not do.

use super::chars::{self, Locale};
use super::constants::{Category, Op};

/// Words of a 256-bit bitmap.
const BITMAP_WORDS: usize = 8;
/// Words of the block index of a big charset: 256 bytes.
const INDEX_WORDS: usize = 64;

/// Case folding which is applied to the subject's character before the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Fold {
    Exact,
    Ascii,
    Unicode,
    Locale,
}

impl Fold {
    /// The character as it is compared under this folding.
    pub(super) fn apply(self, ch: u32, locale: &Locale) -> u32 {
        match self {
            Fold::Exact => ch,
            Fold::Ascii => chars::ascii_tolower(ch),
            Fold::Unicode => chars::unicode_tolower(ch),
            Fold::Locale => locale.lower(ch),
        }
    }
}

/// A test of one character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// Equal to this character.
    Char(u32),
    /// Unequal to this character.
    NotChar(u32),
    /// Any character.
    All,
    /// Member of the program's set with this index.
    Set(u32),
    /// Member of the set, by interpretation under the current locale.
    LocaleSet(u32),
    /// Equal to this character under the current locale's case mapping.
    LocaleChar(u32),
    /// Unequal under the current locale's case mapping.
    NotLocaleChar(u32),
}

/// What is known about the characters from 256 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum High {
    Never,
    Always,
    /// Member of the category; if not, the second item is the answer's opposite (negated sets).
    Category(Category, bool),
    /// Interpret the set program.
    Interpret,
}

/// A set of characters.
pub(super) struct CharSet {
    words: Box<[u32]>,
    fold: Fold,
    /// Membership of the characters below 256.
    pub(super) low: Box<[bool; 256]>,
    pub(super) high: High,
}

impl CharSet {
    /// Builds the tables of a validated set program.
    pub(super) fn new(words: &[u32], fold: Fold) -> CharSet {
        let mut low = Box::new([false; 256]);
        for (ch, slot) in (0u32..).zip(low.iter_mut()) {
            *slot = contains(words, fold, ch, &Locale::C);
        }
        CharSet { words: words.into(), fold, low, high: classify_high(words, fold) }
    }

    /// Membership of a character from 256 on.
    pub(super) fn contains_high(&self, ch: u32) -> bool {
        match self.high {
            High::Never => false,
            High::Always => true,
            High::Category(category, expected) => chars::in_category(category, ch, &Locale::C) == expected,
            High::Interpret => contains(&self.words, self.fold, ch, &Locale::C),
        }
    }

    /// Membership under a locale, without the tables.
    pub(super) fn contains_in_locale(&self, ch: u32, locale: &Locale) -> bool {
        contains(&self.words, self.fold, ch, locale)
    }
}

/// Does a set program depend on the current locale?
pub(super) fn uses_locale(words: &[u32], fold: Fold) -> bool {
    let is_locale_category =
        |item: Item| matches!(item, Item::Category(Category::LocWord | Category::LocNotWord));
    fold == Fold::Locale || Items { words }.any(is_locale_category)
}

/// The simplest test which is equivalent to an exact set program, if it needs no table.
pub(super) fn as_simple_test(words: &[u32]) -> Option<Test> {
    let mut items = Items { words };
    let test = match (items.next()?, items.next()) {
        (Item::Literal(ch), None) => Test::Char(ch),
        (Item::Negate, None) => Test::All,
        (Item::Negate, Some(Item::Literal(ch))) => Test::NotChar(ch),
        _ => return None,
    };
    items.next().is_none().then_some(test)
}

/// Equality under a locale's case mapping.
pub(super) fn equal_in_locale(pattern: u32, ch: u32, locale: &Locale) -> bool {
    ch == pattern || locale.lower(ch) == pattern || locale.upper(ch) == pattern
}

/// Validates the set program at the start of `words` and returns its length including FAILURE.
pub(super) fn set_length(words: &[u32]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = words.get(at..)?;
        let length = match Op::from_word(*rest.first()?)? {
            Op::Failure => return Some(at + 1),
            Op::Negate => 1,
            Op::Literal => 2,
            Op::Range | Op::RangeUniIgnore => 3,
            Op::Charset => 1 + BITMAP_WORDS,
            Op::BigCharset => big_charset_length(rest)?,
            Op::Category => {
                Category::from_word(*rest.get(1)?)?;
                2
            }
            _ => return None,
        };
        if length > rest.len() {
            return None;
        }
        at += length;
    }
}

/// Validates a big charset: a block count, the block index of each of 256 rows, and the blocks.
fn big_charset_length(words: &[u32]) -> Option<usize> {
    let blocks = *words.get(1)?;
    let index = words.get(2..2 + INDEX_WORDS)?;
    if index.iter().flat_map(|word| word.to_le_bytes()).any(|block| u32::from(block) >= blocks) {
        return None;
    }
    (blocks as usize).checked_mul(BITMAP_WORDS)?.checked_add(2 + INDEX_WORDS)
}

/// One item of a set program.
#[derive(Clone, Copy)]
enum Item<'a> {
    Negate,
    Literal(u32),
    Range(u32, u32),
    RangeUniIgnore(u32, u32),
    Charset(&'a [u32]),
    BigCharset(&'a [u32], &'a [u32]),
    Category(Category),
}

/// Iterates over the items of a validated set program.
struct Items<'a> {
    words: &'a [u32],
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let words = self.words;
        let (item, length) = match Op::from_word(*words.first()?)? {
            Op::Negate => (Item::Negate, 1),
            Op::Literal => (Item::Literal(*words.get(1)?), 2),
            Op::Range => (Item::Range(*words.get(1)?, *words.get(2)?), 3),
            Op::RangeUniIgnore => (Item::RangeUniIgnore(*words.get(1)?, *words.get(2)?), 3),
            Op::Charset => (Item::Charset(words.get(1..1 + BITMAP_WORDS)?), 1 + BITMAP_WORDS),
            Op::BigCharset => {
                let length = big_charset_length(words)?;
                (
                    Item::BigCharset(words.get(2..2 + INDEX_WORDS)?, words.get(2 + INDEX_WORDS..length)?),
                    length,
                )
            }
            Op::Category => (Item::Category(Category::from_word(*words.get(1)?)?), 2),
            _ => return None,
        };
        self.words = words.get(length..)?;
        Some(item)
    }
}

impl Item<'_> {
    fn matches(self, ch: u32, locale: &Locale) -> bool {
        match self {
            Item::Negate => false,
            Item::Literal(literal) => ch == literal,
            Item::Range(low, high) => (low..=high).contains(&ch),
            Item::RangeUniIgnore(low, high) => {
                (low..=high).contains(&ch) || (low..=high).contains(&chars::unicode_toupper(ch))
            }
            Item::Charset(bitmap) => ch < 256 && bit(bitmap, ch),
            Item::BigCharset(index, blocks) => {
                ch < 0x10000 && {
                    let row = ch >> 8;
                    let block = index[(row / 4) as usize].to_le_bytes()[(row % 4) as usize];
                    bit(&blocks[usize::from(block) * BITMAP_WORDS..], ch & 255)
                }
            }
            Item::Category(category) => chars::in_category(category, ch, locale),
        }
    }

    /// The greatest character which the item may match, if it is bounded.
    fn limit(self) -> Option<u32> {
        match self {
            Item::Negate => Some(0),
            Item::Literal(ch) => Some(ch),
            Item::Range(_, high) => Some(high),
            Item::Charset(_) => Some(255),
            Item::Category(Category::Digit | Category::Space | Category::Word | Category::Linebreak) => {
                Some(127)
            }
            _ => None,
        }
    }
}

fn bit(bitmap: &[u32], index: u32) -> bool {
    bitmap.get((index / 32) as usize).is_some_and(|word| word >> (index % 32) & 1 != 0)
}

/// Membership by interpretation of an already folded character.
fn contains_folded(words: &[u32], ch: u32, locale: &Locale) -> bool {
    let mut answer = true;
    for item in (Items { words }) {
        match item {
            Item::Negate => answer = !answer,
            item if item.matches(ch, locale) => return answer,
            _ => {}
        }
    }
    !answer
}

fn contains(words: &[u32], fold: Fold, ch: u32, locale: &Locale) -> bool {
    let folded = fold.apply(ch, locale);
    if contains_folded(words, folded, locale) {
        return true;
    }
    if fold != Fold::Locale {
        return false;
    }
    let upper = locale.upper(ch);
    upper != folded && contains_folded(words, upper, locale)
}

fn classify_high(words: &[u32], fold: Fold) -> High {
    if fold != Fold::Exact {
        return High::Interpret;
    }
    let mut items = Items { words }.peekable();
    let negated = items.next_if(|item| matches!(item, Item::Negate)).is_some();
    let mut category = None;
    for item in items {
        match item {
            Item::Negate => return High::Interpret,
            item if item.limit().is_some_and(|limit| limit < 256) => {}
            Item::Category(found) if category.is_none() => category = Some(found),
            _ => return High::Interpret,
        }
    }
    match category {
        Some(category) => High::Category(category, !negated),
        None if negated => High::Always,
        None => High::Never,
    }
}
