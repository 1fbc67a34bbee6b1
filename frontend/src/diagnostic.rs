//! Errors and warnings that the phases behind the parser find, with their place in the tree.

use crate::ast::Span;

/// What kind of exception an error becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiagnosticKind {
    /// `SyntaxError`
    Syntax,
    /// `RecursionError`: the tree is nested too deeply.
    Recursion,
    /// `SystemError`: the compiler contradicts itself.
    Internal,
}

/// An error of the symbol table or the code generator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub kind: DiagnosticKind,
    pub message: String,
    pub span: Span,
}

/// The result of a phase that can fail.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A syntax error at `span`.
pub fn syntax_error<T>(message: impl Into<String>, span: Span) -> Result<T> {
    Err(Box::new(Diagnostic { kind: DiagnosticKind::Syntax, message: message.into(), span }))
}

/// A `SyntaxWarning` at `span`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    pub span: Span,
}

/// Deepest nesting of a tree that the recursive walks accept.
pub const MAX_DEPTH: u32 = 4000;

/// The error for a tree that is nested too deeply.
pub fn too_deep<T>(span: Span) -> Result<T> {
    let message = "maximum recursion depth exceeded during compilation".to_string();
    Err(Box::new(Diagnostic { kind: DiagnosticKind::Recursion, message, span }))
}

/// The error for a defect of the compiler itself.
pub fn internal_error<T>(message: &str) -> Result<T> {
    Err(Box::new(Diagnostic {
        kind: DiagnosticKind::Internal,
        message: message.into(),
        span: Span::default(),
    }))
}
