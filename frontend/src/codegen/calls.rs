//! Calls: the plain form, methods, `super()`, unpacked arguments, and `all`, `any`, `tuple` of a generator expression.

use ir::code::Const;
use ir::locations::Location;
use ir::opcode::Opcode::*;
use ir::opcode::{CommonConstant, Intrinsic1};
use rustc_hash::FxHashSet;

use super::expressions::BUILD_A_TUPLE;
use super::statements::attribute_location;
use super::{Compiler, Context, Label, STACK_USE_GUIDELINE, loc};
use crate::ast::*;
use crate::diagnostic::{Result, syntax_error};
use crate::symtable::{NameScope, Part};

fn is_starred(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Starred { .. })
}

impl<'t> Compiler<'t> {
    pub(super) fn call(
        &mut self,
        expr: &'t Expr,
        func: &'t Expr,
        args: &'t [Expr],
        keywords: &'t [Keyword],
    ) -> Result<()> {
        refuse_repeated_keywords(keywords)?;
        if self.method_call(expr, func, args, keywords)? {
            return Ok(());
        }
        let end = self.new_label();
        self.warn_call(func);
        self.expr(func)?;
        self.builtin_of_generator(func, args, keywords, end)?;
        self.op(loc(func.span), PUSH_NULL);
        self.call_arguments(loc(expr.span), 0, args, None, keywords)?;
        self.place(end);
        Ok(())
    }

    /// `object.method(...)` without unpacking pushes method and object instead of a bound method.
    fn method_call(
        &mut self,
        expr: &'t Expr,
        func: &'t Expr,
        args: &'t [Expr],
        keywords: &'t [Keyword],
    ) -> Result<bool> {
        let ExprKind::Attribute { value, attr, ctx: Context::Load } = &func.kind else { return Ok(false) };
        if let ExprKind::Name { id, .. } = &value.kind
            && self.is_imported_global(id)
        {
            return Ok(false);
        }
        let count = args.len() + keywords.len();
        if count + usize::from(!keywords.is_empty()) >= STACK_USE_GUIDELINE {
            return Ok(false);
        }
        if args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return Ok(false);
        }
        let mut at = loc(func.span);
        if let Some(arguments) = self.optimizable_super(value, attr) {
            self.load_super_arguments(value)?;
            self.super_op(at, attr, arguments, true);
            at = attribute_location(at, func);
            self.op(at, NOP);
        } else {
            self.expr(value)?;
            at = attribute_location(at, func);
            let mangled = self.mangle(attr);
            let index = self.unit().names.add(&mangled);
            self.op_arg(at, LOAD_ATTR, (index << 1) | 1);
        }
        self.exprs(args)?;
        let call_at = attribute_location(loc(expr.span), func);
        if keywords.is_empty() {
            self.op_arg(call_at, CALL, args.len() as u32);
        } else {
            self.simple_keywords(at, keywords)?;
            self.op_arg(call_at, CALL_KW, count as u32);
        }
        Ok(true)
    }

    /// The number of arguments of a `super()` call that can be fused with the access to an attribute.
    pub(super) fn optimizable_super(&self, value: &Expr, attr: &str) -> Option<usize> {
        let ExprKind::Call { func, args, keywords } = &value.kind else { return None };
        let ExprKind::Name { id, .. } = &func.kind else { return None };
        if &**id != "super" || attr == "__class__" || !keywords.is_empty() {
            return None;
        }
        // `super` must be the built-in one.
        if self.scope().scope_of("super") != NameScope::GlobalImplicit
            || self.table.scope(0).scope_of("super") != NameScope::Unknown
        {
            return None;
        }
        match args.len() {
            2 if !args.iter().any(is_starred) => Some(2),
            0 => {
                let unit = self.unit_ref();
                let counts = unit.parameters;
                let has_self = counts.positional + counts.positional_only > 0;
                (has_self && self.scope().scope_of("__class__") == NameScope::Free).then_some(0)
            }
            _ => None,
        }
    }

    /// Pushes `super`, the class and the object.
    pub(super) fn load_super_arguments(&mut self, call: &'t Expr) -> Result<()> {
        let ExprKind::Call { func, args, .. } = &call.kind else { return Ok(()) };
        self.load_name(loc(func.span), "super")?;
        if !args.is_empty() {
            return self.exprs(args);
        }
        self.load_name(loc(call.span), "__class__")?;
        match self.unit_ref().varnames.name(0).cloned() {
            Some(first) => self.name_op(loc(call.span), &first, Context::Load),
            None => Ok(()),
        }
    }

    /// `LOAD_SUPER_ATTR`: bit 0 asks for a method, bit 1 says that the two arguments were written out.
    pub(super) fn super_op(&mut self, at: Location, attr: &Identifier, arguments: usize, method: bool) {
        let mangled = self.mangle(attr);
        let index = self.unit().names.add(&mangled);
        let explicit = u32::from(arguments == 2) << 1;
        self.op_arg(at, LOAD_SUPER_ATTR, (index << 2) | explicit | u32::from(method));
    }

    /// `all(x for ...)`: if the built-in function is meant, the loop runs here. The function is on the stack.
    fn builtin_of_generator(
        &mut self,
        func: &'t Expr,
        args: &'t [Expr],
        keywords: &[Keyword],
        end: Label,
    ) -> Result<()> {
        let (ExprKind::Name { id, .. }, [generator], []) = (&func.kind, args, keywords) else {
            return Ok(());
        };
        if !matches!(generator.kind, ExprKind::GeneratorExp { .. }) {
            return Ok(());
        }
        let scope = self.scope_of_node(generator, Part::Body)?;
        if self.table.scope(scope).coroutine {
            return Ok(());
        }
        // What the loop looks for, and the result without it; `tuple` collects everything.
        let (builtin, search) = match &**id {
            "all" => (CommonConstant::BuiltinAll, Some((POP_JUMP_IF_TRUE, true))),
            "any" => (CommonConstant::BuiltinAny, Some((POP_JUMP_IF_FALSE, false))),
            "tuple" => (CommonConstant::BuiltinTuple, None),
            _ => return Ok(()),
        };
        let at = loc(func.span);
        let (skip, start, cleanup) = (self.new_label(), self.new_label(), self.new_label());
        self.op_arg(at, COPY, 1);
        self.op_arg(at, LOAD_COMMON_CONSTANT, builtin as u32);
        self.op_arg(at, IS_OP, 0);
        self.jump(at, POP_JUMP_IF_FALSE, skip);
        self.op(at, POP_TOP);
        if search.is_none() {
            self.op_arg(at, BUILD_LIST, 0);
        }
        self.expr(generator)?;
        self.place(start);
        self.jump(at, FOR_ITER, cleanup);
        match search {
            None => {
                self.op_arg(at, LIST_APPEND, 2);
                self.jump(at, JUMP, start);
            }
            Some((go_on, _)) => {
                self.op(at, TO_BOOL);
                self.jump(at, go_on, start);
            }
        }
        self.op(Location::NONE, POP_ITER);
        if let Some((_, exhausted)) = search {
            self.load_const(at, Const::bool(!exhausted));
        }
        self.jump(at, JUMP, end);
        self.place(cleanup);
        self.op(Location::NONE, END_FOR);
        self.op(Location::NONE, POP_ITER);
        match search {
            None => self.op_arg(at, CALL_INTRINSIC_1, Intrinsic1::ListToTuple as u32),
            Some((_, exhausted)) => self.load_const(at, Const::bool(exhausted)),
        }
        self.jump(at, JUMP, end);
        self.place(skip);
        Ok(())
    }

    /// Pushes arguments and calls; `pushed` arguments are on the stack, `injected` names a variable to add.
    pub(super) fn call_arguments(
        &mut self,
        at: Location,
        pushed: u32,
        args: &'t [Expr],
        injected: Option<&str>,
        keywords: &'t [Keyword],
    ) -> Result<()> {
        refuse_repeated_keywords(keywords)?;
        let unpacks = args.iter().any(is_starred) || keywords.iter().any(|keyword| keyword.arg.is_none());
        if unpacks || args.len() + keywords.len() * 2 > STACK_USE_GUIDELINE {
            return self.call_unpacked(at, pushed, args, injected, keywords);
        }
        self.exprs(args)?;
        let mut count = pushed + args.len() as u32;
        if let Some(name) = injected {
            self.load_name(at, name)?;
            count += 1;
        }
        if keywords.is_empty() {
            self.op_arg(at, CALL, count);
        } else {
            self.simple_keywords(at, keywords)?;
            self.op_arg(at, CALL_KW, count + keywords.len() as u32);
        }
        Ok(())
    }

    /// Values of keyword arguments, then the tuple of their names.
    fn simple_keywords(&mut self, at: Location, keywords: &'t [Keyword]) -> Result<()> {
        for keyword in keywords {
            self.expr(&keyword.value)?;
        }
        let names = keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        self.load_const(at, super::unit::string_tuple(names));
        Ok(())
    }

    fn call_unpacked(
        &mut self,
        at: Location,
        pushed: u32,
        args: &'t [Expr],
        injected: Option<&str>,
        keywords: &'t [Keyword],
    ) -> Result<()> {
        match args {
            [Expr { kind: ExprKind::Starred { value, .. }, .. }] if pushed == 0 && injected.is_none() => {
                self.expr(value)?;
            }
            _ => self.sequence_on(at, args, injected, pushed, BUILD_A_TUPLE)?,
        }
        if keywords.is_empty() {
            self.op(at, PUSH_NULL);
        } else {
            self.keyword_dict(at, keywords)?;
        }
        self.op(at, CALL_FUNCTION_EX);
        Ok(())
    }

    fn keyword_dict(&mut self, at: Location, keywords: &'t [Keyword]) -> Result<()> {
        let mut have_dict = false;
        let mut pending = 0;
        for (i, keyword) in keywords.iter().enumerate() {
            if keyword.arg.is_some() {
                pending += 1;
                continue;
            }
            if pending > 0 {
                self.part_of_keywords(at, &keywords[i - pending..i], have_dict)?;
                have_dict = true;
                pending = 0;
            }
            if !have_dict {
                self.op_arg(at, BUILD_MAP, 0);
                have_dict = true;
            }
            self.expr(&keyword.value)?;
            self.op_arg(at, DICT_MERGE, 1);
        }
        if pending > 0 {
            self.part_of_keywords(at, &keywords[keywords.len() - pending..], have_dict)?;
        }
        Ok(())
    }

    fn part_of_keywords(&mut self, at: Location, keywords: &'t [Keyword], merge: bool) -> Result<()> {
        let big = keywords.len() * 2 > STACK_USE_GUIDELINE;
        if big {
            self.op_arg(Location::NONE, BUILD_MAP, 0);
        }
        for keyword in keywords {
            if let Some(name) = &keyword.arg {
                self.load_str(at, name);
            }
            self.expr(&keyword.value)?;
            if big {
                self.op_arg(Location::NONE, MAP_ADD, 1);
            }
        }
        if !big {
            self.op_arg(at, BUILD_MAP, keywords.len() as u32);
        }
        if merge {
            self.op_arg(at, DICT_MERGE, 1);
        }
        Ok(())
    }
}

fn refuse_repeated_keywords(keywords: &[Keyword]) -> Result<()> {
    let mut seen = FxHashSet::default();
    for keyword in keywords {
        if let Some(name) = &keyword.arg
            && !seen.insert(name)
        {
            return syntax_error(format!("keyword argument repeated: {name}"), keyword.span);
        }
    }
    Ok(())
}
