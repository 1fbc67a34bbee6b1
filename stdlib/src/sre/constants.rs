//! The numbers which `re._constants` and this engine share. The order of each table is the numbering.

/// Version of the code words; `re._compiler` asserts that it is the same.
pub const MAGIC: u32 = 20230612;
/// Size of a code word in bytes.
pub const CODESIZE: usize = 4;
/// Repeat count which means "without limit".
pub const MAXREPEAT: u32 = u32::MAX;
/// Greatest number of groups a pattern may have.
pub const MAXGROUPS: u32 = i32::MAX as u32 / 2;

/// Flags of a pattern, as in `re._constants`.
pub mod flag {
    /// Ignore case.
    pub const IGNORECASE: u32 = 2;
    /// Use the current locale.
    pub const LOCALE: u32 = 4;
    /// `^` and `$` match at line ends.
    pub const MULTILINE: u32 = 8;
    /// `.` matches a line feed.
    pub const DOTALL: u32 = 16;
    /// Use Unicode categories and case.
    pub const UNICODE: u32 = 32;
    /// White space and comments are ignored.
    pub const VERBOSE: u32 = 64;
    /// Print debugging information.
    pub const DEBUG: u32 = 128;
    /// Use ASCII categories and case.
    pub const ASCII: u32 = 256;
}

/// Declares an enum whose discriminants are the positions in the list, with a checked conversion from a code word.
macro_rules! numbered {
    ($(#[$doc:meta])* $name:ident { $($item:ident),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u32)]
        pub(super) enum $name { $($item),+ }

        impl $name {
            const ALL: &'static [$name] = &[$($name::$item),+];

            /// The item with this number.
            pub(super) fn from_word(word: u32) -> Option<$name> {
                Self::ALL.get(word as usize).copied()
            }
        }
    };
}

numbered! {
    /// Operators of the code words.
    Op {
        Failure, Success,
        Any, AnyAll,
        Assert, AssertNot,
        At,
        Branch,
        Category,
        Charset, BigCharset,
        Groupref, GrouprefExists,
        In,
        Info,
        Jump,
        Literal,
        Mark,
        MaxUntil, MinUntil,
        NotLiteral,
        Negate,
        Range,
        Repeat, RepeatOne,
        Subpattern,
        MinRepeatOne,
        AtomicGroup,
        PossessiveRepeat, PossessiveRepeatOne,
        GrouprefIgnore, InIgnore, LiteralIgnore, NotLiteralIgnore,
        GrouprefLocIgnore, InLocIgnore, LiteralLocIgnore, NotLiteralLocIgnore,
        GrouprefUniIgnore, InUniIgnore, LiteralUniIgnore, NotLiteralUniIgnore,
        RangeUniIgnore,
    }
}

numbered! {
    /// Zero-width positions.
    At {
        Beginning, BeginningLine, BeginningString,
        Boundary, NonBoundary,
        End, EndLine, EndString,
        LocBoundary, LocNonBoundary,
        UniBoundary, UniNonBoundary,
    }
}

numbered! {
    /// Character categories.
    Category {
        Digit, NotDigit,
        Space, NotSpace,
        Word, NotWord,
        Linebreak, NotLinebreak,
        LocWord, LocNotWord,
        UniDigit, UniNotDigit,
        UniSpace, UniNotSpace,
        UniWord, UniNotWord,
        UniLinebreak, UniNotLinebreak,
    }
}

/// Bits of the INFO block's flag word.
pub(super) mod info {
    pub(in super::super) const PREFIX: u32 = 1;
    pub(in super::super) const LITERAL: u32 = 2;
    pub(in super::super) const CHARSET: u32 = 4;
}
