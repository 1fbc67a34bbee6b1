//! The front end as Python sees it: compiled code objects, raised SyntaxErrors, issued SyntaxWarnings.

use crate::warnings;
use frontend::ast::Mod;
use frontend::compile::{
    CompileOptions, Compiled, compile_source, compile_text as compile_decoded, compile_tree as compile_parsed,
};
use frontend::errors::{ErrorKind, SyntaxError, Warning};
use frontend::lexer::Source;
use frontend::parser::{self, Mode, Parsed};
use ir::wtf8::Wtf8;
use runtime::objects::bytes::Bytes;
use runtime::objects::code::from_ir;
use runtime::objects::codecs;
use runtime::objects::exceptions as exc;
use runtime::objects::int;
use runtime::objects::str::{self, Str};
use runtime::objects::tuple::Tuple;
use runtime::{PyResult, Raised, Ref, Thread, Type, Value, attributes, names, protocol};

/// Compiles source text to a code object.
pub fn compile_text(
    thread: &Thread,
    text: &str,
    filename: &str,
    mode: Mode,
    options: CompileOptions,
) -> PyResult {
    finish(thread, compile_decoded(text, &Wtf8::from(filename), mode, options), filename)
}

/// Compiles source bytes to a code object; an encoding declaration is obeyed.
pub fn compile_bytes(
    thread: &Thread,
    bytes: &[u8],
    filename: &str,
    mode: Mode,
    options: CompileOptions,
) -> PyResult {
    match decode_foreign(thread, bytes, filename)? {
        Some(text) => compile_text(thread, &text, filename, mode, options),
        None => finish(thread, compile_source(bytes, &Wtf8::from(filename), mode, options), filename),
    }
}

/// The text of source in an encoding that only Python's codecs know.
fn decode_foreign(thread: &Thread, bytes: &[u8], filename: &str) -> PyResult<Option<String>> {
    let Some(encoding) = Source::foreign_encoding(bytes).filter(|_| !bytes.contains(&0)) else {
        return Ok(None);
    };
    let reason = match codecs::decode(thread, *Bytes::new(bytes), &encoding, "strict") {
        Ok(text) => match text.cast::<Str>().and_then(|text| text.to_text()) {
            Some(text) => return Ok(Some(text.into_owned())),
            None => "encoding problem: ".to_string() + &encoding,
        },
        Err(_) if thread.raised_matches(&exc::LOOKUP_ERROR) || thread.raised_matches(&exc::VALUE_ERROR) => {
            let exception = thread.take_raised();
            str::display(*protocol::str(thread, *exception)?)
        }
        Err(raised) => return Err(raised),
    };
    Err(raise(thread, &Source::decoding_error(reason), filename))
}

/// Compiles a tree to a code object.
pub fn compile_tree(thread: &Thread, tree: &Mod, filename: &str, options: CompileOptions) -> PyResult {
    finish(thread, compile_parsed(tree, &Wtf8::from(filename), options), filename)
}

/// Parses source text.
pub fn parse_text(
    thread: &Thread,
    text: &str,
    filename: &str,
    mode: Mode,
    options: CompileOptions,
) -> PyResult<Mod> {
    finish_parse(thread, parser::parse_text(text, mode, options.parse_flags()), filename)
}

/// Parses source bytes; an encoding declaration is obeyed.
pub fn parse_bytes(
    thread: &Thread,
    bytes: &[u8],
    filename: &str,
    mode: Mode,
    options: CompileOptions,
) -> PyResult<Mod> {
    if let Some(text) = decode_foreign(thread, bytes, filename)? {
        return parse_text(thread, &text, filename, mode, options);
    }
    finish_parse(thread, parser::parse_source(bytes, mode, options.parse_flags()), filename)
}

fn finish_parse(thread: &Thread, result: Result<Parsed, SyntaxError>, filename: &str) -> PyResult<Mod> {
    match result {
        Ok(parsed) => {
            for found in &parsed.warnings {
                warn(thread, found, filename)?;
            }
            Ok(parsed.tree)
        }
        Err(error) => Err(raise(thread, &error, filename)),
    }
}

fn finish(thread: &Thread, result: Result<Compiled, SyntaxError>, filename: &str) -> PyResult {
    match result {
        Ok(compiled) => {
            for found in &compiled.warnings {
                warn(thread, found, filename)?;
            }
            from_ir(thread, &compiled.code)
        }
        Err(error) => Err(raise(thread, &error, filename)),
    }
}

/// Issues a SyntaxWarning; filters that turn it into an exception make it a SyntaxError.
fn warn(thread: &Thread, found: &Warning, filename: &str) -> PyResult<()> {
    let (message, file) = (Str::new(&found.msg), Str::new(filename));
    let warning = warnings::Warning {
        message: *message,
        category: Value::of(&exc::SYNTAX_WARNING),
        filename: *file,
        line: found.lineno.into(),
        module: Value::NULL,
        registry: Value::NULL,
        source_line: None,
        source: Value::NULL,
    };
    let Err(raised) = warnings::issue(thread, &warning) else { return Ok(()) };
    drop(thread.catch(raised, &exc::SYNTAX_WARNING)?);
    Err(raise(thread, &found.error, filename))
}

/// A line of a file, for errors of the phases that have no source at hand.
fn line_of_file(filename: &str, lineno: i32) -> Option<String> {
    let content = std::fs::read(filename).ok()?;
    let source = Source::from_bytes(&content).ok()?;
    let lineno = u32::try_from(lineno).ok().filter(|n| *n > 0)?;
    let line = source.whole_line(lineno, true);
    (!line.is_empty()).then(|| line.to_owned())
}

fn class_of(kind: ErrorKind) -> &'static Type {
    match kind {
        ErrorKind::SyntaxError => &exc::SYNTAX_ERROR,
        ErrorKind::IndentationError => &exc::INDENTATION_ERROR,
        ErrorKind::TabError => &exc::TAB_ERROR,
        ErrorKind::IncompleteInput => &exc::INCOMPLETE_INPUT_ERROR,
        ErrorKind::MemoryError => &exc::MEMORY_ERROR,
        ErrorKind::RecursionError => &exc::RECURSION_ERROR,
        ErrorKind::OverflowError => &exc::OVERFLOW_ERROR,
    }
}

/// Raises what the front end found.
pub fn raise(thread: &Thread, error: &SyntaxError, filename: &str) -> Raised {
    let class = class_of(error.kind);
    let Some(at) = &error.location else { return thread.error(class, &error.msg) };
    let text = match &at.text {
        Some(text) => Str::new(text),
        None => line_of_file(filename, at.lineno).map_or(Ref::NONE, |line| Str::new(&line)),
    };
    let number = |n: i32| int::new(n.into());
    let message = Str::new(&error.msg);
    let mut details = vec![Str::new(filename), number(at.lineno), number(at.offset), text];
    if at.is_attached_later {
        return attach(thread, class, &message, details, [number(at.end_lineno), number(at.end_offset)]);
    }
    let is_about_file = at.lineno == 0 && at.end_lineno == 0;
    if !is_about_file {
        details.extend([number(at.end_lineno), number(at.end_offset)]);
    }
    match exc::new_exception(thread, class, &[*message, *Tuple::from_refs(details)]) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}

/// Raises an exception that has only its message as argument, and its place as attributes.
fn attach(thread: &Thread, class: &'static Type, message: &Ref, details: Vec<Ref>, end: [Ref; 2]) -> Raised {
    let exception = match exc::new_exception(thread, class, &[**message]) {
        Ok(exception) => exception,
        Err(raised) => return raised,
    };
    let n = names::get();
    let names = [n.filename, n.lineno, n.offset, n.text, n.end_lineno, n.end_offset];
    for (name, value) in names.into_iter().zip(details.iter().chain(&end)) {
        if let Err(raised) = attributes::set(thread, *exception, name, **value) {
            return raised;
        }
    }
    thread.raise(exception)
}

/// Raises UnicodeEncodeError for source text with a lone surrogate.
pub fn surrogates_not_allowed(thread: &Thread, text: &Str) -> Raised {
    let place = text.chars().position(|c| (0xd800..0xe000).contains(&c)).unwrap_or(0) as i64;
    let arguments = [
        Str::new("utf-8"),
        Value::of(text).to_ref(),
        int::new(place),
        int::new(place + 1),
        Str::new("surrogates not allowed"),
    ];
    match exc::new_exception(thread, &exc::UNICODE_ENCODE_ERROR, runtime::value::as_values(&arguments)) {
        Ok(e) => thread.raise(e),
        Err(raised) => raised,
    }
}
