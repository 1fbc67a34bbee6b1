//! Annotations, which evaluators compute on demand, type parameters and `type` statements.

use std::sync::Arc;

use ir::code::{Code, Const};
use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::opcode::{CommonConstant, Comparison, Intrinsic1, Intrinsic2, function_attribute};
use ir::wtf8::Wtf8;

use super::unit::{DeferredAnnotation, ScopeType};
use super::{Compiler, Context, Location as At, loc, unparse};
use crate::ast::*;
use crate::diagnostic::{Result, internal_error, syntax_error};
use crate::symtable::{Part, ScopeId};

/// The only format that evaluators understand is `VALUE` (1); above this one they refuse.
const VALUE_WITH_FAKE_GLOBALS: u32 = 2;

const CONDITIONAL: &str = "__conditional_annotations__";

impl<'t> Compiler<'t> {
    /// Enters an evaluator and emits the check of its parameter.
    fn enter_evaluator(&mut self, at: At, scope: ScopeId, name: Identifier) {
        self.enter_unit(name, ScopeType::Annotations, scope, at.line.max(0) as u32, None);
        self.unit().parameters.positional_only = 1;
        let body = self.new_label();
        self.op_arg(at, LOAD_FAST, 0);
        self.load_const(at, Const::int(VALUE_WITH_FAKE_GLOBALS));
        self.op_arg(at, COMPARE_OP, Comparison::Greater.oparg(false));
        self.jump(at, POP_JUMP_IF_FALSE, body);
        self.op_arg(at, LOAD_COMMON_CONSTANT, CommonConstant::NotImplementedError as u32);
        self.op_arg(at, RAISE_VARARGS, 1);
        self.place(body);
    }

    /// Leaves `__annotate__`. Its parameter, internally `.format`, is shown as `format`.
    fn leave_annotate(&mut self, at: At) -> Result<Arc<Code>> {
        self.op(at, RETURN_VALUE);
        let mut code = self.leave_unit(true)?;
        if let Some(parameter) = Arc::make_mut(&mut code).localsplusnames.first_mut() {
            *parameter = Wtf8::from("format");
        }
        Ok(code)
    }

    /// The evaluator of a function's annotations; answers the function attribute it becomes.
    pub(super) fn function_annotations(&mut self, at: At, def: &'t FunctionDef) -> Result<u32> {
        let scope = self.scope_of_node(def, Part::Annotations)?;
        if !self.table.scope(scope).annotations_used {
            return Ok(0);
        }
        self.enter_evaluator(at, scope, "__annotate__".into());
        let count = self.annotation_pairs(at, def)?;
        self.op_arg(at, BUILD_MAP, count);
        let code = self.leave_annotate(at)?;
        self.make_closure(at, code, 0)?;
        Ok(function_attribute::ANNOTATE)
    }

    /// Pushes names and annotations of parameters and result.
    fn annotation_pairs(&mut self, at: At, def: &'t FunctionDef) -> Result<u32> {
        let args = &def.args;
        let order = args.args.iter().chain(&args.posonlyargs).chain(args.vararg.as_deref());
        let order = order.chain(&args.kwonlyargs).chain(args.kwarg.as_deref());
        let mut count = 0;
        for arg in order {
            let Some(annotation) = &arg.annotation else { continue };
            let name = self.mangle(&arg.arg);
            self.load_str(at, &name);
            match &annotation.kind {
                ExprKind::Starred { value, .. } if !self.future_annotations() => {
                    self.expr(value)?;
                    self.op_arg(at, UNPACK_SEQUENCE, 1);
                }
                _ => self.annotation_value(annotation)?,
            }
            count += 1;
        }
        if let Some(returns) = &def.returns {
            self.load_str(at, "return");
            self.annotation_value(returns)?;
            count += 1;
        }
        Ok(count)
    }

    /// An annotation, or its source text under `from __future__ import annotations`.
    fn annotation_value(&mut self, annotation: &'t Expr) -> Result<()> {
        if !self.future_annotations() {
            return self.expr(annotation);
        }
        let text = unparse::unparse(annotation, self.stack)?;
        self.load_const(loc(annotation.span), Const::Str(text));
        Ok(())
    }

    pub(super) fn annotated_assignment(
        &mut self,
        stmt: &'t Stmt,
        target: &'t Expr,
        annotation: &'t Expr,
        value: Option<&'t Expr>,
        simple: bool,
    ) -> Result<()> {
        let at = loc(stmt.span);
        if let Some(value) = value {
            self.expr(value)?;
            self.expr(target)?;
        }
        let scope_type = self.unit_ref().scope_type;
        match &target.kind {
            ExprKind::Name { id, .. } => {
                if !simple || !matches!(scope_type, ScopeType::Module | ScopeType::Class) {
                    return Ok(());
                }
                if !self.future_annotations() {
                    return self.defer_annotation(stmt);
                }
                self.annotation_value(annotation)?;
                self.name_table_op(at, LOAD_NAME, &"__annotations__".into());
                let name = self.mangle(id);
                self.load_str(at, &name);
                self.op(at, STORE_SUBSCR);
                Ok(())
            }
            ExprKind::Attribute { value: object, .. } if value.is_none() => self.evaluate_and_drop(object),
            ExprKind::Subscript { value: object, slice, .. } if value.is_none() => {
                self.evaluate_and_drop(object)?;
                self.evaluate_subscript(slice)
            }
            ExprKind::Attribute { .. } | ExprKind::Subscript { .. } => Ok(()),
            _ => syntax_error("invalid node type for annotated assignment", target.span),
        }
    }

    fn evaluate_and_drop(&mut self, expr: &'t Expr) -> Result<()> {
        self.expr(expr)?;
        self.op(loc(expr.span), POP_TOP);
        Ok(())
    }

    /// Evaluates the parts of a subscript without using it.
    fn evaluate_subscript(&mut self, slice: &'t Expr) -> Result<()> {
        match &slice.kind {
            ExprKind::Slice { lower, upper, step } => {
                [lower, upper, step].into_iter().flatten().try_for_each(|part| self.evaluate_and_drop(part))
            }
            ExprKind::Tuple { elts, .. } => elts.iter().try_for_each(|elt| self.evaluate_subscript(elt)),
            _ => self.evaluate_and_drop(slice),
        }
    }

    /// Remembers an annotation for the evaluator; if it may not be reached, the body records that it was.
    fn defer_annotation(&mut self, stmt: &'t Stmt) -> Result<()> {
        let at = loc(stmt.span);
        let in_class = self.unit_ref().scope_type == ScopeType::Class;
        let unit = self.unit();
        let conditional_index = (!in_class || unit.in_conditional_block).then(|| {
            unit.next_conditional_index += 1;
            unit.next_conditional_index - 1
        });
        unit.deferred_annotations.push(DeferredAnnotation { stmt, conditional_index });
        let Some(index) = conditional_index else { return Ok(()) };
        if in_class {
            let cell = self.deref_index(CONDITIONAL, true)?;
            self.op_arg(at, LOAD_DEREF, cell);
        } else {
            self.name_table_op(at, LOAD_NAME, &CONDITIONAL.into());
        }
        self.load_const(at, Const::int(index));
        self.op_arg(at, SET_ADD, 1);
        self.op(at, POP_TOP);
        Ok(())
    }

    /// The evaluator of the annotations of a class or module, at the end of its body.
    pub(super) fn deferred_annotations(&mut self, at: At) -> Result<()> {
        let deferred = std::mem::take(&mut self.unit().deferred_annotations);
        if deferred.is_empty() {
            return Ok(());
        }
        let Some(scope) = self.scope().annotation_block else {
            return internal_error("annotations without a block in the symbol table");
        };
        let in_class = self.unit_ref().scope_type == ScopeType::Class;
        let start = self.unit().sequence.len();
        self.enter_evaluator(at, scope, "__annotate__".into());
        self.op_arg(at, BUILD_MAP, 0);
        for annotation in deferred {
            self.deferred_annotation(at, annotation, in_class)?;
        }
        let code = self.leave_annotate(at)?;
        self.make_closure(at, code, 0)?;
        self.store_name(at, if in_class { "__annotate_func__" } else { "__annotate__" })?;
        if !in_class {
            // A module sets its evaluator before anything else runs.
            let setup = self.unit().sequence.split_off(start);
            self.unit().sequence.set_annotations(setup);
        }
        Ok(())
    }

    fn deferred_annotation(
        &mut self,
        at: At,
        deferred: DeferredAnnotation<'t>,
        in_class: bool,
    ) -> Result<()> {
        let StmtKind::AnnAssign { target, annotation, .. } = &deferred.stmt.kind else { return Ok(()) };
        let ExprKind::Name { id, .. } = &target.kind else { return Ok(()) };
        let stmt_at = loc(deferred.stmt.span);
        let not_set = self.new_label();
        if let Some(index) = deferred.conditional_index {
            self.load_const(stmt_at, Const::int(index));
            if in_class {
                let free = self.deref_index(CONDITIONAL, false)?;
                self.op_arg(stmt_at, LOAD_DEREF, free);
            } else {
                self.name_table_op(stmt_at, LOAD_GLOBAL, &CONDITIONAL.into());
            }
            self.op_arg(stmt_at, CONTAINS_OP, 0);
            self.jump(stmt_at, POP_JUMP_IF_FALSE, not_set);
        }
        self.expr(annotation)?;
        self.op_arg(stmt_at, COPY, 2);
        let name = self.mangle(id);
        self.load_str(stmt_at, &name);
        self.op(at, STORE_SUBSCR);
        self.place(not_set);
        Ok(())
    }

    /// Enters the block around a generic definition.
    pub(super) fn enter_type_params(
        &mut self,
        name: &Identifier,
        params: &'t [TypeParam],
        first_line: u32,
        private: Option<Identifier>,
    ) -> Result<()> {
        let scope = self.scope_of_node(&params[0], Part::Body)?;
        let name = Identifier::new(&format!("<generic parameters of {name}>"));
        self.enter_unit(name, ScopeType::Annotations, scope, first_line, private);
        Ok(())
    }

    /// Makes the type parameters and pushes the tuple of them.
    pub(super) fn type_params(&mut self, params: &'t [TypeParam]) -> Result<()> {
        let mut seen_default = false;
        for param in params {
            let at = loc(param.span);
            let (name, default, make) = match &param.kind {
                TypeParamKind::TypeVar { name, default_value, .. } => {
                    (name, default_value, Intrinsic1::TypeVar)
                }
                TypeParamKind::TypeVarTuple { name, default_value } => {
                    (name, default_value, Intrinsic1::TypeVarTuple)
                }
                TypeParamKind::ParamSpec { name, default_value } => {
                    (name, default_value, Intrinsic1::ParamSpec)
                }
            };
            self.load_str(at, name);
            if let TypeParamKind::TypeVar { bound: Some(bound), .. } = &param.kind {
                self.type_param_part(param, Part::Bound, name, bound, false)?;
                let constraints = matches!(bound.kind, ExprKind::Tuple { .. });
                let with = if constraints {
                    Intrinsic2::TypeVarWithConstraints
                } else {
                    Intrinsic2::TypeVarWithBound
                };
                self.op_arg(at, CALL_INTRINSIC_2, with as u32);
            } else {
                self.op_arg(at, CALL_INTRINSIC_1, make as u32);
            }
            if let Some(default) = default {
                seen_default = true;
                let starred = matches!(param.kind, TypeParamKind::TypeVarTuple { .. });
                self.type_param_part(param, Part::Default, name, default, starred)?;
                self.op_arg(at, CALL_INTRINSIC_2, Intrinsic2::SetTypeParamDefault as u32);
            } else if seen_default {
                let message = format!("non-default type parameter '{name}' follows default type parameter");
                return syntax_error(message, param.span);
            }
            self.op_arg(at, COPY, 1);
            self.name_op(at, name, Context::Store)?;
        }
        self.op_arg(loc(params[0].span), BUILD_TUPLE, params.len() as u32);
        Ok(())
    }

    /// The default of an evaluator's parameter: the format `VALUE`.
    fn load_evaluator_defaults(&mut self, at: Location) {
        self.load_const(at, Const::Tuple([Const::int(1)].into()));
    }

    /// The evaluator of a bound or default.
    fn type_param_part(
        &mut self,
        param: &'t TypeParam,
        part: Part,
        name: &Identifier,
        value: &'t Expr,
        allow_starred: bool,
    ) -> Result<()> {
        let at = loc(value.span);
        self.load_evaluator_defaults(at);
        let scope = self.scope_of_node(param, part)?;
        self.enter_evaluator(at, scope, name.clone());
        match &value.kind {
            ExprKind::Starred { value, .. } if allow_starred => {
                self.expr(value)?;
                self.op_arg(at, UNPACK_SEQUENCE, 1);
            }
            _ => self.expr(value)?,
        }
        self.op(at, RETURN_VALUE);
        let code = self.leave_unit(true)?;
        self.make_closure(at, code, function_attribute::DEFAULTS)
    }

    pub(super) fn type_alias(
        &mut self,
        stmt: &'t Stmt,
        name: &'t Expr,
        params: &'t [TypeParam],
        value: &'t Expr,
    ) -> Result<()> {
        let ExprKind::Name { id, .. } = &name.kind else { return Ok(()) };
        let at = loc(stmt.span);
        let generic = !params.is_empty();
        if generic {
            self.enter_type_params(id, params, stmt.span.lineno, None)?;
            self.load_str(at, id);
            self.type_params(params)?;
        } else {
            self.load_str(at, id);
            self.load_none(at);
        }
        self.load_evaluator_defaults(at);
        let scope = self.scope_of_node(stmt, Part::Body)?;
        self.enter_evaluator(at, scope, id.clone());
        self.expr(value)?;
        self.op(at, RETURN_VALUE);
        let code = self.leave_unit(false)?;
        self.make_closure(at, code, function_attribute::DEFAULTS)?;
        self.op_arg(at, BUILD_TUPLE, 3);
        self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::TypeAlias as u32);
        if generic {
            self.op(at, RETURN_VALUE);
            let code = self.leave_unit(false)?;
            self.make_closure(at, code, 0)?;
            self.op(at, PUSH_NULL);
            self.op_arg(at, CALL, 0);
        }
        self.name_op(at, id, Context::Store)
    }
}
