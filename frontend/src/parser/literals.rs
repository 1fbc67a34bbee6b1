//! The values of number and string literals.

use std::sync::Arc;

use dashu_int::IBig;
use ir::code::Const;
use ir::wtf8::{Wtf8, Wtf8Builder};

use super::{Failed, Parse, Parser, unicode};
use crate::ast::{Expr, ExprKind, Span};
use crate::errors::{ErrorKind, Warning};
use crate::lexer::Token;

/// The value of one string literal.
pub(super) enum Literal {
    Str(Wtf8),
    Bytes(Vec<u8>),
}

impl Parser<'_> {
    /// A number.
    pub(super) fn number(&mut self) -> Parse<Expr> {
        let token = self.advance();
        let text = self.text(&token);
        let plain;
        let digits = if text.contains('_') {
            plain = text.replace('_', "");
            plain.as_str()
        } else {
            text
        };
        if text.contains('_') {
            self.check_version(6, "Underscores in numeric literals are")?;
        }
        let value = match number_value(digits) {
            Some(value) => value,
            None => return Err(Failed),
        };
        if self.exceeds_digit_limit(digits) {
            return self.raise_too_many_digits(&token, digits.len());
        }
        Ok(Expr { kind: ExprKind::Constant { value, kind: None }, span: Parser::token_span(&token) })
    }

    fn exceeds_digit_limit(&self, digits: &str) -> bool {
        let limit = self.flags.int_max_str_digits as usize;
        limit != 0 && digits.len() > limit && digits.bytes().all(|byte| byte.is_ascii_digit())
    }

    fn raise_too_many_digits<T>(&mut self, token: &Token, digits: usize) -> Parse<T> {
        let limit = self.flags.int_max_str_digits;
        let msg = format!(
            "Exceeds the limit ({limit} digits) for integer string conversion: value has {digits} digits; \
             use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer \
             literals to avoid decimal conversion limits."
        );
        let mut error = self.error_at(ErrorKind::SyntaxError, Parser::token_span(token), msg);
        if let Some(location) = &mut error.location {
            location.offset = 0;
            location.end_offset = 0;
        }
        self.raise(error)
    }

    /// The value of a string token (not of an f-string).
    pub(super) fn string_value(&mut self, token: &Token) -> Parse<Literal> {
        let text = self.text(token);
        let prefix_length = text.find(['"', '\'']).unwrap_or(0);
        let (prefix, quoted) = text.split_at(prefix_length);
        let quote_length =
            if quoted.len() >= 6 && quoted.as_bytes()[1] == quoted.as_bytes()[0] { 3 } else { 1 };
        let body = &quoted[quote_length..quoted.len() - quote_length];
        let has = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
        let raw = has('r') || memchr::memchr(b'\\', body.as_bytes()).is_none();
        if has('b') {
            if !body.is_ascii() {
                let span = Parser::token_span(token);
                return self.raise_at(span, "bytes can only contain ASCII literal characters");
            }
            if raw {
                return Ok(Literal::Bytes(body.as_bytes().to_vec()));
            }
            return self.decode_bytes(body, token).map(Literal::Bytes);
        }
        if raw {
            return Ok(Literal::Str(Wtf8::from(body)));
        }
        self.decode_text(body, token).map(Literal::Str)
    }

    /// Replaces the escapes of a string.
    pub(super) fn decode_text(&mut self, body: &str, token: &Token) -> Parse<Wtf8> {
        let mut builder = Wtf8Builder::new();
        let mut warned = false;
        let mut rest = body;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            builder.push_str(&rest[..at]);
            let escape = &rest[at + 1..];
            let Some(letter) = escape.chars().next() else {
                builder.push_str("\\");
                rest = "";
                break;
            };
            let mut length = letter.len_utf8();
            match letter {
                'x' | 'u' | 'U' => {
                    let digits = match letter {
                        'x' => 2,
                        'u' => 4,
                        _ => 8,
                    };
                    let point = self.hexadecimal_escape(body, rest, at, letter, digits, token)?;
                    let _ = builder.push_code_point(point);
                    length += digits;
                }
                'N' => {
                    let (point, consumed) = self.named_escape(body, rest, at, token)?;
                    let _ = builder.push_code_point(point);
                    length = consumed;
                }
                '0'..='7' => {
                    let (value, digits) = octal_escape(escape);
                    if value > 0o377 && !warned {
                        warned = true;
                        self.warn_octal(&escape[..digits], body, rest.len() - at, token);
                    }
                    let _ = builder.push_code_point(value);
                    length = digits;
                }
                '\n' => {}
                _ => match simple_escape(letter) {
                    Some(byte) => {
                        let _ = builder.push_code_point(byte as u32);
                    }
                    None => {
                        if !warned {
                            warned = true;
                            self.warn_escape(letter, body, rest.len() - at, token);
                        }
                        builder.push_str("\\");
                        builder.push_str(&escape[..length]);
                    }
                },
            }
            rest = &escape[length..];
        }
        builder.push_str(rest);
        Ok(builder.finish())
    }

    fn decode_bytes(&mut self, body: &str, token: &Token) -> Parse<Vec<u8>> {
        let mut bytes = Vec::with_capacity(body.len());
        let mut warned = false;
        let mut rest = body;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            bytes.extend_from_slice(&rest.as_bytes()[..at]);
            let escape = &rest[at + 1..];
            let Some(letter) = escape.chars().next() else { break };
            let mut length = 1;
            match letter {
                'x' => {
                    let value = escape.get(1..3).and_then(|digits| {
                        let all = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
                        if all { u8::from_str_radix(digits, 16).ok() } else { None }
                    });
                    let Some(value) = value else {
                        let position = body.len() - rest.len() + at;
                        let msg = format!("(value error) invalid \\x escape at position {position}");
                        return self.raise_at(Parser::token_span(token), msg);
                    };
                    bytes.push(value);
                    length = 3;
                }
                '0'..='7' => {
                    let (value, digits) = octal_escape(escape);
                    if value > 0o377 && !warned {
                        warned = true;
                        self.warn_octal(&escape[..digits], body, rest.len() - at, token);
                    }
                    bytes.push(value as u8);
                    length = digits;
                }
                '\n' => {}
                _ => match simple_escape(letter) {
                    Some(byte) => bytes.push(byte),
                    None => {
                        if !warned {
                            warned = true;
                            self.warn_escape(letter, body, rest.len() - at, token);
                        }
                        bytes.extend_from_slice(&[b'\\', letter as u8]);
                    }
                },
            }
            rest = &escape[length..];
        }
        bytes.extend_from_slice(rest.as_bytes());
        Ok(bytes)
    }

    fn hexadecimal_escape(
        &mut self,
        body: &str,
        rest: &str,
        at: usize,
        letter: char,
        digits: usize,
        token: &Token,
    ) -> Parse<u32> {
        let escape = &rest.as_bytes()[at + 2..];
        let found = escape.iter().take(digits).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let start = body.len() - rest.len() + at;
        if found < digits {
            let form = letter.to_string() + &"X".repeat(digits);
            return self.raise_unicode_error(
                body,
                start,
                start + 2 + found,
                &format!("truncated \\{form} escape"),
                token,
            );
        }
        let text = &rest[at + 2..at + 2 + digits];
        let point = u32::from_str_radix(text, 16).unwrap_or(u32::MAX);
        if point > 0x10FFFF {
            return self.raise_unicode_error(
                body,
                start,
                start + 2 + digits,
                "illegal Unicode character",
                token,
            );
        }
        Ok(point)
    }

    /// The code point of `\N{...}`, and the length after the backslash.
    fn named_escape(&mut self, body: &str, rest: &str, at: usize, token: &Token) -> Parse<(u32, usize)> {
        let escape = &rest[at + 1..];
        let start = body.len() - rest.len() + at;
        let name = escape.strip_prefix("N{").and_then(|inner| inner.find('}').map(|end| &inner[..end]));
        let Some(name) = name.filter(|name| !name.is_empty()) else {
            let end = match escape.strip_prefix("N{") {
                Some(inner) if inner.starts_with('}') => start + 4,
                Some(_) => body.len(),
                None => start + 2,
            };
            return self.raise_unicode_error(body, start, end, "malformed \\N character escape", token);
        };
        match unicode::lookup_name(name) {
            Some(point) => Ok((point, name.len() + 3)),
            None => {
                let end = start + name.len() + 4;
                self.raise_unicode_error(body, start, end, "unknown Unicode character name", token)
            }
        }
    }

    /// The decoder's error; its positions count the bytes of what CPython decodes, where every
    /// character beyond ASCII has become a ten-character escape.
    fn raise_unicode_error<T>(
        &mut self,
        body: &str,
        start: usize,
        end: usize,
        reason: &str,
        token: &Token,
    ) -> Parse<T> {
        let width = |text: &str| -> usize { text.chars().map(|c| if c.is_ascii() { 1 } else { 10 }).sum() };
        let first = width(&body[..start]);
        let last = first + width(body.get(start..end).unwrap_or("")) - 1;
        let place = if first == last {
            format!("byte 0x5c in position {first}")
        } else {
            format!("bytes in position {first}-{last}")
        };
        let msg = format!("(unicode error) 'unicodeescape' codec can't decode {place}: {reason}");
        self.raise_at(Parser::token_span(token), msg)
    }

    fn warn_octal(&mut self, digits: &str, body: &str, left: usize, token: &Token) {
        let msg = format!(
            "\"\\{digits}\" is an invalid octal escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\{digits}\"? A raw string is also an option."
        );
        self.warn_at(msg, body, left, token);
    }

    fn warn_escape(&mut self, letter: char, body: &str, left: usize, token: &Token) {
        let msg = format!(
            "\"\\{letter}\" is an invalid escape sequence. Such sequences will not work in the future. \
             Did you mean \"\\\\{letter}\"? A raw string is also an option."
        );
        self.warn_at(msg, body, left, token);
    }

    /// Records a warning about the escape that starts `left` bytes before the end of the body.
    fn warn_at(&mut self, msg: String, body: &str, left: usize, token: &Token) {
        let before = &body.as_bytes()[..body.len() - left];
        let lineno = token.lineno + memchr::memchr_iter(b'\n', before).count() as u32;
        let span = Parser::token_span(token);
        let is_known = |warning: &Warning| {
            warning.lineno == lineno
                && warning.msg == msg
                && warning.error.location.as_ref().is_some_and(|at| {
                    at.lineno == span.lineno as i32
                        && at.offset == self.source.characters(span.lineno, span.col_offset) + 1
                })
        };
        if self.warnings.iter().rev().take(64).any(is_known) {
            return;
        }
        let error = self.error_at(ErrorKind::SyntaxError, span, msg.clone());
        self.warnings.push(Warning { msg, lineno, error: Box::new(error) });
    }

    /// A constant node for a string.
    pub(super) fn text_constant(value: Wtf8, is_u: bool, span: Span) -> Expr {
        let kind = is_u.then(|| std::rc::Rc::from("u"));
        Expr { kind: ExprKind::Constant { value: Const::Str(value), kind }, span }
    }

    /// A constant node for bytes.
    pub(super) fn bytes_constant(value: Vec<u8>, span: Span) -> Expr {
        Expr { kind: ExprKind::Constant { value: Const::Bytes(Arc::from(value)), kind: None }, span }
    }
}

/// The value of a number without underscores.
fn number_value(digits: &str) -> Option<Const> {
    let bytes = digits.as_bytes();
    if bytes.len() <= 18 && bytes.iter().all(u8::is_ascii_digit) {
        return digits.parse::<i64>().ok().map(|value| Const::Int(IBig::from(value)));
    }
    let radix = match bytes.get(1) {
        Some(b'x' | b'X') => 16,
        Some(b'o' | b'O') => 8,
        Some(b'b' | b'B') => 2,
        _ => 10,
    };
    if radix != 10 {
        return IBig::from_str_radix(&digits[2..], radix).ok().map(Const::Int);
    }
    if let Some(imaginary) = digits.strip_suffix(['j', 'J']) {
        return imaginary.parse::<f64>().ok().map(|value| Const::Complex(0.0, value));
    }
    if bytes.iter().all(u8::is_ascii_digit) {
        return IBig::from_str_radix(digits, 10).ok().map(Const::Int);
    }
    digits.parse::<f64>().ok().map(Const::Float)
}

fn octal_escape(escape: &str) -> (u32, usize) {
    let digits = escape.bytes().take(3).take_while(|byte| (b'0'..=b'7').contains(byte)).count();
    (u32::from_str_radix(&escape[..digits], 8).unwrap_or(0), digits)
}

fn simple_escape(letter: char) -> Option<u8> {
    Some(match letter {
        '\\' => b'\\',
        '\'' => b'\'',
        '"' => b'"',
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        _ => return None,
    })
}
