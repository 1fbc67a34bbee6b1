//! Code generation: a tree and its symbol table become one instruction sequence per code unit.
//!
//! One file per area. A [`Unit`] is the code object under construction; units nest as functions and classes do. What
//! is emitted here is naive on purpose (constants are loaded one by one, jumps go to jumps): the flow graph passes
//! make it CPython's final bytecode, so the naive form has to be CPython's too.
//!
//! Statements and expressions are walked recursively, with an eye on the stack.

mod annotations;
mod blocks;
mod calls;
mod classes;
mod comprehensions;
mod docstrings;
mod expressions;
mod functions;
mod patterns;
pub mod sequence;
mod statements;
mod strings;
mod try_with;
mod unit;
mod unparse;
mod warnings;

use std::sync::Arc;

use ir::code::{Code, Const};
use ir::locations::Location;
use ir::opcode::Opcode::{self, *};
use ir::wtf8::Wtf8;

use crate::ast::*;
use crate::diagnostic::{Result, StackGuard, Warning, internal_error, syntax_error};
use crate::symtable::{NameScope, Part, ScopeId, SymbolTable, flags, mangle_in};
use sequence::Label;
use unit::{ScopeType, Unit};

pub use docstrings::docstring;
pub use strings::{Piece, percent_format};

/// Sequences with more items than this are built in pieces, to keep the stack small.
const STACK_USE_GUIDELINE: usize = 30;

/// What code generation depends on beside the tree.
#[derive(Clone, Debug)]
pub struct CodegenOptions {
    /// 0, or 1 for `-O`, or 2 for `-OO`.
    pub optimize: u8,
    /// `co_flags` bits of the future features in force, inherited by every code object.
    pub future_flags: u32,
    /// The module's body may await.
    pub top_level_await: bool,
    /// The last line of the leading `from __future__` imports; 0 if there are none.
    pub future_line: u32,
    pub filename: Wtf8,
}

/// Generates the code of a module.
pub fn generate(
    tree: &Mod,
    table: SymbolTable,
    options: CodegenOptions,
    stack: StackGuard,
) -> Result<(Arc<Code>, Vec<Warning>)> {
    let mut compiler = Compiler {
        table,
        options,
        units: Vec::new(),
        warnings: Vec::new(),
        silenced: 0,
        stack,
        interactive: matches!(tree, Mod::Interactive { .. }),
    };
    let code = compiler.module(tree)?;
    Ok((code, compiler.warnings))
}

/// Whether a name is read, written or deleted.
type Context = ExprContext;

/// The state of one compilation.
struct Compiler<'t> {
    table: SymbolTable,
    options: CodegenOptions,
    /// Units under construction, the innermost last.
    units: Vec<Unit<'t>>,
    warnings: Vec<Warning>,
    /// Above zero while a final body is generated once more, whose warnings are known already.
    silenced: u32,
    interactive: bool,
    stack: StackGuard,
}

/// The location of a node.
fn loc(span: Span) -> Location {
    Location {
        line: span.lineno as i32,
        end_line: span.end_lineno as i32,
        column: span.col_offset as i32,
        end_column: span.end_col_offset as i32,
    }
}

/// The node place of a location, for messages.
fn span_of(location: Location) -> Span {
    Span {
        lineno: location.line.max(0) as u32,
        col_offset: location.column.max(0) as u32,
        end_lineno: location.end_line.max(0) as u32,
        end_col_offset: location.end_column.max(0) as u32,
    }
}

impl<'t> Compiler<'t> {
    fn module(&mut self, tree: &'t Mod) -> Result<Arc<Code>> {
        self.enter_unit("<module>".into(), ScopeType::Module, 0, 1, None);
        self.op(Location { line: 0, ..Location::line_only(1) }.with_columns(0, 0), ANNOTATIONS_PLACEHOLDER);
        match tree {
            Mod::Module { body, .. } => {
                self.module_body(body, false)?;
                self.leave_unit(true)
            }
            Mod::Interactive { body } => {
                self.module_body(body, true)?;
                self.leave_unit(true)
            }
            Mod::Expression { body } => {
                self.expr(body)?;
                self.leave_unit(false)
            }
            Mod::FunctionType { .. } => {
                syntax_error("this mode of source cannot be compiled", Span::default())
            }
        }
    }

    fn module_body(&mut self, body: &'t [Stmt], interactive: bool) -> Result<()> {
        let removed = usize::from(!interactive && self.removes_docstring(body));
        let start =
            body.get(removed).map_or(Location::line_only(1).with_columns(0, 0), |first| loc(first.span));
        if self.scope().has_conditional_annotations {
            self.op_arg(start, BUILD_SET, 0);
            self.name_table_op(start, STORE_NAME, &"__conditional_annotations__".into());
        }
        self.body(start, body, interactive)
    }

    fn unit(&mut self) -> &mut Unit<'t> {
        let innermost = self.units.len() - 1;
        &mut self.units[innermost]
    }

    fn unit_ref(&self) -> &Unit<'t> {
        &self.units[self.units.len() - 1]
    }

    fn scope(&self) -> &crate::symtable::Scope {
        self.table.scope(self.unit_ref().scope)
    }

    fn scope_of_node<T>(&self, node: &T, part: Part) -> Result<ScopeId> {
        match self.table.scope_of_node(node, part) {
            Some(id) => Ok(id),
            None => internal_error("a block has no entry in the symbol table"),
        }
    }

    fn mangle(&self, name: &Identifier) -> Identifier {
        mangle_in(self.scope(), self.unit_ref().private.as_deref(), name)
    }

    fn op(&mut self, location: Location, op: Opcode) {
        self.unit().sequence.push(op, 0, location);
    }

    fn op_arg(&mut self, location: Location, op: Opcode, arg: u32) {
        self.unit().sequence.push(op, arg, location);
    }

    fn jump(&mut self, location: Location, op: Opcode, target: Label) {
        self.unit().sequence.push(op, target.0, location);
    }

    fn new_label(&mut self) -> Label {
        self.unit().sequence.new_label()
    }

    fn place(&mut self, label: Label) {
        self.unit().sequence.place(label);
    }

    fn load_const(&mut self, location: Location, value: Const) {
        let index = self.unit().consts.add(value);
        self.op_arg(location, LOAD_CONST, index);
    }

    fn load_none(&mut self, location: Location) {
        self.load_const(location, Const::None);
    }

    fn load_str(&mut self, location: Location, text: &str) {
        self.load_const(location, Const::str(text));
    }

    /// An instruction whose argument is an index into `co_names`, for a name that is not mangled again.
    fn name_table_op(&mut self, location: Location, op: Opcode, name: &Identifier) {
        let index = self.unit().names.add(name);
        let arg = if op == LOAD_GLOBAL { index << 1 } else { index };
        self.op_arg(location, op, arg);
    }

    /// An instruction that names an attribute or a module.
    fn attribute_op(&mut self, location: Location, op: Opcode, name: &Identifier) {
        let mangled = self.mangle(name);
        let index = self.unit().names.add(&mangled);
        let arg = if op == LOAD_ATTR { index << 1 } else { index };
        self.op_arg(location, op, arg);
    }

    fn fast_op(&mut self, location: Location, op: Opcode, name: &Identifier) {
        let index = self.unit().varnames.add(name);
        self.op_arg(location, op, index);
    }

    /// Reads, writes or deletes a variable.
    fn name_op(&mut self, location: Location, name: &Identifier, context: Context) -> Result<()> {
        let mangled = self.mangle(name);
        let scope = self.scope();
        let (kind, function_like) = (scope.scope_of(&mangled), scope.is_function_like());
        let sees_class = scope.can_see_class_scope;
        let in_class = scope.kind == crate::symtable::BlockKind::Class;
        let inlined = self.unit_ref().inlined_comprehensions > 0;
        let fast = kind == NameScope::Local && (function_like || self.unit_ref().is_fast_hidden(&mangled));
        if fast {
            let op = by_context(context, [LOAD_FAST, STORE_FAST, DELETE_FAST]);
            self.fast_op(location, op, &mangled);
            return Ok(());
        }
        if matches!(kind, NameScope::Free | NameScope::Cell) {
            let mut op = by_context(context, [LOAD_DEREF, STORE_DEREF, DELETE_DEREF]);
            if op == LOAD_DEREF && in_class && !inlined {
                self.op(location, LOAD_LOCALS);
                op = LOAD_FROM_DICT_OR_DEREF;
            } else if op == LOAD_DEREF && sees_class {
                self.load_classdict(location)?;
                op = LOAD_FROM_DICT_OR_DEREF;
            }
            let arg = self.deref_index(&mangled, kind == NameScope::Cell)?;
            self.op_arg(location, op, arg);
            return Ok(());
        }
        let global =
            kind == NameScope::GlobalExplicit || (kind == NameScope::GlobalImplicit && function_like);
        let op = if !global {
            let load = if in_class && inlined { LOAD_GLOBAL } else { LOAD_NAME };
            by_context(context, [load, STORE_NAME, DELETE_NAME])
        } else if context == Context::Load && sees_class && kind == NameScope::GlobalImplicit {
            self.load_classdict(location)?;
            LOAD_FROM_DICT_OR_GLOBALS
        } else {
            by_context(context, [LOAD_GLOBAL, STORE_GLOBAL, DELETE_GLOBAL])
        };
        self.name_table_op(location, op, &mangled);
        Ok(())
    }

    fn load_classdict(&mut self, location: Location) -> Result<()> {
        let index = self.deref_index("__classdict__", false)?;
        self.op_arg(location, LOAD_DEREF, index);
        Ok(())
    }

    /// The argument that names a cell or free variable.
    fn deref_index(&self, name: &str, cell: bool) -> Result<u32> {
        let unit = self.unit_ref();
        let index = if cell {
            unit.cellvars.get(name)
        } else {
            unit.freevars.get(name).map(|index| index + unit.cellvars.len() as u32)
        };
        match index {
            Some(index) => Ok(index),
            None => internal_error(&format!("variable '{name}' is captured but has no cell")),
        }
    }

    fn load_name(&mut self, location: Location, name: &str) -> Result<()> {
        self.name_op(location, &name.into(), Context::Load)
    }

    fn store_name(&mut self, location: Location, name: &str) -> Result<()> {
        self.name_op(location, &name.into(), Context::Store)
    }

    fn warn(&mut self, message: String, span: Span) {
        if self.silenced == 0 {
            self.warnings.push(Warning { message, span });
        }
    }

    /// The constant that an expression is, `__debug__` included.
    fn constant(&self, expr: &Expr) -> Option<Const> {
        match &expr.kind {
            ExprKind::Constant { value, .. } => Some(value.clone()),
            ExprKind::Name { id, ctx: Context::Load } if &**id == "__debug__" => {
                Some(Const::bool(self.options.optimize == 0))
            }
            _ => None,
        }
    }

    /// True when the module's scope or the current one says that an imported name is meant.
    fn is_imported_global(&self, name: &str) -> bool {
        self.table.scope(0).flags_of(name) & flags::DEF_IMPORT != 0
    }

    /// At `-OO` a body loses its docstring.
    fn removes_docstring(&self, body: &[Stmt]) -> bool {
        self.options.optimize >= 2 && docstring(body).is_some()
    }

    fn future_annotations(&self) -> bool {
        self.options.future_flags & ir::code::co_flags::FUTURE_ANNOTATIONS != 0
    }
}

fn by_context(context: Context, [load, store, delete]: [Opcode; 3]) -> Opcode {
    match context {
        Context::Load => load,
        Context::Store => store,
        Context::Del => delete,
    }
}
