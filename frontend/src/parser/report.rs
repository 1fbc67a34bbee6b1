//! From a failed parse to the one error that is reported.

use super::{Mode, Parser};
use crate::ast::Span;
use crate::errors::{ErrorKind, Location, SyntaxError};
use crate::lexer::TokenKind;

impl Parser<'_> {
    /// The error of a parse that has failed: a second pass with the `invalid_` alternatives decides.
    pub(super) fn report(&mut self) -> SyntaxError {
        self.first_furthest = self.furthest;
        if self.flags.allow_incomplete_input && self.is_incomplete() {
            return self.finish(self.incomplete_input());
        }
        if self.raised.is_none() && !self.reached_lex_error() {
            self.diagnose();
        }
        let raised = self.raised.take();
        if let Some(raised) = &raised
            && (self.is_final || matches!(raised.kind, ErrorKind::MemoryError | ErrorKind::RecursionError))
        {
            return (**raised).clone();
        }
        if self.reached_lex_error()
            && let Some(lex_error) = &self.lex_error
        {
            return self.finish(lex_error.error.clone());
        }
        if let Some(raised) = raised {
            return self.or_lexer_error(*raised);
        }
        let error = self.generic_error();
        if error.kind == ErrorKind::IndentationError {
            return self.finish(error);
        }
        self.or_lexer_error(error)
    }

    /// Parses the failed statement again, now with the alternatives for invalid programs. Those for
    /// dictionaries belong to the first pass in CPython; they are tried by themselves before the rest.
    fn diagnose(&mut self) {
        self.is_second_pass = true;
        self.parse_again();
        if self.raised.is_some() || self.reached_lex_error() {
            return;
        }
        self.first_furthest = self.furthest;
        self.memo.clear();
        self.diagnosing = true;
        self.parse_again();
    }

    fn parse_again(&mut self) {
        self.depth = 0;
        self.chain_height = 0;
        self.pos = self.last_statement_start;
        // The result is known: it fails, and what is raised on the way stays in `raised`.
        let _ = match self.mode {
            Mode::Exec => self.module().map(drop),
            _ => self.start().map(drop),
        };
    }

    fn reached_lex_error(&self) -> bool {
        self.lex_error.is_some() && self.furthest + 1 >= self.tokens.len()
    }

    fn incomplete_input(&self) -> SyntaxError {
        let at_end = self.error_at_end(ErrorKind::IncompleteInput, "incomplete input".to_owned());
        let unterminated = self.lex_error.as_ref().filter(|error| error.is_hard && self.reached_lex_error());
        let Some(location) = unterminated.and_then(|error| error.error.location.as_ref()) else {
            return at_end;
        };
        let text = Some(self.error_line(location.lineno.max(1) as u32));
        let location = Location { end_offset: -1, text, ..location.clone() };
        SyntaxError { location: Some(location), ..at_end }
    }

    /// Whether the first pass needed more than there is.
    fn is_incomplete(&self) -> bool {
        if self.raised.is_some() {
            return false;
        }
        match &self.lex_error {
            Some(error) if self.reached_lex_error() => error.is_end_of_input,
            _ => self.is_at_end(self.furthest),
        }
    }

    /// What no alternative has a message for, at the furthest token of the first pass.
    pub(super) fn generic_error(&self) -> SyntaxError {
        let index = self.first_furthest;
        match self.tokens[index].kind {
            TokenKind::Indent => self.error_at_token(
                ErrorKind::IndentationError,
                self.furthest,
                "unexpected indent".to_owned(),
            ),
            TokenKind::Dedent => self.error_at_token(
                ErrorKind::IndentationError,
                self.furthest,
                "unexpected unindent".to_owned(),
            ),
            _ if self.is_at_end(index) => {
                let mut error =
                    self.error_at_token(ErrorKind::SyntaxError, index, "invalid syntax".to_owned());
                if let Some(location) = &mut error.location {
                    location.offset = 0;
                    location.end_offset = 0;
                }
                error
            }
            _ => self.error_at_token(ErrorKind::SyntaxError, index, "invalid syntax".to_owned()),
        }
    }

    /// Whether a token is one of those that the end of the source stands for.
    pub(super) fn is_at_end(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        let is_cut_off = self.source.implicit_newline && self.mode != Mode::Exec;
        token.start as usize >= self.source.text.len() - is_cut_off as usize && token.kind != TokenKind::Error
    }

    /// Errors of the lexer further down win over errors of the parser.
    fn or_lexer_error(&self, error: SyntaxError) -> SyntaxError {
        let Some(lex_error) = &self.lex_error else { return self.finish(error) };
        if lex_error.in_fstring {
            return self.finish(error);
        }
        if lex_error.is_hard {
            return self.finish(lex_error.error.clone());
        }
        let line = self.tokens[self.furthest].lineno;
        match (self.lexer_end.open_bracket_line, &self.lexer_end.never_closed) {
            (Some(bracket_line), Some(never_closed)) if line > bracket_line => {
                self.finish(never_closed.clone())
            }
            _ => self.finish(error),
        }
    }

    fn finish(&self, error: SyntaxError) -> SyntaxError {
        SyntaxError { last_statement: Some(self.last_statement), ..error }
    }

    /// An error for a range of the source.
    pub(super) fn error_at(&self, kind: ErrorKind, span: Span, msg: String) -> SyntaxError {
        Parser::error_in_line(kind, span, msg, self.error_line(span.lineno))
    }

    /// An error for a range that starts in this line.
    pub(super) fn error_in_line(kind: ErrorKind, span: Span, msg: String, text: String) -> SyntaxError {
        let location = Location {
            lineno: span.lineno as i32,
            offset: character_offset(&text, span.col_offset),
            end_lineno: span.end_lineno as i32,
            end_offset: character_offset(&text, span.end_col_offset),
            text: Some(text),
            is_attached_later: false,
        };
        SyntaxError { kind, msg, location: Some(location), last_statement: None }
    }

    /// An error at a token. Tokens without text (indentation, the end) only tell where the lexer is.
    pub(super) fn error_at_token(&self, kind: ErrorKind, index: usize, msg: String) -> SyntaxError {
        let token = &self.tokens[index];
        if self.is_at_end(index) {
            return self.error_at_end(kind, msg);
        }
        let mut error = self.error_at(kind, Parser::token_span(token), msg);
        if let (TokenKind::Indent | TokenKind::Dedent, Some(location)) = (token.kind, &mut error.location) {
            location.offset -= 1;
            location.end_offset = -1;
        }
        error
    }

    /// An error at the end of the source: behind its last line.
    fn error_at_end(&self, kind: ErrorKind, msg: String) -> SyntaxError {
        let lineno = self.source.text.lines().count() as u32;
        let line = if lineno == 0 { "" } else { self.source.whole_line(lineno, self.mode == Mode::Exec) };
        let location = Location {
            lineno: lineno as i32,
            offset: line.chars().count() as i32,
            end_lineno: lineno as i32,
            end_offset: -1,
            text: Some(line.to_owned()),
            is_attached_later: false,
        };
        SyntaxError { kind, msg, location: Some(location), last_statement: None }
    }

    /// The line shown with an error. CPython shows it with its newline while its lexer is still there.
    fn error_line(&self, lineno: u32) -> String {
        let lexer_line = self.tokens[self.furthest].end_lineno;
        let is_last_line = self.is_at_end(self.furthest) && lineno + 1 == lexer_line;
        if lexer_line <= lineno || is_last_line {
            return self.source.whole_line(lineno, self.mode == Mode::Exec).to_owned();
        }
        self.source.line(lineno).to_owned()
    }
}

/// The character offset (from 1) of a byte column. CPython looks at the first line of the error for
/// the end column, too, even if the end is on another line, and doesn't go beyond the line.
fn character_offset(line: &str, column: u32) -> i32 {
    let column = (column as usize).min(line.len());
    line.as_bytes()[..column].iter().filter(|&&byte| byte & 0xC0 != 0x80).count() as i32 + 1
}
