//! String atoms: implicit concatenation, f-strings and t-strings.

use ir::code::Const;
use ir::wtf8::{Wtf8, Wtf8Builder};

use super::literals::Literal;
use super::{Failed, Parse, Parser};
use crate::ast::{Conversion, Expr, ExprKind, Span};
use crate::errors::ErrorKind;
use crate::lexer::{Token, TokenKind};

/// The three forms of string atoms, which don't mix (but plain text joins f-strings).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Bytes,
    Template,
}

/// What has been collected of a string atom.
#[derive(Default)]
struct Pieces {
    /// Constants and replacement fields, in order.
    values: Vec<Expr>,
    bytes: Vec<u8>,
    form: Option<Form>,
    has_fstring: bool,
    is_mixed: bool,
}

impl Parser<'_> {
    /// `strings`: one or more adjacent literals.
    pub(super) fn strings(&mut self) -> Parse<Expr> {
        let start = self.token();
        if let Some(simple) = self.single_string(&start)? {
            return Ok(simple);
        }
        let mut pieces = Pieces::default();
        loop {
            let token = self.token();
            match token.kind {
                TokenKind::String => {
                    self.advance();
                    let value = self.string_value(&token)?;
                    let form = if matches!(value, Literal::Bytes(_)) { Form::Bytes } else { Form::Text };
                    self.note_form(&mut pieces, form, &start)?;
                    match value {
                        Literal::Bytes(more) => pieces.bytes.extend(more),
                        Literal::Str(text) => {
                            let is_u = self.text(&token).starts_with('u');
                            let span = Parser::token_span(&token);
                            pieces.values.push(Parser::text_constant(text, is_u, span));
                        }
                    }
                }
                TokenKind::FStringStart => {
                    let values = self.fstring()?;
                    self.note_form(&mut pieces, Form::Text, &start)?;
                    pieces.has_fstring = true;
                    pieces.values.extend(values);
                }
                TokenKind::TStringStart => {
                    let values = self.fstring()?;
                    self.note_form(&mut pieces, Form::Template, &start)?;
                    pieces.values.extend(values);
                }
                _ => break,
            }
        }
        if pieces.is_mixed {
            return self.raise_here(ErrorKind::SyntaxError, "cannot mix bytes and nonbytes literals");
        }
        let span = self.span_from(&start);
        if pieces.form == Some(Form::Bytes) {
            return Ok(Parser::bytes_constant(pieces.bytes, span));
        }
        if pieces.form == Some(Form::Template) {
            self.check_version(14, "t-strings are")?;
            return Ok(Expr { kind: ExprKind::TemplateStr { values: merge_constants(pieces.values) }, span });
        }
        if pieces.has_fstring {
            return Ok(Expr { kind: ExprKind::JoinedStr { values: merge_constants(pieces.values) }, span });
        }
        let (text, is_u) = join(&pieces.values);
        Ok(Parser::text_constant(text, is_u, span))
    }

    /// The common case: one plain literal that stands alone.
    fn single_string(&mut self, token: &Token) -> Parse<Option<Expr>> {
        use TokenKind::{FStringStart, String, TStringStart};
        if token.kind != String || matches!(self.kind_at(1), String | FStringStart | TStringStart) {
            return Ok(None);
        }
        self.advance();
        let span = Parser::token_span(token);
        Ok(Some(match self.string_value(token)? {
            Literal::Bytes(bytes) => Parser::bytes_constant(bytes, span),
            Literal::Str(text) => Parser::text_constant(text, self.text(token).starts_with('u'), span),
        }))
    }

    /// Checks that a literal fits to those before it.
    fn note_form(&mut self, pieces: &mut Pieces, form: Form, start: &Token) -> Parse<()> {
        let Some(known) = pieces.form else {
            pieces.form = Some(form);
            return Ok(());
        };
        if known == form {
            return Ok(());
        }
        if known == Form::Template || form == Form::Template {
            while matches!(self.kind(), TokenKind::String | TokenKind::FStringStart | TokenKind::TStringStart)
            {
                if self.at(TokenKind::String) {
                    self.advance();
                } else {
                    self.fstring()?;
                }
            }
            let span = self.span_from(start);
            return self.raise_at(span, "cannot mix t-string literals with string or bytes literals");
        }
        pieces.is_mixed = true;
        Ok(())
    }

    /// `fstring | tstring`: the values between its quotes.
    fn fstring(&mut self) -> Parse<Vec<Expr>> {
        let start = self.advance();
        let is_template = start.kind == TokenKind::TStringStart;
        let raw = self.text(&start).contains(['r', 'R']);
        let mut values = Vec::new();
        loop {
            match self.kind() {
                TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                    let middle = self.fstring_middle(raw, false)?;
                    values.push(middle);
                }
                TokenKind::LBrace => self.replacement_field(raw, is_template, is_template, &mut values)?,
                TokenKind::FStringEnd | TokenKind::TStringEnd => {
                    self.advance();
                    return Ok(values);
                }
                _ => return Err(Failed),
            }
        }
    }

    /// Literal text; doubled braces count as one, except in format specifiers.
    fn fstring_middle(&mut self, raw: bool, in_format_spec: bool) -> Parse<Expr> {
        let token = self.advance();
        let text = self.text(&token);
        let single;
        let body = if in_format_spec || memchr::memchr2(b'{', b'}', text.as_bytes()).is_none() {
            text
        } else {
            single = undouble_braces(text, raw);
            single.as_str()
        };
        let value = if raw || memchr::memchr(b'\\', body.as_bytes()).is_none() {
            Wtf8::from(body)
        } else {
            self.decode_text(body, &token)?
        };
        Ok(Parser::text_constant(value, false, Parser::token_span(&token)))
    }

    /// `'{' annotated_rhs ['='] ['!' conversion] [':' format_spec] '}'`
    fn replacement_field(
        &mut self,
        raw: bool,
        is_template: bool,
        in_template: bool,
        values: &mut Vec<Expr>,
    ) -> Parse<()> {
        let mark = self.pos;
        let found = self.attempt(|parser| parser.replacement_field_rule(raw, is_template, in_template))?;
        let Some((debug, field)) = found else {
            if self.diagnosing {
                self.pos = mark;
                self.invalid_replacement_field(if in_template { 't' } else { 'f' })?;
            }
            return Err(Failed);
        };
        values.extend(debug);
        values.push(field);
        Ok(())
    }

    fn replacement_field_rule(
        &mut self,
        raw: bool,
        is_template: bool,
        in_template: bool,
    ) -> Parse<(Option<Expr>, Expr)> {
        let start = self.expect(TokenKind::LBrace)?;
        let value = Box::new(self.nested(Parser::annotated_rhs)?);
        let expression_end = self.token().start;
        let is_debug = self.eat(TokenKind::Equal);
        let debug_end = self.token();
        let mut conversion = Conversion::None;
        if self.at(TokenKind::Exclamation) {
            conversion = self.conversion(in_template)?;
        }
        let colon = self.token();
        let mut format_spec = None;
        if self.eat(TokenKind::Colon) {
            let mut spec = Vec::new();
            while !self.at(TokenKind::RBrace) {
                match self.kind() {
                    TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                        let middle = self.fstring_middle(raw, true)?;
                        spec.push(middle);
                    }
                    TokenKind::LBrace => self.replacement_field(raw, false, in_template, &mut spec)?,
                    _ => return Err(Failed),
                }
            }
            let kind = ExprKind::JoinedStr { values: merge_constants(spec) };
            format_spec = Some(Box::new(Expr { kind, span: self.span_from(&colon) }));
        }
        self.expect(TokenKind::RBrace)?;
        let span = self.span_from(&start);
        let debug = is_debug.then(|| self.debug_text(&start, &debug_end));
        if is_debug && conversion == Conversion::None && format_spec.is_none() {
            conversion = Conversion::Repr;
        }
        let kind = if is_template {
            let text = self.expression_text(start.end, expression_end);
            let str = Box::new(Const::Str(Wtf8::from(text.as_str())));
            ExprKind::Interpolation { value, str, conversion, format_spec }
        } else {
            ExprKind::FormattedValue { value, conversion, format_spec }
        };
        Ok((debug, Expr { kind, span }))
    }

    /// `'!' NAME`
    fn conversion(&mut self, in_template: bool) -> Parse<Conversion> {
        let letter = if in_template { 't' } else { 'f' };
        let mark = self.advance();
        let (name, token) = match self.expect_name() {
            Ok(found) => found,
            Err(Failed) => return Err(Failed),
        };
        if token.start != mark.end {
            let span = Parser::token_span(&mark).to(Parser::token_span(&token));
            let msg = format!("{letter}-string: conversion type must come right after the exclamation mark");
            return self.raise_at(span, msg);
        }
        match name.as_str() {
            "s" => Ok(Conversion::Str),
            "r" => Ok(Conversion::Repr),
            "a" => Ok(Conversion::Ascii),
            other => {
                let msg = format!(
                    "{letter}-string: invalid conversion character '{other}': expected 's', 'r', or 'a'"
                );
                self.raise_at(Parser::token_span(&token), msg)
            }
        }
    }

    /// The text that `=` shows before the value: from the brace up to `end`.
    fn debug_text(&self, brace: &Token, end: &Token) -> Expr {
        let text = self.expression_text(brace.end, end.start);
        let span = Span {
            lineno: brace.end_lineno,
            col_offset: brace.end_col_offset,
            end_lineno: end.lineno,
            end_col_offset: end.col_offset,
        };
        Parser::text_constant(Wtf8::from(text.as_str()), false, span)
    }

    /// Source text of an expression, without comments.
    fn expression_text(&self, start: u32, end: u32) -> String {
        let text = &self.source.text[start as usize..end as usize];
        if !text.contains('#') {
            return text.to_owned();
        }
        let mut kept = String::with_capacity(text.len());
        let mut quote = None;
        let mut in_comment = false;
        let mut escaped = false;
        for character in text.chars() {
            if in_comment {
                in_comment = character != '\n';
            } else if let Some(open) = quote {
                if character == open && !escaped {
                    quote = None;
                }
                escaped = character == '\\' && !escaped;
            } else {
                match character {
                    '"' | '\'' => quote = Some(character),
                    '#' => in_comment = true,
                    _ => {}
                }
            }
            if !in_comment {
                kept.push(character);
            }
        }
        kept
    }
}

/// `{{` to `{` and `}}` to `}`, but not in `\N{...}`.
fn undouble_braces(text: &str, raw: bool) -> String {
    let mut result = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        result.push(character);
        match character {
            '{' | '}' if characters.peek() == Some(&character) => {
                characters.next();
            }
            '\\' if !raw => {
                let Some(&escaped) = characters.peek() else { break };
                if escaped == '{' || escaped == '}' {
                    continue;
                }
                result.push(escaped);
                characters.next();
                if escaped == 'N' && characters.peek() == Some(&'{') {
                    for inner in characters.by_ref() {
                        result.push(inner);
                        if inner == '}' {
                            break;
                        }
                    }
                }
            }
            _ => {}
        }
    }
    result
}

fn text_of(value: &Expr) -> Option<(&Wtf8, bool)> {
    match &value.kind {
        ExprKind::Constant { value: Const::Str(text), kind } => Some((text, kind.is_some())),
        _ => None,
    }
}

/// The concatenation of constants, and whether the first one has the prefix `u`.
fn join(values: &[Expr]) -> (Wtf8, bool) {
    if let [only] = values
        && let Some((text, is_u)) = text_of(only)
    {
        return (text.clone(), is_u);
    }
    let mut builder = Wtf8Builder::new();
    for (text, _) in values.iter().filter_map(text_of) {
        builder.push(text);
    }
    (builder.finish(), values.first().and_then(text_of).is_some_and(|(_, is_u)| is_u))
}

/// Joins adjacent constants into one and drops empty ones.
fn merge_constants(values: Vec<Expr>) -> Vec<Expr> {
    let mut merged = Vec::with_capacity(values.len());
    let mut run: Vec<Expr> = Vec::new();
    let flush = |run: &mut Vec<Expr>, merged: &mut Vec<Expr>| {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return };
        let span = first.span.to(last.span);
        let (text, is_u) = join(run);
        run.clear();
        if !text.is_empty() {
            merged.push(Parser::text_constant(text, is_u, span));
        }
    };
    for value in values {
        if text_of(&value).is_some() {
            run.push(value);
        } else {
            flush(&mut run, &mut merged);
            merged.push(value);
        }
    }
    flush(&mut run, &mut merged);
    merged
}
