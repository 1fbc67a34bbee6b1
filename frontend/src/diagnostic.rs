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
    /// The exception is made with its message only, and gets its place as attributes.
    pub is_attached_later: bool,
}

/// The result of a phase that can fail.
pub type Result<T> = std::result::Result<T, Box<Diagnostic>>;

/// A syntax error at `span`.
pub fn syntax_error<T>(message: impl Into<String>, span: Span) -> Result<T> {
    Err(Box::new(Diagnostic {
        kind: DiagnosticKind::Syntax,
        message: message.into(),
        span,
        is_attached_later: false,
    }))
}

/// A `SyntaxWarning` at `span`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub message: String,
    pub span: Span,
}

/// Bounds the recursive walks: they fail as soon as they have used their share of the stack.
#[derive(Clone, Copy, Debug)]
pub struct StackGuard {
    base: usize,
    budget: usize,
}

/// An address on the stack, here.
#[inline(never)]
fn stack_address() -> usize {
    let marker = 0u8;
    std::ptr::from_ref(std::hint::black_box(&marker)) as usize
}

impl StackGuard {
    /// Lets what is called from here use `budget` bytes of the stack.
    pub fn new(budget: usize) -> StackGuard {
        StackGuard { base: stack_address(), budget }
    }

    /// Fails when the budget is used up.
    pub fn check(&self, span: Span) -> Result<()> {
        let used = self.base.abs_diff(stack_address());
        if used <= self.budget {
            return Ok(());
        }
        let message = format!("Stack overflow (used {} kB) during compilation", used / 1024);
        Err(Box::new(Diagnostic { kind: DiagnosticKind::Recursion, message, span, is_attached_later: false }))
    }
}

/// The error for a defect of the compiler itself.
pub fn internal_error<T>(message: &str) -> Result<T> {
    Err(Box::new(Diagnostic {
        kind: DiagnosticKind::Internal,
        message: message.into(),
        span: Span::default(),
        is_attached_later: false,
    }))
}
