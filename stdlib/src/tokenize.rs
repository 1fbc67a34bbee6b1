//! `_tokenize`: the lexer's tokens, with comments and blank lines, for `tokenize`.
//!
//! All lines are read at the first token; columns count characters, and texts are those of the lines as they were read.

use frontend::errors::{ErrorKind, SyntaxError};
use frontend::lexer::{LexError, Lexer, Source, Token, TokenKind};
use runtime::objects::exceptions as exc;
use runtime::objects::module::{ModuleSpec, add_type};
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{bytes::Bytes, codecs};
use runtime::{
    Args, GilCell, Header, PyResult, Raised, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value,
    attributes, new_exact, object::drop_object, protocol,
};

/// An iterator over tokens.
#[repr(C)]
pub struct TokenizerIter {
    header: Header,
    readline: Slot,
    /// The name of the encoding; NULL if lines are strings.
    encoding: Slot,
    extra_tokens: bool,
    input: GilCell<Option<Input>>,
}

runtime::object!(TokenizerIter, TOKENIZER_ITER);

/// What is left to hand out.
struct Input {
    /// The lines as they were read.
    lines: Vec<Box<str>>,
    tokens: std::vec::IntoIter<Token>,
    error: Option<Box<LexError>>,
    is_finished: bool,
}

fn new(thread: &Thread, _: &'static Type, arguments: &Args) -> PyResult {
    let given = arguments.count();
    if given != 1 {
        let message = format!("tokenizeriter() takes exactly 1 positional argument ({given} given)");
        return Err(thread.type_error(message));
    }
    for (name, _) in arguments.keywords() {
        let name = runtime::objects::str::display(name);
        if !matches!(name.as_str(), "encoding" | "extra_tokens") {
            let message = format!("tokenizeriter() got an unexpected keyword argument '{name}'");
            return Err(thread.type_error(message));
        }
    }
    let Some(extra_tokens) = arguments.keyword("extra_tokens") else {
        return Err(thread.type_error("tokenizeriter() missing required argument 'extra_tokens' (pos 2)"));
    };
    let extra_tokens = protocol::is_true(thread, extra_tokens)?;
    let encoding = match arguments.keyword("encoding") {
        None => Ref::NULL,
        Some(encoding) if encoding.cast::<Str>().is_some() => encoding.to_ref(),
        Some(other) => {
            let name = if other.is_none() { "None".into() } else { other.ty().name() };
            let message = format!("tokenizeriter() argument 'encoding' must be str, not {name}");
            return Err(thread.type_error(message));
        }
    };
    let readline = arguments.positional()[0].to_ref();
    Ok(new_exact(|header| TokenizerIter {
        header,
        readline: Slot::new(readline),
        encoding: Slot::new(encoding),
        extra_tokens,
        input: GilCell::new(None),
    }))
}

/// Calls `readline` until it gives an empty line or stops.
fn read_lines(thread: &Thread, readline: Value, encoding: Option<Ref>) -> PyResult<Vec<Box<str>>> {
    let mut lines = Vec::new();
    loop {
        let line = match thread.call(readline, &[]) {
            Ok(line) => line,
            Err(raised) => {
                drop(thread.catch(raised, &exc::STOP_ITERATION)?);
                return Ok(lines);
            }
        };
        let text = match &encoding {
            None if line.cast::<Str>().is_none() => {
                return Err(thread.type_error("readline() returned a non-string object"));
            }
            None => line,
            Some(_) if line.cast::<Bytes>().is_none() => {
                return Err(thread.type_error("readline() returned a non-bytes object"));
            }
            Some(encoding) => {
                codecs::decode(thread, *line, &runtime::objects::str::display(**encoding), "replace")?
            }
        };
        let Some(text) = text.cast::<Str>() else { return Ok(lines) };
        if text.len() == 0 {
            return Ok(lines);
        }
        match text.to_text() {
            Some(text) => lines.push(text.into()),
            None => return Err(crate::source::surrogates_not_allowed(thread, text)),
        }
    }
}

/// Reads and scans everything.
fn read(thread: &Thread, iterator: &TokenizerIter) -> PyResult<Input> {
    let readline = iterator.readline.get();
    let lines = read_lines(thread, *readline, iterator.encoding.option())?;
    let mut input = Input { lines, tokens: Vec::new().into_iter(), error: None, is_finished: false };
    let text = input.lines.concat();
    if let Some(at) = text.find('\0') {
        let line = text[..at].matches('\n').count();
        return Err(null_byte(thread, line as i32 + 1));
    }
    let source = match Source::from_text(&text) {
        Ok(source) => source,
        Err(error) => return Err(crate::source::raise(thread, &error, "<string>")),
    };
    let mut lexer = Lexer::new(&source, iterator.extra_tokens, true);
    let mut tokens = Vec::new();
    loop {
        match lexer.next_token() {
            Ok(token) if token.kind == TokenKind::NotEqual && text_at(&source, &token) == "<>" => {
                let middle = token.col_offset + 1;
                let less =
                    Token { kind: TokenKind::Less, end: token.start + 1, end_col_offset: middle, ..token };
                let greater =
                    Token { kind: TokenKind::Greater, start: token.start + 1, col_offset: middle, ..token };
                tokens.extend([less, greater]);
            }
            Ok(token) if matches!(token.kind, TokenKind::FStringMiddle | TokenKind::TStringMiddle) => {
                split_at_braces(&source, token, &mut tokens);
            }
            Ok(token) => {
                tokens.push(token);
                if token.kind == TokenKind::EndMarker {
                    break;
                }
            }
            Err(error) => {
                input.error = Some(error);
                break;
            }
        }
    }
    input.tokens = tokens.into_iter();
    Ok(input)
}

fn text_at<'s>(source: &'s Source, token: &Token) -> &'s str {
    &source.text[token.start as usize..token.end as usize]
}

/// The text of an f-string is cut behind each doubled brace, of which one is shown.
fn split_at_braces(source: &Source, token: Token, tokens: &mut Vec<Token>) {
    let text = text_at(source, &token).as_bytes();
    let mut rest = token;
    let mut at = 0;
    while at + 1 < text.len() {
        if !matches!(text[at], b'{' | b'}') || text[at] != text[at + 1] {
            at += 1;
            continue;
        }
        let place = |bytes: usize| {
            let newlines = memchr::memchr_iter(b'\n', &text[..bytes]).count() as u32;
            match memchr::memrchr(b'\n', &text[..bytes]) {
                Some(newline) => (token.lineno + newlines, (bytes - newline - 1) as u32),
                None => (token.lineno, token.col_offset + bytes as u32),
            }
        };
        let (end_lineno, end_col_offset) = place(at + 1);
        tokens.push(Token { end: token.start + at as u32 + 1, end_lineno, end_col_offset, ..rest });
        at += 2;
        let (lineno, col_offset) = place(at);
        rest = Token { start: token.start + at as u32, lineno, col_offset, ..token };
    }
    let is_whole = rest.start == token.start;
    if is_whole || rest.start < rest.end {
        tokens.push(rest);
    }
}

fn null_byte(thread: &Thread, lineno: i32) -> Raised {
    let mut error =
        SyntaxError::without_location(ErrorKind::SyntaxError, "source code cannot contain null bytes");
    error.location = Some(frontend::errors::Location {
        lineno,
        offset: 0,
        end_lineno: lineno,
        end_offset: 0,
        text: Some(String::new()),
        is_attached_later: false,
    });
    crate::source::raise(thread, &error, "<string>")
}

/// Raises what the lexer found, in the form that `tokenize` knows.
fn raise(thread: &Thread, error: &LexError) -> Raised {
    let mut error_ = error.error.clone();
    if error.is_end_of_input && !error_.msg.starts_with("unterminated") {
        return raise_end_of_input(thread, &error_);
    }
    if error_.kind == ErrorKind::SyntaxError
        && let Some(at) = &mut error_.location
    {
        at.end_lineno = at.lineno;
        at.end_offset = at.offset;
        return crate::source::raise(thread, &error_, "<string>");
    }
    let (lineno, offset, text) = match &error_.location {
        Some(at) => (at.lineno, at.offset, at.text.as_deref().unwrap_or_default().trim_end_matches('\n')),
        None => (0, 0, ""),
    };
    let length = text.chars().count() as i64;
    let offset = if error_.kind == ErrorKind::TabError { length + 1 } else { i64::from(offset) };
    let class = if error_.kind == ErrorKind::TabError { &exc::TAB_ERROR } else { &exc::INDENTATION_ERROR };
    let details = Tuple::from_refs(vec![
        Str::new("<string>"),
        runtime::objects::int::new(lineno.into()),
        runtime::objects::int::new(offset),
        Str::new(text),
        Ref::NONE,
        Ref::NONE,
    ]);
    match exc::new_exception(thread, class, &[*Str::new(&error_.msg), *details]) {
        Ok(exception) => thread.raise(exception),
        Err(raised) => raised,
    }
}

/// The error has its place as attributes only.
fn raise_end_of_input(thread: &Thread, error: &SyntaxError) -> Raised {
    let message = Str::new("unexpected EOF in multi-line statement");
    let exception = match exc::new_exception(thread, &exc::SYNTAX_ERROR, &[*message]) {
        Ok(exception) => exception,
        Err(raised) => return raised,
    };
    let lineno = error.location.as_ref().map_or(1, |at| at.lineno);
    let values = [
        ("lineno", runtime::objects::int::new(lineno.into())),
        ("offset", runtime::objects::int::new(0)),
        ("end_lineno", runtime::objects::int::new(lineno.into())),
        ("filename", Str::new("<string>")),
    ];
    for (name, value) in values {
        if let Err(raised) =
            attributes::set(thread, *exception, runtime::objects::str::intern_text(name), *value)
        {
            return raised;
        }
    }
    thread.raise(exception)
}

/// A token with everything that its tuple shows.
struct Shown {
    number: u8,
    text: String,
    start: (i64, i64),
    end: (i64, i64),
    line: String,
}

impl Input {
    fn line(&self, lineno: u32) -> &str {
        self.lines.get(lineno.max(1) as usize - 1).map_or("", |line| line)
    }

    /// A byte offset of a line, held within it.
    fn clamp(line: &str, offset: u32) -> usize {
        let mut at = (offset as usize).min(line.len());
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn column(&self, lineno: u32, offset: u32) -> i64 {
        let line = self.line(lineno);
        line[..Input::clamp(line, offset)].chars().count() as i64
    }

    /// The text between two places.
    fn text(&self, token: &Token) -> String {
        let first = self.line(token.lineno);
        let start = Input::clamp(first, token.col_offset);
        if token.lineno == token.end_lineno {
            return first[start..Input::clamp(first, token.end_col_offset).max(start)].to_string();
        }
        let mut text = first[start..].to_string();
        for lineno in token.lineno + 1..token.end_lineno {
            text.push_str(self.line(lineno));
        }
        let last = self.line(token.end_lineno);
        text.push_str(&last[..Input::clamp(last, token.end_col_offset)]);
        text
    }

    fn show(&self, token: &Token, extra_tokens: bool) -> Shown {
        use TokenKind::{Dedent, EndMarker, Indent, Newline, Nl, Op};
        let mut shown = Shown {
            number: token.kind.number(),
            text: self.text(token),
            start: (token.lineno.into(), self.column(token.lineno, token.col_offset)),
            end: (token.end_lineno.into(), self.column(token.end_lineno, token.end_col_offset)),
            line: (token.lineno..=token.end_lineno).map(|lineno| self.line(lineno)).collect(),
        };
        let is_at_end = token.lineno as usize > self.lines.len() || self.rest_is_blank(token);
        let after = self.lines.len() as i64 + 1;
        match token.kind {
            Newline | Nl => {
                let line = self.line(token.lineno);
                let ending = match () {
                    () if line.ends_with("\r\n") => "\r\n",
                    () if line.ends_with('\n') => "\n",
                    () => "",
                };
                shown.start.1 = match token.kind {
                    // The token starts before a comment on the line.
                    Newline => line.trim_end_matches(['\r', '\n']).chars().count() as i64,
                    _ => shown.start.1,
                };
                shown.end = (shown.start.0, shown.start.1 + ending.len().max(1) as i64);
                shown.text = ending.to_string();
                shown.line = line.to_string();
            }
            Indent => {
                let line = self.line(token.lineno);
                shown.text = line[..Input::clamp(line, token.col_offset)].to_string();
                shown.start.1 = 0;
            }
            Dedent if !is_at_end => shown.line = self.line(token.lineno).to_string(),
            Dedent | EndMarker => {
                shown.start = (after, 0);
                shown.end = (after, 0);
                shown.line = String::new();
            }
            kind if extra_tokens && is_operator(kind) => shown.number = Op.number(),
            _ => {}
        }
        if !extra_tokens {
            self.without_extras(token, &mut shown);
        }
        shown
    }

    fn rest_is_blank(&self, token: &Token) -> bool {
        token.lineno as usize == self.lines.len()
            && token.col_offset as usize >= self.line(token.lineno).trim_end_matches(['\n', '\r']).len()
    }

    /// Without the extra tokens, those that have no text have no columns either.
    fn without_extras(&self, token: &Token, shown: &mut Shown) {
        match token.kind {
            TokenKind::Newline => {
                shown.text = String::new();
                shown.end = shown.start;
            }
            TokenKind::Indent | TokenKind::Dedent | TokenKind::EndMarker => {
                let lineno = shown.start.0.min(self.lines.len() as i64);
                shown.text = String::new();
                shown.start = (lineno, -1);
                shown.end = (lineno, -1);
                let line = self.line(lineno as u32);
                let is_blank = line.trim_start().is_empty() || line.trim_start().starts_with('#');
                shown.line = if is_blank { String::new() } else { line.to_string() };
            }
            _ => {}
        }
    }
}

/// Punctuation, which `tokenize` calls `OP`.
fn is_operator(kind: TokenKind) -> bool {
    (7..=54).contains(&kind.number())
}

fn next(thread: &Thread, v: Value) -> PyResult<Option<Ref>> {
    let Some(iterator) = v.cast::<TokenizerIter>() else { return Ok(None) };
    let is_fresh = iterator.input.with(|input| input.is_none());
    if is_fresh {
        let read = read(thread, iterator)?;
        iterator.input.with(|input| *input = Some(read));
    }
    let (shown, error) = iterator.input.with(|input| {
        let Some(input) = input else { return (None, None) };
        match input.tokens.next() {
            Some(token) => (Some(input.show(&token, iterator.extra_tokens)), None),
            None => {
                input.is_finished = true;
                (None, input.error.take())
            }
        }
    });
    if let Some(error) = error {
        return Err(raise(thread, &error));
    }
    let Some(shown) = shown else { return Ok(None) };
    let place = |(line, column): (i64, i64)| {
        Tuple::from_refs(vec![runtime::objects::int::new(line), runtime::objects::int::new(column)])
    };
    Ok(Some(Tuple::from_refs(vec![
        runtime::objects::int::new(shown.number.into()),
        Str::new(&shown.text),
        place(shown.start),
        place(shown.end),
        Str::new(&shown.line),
    ])))
}

pub static TOKENIZER_ITER: Type = Type::new_static(&TypeSpec {
    name: "_tokenize.TokenizerIter",
    size: size_of::<TokenizerIter>(),
    flags: TypeFlags::GC.union(TypeFlags::BASETYPE),
    slots: Slots {
        new: Some(new),
        drop: drop_object::<TokenizerIter>,
        traverse: Some(|v, visit| {
            if let Some(iterator) = v.cast::<TokenizerIter>() {
                visit(iterator.readline.peek());
            }
        }),
        clear: Some(|v| {
            if let Some(iterator) = v.cast::<TokenizerIter>() {
                drop(iterator.readline.take());
            }
        }),
        iter: Some(|_, v| Ok(v.to_ref())),
        next: Some(next),
        ..Slots::EMPTY
    },
    ..TypeSpec::EMPTY
});

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_tokenize",
    doc: "",
    functions: &[],
    init: |_, module| {
        add_type(module, &TOKENIZER_ITER);
        Ok(())
    },
};
