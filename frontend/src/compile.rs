//! Source or tree to code object: the entry point of the crate.
//!
//! The phases: parser, future features, symbol table, code generation, flow graph, assembly. Errors of every phase
//! come out as [`SyntaxError`]; warnings are collected, for the caller to show or to raise.

use std::sync::Arc;

use ir::code::{Code, co_flags};
use ir::wtf8::Wtf8;

use crate::ast::{Mod, Span};
use crate::codegen::{self, CodegenOptions};
use crate::diagnostic::{self, Diagnostic, DiagnosticKind, StackGuard};
use crate::errors::{ErrorKind, Location, SyntaxError, Warning};
use crate::finally_warnings;
use crate::future;
use crate::parser::{self, Mode, ParseFlags};
use crate::symtable::{SymbolTable, SymtableOptions};

/// How to compile.
#[derive(Clone, Copy, Debug)]
pub struct CompileOptions {
    /// 0, or 1 for `-O`, or 2 for `-OO`.
    pub optimize: u8,
    /// Future features in force beside those that the source imports, as `co_flags` bits.
    pub future_flags: u32,
    /// `PyCF_ALLOW_TOP_LEVEL_AWAIT`
    pub top_level_await: bool,
    /// What concerns the parser only.
    pub parse: ParseFlags,
    /// How much of the stack the phases behind the parser may use, in bytes; deeper trees are a `RecursionError`.
    pub stack_budget: usize,
}

impl Default for CompileOptions {
    fn default() -> CompileOptions {
        CompileOptions {
            optimize: 0,
            future_flags: 0,
            top_level_await: false,
            parse: ParseFlags::default(),
            stack_budget: DEFAULT_STACK_BUDGET,
        }
    }
}

/// Half of what a thread of the Rust library has.
const DEFAULT_STACK_BUDGET: usize = 1 << 20;

/// A compiled module.
#[derive(Clone, Debug)]
pub struct Compiled {
    pub code: Arc<Code>,
    /// In the order in which CPython issues them.
    pub warnings: Vec<Warning>,
}

/// The `co_flags` bits of future features, which code objects inherit.
const FUTURE_MASK: u32 = co_flags::FUTURE_DIVISION
    | co_flags::FUTURE_ABSOLUTE_IMPORT
    | co_flags::FUTURE_WITH_STATEMENT
    | co_flags::FUTURE_PRINT_FUNCTION
    | co_flags::FUTURE_UNICODE_LITERALS
    | co_flags::FUTURE_BARRY_AS_BDFL
    | co_flags::FUTURE_GENERATOR_STOP
    | co_flags::FUTURE_ANNOTATIONS;

/// Compiles source bytes; an encoding declaration is obeyed.
pub fn compile_source(
    source: &[u8],
    filename: &Wtf8,
    mode: Mode,
    options: CompileOptions,
) -> Result<Compiled, SyntaxError> {
    with_room(options, |options| {
        finish(parser::parse_source(source, mode, options.parse_flags())?, filename, options)
    })
}

/// Compiles source text, as `compile` does with a `str`.
pub fn compile_text(
    source: &str,
    filename: &Wtf8,
    mode: Mode,
    options: CompileOptions,
) -> Result<Compiled, SyntaxError> {
    with_room(options, |options| {
        finish(parser::parse_text(source, mode, options.parse_flags())?, filename, options)
    })
}

/// The stack for deeply nested sources. Only what is used of it takes memory.
const DEEP_STACK: usize = 512 << 20;

/// Compiles; what is nested too deep for the stack here once more, on a stack of its own.
fn with_room(
    options: CompileOptions,
    compile: impl Fn(CompileOptions) -> Result<Compiled, SyntaxError> + Sync,
) -> Result<Compiled, SyntaxError> {
    let first = compile(options);
    let is_too_deep = |error: &SyntaxError| {
        matches!(error.kind, ErrorKind::MemoryError | ErrorKind::RecursionError) && !options.parse.has_room
    };
    if !first.as_ref().is_err_and(is_too_deep) {
        return first;
    }
    let parse = ParseFlags { has_room: true, ..options.parse };
    let roomy = CompileOptions { parse, stack_budget: DEEP_STACK - DEEP_STACK / 8, ..options };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(DEEP_STACK);
        let Ok(thread) = builder.spawn_scoped(scope, || compile(roomy)) else { return first };
        thread.join().unwrap_or(first)
    })
}

impl CompileOptions {
    /// The flags for the parser, of which one follows from a future feature.
    pub fn parse_flags(&self) -> ParseFlags {
        let barry_as_flufl = self.future_flags & co_flags::FUTURE_BARRY_AS_BDFL != 0;
        ParseFlags { barry_as_flufl: self.parse.barry_as_flufl || barry_as_flufl, ..self.parse }
    }
}

fn finish(parsed: parser::Parsed, filename: &Wtf8, options: CompileOptions) -> Result<Compiled, SyntaxError> {
    let mut compiled = compile_tree(&parsed.tree, filename, options)?;
    compiled.warnings.splice(0..0, parsed.warnings);
    Ok(compiled)
}

/// Compiles a tree.
pub fn compile_tree(tree: &Mod, filename: &Wtf8, options: CompileOptions) -> Result<Compiled, SyntaxError> {
    let mut warnings = Vec::new();
    match generate(tree, filename, options, &mut warnings) {
        Ok(code) => Ok(Compiled { code, warnings: warnings.into_iter().map(warning).collect() }),
        Err(error) => Err(syntax_error(*error)),
    }
}

/// The symbol table of a tree.
pub fn symbol_table(tree: &Mod, options: CompileOptions) -> Result<SymbolTable, SyntaxError> {
    let build = || {
        let features = future::features(tree)?;
        let future_flags = (options.future_flags & FUTURE_MASK) | features.flags;
        let symtable_options = SymtableOptions {
            future_annotations: future_flags & co_flags::FUTURE_ANNOTATIONS != 0,
            top_level_await: options.top_level_await,
        };
        SymbolTable::build(tree, symtable_options, StackGuard::new(options.stack_budget))
    };
    build().map_err(|error| syntax_error(*before_codegen(error)))
}

/// CPython attaches the place of errors of these phases after it has made the exception.
fn before_codegen(mut error: Box<Diagnostic>) -> Box<Diagnostic> {
    error.is_attached_later = true;
    error
}

fn generate(
    tree: &Mod,
    filename: &Wtf8,
    options: CompileOptions,
    warnings: &mut Vec<diagnostic::Warning>,
) -> diagnostic::Result<Arc<Code>> {
    let stack = StackGuard::new(options.stack_budget);
    let features = future::features(tree).map_err(before_codegen)?;
    let future_flags = (options.future_flags & FUTURE_MASK) | features.flags;
    if let Mod::Module { body, .. } | Mod::Interactive { body } = tree {
        finally_warnings::collect(body, warnings);
    }
    let symtable_options = SymtableOptions {
        future_annotations: future_flags & co_flags::FUTURE_ANNOTATIONS != 0,
        top_level_await: options.top_level_await,
    };
    let table = SymbolTable::build(tree, symtable_options, stack).map_err(before_codegen)?;
    let codegen_options = CodegenOptions {
        optimize: options.optimize,
        future_flags,
        top_level_await: options.top_level_await,
        future_line: features.last_line,
        filename: filename.clone(),
    };
    let (code, found) = codegen::generate(tree, table, codegen_options, stack)?;
    warnings.extend(found);
    Ok(code)
}

fn location(span: Span) -> Location {
    Location {
        lineno: span.lineno as i32,
        offset: span.col_offset as i32 + 1,
        end_lineno: span.end_lineno as i32,
        end_offset: span.end_col_offset as i32 + 1,
        text: None,
        is_attached_later: false,
    }
}

fn syntax_error(error: Diagnostic) -> SyntaxError {
    match error.kind {
        DiagnosticKind::Syntax => SyntaxError {
            kind: ErrorKind::SyntaxError,
            msg: error.message,
            location: Some(Location { is_attached_later: error.is_attached_later, ..location(error.span) }),
            last_statement: None,
        },
        DiagnosticKind::Recursion => SyntaxError::without_location(ErrorKind::RecursionError, error.message),
        DiagnosticKind::Internal => {
            SyntaxError::without_location(ErrorKind::SyntaxError, format!("compiler: {}", error.message))
        }
    }
}

fn warning(warning: diagnostic::Warning) -> Warning {
    let error = SyntaxError {
        kind: ErrorKind::SyntaxError,
        msg: warning.message.clone(),
        location: Some(location(warning.span)),
        last_statement: None,
    };
    Warning { msg: warning.message, lineno: warning.span.lineno, error: Box::new(error) }
}
