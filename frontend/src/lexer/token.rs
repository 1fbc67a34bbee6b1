//! Token kinds, and the table that ties them to their spelling and to CPython's token numbers.

/// One token. Offsets are bytes into the source; columns are bytes into the line.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    pub kind: TokenKind,
    /// How many brackets are open after this token.
    pub level: u16,
    pub start: u32,
    pub end: u32,
    pub lineno: u32,
    pub col_offset: u32,
    pub end_lineno: u32,
    pub end_col_offset: u32,
}

macro_rules! token_kinds {
    (
        plain { $($plain:ident = $plain_number:literal,)* }
        operators { $($op:ident $op_text:literal = $op_number:literal,)* }
        keywords { $($keyword:ident $text:literal,)* }
    ) => {
        /// The kind of a token; keywords and operators each have their own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum TokenKind { $($plain,)* $($op,)* $($keyword,)* }

        impl TokenKind {
            /// The fixed spelling of operators and keywords; empty for the others.
            pub fn text(self) -> &'static str {
                match self {
                    $(TokenKind::$plain => "",)*
                    $(TokenKind::$op => $op_text,)*
                    $(TokenKind::$keyword => $text,)*
                }
            }

            /// The number of the kind in CPython's `token` module (keywords are `NAME`).
            pub fn number(self) -> u8 {
                match self {
                    $(TokenKind::$plain => $plain_number,)*
                    $(TokenKind::$op => $op_number,)*
                    $(TokenKind::$keyword => 1,)*
                }
            }

            /// The keyword with this spelling.
            #[allow(non_upper_case_globals)]
            pub fn keyword(text: &[u8]) -> Option<TokenKind> {
                // These constants hide `Option`'s `None`.
                $(const $keyword: &[u8] = $text.as_bytes();)*
                match text {
                    $($keyword => Some(TokenKind::$keyword),)*
                    _ => Option::None,
                }
            }

            /// Whether the kind is a (hard) keyword.
            pub fn is_keyword(self) -> bool {
                matches!(self, $(TokenKind::$keyword)|*)
            }
        }
    };
}

token_kinds! {
    plain {
        EndMarker = 0, Name = 1, Number = 2, String = 3, Newline = 4, Indent = 5, Dedent = 6,
        Op = 55, TypeIgnore = 56, TypeComment = 57, FStringStart = 59, FStringMiddle = 60, FStringEnd = 61,
        TStringStart = 62, TStringMiddle = 63, TStringEnd = 64, Comment = 65, Nl = 66, Error = 67,
    }
    operators {
        LPar "(" = 7, RPar ")" = 8, LSqb "[" = 9, RSqb "]" = 10, Colon ":" = 11, Comma "," = 12,
        Semi ";" = 13, Plus "+" = 14, Minus "-" = 15, Star "*" = 16, Slash "/" = 17, VBar "|" = 18,
        Amper "&" = 19, Less "<" = 20, Greater ">" = 21, Equal "=" = 22, Dot "." = 23,
        Percent "%" = 24, LBrace "{" = 25, RBrace "}" = 26, EqEqual "==" = 27, NotEqual "!=" = 28,
        LessEqual "<=" = 29, GreaterEqual ">=" = 30, Tilde "~" = 31, Circumflex "^" = 32,
        LeftShift "<<" = 33, RightShift ">>" = 34, DoubleStar "**" = 35, PlusEqual "+=" = 36,
        MinEqual "-=" = 37, StarEqual "*=" = 38, SlashEqual "/=" = 39, PercentEqual "%=" = 40,
        AmperEqual "&=" = 41, VBarEqual "|=" = 42, CircumflexEqual "^=" = 43,
        LeftShiftEqual "<<=" = 44, RightShiftEqual ">>=" = 45, DoubleStarEqual "**=" = 46,
        DoubleSlash "//" = 47, DoubleSlashEqual "//=" = 48, At "@" = 49, AtEqual "@=" = 50,
        RArrow "->" = 51, Ellipsis "..." = 52, ColonEqual ":=" = 53, Exclamation "!" = 54,
    }
    keywords {
        False "False", None "None", True "True", And "and", As "as", Assert "assert", Async "async",
        Await "await", Break "break", Class "class", Continue "continue", Def "def", Del "del",
        Elif "elif", Else "else", Except "except", Finally "finally", For "for", From "from",
        Global "global", If "if", Import "import", In "in", Is "is", Lambda "lambda",
        Nonlocal "nonlocal", Not "not", Or "or", Pass "pass", Raise "raise", Return "return",
        Try "try", While "while", With "with", Yield "yield",
    }
}
