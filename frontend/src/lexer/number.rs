//! Numeric literals: the scanner only delimits and checks them; the parser computes their values.

use super::token::TokenKind;
use super::{LexResult, Lexer};

impl Lexer<'_> {
    /// Scans a number whose first digit (or leading point) is `first`, already consumed.
    pub(super) fn number(&mut self, first: u8) -> LexResult<TokenKind> {
        if first == b'.' {
            return self.fraction();
        }
        if first == b'0' {
            match self.peek_byte() {
                b'x' | b'X' => return self.radix("hexadecimal", |byte| byte.is_ascii_hexdigit()),
                b'o' | b'O' => return self.radix("octal", |byte| (b'0'..=b'7').contains(&byte)),
                b'b' | b'B' => return self.radix("binary", |byte| byte == b'0' || byte == b'1'),
                _ => return self.leading_zero(),
            }
        }
        self.decimal_tail()?;
        self.after_integer_part()
    }

    fn radix(&mut self, name: &'static str, is_digit: fn(u8) -> bool) -> LexResult<TokenKind> {
        self.pos += 1;
        loop {
            if self.peek_byte() == b'_' {
                self.pos += 1;
            }
            let byte = self.peek_byte();
            if !is_digit(byte) {
                return Err(self.radix_error(name, byte));
            }
            while is_digit(self.peek_byte()) {
                self.pos += 1;
            }
            if self.peek_byte() != b'_' {
                break;
            }
        }
        let byte = self.peek_byte();
        if byte.is_ascii_digit() {
            return Err(self.radix_error(name, byte));
        }
        self.end_of_number(name)
    }

    fn radix_error(&mut self, name: &str, byte: u8) -> Box<super::LexError> {
        if !byte.is_ascii_digit() {
            return self.error(format!("invalid {name} literal"));
        }
        self.pos += 1;
        self.error(format!("invalid digit '{}' in {name} literal", byte as char))
    }

    /// A literal starting with `0`: zeros only, unless it turns out to be a float or imaginary.
    fn leading_zero(&mut self) -> LexResult<TokenKind> {
        loop {
            if self.peek_byte() == b'_' {
                self.pos += 1;
                if !self.peek_byte().is_ascii_digit() {
                    return Err(self.error("invalid decimal literal".to_owned()));
                }
            }
            if self.peek_byte() != b'0' {
                break;
            }
            self.pos += 1;
        }
        let zeros_end = self.pos + 1;
        let nonzero = self.peek_byte().is_ascii_digit();
        if nonzero {
            self.decimal_tail()?;
        }
        match self.peek_byte() {
            b'.' | b'e' | b'E' | b'j' | b'J' => self.after_integer_part(),
            _ if nonzero && !self.extra_tokens => Err(self.error_between(
                self.token_start + 1,
                zeros_end,
                "leading zeros in decimal integer literals are not permitted; \
                 use an 0o prefix for octal integers"
                    .to_owned(),
            )),
            _ => self.end_of_number("decimal"),
        }
    }

    /// Digits with single underscores between them; the first digit may be consumed already.
    fn decimal_tail(&mut self) -> LexResult<()> {
        loop {
            while self.peek_byte().is_ascii_digit() {
                self.pos += 1;
            }
            if self.peek_byte() != b'_' {
                return Ok(());
            }
            self.pos += 1;
            if !self.peek_byte().is_ascii_digit() {
                return Err(self.error("invalid decimal literal".to_owned()));
            }
        }
    }

    fn after_integer_part(&mut self) -> LexResult<TokenKind> {
        if self.peek_byte() == b'.' {
            self.pos += 1;
            return self.fraction();
        }
        self.exponent()
    }

    fn fraction(&mut self) -> LexResult<TokenKind> {
        if self.peek_byte().is_ascii_digit() {
            self.decimal_tail()?;
        }
        self.exponent()
    }

    fn exponent(&mut self) -> LexResult<TokenKind> {
        if matches!(self.peek_byte(), b'e' | b'E') {
            let mark = self.pos;
            self.pos += 1;
            if matches!(self.peek_byte(), b'+' | b'-') {
                self.pos += 1;
                if !self.peek_byte().is_ascii_digit() {
                    return Err(self.error("invalid decimal literal".to_owned()));
                }
            } else if !self.peek_byte().is_ascii_digit() {
                self.pos = mark;
                return self.end_of_number("decimal");
            }
            self.decimal_tail()?;
        }
        if matches!(self.peek_byte(), b'j' | b'J') {
            self.pos += 1;
            return self.end_of_number("imaginary");
        }
        self.end_of_number("decimal")
    }

    /// A number may touch a keyword (with a warning), but no other name.
    fn end_of_number(&mut self, name: &'static str) -> LexResult<TokenKind> {
        const KEYWORDS: [&[u8]; 8] = [b"and", b"else", b"for", b"if", b"in", b"is", b"or", b"not"];
        let rest = &self.bytes[self.pos..];
        let Some(&next) = rest.first() else { return Ok(TokenKind::Number) };
        if self.extra_tokens {
            return Ok(TokenKind::Number);
        }
        if !(next.is_ascii_alphanumeric() || next == b'_') {
            return Ok(TokenKind::Number);
        }
        let ends_name = |end: usize| {
            !rest.get(end).is_some_and(|&byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 128)
        };
        let touches =
            |keyword: &&[u8]| rest.starts_with(keyword) && (keyword[0] == b'i' || ends_name(keyword.len()));
        if KEYWORDS.iter().any(touches) {
            self.pos += 1;
            let error = self.error(format!("invalid {name} literal"));
            self.pos -= 1;
            self.warn(*error);
            return Ok(TokenKind::Number);
        }
        Err(self.error(format!("invalid {name} literal")))
    }
}
