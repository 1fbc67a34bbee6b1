//! Tokens to tree: a recursive-descent parser for the whole grammar of Python 3.14.
//!
//! Every rule is a method that either consumes what it matches or fails with `Failed`; alternatives
//! are tried in the grammar's order, and `attempt` takes a failed one back. The first pass knows valid
//! programs only. If it fails, the statement that failed is parsed once more with `diagnosing` set:
//! then the rules also try the grammar's `invalid_` alternatives (in `diagnose`), which raise CPython's
//! specific messages. What those leave undecided is "invalid syntax" at the furthest token reached.
//!
//! Invariants: a raised error is never taken back; the depth of recursion and of the tree is bounded.

mod atoms;
mod diagnose;
mod expressions;
mod fstrings;
mod functions;
mod literals;
mod patterns;
mod report;
mod statements;
mod targets;
pub(crate) mod unicode;

use std::collections::HashMap;
use std::rc::Rc;

use rustc_hash::{FxBuildHasher, FxHashMap};

use crate::ast::{Expr, Identifier, Mod, Span, TypeIgnore};
use crate::errors::{ErrorKind, SyntaxError, Warning};
use crate::lexer::{LexError, Lexer, Source, Token, TokenKind};

/// What the source is to be read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A module (`exec`).
    Exec,
    /// One expression (`eval`).
    Eval,
    /// One interactive statement (`single`).
    Single,
    /// The signature in a type comment (`func_type`).
    FuncType,
}

/// The compiler flags that concern the parser.
#[derive(Clone, Copy, Debug)]
pub struct ParseFlags {
    /// `PyCF_ALLOW_INCOMPLETE_INPUT`: unfinished input is an `_IncompleteInputError`.
    pub allow_incomplete_input: bool,
    /// `PyCF_DONT_IMPLY_DEDENT`: in `single` mode the end of input doesn't close a block.
    pub dont_imply_dedent: bool,
    /// `PyCF_TYPE_COMMENTS`: type comments are part of the tree.
    pub type_comments: bool,
    /// The minor version whose syntax is wanted.
    pub feature_version: u8,
    /// `from __future__ import barry_as_FLUFL` is in force: `<>` for `!=`.
    pub barry_as_flufl: bool,
    /// `sys.set_int_max_str_digits`: how many digits a decimal literal may have; 0 for any number.
    pub int_max_str_digits: u32,
    /// There is room on the stack for trees that are nested as deep as CPython allows.
    pub has_room: bool,
}

/// The minor version of Python that the grammar is of.
pub const LATEST_VERSION: u8 = 14;

impl Default for ParseFlags {
    fn default() -> ParseFlags {
        ParseFlags {
            allow_incomplete_input: false,
            dont_imply_dedent: false,
            type_comments: false,
            feature_version: LATEST_VERSION,
            barry_as_flufl: false,
            int_max_str_digits: 4300,
            has_room: false,
        }
    }
}

/// The result of a parse.
#[derive(Debug)]
pub struct Parsed {
    pub tree: Mod,
    /// Invalid escapes and numbers that touch keywords, in the order of the source.
    pub warnings: Vec<Warning>,
}

/// Parses source bytes; an encoding declaration is obeyed.
pub fn parse_source(bytes: &[u8], mode: Mode, flags: ParseFlags) -> Result<Parsed, SyntaxError> {
    parse(&Source::from_bytes(bytes)?, mode, flags)
}

/// Parses source text (`compile` of a `str`); an encoding declaration is a mere comment.
pub fn parse_text(text: &str, mode: Mode, flags: ParseFlags) -> Result<Parsed, SyntaxError> {
    parse(&Source::from_text(text)?, mode, flags)
}

fn parse(source: &Source, mode: Mode, flags: ParseFlags) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser::new(source, mode, flags);
    match parser.start() {
        Ok(tree) => Ok(Parsed { tree, warnings: parser.take_warnings() }),
        Err(Failed) => Err(parser.report()),
    }
}

/// A rule doesn't match, or an error has been raised (then it is in `Parser::raised`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Failed;

pub(crate) type Parse<T> = Result<T, Failed>;

/// Bounds for nesting.
struct Limits {
    /// Recursion that brackets and indentation don't bound already.
    depth: u32,
    /// Trees that grow without recursion of the parser: to the left (`a.b.c`, `a + b + c`), and chains of `elif`.
    chain: u32,
}

/// Together with the limits of brackets and indentation (200 and 100) these keep the parser within a stack of two megabytes.
const TIGHT: Limits = Limits { depth: 1000, chain: 4000 };
/// CPython's.
const ROOMY: Limits = Limits { depth: 5968, chain: 27465 };
/// What a lambda within a lambda counts for: each is a code object, and these nest as deep.
const LAMBDA_DEPTH: u32 = 6;

const TOO_COMPLEX: &str = "Parser stack overflowed - Python source too complex to parse";
const TOO_LONG_CHAIN: &str = "Stack overflow (used 8160 kB) during compilation";

/// Rules whose results the second pass remembers, lest it takes exponential time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum MemoRule {
    Expression,
    Disjunction,
    NamedExpression,
    Primary,
    BitwiseOr,
}

/// A remembered result: the tree and the position after it, or a failure.
type Memo = Option<(Expr, usize)>;

struct Parser<'s> {
    source: &'s Source,
    mode: Mode,
    flags: ParseFlags,
    tokens: Vec<Token>,
    type_ignores: Vec<TypeIgnore>,
    lex_error: Option<Box<LexError>>,
    /// The last line the lexer has seen, and its innermost open bracket there.
    lexer_end: LexerEnd,
    pos: usize,
    /// The furthest token that has been looked at: "invalid syntax" is reported there.
    furthest: usize,
    /// `furthest` at the end of the first pass.
    first_furthest: usize,
    depth: u32,
    chain_height: u32,
    is_second_pass: bool,
    /// Whether the alternatives for invalid programs are tried: in the second pass, mostly.
    diagnosing: bool,
    raised: Option<Box<SyntaxError>>,
    /// The error raised stands whatever follows in the source.
    is_final: bool,
    names: HashMap<&'s str, Identifier, FxBuildHasher>,
    memo: FxHashMap<(MemoRule, u32), Memo>,
    warnings: Vec<Warning>,
    /// Where the last top-level statement starts that has been parsed.
    last_statement_start: usize,
    last_statement: (u32, u32),
}

struct LexerEnd {
    open_bracket_line: Option<u32>,
    never_closed: Option<SyntaxError>,
}

impl<'s> Parser<'s> {
    fn new(source: &'s Source, mode: Mode, flags: ParseFlags) -> Parser<'s> {
        let mut lexer = Lexer::new(source, false, mode == Mode::Exec);
        lexer.type_comments = flags.type_comments;
        let mut type_ignores = Vec::new();
        let mut tokens = Vec::with_capacity(source.text.len() / 4 + 8);
        let mut lex_error = None;
        loop {
            match lexer.next_token() {
                Ok(token) if token.kind == TokenKind::TypeIgnore => {
                    let tag = &source.text[token.start as usize..token.end as usize];
                    type_ignores.push(TypeIgnore { lineno: token.lineno, tag: tag.into() });
                }
                Ok(token) => {
                    tokens.push(token);
                    if token.kind == TokenKind::EndMarker {
                        break;
                    }
                }
                Err(error) => {
                    lex_error = Some(error);
                    tokens.push(lexer.error_token());
                    break;
                }
            }
        }
        if matches!(mode, Mode::Eval | Mode::FuncType) && source.implicit_newline {
            tokens
                .retain(|token| token.kind != TokenKind::Newline || (token.end as usize) < source.text.len());
        }
        if mode == Mode::Single {
            imply_newline(&mut tokens, source, flags);
        }
        let lexer_end =
            LexerEnd { open_bracket_line: lexer.open_bracket_line(), never_closed: lexer.never_closed() };
        Parser {
            source,
            mode,
            flags,
            tokens,
            type_ignores,
            lex_error,
            lexer_end,
            pos: 0,
            furthest: 0,
            first_furthest: 0,
            depth: 0,
            chain_height: 0,
            is_second_pass: false,
            diagnosing: false,
            raised: None,
            is_final: false,
            names: HashMap::default(),
            memo: FxHashMap::default(),
            warnings: lexer.warnings,
            last_statement_start: 0,
            last_statement: (0, 0),
        }
    }

    fn take_warnings(&mut self) -> Vec<Warning> {
        let mut warnings = std::mem::take(&mut self.warnings);
        warnings.sort_by_key(|warning| warning.lineno);
        warnings
    }

    // Looking at tokens. The last token (`EndMarker` or `Error`) is never passed.

    #[inline]
    fn token(&self) -> Token {
        self.tokens[self.pos]
    }

    #[inline]
    fn kind(&self) -> TokenKind {
        self.tokens[self.pos].kind
    }

    #[inline]
    fn at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    /// The kind of the token `ahead` places further on.
    fn kind_at(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.pos + ahead).map_or(TokenKind::EndMarker, |token| token.kind)
    }

    #[inline]
    fn advance(&mut self) -> Token {
        let token = self.tokens[self.pos];
        if self.pos + 1 < self.tokens.len() {
            self.pos += 1;
            if self.pos > self.furthest {
                self.furthest = self.pos;
            }
        }
        token
    }

    #[inline]
    fn eat(&mut self, kind: TokenKind) -> bool {
        let found = self.at(kind);
        if found {
            self.advance();
        }
        found
    }

    #[inline]
    fn expect(&mut self, kind: TokenKind) -> Parse<Token> {
        if self.at(kind) { Ok(self.advance()) } else { Err(Failed) }
    }

    /// A token the grammar forces (`&&`): without it there is no other way to read the text.
    fn expect_forced(&mut self, kind: TokenKind) -> Parse<Token> {
        if self.at(kind) {
            return Ok(self.advance());
        }
        if !self.diagnosing {
            return Err(Failed);
        }
        let token = self.token();
        if token.kind == TokenKind::Error {
            return Err(Failed);
        }
        let msg = format!("expected '{}'", kind.text());
        let mut error = self.error_at(ErrorKind::SyntaxError, Parser::token_span(&token), msg);
        if self.is_at_end(self.pos)
            && let Some(location) = &mut error.location
        {
            location.offset = 0;
            location.end_offset = 0;
        }
        self.raise(error)
    }

    fn text(&self, token: &Token) -> &'s str {
        &self.source.text[token.start as usize..token.end as usize]
    }

    /// Whether the next token is this soft keyword.
    fn at_soft(&self, keyword: &str) -> bool {
        self.at(TokenKind::Name) && self.text(&self.token()) == keyword
    }

    fn identifier(&mut self, token: &Token) -> Identifier {
        let text = self.text(token);
        if let Some(name) = self.names.get(text) {
            return name.clone();
        }
        let name = if text.is_ascii() {
            Identifier::new(text)
        } else {
            Identifier::new(&unicode::normalize_identifier(text))
        };
        self.names.insert(text, name.clone());
        name
    }

    /// `[TYPE_COMMENT]`
    fn type_comment(&mut self) -> Option<Rc<str>> {
        let token = self.token();
        self.eat(TokenKind::TypeComment).then(|| Rc::from(self.text(&token)))
    }

    /// Refuses syntax that the wanted version doesn't have.
    fn check_version(&mut self, minor: u8, what: &str) -> Parse<()> {
        if self.flags.feature_version >= minor {
            return Ok(());
        }
        let msg = format!("{what} only supported in Python 3.{minor} and greater");
        let error = self.error_at_token(ErrorKind::SyntaxError, self.furthest, msg);
        self.raise(error)
    }

    fn expect_name(&mut self) -> Parse<(Identifier, Token)> {
        let token = self.expect(TokenKind::Name)?;
        Ok((self.identifier(&token), token))
    }

    // Positions.

    fn token_span(token: &Token) -> Span {
        Span {
            lineno: token.lineno,
            col_offset: token.col_offset,
            end_lineno: token.end_lineno,
            end_col_offset: token.end_col_offset,
        }
    }

    /// From the start of a token to the end of what has been consumed.
    #[inline]
    fn span_from(&self, start: &Token) -> Span {
        Parser::token_span(start).to(self.last_span())
    }

    /// The range of the last token consumed that isn't white space.
    #[inline]
    fn last_span(&self) -> Span {
        use TokenKind::*;
        let mut index = self.pos.saturating_sub(1);
        while index > 0 && matches!(self.tokens[index].kind, Newline | Indent | Dedent | EndMarker) {
            index -= 1;
        }
        Parser::token_span(&self.tokens[index])
    }

    // Alternatives.

    /// Tries a rule; if it doesn't match, the position is restored.
    #[inline]
    fn attempt<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<Option<T>> {
        let mark = self.pos;
        match rule(self) {
            Ok(found) => Ok(Some(found)),
            Err(Failed) if self.raised.is_some() => Err(Failed),
            Err(Failed) => {
                self.pos = mark;
                Ok(None)
            }
        }
    }

    /// Tries a rule without consuming anything.
    fn look_ahead<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<Option<T>> {
        let mark = self.pos;
        let found = self.attempt(rule)?;
        self.pos = mark;
        Ok(found)
    }

    /// Runs a rule that recurses without bracket or indentation; too deep a nesting is an error.
    fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.nested_by(1, rule)
    }

    /// As `nested`, for a rule that counts for several.
    fn nested_by<T>(&mut self, levels: u32, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth + levels > self.limits().depth {
            return self.raise_plain(ErrorKind::MemoryError, TOO_COMPLEX);
        }
        self.depth += levels;
        let result = rule(self);
        self.depth -= levels;
        result
    }

    fn limits(&self) -> &'static Limits {
        if self.flags.has_room { &ROOMY } else { &TIGHT }
    }

    /// Accounts for a left-growing chain of `links` nodes on top of what lies below it.
    fn grow_chain(&mut self, outer: u32, links: u32) -> Parse<()> {
        self.chain_height += links;
        if self.chain_height > self.limits().chain {
            return self.raise_plain(ErrorKind::RecursionError, TOO_LONG_CHAIN);
        }
        self.chain_height = self.chain_height.max(outer);
        Ok(())
    }

    /// In the second pass, remembers what a rule yields at a position.
    #[inline]
    fn memoized(&mut self, rule: MemoRule, run: impl FnOnce(&mut Self) -> Parse<Expr>) -> Parse<Expr> {
        if !self.is_second_pass {
            return run(self);
        }
        let key = (rule, self.pos as u32);
        if let Some(memo) = self.memo.get(&key) {
            let (tree, end) = memo.clone().ok_or(Failed)?;
            self.pos = end;
            return Ok(tree);
        }
        let result = run(self);
        if self.raised.is_none() {
            let memo = result.as_ref().ok().map(|tree| (tree.clone(), self.pos));
            self.memo.insert(key, memo);
        }
        result
    }

    // Raising.

    fn raise_plain<T>(&mut self, kind: ErrorKind, msg: &str) -> Parse<T> {
        self.raise(SyntaxError::without_location(kind, msg))
    }

    fn raise<T>(&mut self, error: SyntaxError) -> Parse<T> {
        self.raised.get_or_insert_with(|| Box::new(error));
        Err(Failed)
    }

    /// Raises a `SyntaxError` for a range.
    fn raise_at<T>(&mut self, span: Span, msg: impl Into<String>) -> Parse<T> {
        let error = self.error_at(ErrorKind::SyntaxError, span, msg.into());
        self.raise(error)
    }

    /// Raises a `SyntaxError` for the last token that has been looked at.
    fn raise_here<T>(&mut self, kind: ErrorKind, msg: impl Into<String>) -> Parse<T> {
        let error = self.error_at_token(kind, self.furthest, msg.into());
        self.raise(error)
    }
}

/// In `single` mode the end of the input counts as a newline, unless the last line lacks one already.
fn imply_newline(tokens: &mut Vec<Token>, source: &Source, flags: ParseFlags) {
    let Some(&last) = tokens.last() else { return };
    if last.kind != TokenKind::EndMarker || tokens.len() == 1 {
        return;
    }
    let dedents = tokens.iter().rev().skip(1).take_while(|token| token.kind == TokenKind::Dedent).count();
    let before = tokens.len() - 2 - dedents;
    let is_implicit = source.implicit_newline
        && tokens[before].kind == TokenKind::Newline
        && tokens[before].end as usize == source.text.len();
    if !is_implicit || (dedents > 0 && !flags.dont_imply_dedent) {
        tokens.insert(tokens.len() - 1, Token { kind: TokenKind::Newline, ..last });
    } else {
        tokens.drain(before + 1..before + 1 + dedents);
    }
}
