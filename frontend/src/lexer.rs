//! Source text to tokens: indentation, brackets, names, operators; numbers and strings have their files.
//!
//! The lexer yields one token a call and keeps all its state in itself, so that it can serve both the
//! parser (which collects all tokens first) and the `_tokenize` module (with comments and blank lines).
//! After an error it must not be asked again.

mod number;
mod source;
mod strings;
mod token;

pub use source::Source;
pub use token::{Token, TokenKind};

use crate::errors::{ErrorKind, Location, SyntaxError, Warning};
use strings::OpenFString;

/// CPython's limit on open brackets.
const MAX_BRACKETS: usize = 200;
/// CPython's limit on indentation levels.
const MAX_INDENTS: usize = 100;
const TAB_SIZE: u32 = 8;

/// Why the token stream ends early.
#[derive(Clone, Debug)]
pub struct LexError {
    pub error: SyntaxError,
    /// An error of the text itself. The others (end of input, bad indentation) only count if the
    /// parser gets there; a syntax error further up is reported in their stead.
    pub is_hard: bool,
    /// The lexer was inside of an f-string or t-string: what is wrong there for the parser comes first.
    pub in_fstring: bool,
    /// The source ends inside of brackets, or after a backslash.
    pub is_end_of_input: bool,
}

type LexResult<T> = Result<T, Box<LexError>>;

#[derive(Clone, Copy, Debug)]
struct OpenBracket {
    byte: u8,
    lineno: u32,
    col_offset: u32,
}

#[derive(Clone, Copy, Debug)]
struct Indent {
    /// The column with tabs to multiples of eight, and with tabs as one: both must agree in order.
    column: u32,
    alternative: u32,
}

/// The tokenizer.
pub struct Lexer<'s> {
    source: &'s Source,
    bytes: &'s [u8],
    pos: usize,
    lineno: u32,
    line_start: usize,
    token_start: usize,
    token_lineno: u32,
    token_line_start: usize,
    at_line_start: bool,
    blank_line: bool,
    indents: Vec<Indent>,
    /// Indents (positive) or dedents (negative) still to be handed out.
    pending: i32,
    brackets: Vec<OpenBracket>,
    fstrings: Vec<OpenFString>,
    extra_tokens: bool,
    /// Whether `# type:` comments are tokens.
    pub type_comments: bool,
    /// Whether an implicit last newline is shown in error texts.
    shows_newline: bool,
    /// Warnings about the literals seen so far.
    pub warnings: Vec<Warning>,
}

impl<'s> Lexer<'s> {
    /// A lexer at the start of the source; `extra_tokens` asks for `Comment` and `Nl` tokens,
    /// `shows_newline` says whether error texts end in a newline even if the source doesn't.
    pub fn new(source: &'s Source, extra_tokens: bool, shows_newline: bool) -> Lexer<'s> {
        Lexer {
            source,
            bytes: source.text.as_bytes(),
            pos: 0,
            lineno: 1,
            line_start: 0,
            token_start: 0,
            token_lineno: 1,
            token_line_start: 0,
            at_line_start: true,
            blank_line: false,
            indents: vec![Indent { column: 0, alternative: 0 }],
            pending: 0,
            brackets: Vec::new(),
            fstrings: Vec::new(),
            extra_tokens,
            type_comments: false,
            shows_newline,
            warnings: Vec::new(),
        }
    }

    /// The next token; after `EndMarker`, `EndMarker` again.
    pub fn next_token(&mut self) -> LexResult<Token> {
        match self.fstrings.last() {
            Some(open) if !open.in_field => self.fstring_token(),
            _ => self.regular_token(),
        }
    }

    /// The token that stands for an error in the parser's list.
    pub fn error_token(&self) -> Token {
        self.token(TokenKind::Error)
    }

    /// The line of the innermost open bracket.
    pub fn open_bracket_line(&self) -> Option<u32> {
        self.brackets.last().map(|bracket| bracket.lineno)
    }

    /// The error for the innermost bracket, which is never closed.
    pub fn never_closed(&self) -> Option<SyntaxError> {
        let bracket = self.brackets.last()?;
        let imply = bracket.lineno >= self.last_line();
        let text = if imply {
            self.source.whole_line(bracket.lineno, self.shows_newline)
        } else {
            self.source.line(bracket.lineno)
        };
        Some(SyntaxError {
            kind: ErrorKind::SyntaxError,
            msg: format!("'{}' was never closed", bracket.byte as char),
            location: Some(Location {
                lineno: bracket.lineno as i32,
                offset: self.source.characters(bracket.lineno, bracket.col_offset) + 1,
                end_lineno: bracket.lineno as i32,
                end_offset: 0,
                text: Some(text.to_owned()),
                is_attached_later: false,
            }),
            last_statement: None,
        })
    }

    fn regular_token(&mut self) -> LexResult<Token> {
        if self.at_line_start {
            self.at_line_start = false;
            self.indentation()?;
        }
        if self.pending != 0 {
            return Ok(self.pending_indent());
        }
        let mut after_comment = false;
        loop {
            self.skip_blanks();
            // A newline token includes the comment before it.
            if !after_comment {
                self.begin_token();
            }
            after_comment = false;
            let Some(&byte) = self.bytes.get(self.pos) else { return self.end_of_source() };
            match byte {
                b'#' => {
                    self.skip_comment();
                    if self.type_comments
                        && let Some(token) = self.type_comment()
                    {
                        return Ok(token);
                    }
                    if self.extra_tokens {
                        return Ok(self.token(TokenKind::Comment));
                    }
                    after_comment = true;
                }
                b'\n' => {
                    let skipped = self.blank_line || !self.brackets.is_empty();
                    self.pos += 1;
                    let token = self.token(if skipped { TokenKind::Nl } else { TokenKind::Newline });
                    self.begin_line();
                    if self.brackets.is_empty() {
                        self.at_line_start = true;
                    }
                    if !skipped || self.extra_tokens {
                        return Ok(token);
                    }
                    if self.at_line_start {
                        self.at_line_start = false;
                        self.indentation()?;
                        if self.pending != 0 {
                            return Ok(self.pending_indent());
                        }
                    }
                }
                b'\\' => self.continue_line()?,
                _ => {
                    let kind = self.significant(byte)?;
                    return Ok(self.token(kind));
                }
            }
        }
    }

    /// Whether the next byte is a newline that is neither in the original nor implied by the mode.
    fn at_cut_off_newline(&self) -> bool {
        self.pos + 1 == self.bytes.len() && self.source.implicit_newline && !self.shows_newline
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek_byte(), b' ' | b'\t' | b'\x0c') {
            self.pos += 1;
        }
    }

    fn skip_comment(&mut self) {
        let rest = &self.bytes[self.pos..];
        self.pos += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// The token for the comment just read, if it is a type comment: its text is what follows `type:`, or `ignore`.
    fn type_comment(&mut self) -> Option<Token> {
        let comment = std::str::from_utf8(&self.bytes[self.token_start..self.pos]).ok()?;
        let blank = [' ', '\t'];
        let rest = comment.strip_prefix('#')?.trim_start_matches(blank);
        let rest = rest.strip_prefix("type:")?.trim_start_matches(blank);
        let ignored = rest
            .strip_prefix("ignore")
            .filter(|tag| tag.bytes().next().is_none_or(|byte| byte < 128 && !byte.is_ascii_alphanumeric()));
        self.token_start = self.pos - ignored.unwrap_or(rest).len();
        if ignored.is_none() {
            self.blank_line = false;
            return Some(self.token(TokenKind::TypeComment));
        }
        let token = self.token(TokenKind::TypeIgnore);
        if self.blank_line && self.peek_byte() == b'\n' {
            self.pos += 1;
            self.begin_line();
            self.at_line_start = true;
        }
        Some(token)
    }

    /// Measures the indentation of a line and compares it with the enclosing blocks.
    fn indentation(&mut self) -> LexResult<()> {
        let mut at = Indent { column: 0, alternative: 0 };
        let mut continued = None;
        loop {
            match self.peek_byte() {
                b' ' => at = Indent { column: at.column + 1, alternative: at.alternative + 1 },
                b'\t' => {
                    at.column = (at.column / TAB_SIZE + 1) * TAB_SIZE;
                    at.alternative += 1;
                }
                b'\x0c' => at = Indent { column: 0, alternative: 0 },
                b'\\' => {
                    continued.get_or_insert(at.column);
                    self.begin_token();
                    self.continue_line()?;
                    continue;
                }
                _ => break,
            }
            self.pos += 1;
        }
        self.begin_token();
        self.blank_line = matches!(self.peek_byte(), b'#' | b'\n') && !self.at_cut_off_newline()
            || self.pos >= self.bytes.len();
        if self.blank_line || !self.brackets.is_empty() {
            return Ok(());
        }
        if let Some(column) = continued.filter(|&column| column != 0) {
            at = Indent { column, alternative: column };
        }
        self.compare_indentation(at)
    }

    fn compare_indentation(&mut self, at: Indent) -> LexResult<()> {
        let top = self.indents.last().copied().unwrap_or(Indent { column: 0, alternative: 0 });
        if at.column == top.column {
            return if at.alternative == top.alternative { Ok(()) } else { Err(self.inconsistent_tabs()) };
        }
        if at.column > top.column {
            if self.indents.len() >= MAX_INDENTS {
                return Err(self.soft_error(
                    ErrorKind::IndentationError,
                    "too many levels of indentation",
                    1,
                    0,
                ));
            }
            if at.alternative <= top.alternative {
                return Err(self.inconsistent_tabs());
            }
            self.pending = 1;
            self.indents.push(at);
            return Ok(());
        }
        while self.indents.len() > 1 && self.indents.last().is_some_and(|top| at.column < top.column) {
            self.pending -= 1;
            self.indents.pop();
        }
        let top = self.indents.last().copied().unwrap_or(at);
        if at.column != top.column {
            let length = self.source.whole_line(self.lineno, self.shows_newline).chars().count() as i32;
            return Err(self.soft_error(
                ErrorKind::IndentationError,
                "unindent does not match any outer indentation level",
                length,
                -1,
            ));
        }
        if at.alternative != top.alternative {
            return Err(self.inconsistent_tabs());
        }
        Ok(())
    }

    fn pending_indent(&mut self) -> Token {
        self.begin_token();
        if self.pending > 0 {
            self.pending -= 1;
            return self.token(TokenKind::Indent);
        }
        self.pending += 1;
        self.token(TokenKind::Dedent)
    }

    /// Consumes a backslash and the newline that must follow.
    fn continue_line(&mut self) -> LexResult<()> {
        self.pos += 1;
        let is_cut_off = self.at_cut_off_newline();
        if self.peek_byte() != b'\n' || is_cut_off {
            let characters = self.source.characters(self.lineno, (self.pos - self.line_start) as u32);
            let error = SyntaxError {
                kind: ErrorKind::SyntaxError,
                msg: "unexpected character after line continuation character".to_owned(),
                location: Some(Location {
                    lineno: self.lineno as i32,
                    offset: characters + !is_cut_off as i32,
                    end_lineno: self.lineno as i32,
                    end_offset: 0,
                    text: Some(self.source.whole_line(self.lineno, self.shows_newline).to_owned()),
                    is_attached_later: false,
                }),
                last_statement: None,
            };
            return Err(Box::new(LexError {
                error,
                is_hard: false,
                in_fstring: false,
                is_end_of_input: false,
            }));
        }
        self.pos += 1;
        if self.pos >= self.bytes.len() {
            return Err(self.unexpected_end());
        }
        self.begin_line();
        Ok(())
    }

    fn unexpected_end(&mut self) -> Box<LexError> {
        if let Some(error) = self.never_closed() {
            return Box::new(LexError { error, is_hard: false, in_fstring: false, is_end_of_input: true });
        }
        let length = self.source.whole_line(self.lineno, true).chars().count() as i32;
        let mut error = self.soft_error(ErrorKind::SyntaxError, "unexpected EOF while parsing", length, -1);
        error.is_end_of_input = true;
        error
    }

    fn end_of_source(&mut self) -> LexResult<Token> {
        if !self.brackets.is_empty() {
            return Err(self.unexpected_end());
        }
        if self.indents.len() > 1 {
            self.pending = 1 - self.indents.len() as i32;
            self.indents.truncate(1);
            return Ok(self.pending_indent());
        }
        Ok(self.token(TokenKind::EndMarker))
    }

    /// A token that is neither white space nor comment; `byte` is its first byte.
    fn significant(&mut self, byte: u8) -> LexResult<TokenKind> {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 128.. => self.name_or_string(),
            b'0'..=b'9' => {
                self.pos += 1;
                self.number(byte)
            }
            b'"' | b'\'' => Ok(self.string_start()?.unwrap_or(TokenKind::Op)),
            b'.' if self.bytes.get(self.pos + 1).is_some_and(u8::is_ascii_digit) => {
                self.pos += 1;
                self.number(byte)
            }
            _ => self.operator(byte),
        }
    }

    fn name_or_string(&mut self) -> LexResult<TokenKind> {
        if b"bBuUrRfFtT".contains(&self.bytes[self.pos])
            && let Some(kind) = self.string_start()?
        {
            return Ok(kind);
        }
        let end = self.name_end(self.pos);
        let text = &self.bytes[self.pos..end];
        if !text.is_ascii() && !self.extra_tokens {
            self.verify_identifier(self.pos, end)?;
        }
        self.pos = end;
        Ok(TokenKind::keyword(text).unwrap_or(TokenKind::Name))
    }

    /// Where the run of possible identifier bytes ends.
    fn name_end(&self, from: usize) -> usize {
        let rest = &self.bytes[from..];
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 128;
        from + rest.iter().position(|byte| !is_name(byte)).unwrap_or(rest.len())
    }

    /// Checks a name with non-ASCII characters.
    fn verify_identifier(&mut self, start: usize, end: usize) -> LexResult<()> {
        let text = &self.source.text[start..end];
        for (at, character) in text.char_indices() {
            let is_valid = if at == 0 {
                crate::parser::unicode::is_identifier_start(character)
            } else {
                crate::parser::unicode::is_identifier_continue(character)
            };
            if is_valid {
                continue;
            }
            self.pos = start + at + character.len_utf8();
            let code = character as u32;
            return Err(self.error(if crate::parser::unicode::is_printable(character) {
                format!("invalid character '{character}' (U+{code:04X})")
            } else {
                format!("invalid non-printable character U+{code:04X}")
            }));
        }
        Ok(())
    }

    fn operator(&mut self, byte: u8) -> LexResult<TokenKind> {
        if let Some(kind) = self.format_spec_colon(byte) {
            return Ok(kind);
        }
        let rest = &self.bytes[self.pos..];
        let (kind, length) = operator(rest);
        if kind == TokenKind::Op && !(0x20..0x7f).contains(&byte) {
            self.pos += 1;
            return Err(self.error(format!("invalid non-printable character U+{byte:04X}")));
        }
        self.pos += length;
        match kind {
            TokenKind::LPar | TokenKind::LSqb | TokenKind::LBrace => self.open_bracket(byte)?,
            TokenKind::RPar | TokenKind::RSqb | TokenKind::RBrace => self.close_bracket(byte)?,
            _ => {}
        }
        Ok(kind)
    }

    /// The colon that ends the expression of a replacement field.
    fn format_spec_colon(&mut self, byte: u8) -> Option<TokenKind> {
        let open = self.fstrings.last_mut()?;
        if byte != b':' || open.field_depth < 0 || open.bracket_depth - 1 != open.field_depth {
            return None;
        }
        open.in_field = false;
        open.in_format_spec = true;
        self.pos += 1;
        Some(TokenKind::Colon)
    }

    fn open_bracket(&mut self, byte: u8) -> LexResult<()> {
        if self.brackets.len() >= MAX_BRACKETS {
            return Err(self.error("too many nested parentheses".to_owned()));
        }
        let col_offset = (self.pos - 1 - self.line_start) as u32;
        self.brackets.push(OpenBracket { byte, lineno: self.lineno, col_offset });
        if let Some(open) = self.fstrings.last_mut() {
            open.bracket_depth += 1;
        }
        Ok(())
    }

    fn close_bracket(&mut self, byte: u8) -> LexResult<()> {
        let closing = byte as char;
        if let Some(open) = self.fstrings.last()
            && open.bracket_depth == 0
            && byte == b'}'
        {
            return Err(self.error(format!("{}-string: single '}}' is not allowed", open.letter)));
        }
        let Some(opening) = self.brackets.pop() else {
            if self.extra_tokens {
                return Ok(());
            }
            return Err(self.error(format!("unmatched '{closing}'")));
        };
        let matching = match opening.byte {
            b'(' => b')',
            b'[' => b']',
            _ => b'}',
        };
        if byte != matching && !self.extra_tokens {
            return Err(self.mismatched(closing, opening));
        }
        if let Some(open) = self.fstrings.last_mut() {
            open.bracket_depth -= 1;
            if open.bracket_depth < 0 {
                let letter = open.letter;
                return Err(self.error(format!("{letter}-string: unmatched '{closing}'")));
            }
            if byte == b'}' && open.bracket_depth == open.field_depth {
                open.field_depth -= 1;
                open.in_field = false;
                open.in_format_spec = open.field_depth >= 0;
            }
        }
        Ok(())
    }

    fn mismatched(&mut self, closing: char, opening: OpenBracket) -> Box<LexError> {
        if let Some(open) = self.fstrings.last()
            && opening.byte == b'{'
            && open.bracket_depth - 1 == open.field_depth
        {
            return self.error(format!("{}-string: unmatched '{closing}'", open.letter));
        }
        let what = opening.byte as char;
        let on_line = if opening.lineno == self.lineno {
            String::new()
        } else {
            format!(" on line {}", opening.lineno)
        };
        self.error(format!(
            "closing parenthesis '{closing}' does not match opening parenthesis '{what}'{on_line}"
        ))
    }

    #[inline]
    fn peek_byte(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    fn begin_line(&mut self) {
        self.lineno += 1;
        self.line_start = self.pos;
    }

    fn begin_token(&mut self) {
        self.token_start = self.pos;
        self.token_lineno = self.lineno;
        self.token_line_start = self.line_start;
    }

    fn token(&self, kind: TokenKind) -> Token {
        Token {
            kind,
            level: self.brackets.len() as u16,
            start: self.token_start as u32,
            end: self.pos as u32,
            lineno: self.token_lineno,
            col_offset: (self.token_start - self.token_line_start) as u32,
            end_lineno: self.lineno,
            end_col_offset: (self.pos - self.line_start) as u32,
        }
    }

    /// The number of the line being read; at the end of the source, of its last line.
    fn last_line(&self) -> u32 {
        if self.pos >= self.bytes.len() && self.line_start == self.pos && self.lineno > 1 {
            return self.lineno - 1;
        }
        self.lineno
    }

    fn rewind_to(&mut self, pos: usize, lineno: u32) {
        self.pos = pos;
        self.lineno = lineno;
        self.line_start = self.source.line_start(lineno);
    }

    /// An error at the current position.
    fn error(&self, msg: String) -> Box<LexError> {
        let offset = self.source.characters(self.lineno, (self.pos - self.line_start) as u32);
        self.error_at(offset, offset, msg)
    }

    /// An error between two byte positions of the current line (the first counted from 1).
    fn error_between(&self, start: usize, end: usize, msg: String) -> Box<LexError> {
        let characters = |pos: usize| self.source.characters(self.lineno, (pos - self.line_start) as u32);
        self.error_at(characters(start), characters(end), msg)
    }

    fn error_at(&self, offset: i32, end_offset: i32, msg: String) -> Box<LexError> {
        let lineno = self.lineno as i32;
        let text = Some(self.source.line(self.lineno).to_owned());
        let error = SyntaxError {
            kind: ErrorKind::SyntaxError,
            msg,
            location: Some(Location {
                lineno,
                offset,
                end_lineno: lineno,
                end_offset,
                text,
                is_attached_later: false,
            }),
            last_statement: None,
        };
        let in_fstring = !self.fstrings.is_empty();
        Box::new(LexError { error, is_hard: true, in_fstring, is_end_of_input: false })
    }

    fn inconsistent_tabs(&self) -> Box<LexError> {
        self.soft_error(ErrorKind::TabError, "inconsistent use of tabs and spaces in indentation", 1, 0)
    }

    fn soft_error(&self, kind: ErrorKind, msg: &str, offset: i32, end_offset: i32) -> Box<LexError> {
        let lineno = self.lineno as i32;
        let text = Some(self.source.whole_line(self.lineno, self.shows_newline).to_owned());
        let location =
            Some(Location { lineno, offset, end_lineno: lineno, end_offset, text, is_attached_later: false });
        let error = SyntaxError { kind, msg: msg.to_owned(), location, last_statement: None };
        Box::new(LexError { error, is_hard: false, in_fstring: false, is_end_of_input: false })
    }

    fn warn(&mut self, error: LexError) {
        self.warnings.push(Warning {
            msg: error.error.msg.clone(),
            lineno: self.lineno,
            error: Box::new(error.error),
        });
    }
}

/// The longest operator at the start of the text, with its length; `Op` for a stray character.
fn operator(rest: &[u8]) -> (TokenKind, usize) {
    use TokenKind::*;
    let byte = |index: usize| rest.get(index).copied().unwrap_or(0);
    let by_equal = |plain, with_equal| if byte(1) == b'=' { (with_equal, 2) } else { (plain, 1) };
    match byte(0) {
        b'(' => (LPar, 1),
        b')' => (RPar, 1),
        b'[' => (LSqb, 1),
        b']' => (RSqb, 1),
        b'{' => (LBrace, 1),
        b'}' => (RBrace, 1),
        b',' => (Comma, 1),
        b';' => (Semi, 1),
        b'~' => (Tilde, 1),
        b':' => by_equal(Colon, ColonEqual),
        b'.' if rest.starts_with(b"...") => (Ellipsis, 3),
        b'.' => (Dot, 1),
        b'=' => by_equal(Equal, EqEqual),
        b'!' => by_equal(Exclamation, NotEqual),
        b'+' => by_equal(Plus, PlusEqual),
        b'-' if byte(1) == b'>' => (RArrow, 2),
        b'-' => by_equal(Minus, MinEqual),
        b'*' if byte(1) != b'*' => by_equal(Star, StarEqual),
        b'*' if byte(2) == b'=' => (DoubleStarEqual, 3),
        b'*' => (DoubleStar, 2),
        b'/' if byte(1) != b'/' => by_equal(Slash, SlashEqual),
        b'/' if byte(2) == b'=' => (DoubleSlashEqual, 3),
        b'/' => (DoubleSlash, 2),
        b'%' => by_equal(Percent, PercentEqual),
        b'&' => by_equal(Amper, AmperEqual),
        b'|' => by_equal(VBar, VBarEqual),
        b'^' => by_equal(Circumflex, CircumflexEqual),
        b'@' => by_equal(At, AtEqual),
        b'<' if byte(1) == b'>' => (NotEqual, 2),
        b'<' if byte(1) != b'<' => by_equal(Less, LessEqual),
        b'<' if byte(2) == b'=' => (LeftShiftEqual, 3),
        b'<' => (LeftShift, 2),
        b'>' if byte(1) != b'>' => by_equal(Greater, GreaterEqual),
        b'>' if byte(2) == b'=' => (RightShiftEqual, 3),
        b'>' => (RightShift, 2),
        _ => (Op, 1),
    }
}
