//! Function definitions, lambdas, and making function objects from code.

use std::sync::Arc;

use ir::code::{Code, Const};
use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::opcode::{Intrinsic2, function_attribute};

use super::blocks::BlockType;
use super::unit::{ParameterCounts, ScopeType};
use super::{Compiler, Context, loc};
use crate::ast::*;
use crate::diagnostic::Result;
use crate::symtable::{NameScope, Part};

/// Names that a class body keeps in cells of its own accord.
const CLASS_CELLS: [&str; 3] = ["__class__", "__classdict__", "__conditional_annotations__"];

impl ParameterCounts {
    fn of(args: &Arguments) -> ParameterCounts {
        ParameterCounts {
            positional_only: args.posonlyargs.len() as u32,
            positional: args.args.len() as u32,
            keyword_only: args.kwonlyargs.len() as u32,
        }
    }
}

impl<'t> Compiler<'t> {
    pub(super) fn function_def(
        &mut self,
        stmt: &'t Stmt,
        def: &'t FunctionDef,
        is_async: bool,
    ) -> Result<()> {
        let at = loc(stmt.span);
        self.exprs(&def.decorator_list)?;
        let first_line = first_line(stmt, &def.decorator_list);
        let mut attributes = self.default_arguments(at, &def.args)?;
        let generic = !def.type_params.is_empty();
        let mut passed = 0;
        if generic {
            passed = attributes.count_ones();
            if passed == 2 {
                self.op_arg(at, SWAP, 2);
            }
            self.enter_type_params(&def.name, &def.type_params, first_line, None)?;
            self.unit().parameters.positional = passed;
            self.type_params(&def.type_params)?;
            for index in 0..passed {
                self.op_arg(at, LOAD_FAST, index);
            }
        }
        attributes |= self.function_annotations(at, def)?;
        self.function_body(stmt, def, is_async, attributes, first_line)?;
        if generic {
            self.op_arg(at, SWAP, 2);
            self.op_arg(at, CALL_INTRINSIC_2, Intrinsic2::SetFunctionTypeParams as u32);
            self.op(at, RETURN_VALUE);
            let code = self.leave_unit(false)?;
            self.make_closure(at, code, 0)?;
            if passed > 0 {
                self.op_arg(at, SWAP, passed + 1);
                self.op_arg(at, CALL, passed - 1);
            } else {
                self.op(at, PUSH_NULL);
                self.op_arg(at, CALL, 0);
            }
        }
        self.apply_decorators(&def.decorator_list);
        self.name_op(at, &def.name, Context::Store)
    }

    pub(super) fn apply_decorators(&mut self, decorators: &[Expr]) {
        for decorator in decorators.iter().rev() {
            self.op_arg(loc(decorator.span), CALL, 0);
        }
    }

    fn function_body(
        &mut self,
        stmt: &'t Stmt,
        def: &'t FunctionDef,
        is_async: bool,
        attributes: u32,
        first_line: u32,
    ) -> Result<()> {
        let scope = self.scope_of_node(def, Part::Body)?;
        let scope_type = if is_async { ScopeType::AsyncFunction } else { ScopeType::Function };
        self.enter_unit(def.name.clone(), scope_type, scope, first_line, None);
        self.unit().parameters = ParameterCounts::of(&def.args);
        let mut body = &def.body[..];
        if let Some((docstring, _)) = super::docstring(body) {
            if self.options.optimize < 2 {
                let cleaned = super::docstrings::clean(docstring);
                self.unit().consts.add(Const::Str(cleaned));
                body = &body[1..];
            } else {
                body = self.after_removed_docstring(body);
            }
        }
        let entry = self.scope();
        let is_generator = entry.coroutine || entry.generator;
        if is_generator {
            self.push_block(Location::NONE, BlockType::Plain)?;
        }
        self.statements(body)?;
        if is_generator {
            self.wrap_in_stop_iteration_handler();
            self.pop_block();
        }
        let code = self.leave_unit(true)?;
        self.make_closure(loc(stmt.span), code, attributes)
    }

    pub(super) fn lambda(&mut self, expr: &'t Expr, args: &'t Arguments, body: &'t Expr) -> Result<()> {
        let at = loc(expr.span);
        let attributes = self.default_arguments(at, args)?;
        let scope = self.scope_of_node(expr, Part::Body)?;
        self.enter_unit("<lambda>".into(), ScopeType::Lambda, scope, expr.span.lineno, None);
        self.unit().parameters = ParameterCounts::of(args);
        self.expr(body)?;
        let is_generator = self.scope().generator;
        if !is_generator {
            self.op(loc(body.span), RETURN_VALUE);
        }
        let code = self.leave_unit(!is_generator)?;
        self.make_closure(at, code, attributes)
    }

    /// Pushes the default values; answers which function attributes they become.
    fn default_arguments(&mut self, at: Location, args: &'t Arguments) -> Result<u32> {
        let mut attributes = 0;
        if !args.defaults.is_empty() {
            self.exprs(&args.defaults)?;
            self.op_arg(at, BUILD_TUPLE, args.defaults.len() as u32);
            attributes |= function_attribute::DEFAULTS;
        }
        let mut count = 0;
        for (arg, default) in args.kwonlyargs.iter().zip(&args.kw_defaults) {
            let Some(default) = default else { continue };
            let name = self.mangle(&arg.arg);
            self.load_str(at, &name);
            self.expr(default)?;
            count += 1;
        }
        if count > 0 {
            self.op_arg(at, BUILD_MAP, count);
            attributes |= function_attribute::KW_DEFAULTS;
        }
        Ok(attributes)
    }

    /// Makes a function object; what its attributes need lies on the stack, defaults at the bottom.
    pub(super) fn make_closure(&mut self, at: Location, code: Arc<Code>, attributes: u32) -> Result<()> {
        let mut attributes = attributes;
        let mut count = 0;
        for name in code.freevars() {
            let name = name.to_string_lossy();
            let in_class = self.unit_ref().scope_type == ScopeType::Class;
            let is_cell = (in_class && CLASS_CELLS.contains(&&*name))
                || self.scope().scope_of(&name) == NameScope::Cell;
            let index = self.deref_index(&name, is_cell)?;
            self.op_arg(at, LOAD_CLOSURE, index);
            count += 1;
        }
        if count > 0 {
            self.op_arg(at, BUILD_TUPLE, count);
            attributes |= function_attribute::CLOSURE;
        }
        self.load_const(at, Const::Code(code));
        self.op(at, MAKE_FUNCTION);
        use function_attribute::*;
        for attribute in [CLOSURE, ANNOTATIONS, ANNOTATE, KW_DEFAULTS, DEFAULTS] {
            if attributes & attribute != 0 {
                self.op_arg(at, SET_FUNCTION_ATTRIBUTE, attribute);
            }
        }
        Ok(())
    }
}

/// The line on which a definition starts, its decorators included.
pub(super) fn first_line(stmt: &Stmt, decorators: &[Expr]) -> u32 {
    decorators.first().map_or(stmt.span.lineno, |decorator| decorator.span.lineno)
}
