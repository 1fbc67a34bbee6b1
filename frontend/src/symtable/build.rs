//! Walks the tree and records what each block does with its names.

use rustc_hash::FxHashMap;

use super::flags::*;
use super::*;
use crate::ast::*;
use crate::diagnostic::{StackGuard, syntax_error};

/// What the table depends on beside the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct SymtableOptions {
    /// `from __future__ import annotations`
    pub future_annotations: bool,
    /// The module's body may await.
    pub top_level_await: bool,
}

/// Builds the table without analysing it.
pub fn build(tree: &Mod, options: SymtableOptions, stack_guard: StackGuard) -> Result<SymbolTable> {
    let mut builder = Builder {
        table: SymbolTable { scopes: Vec::new(), by_node: FxHashMap::default() },
        stack: Vec::new(),
        private: None,
        options,
        stack_guard,
    };
    builder.enter("<module>".into(), BlockKind::Module, Some((node_key(tree), Part::Body)), Span::default());
    match tree {
        Mod::Module { body, .. } => {
            builder.scope().has_docstring = has_docstring(body);
            builder.statements(body)?;
        }
        Mod::Interactive { body } => builder.statements(body)?,
        Mod::Expression { body } => builder.expr(body)?,
        Mod::FunctionType { .. } => {}
    }
    Ok(builder.table)
}

fn has_docstring(body: &[Stmt]) -> bool {
    crate::codegen::docstring(body).is_some()
}

pub(super) struct Builder {
    pub(super) table: SymbolTable,
    pub(super) stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    pub(super) private: Option<Identifier>,
    pub(super) options: SymtableOptions,
    pub(super) stack_guard: StackGuard,
}

impl Builder {
    pub(super) fn current(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(0)
    }

    pub(super) fn scope(&mut self) -> &mut Scope {
        let id = self.current();
        self.table.scope_mut(id)
    }

    pub(super) fn new_scope(
        &mut self,
        name: Identifier,
        kind: BlockKind,
        key: Option<(usize, Part)>,
        span: Span,
    ) -> ScopeId {
        let parent = self.stack.last().map(|&id| self.table.scope(id));
        let nested = parent.is_some_and(|parent| parent.nested || parent.is_function_like());
        let method =
            kind == BlockKind::Function && parent.is_some_and(|parent| parent.kind == BlockKind::Class);
        let id = self.table.scopes.len();
        self.table.scopes.push(Scope {
            name,
            kind,
            span,
            symbols: Symbols::default(),
            varnames: Vec::new(),
            children: Vec::new(),
            comprehension: ComprehensionKind::None,
            nested,
            generator: false,
            coroutine: false,
            is_async_def: false,
            varargs: false,
            varkeywords: false,
            method,
            has_docstring: false,
            needs_class_closure: false,
            needs_classdict: false,
            comp_inlined: false,
            can_see_class_scope: false,
            has_conditional_annotations: false,
            annotations_used: false,
            annotation_block: None,
            mangled_names: None,
            scope_info: "",
            in_conditional_block: false,
            in_unevaluated_annotation: false,
            comp_iter_target: false,
            comp_iter_expr: 0,
            directives: Vec::new(),
        });
        if let Some(key) = key {
            self.table.by_node.insert(key, id);
        }
        id
    }

    /// Makes an existing scope current; `listed` says whether it becomes a child of the one before.
    pub(super) fn enter_existing(&mut self, id: ScopeId, listed: bool) {
        if let Some(&parent) = self.stack.last() {
            let outer = self.table.scope_mut(parent);
            let inherited = (outer.comp_iter_expr, outer.mangled_names.clone());
            if listed {
                outer.children.push(id);
            }
            let scope = self.table.scope_mut(id);
            scope.comp_iter_expr = inherited.0;
            if inherited.1.is_some() && scope.kind != BlockKind::Class {
                scope.mangled_names = inherited.1;
            }
        }
        self.stack.push(id);
    }

    pub(super) fn enter(
        &mut self,
        name: Identifier,
        kind: BlockKind,
        key: Option<(usize, Part)>,
        span: Span,
    ) -> ScopeId {
        let id = self.new_scope(name, kind, key, span);
        let skipped = kind == BlockKind::Annotation && self.options.future_annotations;
        self.enter_existing(id, !skipped);
        id
    }

    pub(super) fn exit(&mut self) {
        self.stack.pop();
    }

    pub(super) fn mangled(&self, name: &Identifier) -> Identifier {
        mangle_in(self.table.scope(self.current()), self.private.as_deref(), name)
    }

    pub(super) fn lookup(&self, name: &Identifier) -> u32 {
        self.table.scope(self.current()).flags_of(&self.mangled(name))
    }

    pub(super) fn check_name(&self, name: &str, span: Span, ctx: ExprContext) -> Result<()> {
        if name != "__debug__" || ctx == ExprContext::Load {
            return Ok(());
        }
        let verb = if ctx == ExprContext::Del { "delete" } else { "assign to" };
        syntax_error(format!("cannot {verb} __debug__"), span)
    }

    pub(super) fn add(&mut self, name: &Identifier, flag: u32, span: Span) -> Result<()> {
        self.add_in_context(
            name,
            flag,
            span,
            if flag == USE { ExprContext::Load } else { ExprContext::Store },
        )
    }

    pub(super) fn add_named(&mut self, name: &str, flag: u32, span: Span) -> Result<()> {
        self.add(&Identifier::new(name), flag, span)
    }

    pub(super) fn add_in_context(
        &mut self,
        name: &Identifier,
        flag: u32,
        span: Span,
        ctx: ExprContext,
    ) -> Result<()> {
        if flag & (DEF_PARAM | DEF_LOCAL | DEF_IMPORT) != 0 {
            self.check_name(name, span, ctx)?;
        }
        if flag & DEF_TYPE_PARAM != 0
            && let Some(mangled) = &mut self.scope().mangled_names
        {
            mangled.push(name.clone());
        }
        self.add_to(self.current(), name, flag, span)
    }

    pub(super) fn add_to(&mut self, id: ScopeId, name: &Identifier, flag: u32, span: Span) -> Result<()> {
        let mangled = self.mangled(name);
        let scope = self.table.scope_mut(id);
        let iterating = scope.comp_iter_target;
        let symbol = scope.symbols.entry(&mangled);
        if flag & symbol.flags & DEF_PARAM != 0 {
            return syntax_error(format!("duplicate argument '{name}' in function definition"), span);
        }
        if flag & symbol.flags & DEF_TYPE_PARAM != 0 {
            return syntax_error(format!("duplicate type parameter '{name}'"), span);
        }
        symbol.flags |= flag;
        if iterating {
            if symbol.flags & (DEF_GLOBAL | DEF_NONLOCAL) != 0 {
                let message =
                    format!("comprehension inner loop cannot rebind assignment expression target '{name}'");
                return syntax_error(message, span);
            }
            symbol.flags |= DEF_COMP_ITER;
        }
        if flag & DEF_PARAM != 0 {
            scope.varnames.push(mangled);
        } else if flag & DEF_GLOBAL != 0 {
            self.table.scope_mut(0).symbols.entry(&mangled).flags |= flag;
        }
        Ok(())
    }

    pub(super) fn statements(&mut self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|stmt| {
            self.stack_guard.check(stmt.span)?;
            self.stmt(stmt)
        })
    }

    /// Walks statements that may not run.
    pub(super) fn conditional(&mut self, walk: impl FnOnce(&mut Builder) -> Result<()>) -> Result<()> {
        let before = std::mem::replace(&mut self.scope().in_conditional_block, true);
        walk(self)?;
        self.scope().in_conditional_block = before;
        Ok(())
    }

    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Result<()> {
        let span = stmt.span;
        match &stmt.kind {
            StmtKind::FunctionDef(def) => self.function_def(def, span, false),
            StmtKind::AsyncFunctionDef(def) => self.function_def(def, span, true),
            StmtKind::ClassDef(def) => self.class_def(def, span),
            StmtKind::TypeAlias { name, type_params, value } => {
                self.type_alias(stmt, name, type_params, value)
            }
            StmtKind::Return { value } => self.optional(value),
            StmtKind::Delete { targets } => self.exprs(targets),
            StmtKind::Assign { targets, value, .. } => {
                self.exprs(targets)?;
                self.expr(value)
            }
            StmtKind::AugAssign { target, value, .. } => {
                self.expr(target)?;
                self.expr(value)
            }
            StmtKind::AnnAssign { target, annotation, value, simple } => {
                self.annotated_assignment(span, target, annotation, value.as_deref(), *simple)
            }
            StmtKind::For(def) | StmtKind::AsyncFor(def) => {
                if matches!(stmt.kind, StmtKind::AsyncFor(_)) {
                    self.mark_async_module();
                }
                self.expr(&def.target)?;
                self.expr(&def.iter)?;
                self.conditional(|builder| {
                    builder.statements(&def.body)?;
                    builder.statements(&def.orelse)
                })
            }
            StmtKind::If { .. } => self.conditional(|builder| builder.if_chain(stmt)),
            StmtKind::While { test, body, orelse } => {
                self.expr(test)?;
                self.conditional(|builder| {
                    builder.statements(body)?;
                    builder.statements(orelse)
                })
            }
            StmtKind::With(def) | StmtKind::AsyncWith(def) => {
                if matches!(stmt.kind, StmtKind::AsyncWith(_)) {
                    self.mark_async_module();
                }
                self.conditional(|builder| {
                    for item in &def.items {
                        builder.expr(&item.context_expr)?;
                        builder.maybe(item.optional_vars.as_ref())?;
                    }
                    builder.statements(&def.body)
                })
            }
            StmtKind::Match { subject, cases } => {
                self.expr(subject)?;
                self.conditional(|builder| {
                    cases.iter().try_for_each(|case| {
                        builder.pattern(&case.pattern)?;
                        builder.maybe(case.guard.as_ref())?;
                        builder.statements(&case.body)
                    })
                })
            }
            StmtKind::Raise { exc, cause } => {
                self.optional(exc)?;
                self.optional(cause)
            }
            StmtKind::Try(def) | StmtKind::TryStar(def) => self.conditional(|builder| {
                builder.statements(&def.body)?;
                for handler in &def.handlers {
                    builder.maybe(handler.r#type.as_deref())?;
                    if let Some(name) = &handler.name {
                        builder.add(name, DEF_LOCAL, handler.span)?;
                    }
                    builder.statements(&handler.body)?;
                }
                builder.statements(&def.orelse)?;
                builder.statements(&def.finalbody)
            }),
            StmtKind::Assert { test, msg } => {
                self.expr(test)?;
                self.optional(msg)
            }
            StmtKind::Import { names } | StmtKind::ImportFrom { names, .. } => {
                names.iter().try_for_each(|alias| self.alias(alias))
            }
            StmtKind::Global { names } => self.declare(names, DEF_GLOBAL, span),
            StmtKind::Nonlocal { names } => self.declare(names, DEF_NONLOCAL, span),
            StmtKind::Expr { value } => self.expr(value),
            StmtKind::Pass | StmtKind::Break | StmtKind::Continue => Ok(()),
        }
    }

    /// `if` with all its `elif`s, which lie inside one another in the tree.
    pub(super) fn if_chain(&mut self, stmt: &Stmt) -> Result<()> {
        let mut stmt = stmt;
        while let StmtKind::If { test, body, orelse } = &stmt.kind {
            self.expr(test)?;
            self.statements(body)?;
            match &orelse[..] {
                [next @ Stmt { kind: StmtKind::If { .. }, .. }] => stmt = next,
                _ => return self.statements(orelse),
            }
        }
        Ok(())
    }

    /// A module that waits at its top level is a coroutine.
    pub(super) fn mark_async_module(&mut self) {
        if self.may_await_at_top_level() {
            self.scope().coroutine = true;
        }
    }

    pub(super) fn function_def(&mut self, def: &FunctionDef, span: Span, is_async: bool) -> Result<()> {
        self.add(&def.name, DEF_LOCAL, span)?;
        self.exprs(&def.args.defaults)?;
        self.optional_list(&def.args.kw_defaults)?;
        self.exprs(&def.decorator_list)?;
        let generic = !def.type_params.is_empty();
        if generic {
            let has_kw_defaults = def.args.kw_defaults.iter().any(Option::is_some);
            self.enter_type_params(&def.name, &def.type_params, span, false)?;
            self.add_named(".defaults", DEF_PARAM, span)?;
            if has_kw_defaults {
                self.add_named(".kwdefaults", DEF_PARAM, span)?;
            }
            self.type_params(&def.type_params)?;
        }
        let id =
            self.new_scope(def.name.clone(), BlockKind::Function, Some((node_key(def), Part::Body)), span);
        self.function_annotations(def, span)?;
        let scope = self.table.scope_mut(id);
        scope.has_docstring = has_docstring(&def.body);
        scope.is_async_def = is_async;
        scope.coroutine = is_async;
        self.enter_existing(id, true);
        self.parameters(&def.args)?;
        self.statements(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    pub(super) fn parameters(&mut self, args: &Arguments) -> Result<()> {
        let named = args.posonlyargs.iter().chain(&args.args).chain(&args.kwonlyargs);
        for arg in named.chain(args.vararg.as_deref()).chain(args.kwarg.as_deref()) {
            self.add(&arg.arg, DEF_PARAM, arg.span)?;
        }
        self.scope().varargs = args.vararg.is_some();
        self.scope().varkeywords = args.kwarg.is_some();
        Ok(())
    }

    /// The block that evaluates a function's annotations. It exists even without annotations, and makes a class
    /// around the function keep its namespace in a cell.
    pub(super) fn function_annotations(&mut self, def: &FunctionDef, span: Span) -> Result<()> {
        let args = &def.args;
        let annotated = args.posonlyargs.iter().chain(&args.args).chain(args.vararg.as_deref());
        let annotated = annotated.chain(args.kwarg.as_deref()).chain(&args.kwonlyargs);
        let annotations: Vec<&Expr> =
            annotated.filter_map(|arg| arg.annotation.as_deref()).chain(def.returns.as_ref()).collect();
        let outer = self.scope();
        let sees_class = outer.can_see_class_scope || outer.kind == BlockKind::Class;
        self.enter(
            "__annotate__".into(),
            BlockKind::Annotation,
            Some((node_key(def), Part::Annotations)),
            span,
        );
        self.evaluator_scope(sees_class, span)?;
        self.scope().annotations_used = !annotations.is_empty();
        for annotation in annotations {
            self.expr(annotation)?;
        }
        self.exit();
        Ok(())
    }

    /// The current block is an evaluator: it takes the parameter `.format`, and may look into a class.
    pub(super) fn evaluator_scope(&mut self, sees_class: bool, span: Span) -> Result<()> {
        self.add_named(".format", DEF_PARAM, span)?;
        self.add_named(".format", USE, span)?;
        if sees_class {
            self.scope().can_see_class_scope = true;
            self.add_named("__classdict__", USE, span)?;
        }
        Ok(())
    }

    pub(super) fn class_def(&mut self, def: &ClassDef, span: Span) -> Result<()> {
        self.add(&def.name, DEF_LOCAL, span)?;
        self.exprs(&def.decorator_list)?;
        let private = self.private.clone();
        let generic = !def.type_params.is_empty();
        if generic {
            self.enter_type_params(&def.name, &def.type_params, span, true)?;
            self.private = Some(def.name.clone());
            self.scope().mangled_names = Some(Vec::new());
            self.type_params(&def.type_params)?;
        }
        self.exprs(&def.bases)?;
        self.keywords(&def.keywords)?;
        self.enter(def.name.clone(), BlockKind::Class, Some((node_key(def), Part::Body)), span);
        self.private = Some(def.name.clone());
        if generic {
            self.add_named("__type_params__", DEF_LOCAL, span)?;
            self.add_named(".type_params", USE, span)?;
        }
        self.scope().has_docstring = has_docstring(&def.body);
        self.statements(&def.body)?;
        self.exit();
        if generic {
            self.exit();
        }
        self.private = private;
        Ok(())
    }

    pub(super) fn type_alias(
        &mut self,
        stmt: &Stmt,
        name: &Expr,
        type_params: &[TypeParam],
        value: &Expr,
    ) -> Result<()> {
        self.expr(name)?;
        let ExprKind::Name { id, .. } = &name.kind else { return Ok(()) };
        let in_class = self.scope().kind == BlockKind::Class;
        let generic = !type_params.is_empty();
        if generic {
            self.enter_type_params(id, type_params, stmt.span, false)?;
            self.type_params(type_params)?;
        }
        self.enter(id.clone(), BlockKind::TypeAlias, Some((node_key(stmt), Part::Body)), stmt.span);
        self.evaluator_scope(in_class, value.span)?;
        self.expr(value)?;
        self.exit();
        if generic {
            self.exit();
        }
        Ok(())
    }

    pub(super) fn enter_type_params(
        &mut self,
        name: &Identifier,
        params: &[TypeParam],
        span: Span,
        class: bool,
    ) -> Result<()> {
        let in_class = self.scope().kind == BlockKind::Class;
        self.enter(name.clone(), BlockKind::TypeParameters, Some((node_key(&params[0]), Part::Body)), span);
        if in_class {
            self.scope().can_see_class_scope = true;
            self.add_named("__classdict__", USE, span)?;
        }
        if class {
            for name in [".type_params", ".generic_base"] {
                self.add_named(name, DEF_LOCAL, span)?;
                self.add_named(name, USE, span)?;
            }
        }
        Ok(())
    }

    pub(super) fn type_params(&mut self, params: &[TypeParam]) -> Result<()> {
        params.iter().try_for_each(|param| self.type_param(param))
    }

    pub(super) fn type_param(&mut self, param: &TypeParam) -> Result<()> {
        let (name, bound, default, what) = match &param.kind {
            TypeParamKind::TypeVar { name, bound, default_value } => {
                (name, bound.as_deref(), default_value.as_deref(), "a TypeVar default")
            }
            TypeParamKind::ParamSpec { name, default_value } => {
                (name, None, default_value.as_deref(), "a ParamSpec default")
            }
            TypeParamKind::TypeVarTuple { name, default_value } => {
                (name, None, default_value.as_deref(), "a TypeVarTuple default")
            }
        };
        if &**name == "__classdict__" {
            let message = format!("reserved name '{name}' cannot be used for type parameter");
            return syntax_error(message, param.span);
        }
        self.add(name, DEF_TYPE_PARAM | DEF_LOCAL, param.span)?;
        if let Some(bound) = bound {
            let constraints = matches!(bound.kind, ExprKind::Tuple { .. });
            let what = if constraints { "a TypeVar constraint" } else { "a TypeVar bound" };
            self.type_param_part(name, param, Part::Bound, bound, what)?;
        }
        if let Some(default) = default {
            self.type_param_part(name, param, Part::Default, default, what)?;
        }
        Ok(())
    }

    pub(super) fn type_param_part(
        &mut self,
        name: &Identifier,
        param: &TypeParam,
        part: Part,
        value: &Expr,
        what: &'static str,
    ) -> Result<()> {
        let sees_class = self.scope().can_see_class_scope;
        self.enter(name.clone(), BlockKind::TypeVariable, Some((node_key(param), part)), value.span);
        self.scope().scope_info = what;
        self.evaluator_scope(sees_class, value.span)?;
        self.expr(value)?;
        self.exit();
        Ok(())
    }

    pub(super) fn annotated_assignment(
        &mut self,
        span: Span,
        target: &Expr,
        annotation: &Expr,
        value: Option<&Expr>,
        simple: bool,
    ) -> Result<()> {
        self.scope().annotations_used = true;
        if let ExprKind::Name { id, .. } = &target.kind {
            let known = self.lookup(id);
            if known & (DEF_GLOBAL | DEF_NONLOCAL) != 0 && self.current() != 0 && simple {
                let what = if known & DEF_GLOBAL != 0 { "global" } else { "nonlocal" };
                return syntax_error(format!("annotated name '{id}' can't be {what}"), span);
            }
            if simple {
                self.add(id, DEF_ANNOT | DEF_LOCAL, target.span)?;
            } else if value.is_some() {
                self.add(id, DEF_LOCAL, target.span)?;
            }
        } else {
            self.expr(target)?;
        }
        self.annotation(annotation)?;
        self.maybe(value)
    }

    /// An annotation of a variable: it belongs to the evaluator of the block's annotations.
    pub(super) fn annotation(&mut self, annotation: &Expr) -> Result<()> {
        let span = annotation.span;
        let parent = self.current();
        let scope = self.table.scope(parent);
        let kind = scope.kind;
        let conditional =
            kind == BlockKind::Module || (kind == BlockKind::Class && scope.in_conditional_block);
        let deferred = !self.options.future_annotations;
        if conditional && !scope.has_conditional_annotations {
            self.scope().has_conditional_annotations = true;
            self.add_named("__conditional_annotations__", USE, span)?;
        }
        match self.table.scope(parent).annotation_block {
            Some(block) => self.enter_existing(block, false),
            None => {
                let block = self.enter("__annotate__".into(), BlockKind::Annotation, None, span);
                self.table.scope_mut(parent).annotation_block = Some(block);
                self.evaluator_scope(kind == BlockKind::Class && deferred, span)?;
            }
        }
        if conditional && deferred {
            self.add_named("__conditional_annotations__", USE, span)?;
        }
        // Annotations of local variables are never evaluated; they must not capture anything.
        self.scope().in_unevaluated_annotation = kind == BlockKind::Function;
        self.expr(annotation)?;
        self.scope().in_unevaluated_annotation = false;
        self.exit();
        Ok(())
    }

    pub(super) fn alias(&mut self, alias: &Alias) -> Result<()> {
        let name = alias.asname.as_ref().unwrap_or(&alias.name);
        if &**name == "*" {
            if self.scope().kind != BlockKind::Module {
                return syntax_error("import * only allowed at module level", alias.span);
            }
            return Ok(());
        }
        match name.split_once('.') {
            Some((first, _)) => self.add_named(first, DEF_IMPORT, alias.span),
            None => self.add(name, DEF_IMPORT, alias.span),
        }
    }

    /// `global` and `nonlocal`.
    pub(super) fn declare(&mut self, names: &[Identifier], flag: u32, span: Span) -> Result<()> {
        let what = if flag == DEF_GLOBAL { "global" } else { "nonlocal" };
        for name in names {
            let known = self.lookup(name);
            if known & (DEF_PARAM | DEF_LOCAL | USE | DEF_ANNOT) != 0 {
                let message = if known & DEF_PARAM != 0 {
                    format!("name '{name}' is parameter and {what}")
                } else if known & USE != 0 {
                    format!("name '{name}' is used prior to {what} declaration")
                } else if known & DEF_ANNOT != 0 {
                    format!("annotated name '{name}' can't be {what}")
                } else {
                    format!("name '{name}' is assigned to before {what} declaration")
                };
                return syntax_error(message, span);
            }
            self.add(name, flag, span)?;
            let mangled = self.mangled(name);
            self.scope().directives.push((mangled, span));
        }
        Ok(())
    }

    pub(super) fn pattern(&mut self, pattern: &Pattern) -> Result<()> {
        self.stack_guard.check(pattern.span)?;
        self.pattern_kind(pattern)
    }

    pub(super) fn pattern_kind(&mut self, pattern: &Pattern) -> Result<()> {
        let patterns = |builder: &mut Builder, list: &[Pattern]| {
            list.iter().try_for_each(|pattern| builder.pattern(pattern))
        };
        match &pattern.kind {
            PatternKind::MatchValue { value } => self.expr(value),
            PatternKind::MatchSingleton { .. } => Ok(()),
            PatternKind::MatchSequence { patterns: list } | PatternKind::MatchOr { patterns: list } => {
                patterns(self, list)
            }
            PatternKind::MatchMapping { keys, patterns: list, rest } => {
                self.exprs(keys)?;
                patterns(self, list)?;
                self.bind(rest, pattern.span)
            }
            PatternKind::MatchClass { cls, patterns: list, kwd_attrs, kwd_patterns } => {
                self.expr(cls)?;
                patterns(self, list)?;
                for (attr, value) in kwd_attrs.iter().zip(kwd_patterns) {
                    self.check_name(attr, value.span, ExprContext::Store)?;
                }
                patterns(self, kwd_patterns)
            }
            PatternKind::MatchStar { name } => self.bind(name, pattern.span),
            PatternKind::MatchAs { pattern: inner, name } => {
                if let Some(inner) = inner {
                    self.pattern(inner)?;
                }
                self.bind(name, pattern.span)
            }
        }
    }

    pub(super) fn bind(&mut self, name: &Option<Identifier>, span: Span) -> Result<()> {
        name.as_ref().map_or(Ok(()), |name| self.add(name, DEF_LOCAL, span))
    }
}
