//! String literals, and the part of f-strings and t-strings outside of replacement fields.

use super::token::{Token, TokenKind};
use super::{LexResult, Lexer};

/// How deep replacement fields may nest in format specifiers.
const MAX_FIELD_NESTING: i32 = 3;
/// How deep f-strings and t-strings may nest.
const MAX_FSTRING_NESTING: usize = 149;

/// An f-string or t-string that is being read.
#[derive(Clone, Debug)]
pub(super) struct OpenFString {
    pub quote: u8,
    pub triple: bool,
    raw: bool,
    /// `f` or `t`, for messages and token kinds.
    pub letter: char,
    start: usize,
    lineno: u32,
    /// Open brackets within the current replacement field, its own brace included.
    pub bracket_depth: i32,
    /// Nesting of replacement fields; -1 outside of all.
    pub field_depth: i32,
    pub in_format_spec: bool,
    /// Whether ordinary tokens are being read (a replacement field) and not literal text.
    pub in_field: bool,
}

/// The prefix of a string literal.
#[derive(Clone, Copy, Default)]
struct Prefix {
    length: usize,
    raw: bool,
    letter: Option<char>,
}

impl Lexer<'_> {
    /// Scans a string, f-string or t-string if one starts here, prefix included.
    pub(super) fn string_start(&mut self) -> LexResult<Option<TokenKind>> {
        let Some(prefix) = self.string_prefix()? else { return Ok(None) };
        self.pos += prefix.length;
        let quote = self.bytes[self.pos];
        let triple = self.bytes[self.pos..].starts_with(&[quote; 3]);
        self.pos += if triple { 3 } else { 1 };
        let Some(letter) = prefix.letter else {
            self.string_rest(quote, triple)?;
            return Ok(Some(TokenKind::String));
        };
        if self.fstrings.len() >= MAX_FSTRING_NESTING {
            return Err(self.error("too many nested f-strings or t-strings".to_owned()));
        }
        self.fstrings.push(OpenFString {
            quote,
            triple,
            raw: prefix.raw,
            letter,
            start: self.token_start,
            lineno: self.lineno,
            bracket_depth: 0,
            field_depth: -1,
            in_format_spec: false,
            in_field: false,
        });
        Ok(Some(if letter == 'f' { TokenKind::FStringStart } else { TokenKind::TStringStart }))
    }

    fn string_prefix(&mut self) -> LexResult<Option<Prefix>> {
        let rest = &self.bytes[self.pos..];
        let letters = rest.iter().take_while(|byte| b"bBuUrRfFtT".contains(byte)).take(6).count();
        if !matches!(rest.get(letters), Some(b'"' | b'\'')) {
            return Ok(None);
        }
        let has =
            |letter: u8| rest[..letters].iter().filter(|byte| byte.to_ascii_lowercase() == letter).count();
        let [b, u, r, f, t] = [b'b', b'u', b'r', b'f', b't'].map(has);
        if b > 1 || u > 1 || r > 1 || f > 1 || t > 1 {
            return Ok(None);
        }
        const INCOMPATIBLE: [(char, char); 7] =
            [('u', 'b'), ('u', 'r'), ('u', 'f'), ('u', 't'), ('b', 'f'), ('b', 't'), ('f', 't')];
        for (first, second) in INCOMPATIBLE {
            if has(first as u8) + has(second as u8) == 2 {
                let start = self.pos;
                let msg = format!("'{first}' and '{second}' prefixes are incompatible");
                return Err(self.error_between(start + 1, self.pos + letters + 1, msg));
            }
        }
        let letter = if f == 1 {
            Some('f')
        } else if t == 1 {
            Some('t')
        } else {
            None
        };
        Ok(Some(Prefix { length: letters, raw: r == 1, letter }))
    }

    /// Scans to the closing quote of an ordinary string.
    fn string_rest(&mut self, quote: u8, triple: bool) -> LexResult<()> {
        let mut escaped_quote = false;
        loop {
            match self.peek_byte() {
                b'\\' => {
                    self.pos += 1;
                    escaped_quote |= self.peek_byte() == quote;
                    self.string_byte();
                }
                0 if self.pos >= self.bytes.len() => {
                    return Err(self.unterminated_string(quote, triple, escaped_quote));
                }
                b'\n' if !triple => return Err(self.unterminated_string(quote, triple, escaped_quote)),
                byte if byte == quote && !triple => {
                    self.pos += 1;
                    return Ok(());
                }
                byte if byte == quote && self.bytes[self.pos..].starts_with(&[quote; 3]) => {
                    self.pos += 3;
                    return Ok(());
                }
                _ => self.string_byte(),
            }
        }
    }

    /// Consumes one byte of string contents, which may be a newline.
    fn string_byte(&mut self) {
        if self.pos < self.bytes.len() {
            self.pos += 1;
            if self.bytes[self.pos - 1] == b'\n' {
                self.begin_line();
            }
        }
    }

    fn unterminated_string(&mut self, quote: u8, triple: bool, escaped_quote: bool) -> Box<super::LexError> {
        let detected = self.last_line();
        let at_end = self.pos >= self.bytes.len() || self.at_cut_off_newline();
        self.rewind_to(self.token_start, self.token_lineno);
        self.pos += 1;
        if let Some(open) = self.fstrings.last()
            && open.quote == quote
            && open.triple == triple
        {
            let letter = open.letter;
            return self.error(format!("{letter}-string: expecting '}}'"));
        }
        let what = if triple { "triple-quoted string" } else { "string" };
        let hint = if escaped_quote && !triple { "; perhaps you escaped the end quote?" } else { "" };
        let mut error =
            self.error(format!("unterminated {what} literal (detected at line {detected}){hint}"));
        error.is_end_of_input = at_end;
        error
    }

    /// The next token while reading the literal text of an f-string or t-string.
    pub(super) fn fstring_token(&mut self) -> LexResult<Token> {
        let Some(open) = self.fstrings.last() else { return self.regular_token() };
        let open = open.clone();
        self.begin_token();
        let rest = &self.bytes[self.pos..];
        if rest.first() == Some(&b'{') && (rest.get(1) != Some(&b'{') || open.in_format_spec) {
            let top = self.fstrings.len() - 1;
            self.fstrings[top].field_depth += 1;
            self.fstrings[top].in_field = true;
            if self.fstrings[top].field_depth >= MAX_FIELD_NESTING {
                return Err(self.error(format!("{}-string: expressions nested too deeply", open.letter)));
            }
            return self.regular_token();
        }
        let is_f = open.letter == 'f';
        if self.at_closing_quote(&open) {
            self.pos += if open.triple { 3 } else { 1 };
            self.fstrings.pop();
            return Ok(self.token(if is_f { TokenKind::FStringEnd } else { TokenKind::TStringEnd }));
        }
        self.fstring_middle(&open)?;
        // The text may be empty: a brace that closes a field always has some literal text before it.
        Ok(self.token(if is_f { TokenKind::FStringMiddle } else { TokenKind::TStringMiddle }))
    }

    fn at_closing_quote(&self, open: &OpenFString) -> bool {
        if open.triple {
            return self.bytes[self.pos..].starts_with(&[open.quote; 3]);
        }
        self.peek_byte() == open.quote
    }

    /// Consumes literal text up to a brace or the closing quote.
    fn fstring_middle(&mut self, open: &OpenFString) -> LexResult<()> {
        loop {
            let byte = self.peek_byte();
            let at_end = byte == 0 && self.pos >= self.bytes.len();
            if at_end || (byte == b'\n' && !open.triple) {
                return Err(self.unterminated_fstring(open, at_end));
            }
            if self.at_closing_quote(open) {
                return Ok(());
            }
            match byte {
                b'{' => {
                    if self.bytes.get(self.pos + 1) != Some(&b'{') || open.in_format_spec {
                        return Ok(());
                    }
                    self.pos += 2;
                }
                b'}' => {
                    let doubled = self.bytes.get(self.pos + 1) == Some(&b'}');
                    if !doubled || open.in_format_spec || open.bracket_depth != 0 {
                        if let Some(top) = self.fstrings.last_mut() {
                            top.in_field = true;
                        }
                        return Ok(());
                    }
                    self.pos += 2;
                }
                b'\\' => self.fstring_backslash(open),
                _ => self.string_byte(),
            }
        }
    }

    fn fstring_backslash(&mut self, open: &OpenFString) {
        self.pos += 1;
        match self.peek_byte() {
            brace @ (b'{' | b'}') => {
                if !open.raw {
                    self.pos += 1;
                    let brace = brace as char;
                    let error = self.error(format!(
                        "\"\\{brace}\" is an invalid escape sequence. Such sequences will not work in the \
                         future. Did you mean \"\\\\{brace}\"? A raw string is also an option."
                    ));
                    self.pos -= 1;
                    self.warn(*error);
                }
            }
            b'N' if !open.raw && self.bytes.get(self.pos + 1) == Some(&b'{') => {
                self.pos += 2;
                while !matches!(self.peek_byte(), b'}' | b'\n' | 0) && !self.at_closing_quote(open) {
                    self.pos += 1;
                }
                if self.peek_byte() == b'}' {
                    self.pos += 1;
                }
            }
            _ => self.string_byte(),
        }
    }

    fn unterminated_fstring(&mut self, open: &OpenFString, at_end: bool) -> Box<super::LexError> {
        let letter = open.letter;
        if open.in_format_spec && !at_end {
            self.pos += 1;
            return self.error(format!(
                "{letter}-string: newlines are not allowed in format specifiers for single quoted {letter}-strings"
            ));
        }
        let detected = self.last_line();
        let at_end = at_end || self.at_cut_off_newline();
        self.rewind_to(open.start, open.lineno);
        self.pos += 1;
        let what = if open.triple { "triple-quoted " } else { "" };
        let mut error =
            self.error(format!("unterminated {what}{letter}-string literal (detected at line {detected})"));
        error.is_end_of_input = at_end && open.triple;
        error
    }
}
