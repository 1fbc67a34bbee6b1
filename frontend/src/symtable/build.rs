//! Walks the tree and records what each block does with its names.

use rustc_hash::FxHashMap;

use super::flags::*;
use super::*;
use crate::ast::*;
use crate::diagnostic::{MAX_DEPTH, syntax_error, too_deep};

/// What the table depends on beside the tree.
#[derive(Clone, Copy, Debug, Default)]
pub struct SymtableOptions {
    /// `from __future__ import annotations`
    pub future_annotations: bool,
    /// The module's body may await.
    pub top_level_await: bool,
}

/// Builds the table without analysing it.
pub fn build(tree: &Mod, options: SymtableOptions) -> Result<SymbolTable> {
    let mut builder = Builder {
        table: SymbolTable { scopes: Vec::new(), by_node: FxHashMap::default() },
        stack: Vec::new(),
        private: None,
        options,
        depth: 0,
    };
    builder.enter("<module>".into(), BlockKind::Module, Some((node_key(tree), Part::Body)), Span::default());
    match tree {
        Mod::Module { body } => {
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

struct Builder {
    table: SymbolTable,
    stack: Vec<ScopeId>,
    /// The class whose private names are mangled.
    private: Option<Identifier>,
    options: SymtableOptions,
    depth: u32,
}

impl Builder {
    fn current(&self) -> ScopeId {
        self.stack.last().copied().unwrap_or(0)
    }

    fn scope(&mut self) -> &mut Scope {
        let id = self.current();
        self.table.scope_mut(id)
    }

    fn new_scope(
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
    fn enter_existing(&mut self, id: ScopeId, listed: bool) {
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

    fn enter(
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

    fn exit(&mut self) {
        self.stack.pop();
    }

    fn mangled(&self, name: &Identifier) -> Identifier {
        mangle_in(self.table.scope(self.current()), self.private.as_deref(), name)
    }

    fn lookup(&self, name: &Identifier) -> u32 {
        self.table.scope(self.current()).flags_of(&self.mangled(name))
    }

    fn check_name(&self, name: &str, span: Span, ctx: ExprContext) -> Result<()> {
        if name != "__debug__" || ctx == ExprContext::Load {
            return Ok(());
        }
        let verb = if ctx == ExprContext::Del { "delete" } else { "assign to" };
        syntax_error(format!("cannot {verb} __debug__"), span)
    }

    fn add(&mut self, name: &Identifier, flag: u32, span: Span) -> Result<()> {
        self.add_in_context(
            name,
            flag,
            span,
            if flag == USE { ExprContext::Load } else { ExprContext::Store },
        )
    }

    fn add_named(&mut self, name: &str, flag: u32, span: Span) -> Result<()> {
        self.add(&Identifier::new(name), flag, span)
    }

    fn add_in_context(&mut self, name: &Identifier, flag: u32, span: Span, ctx: ExprContext) -> Result<()> {
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

    fn add_to(&mut self, id: ScopeId, name: &Identifier, flag: u32, span: Span) -> Result<()> {
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

    fn deeper<T>(&mut self, span: Span, walk: impl FnOnce(&mut Builder) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return too_deep(span);
        }
        self.depth += 1;
        let result = walk(self);
        self.depth -= 1;
        result
    }

    fn statements(&mut self, body: &[Stmt]) -> Result<()> {
        body.iter().try_for_each(|stmt| self.deeper(stmt.span, |builder| builder.stmt(stmt)))
    }

    /// Walks statements that may not run.
    fn conditional(&mut self, walk: impl FnOnce(&mut Builder) -> Result<()>) -> Result<()> {
        let before = std::mem::replace(&mut self.scope().in_conditional_block, true);
        walk(self)?;
        self.scope().in_conditional_block = before;
        Ok(())
    }

    fn stmt(&mut self, stmt: &Stmt) -> Result<()> {
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
            StmtKind::Assign { targets, value } => {
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
            StmtKind::While { test, body, orelse } | StmtKind::If { test, body, orelse } => {
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

    /// A module that waits at its top level is a coroutine.
    fn mark_async_module(&mut self) {
        if self.may_await_at_top_level() {
            self.scope().coroutine = true;
        }
    }

    fn function_def(&mut self, def: &FunctionDef, span: Span, is_async: bool) -> Result<()> {
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

    fn parameters(&mut self, args: &Arguments) -> Result<()> {
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
    fn function_annotations(&mut self, def: &FunctionDef, span: Span) -> Result<()> {
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
    fn evaluator_scope(&mut self, sees_class: bool, span: Span) -> Result<()> {
        self.add_named(".format", DEF_PARAM, span)?;
        self.add_named(".format", USE, span)?;
        if sees_class {
            self.scope().can_see_class_scope = true;
            self.add_named("__classdict__", USE, span)?;
        }
        Ok(())
    }

    fn class_def(&mut self, def: &ClassDef, span: Span) -> Result<()> {
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

    fn type_alias(
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

    fn enter_type_params(
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

    fn type_params(&mut self, params: &[TypeParam]) -> Result<()> {
        params.iter().try_for_each(|param| self.type_param(param))
    }

    fn type_param(&mut self, param: &TypeParam) -> Result<()> {
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

    fn type_param_part(
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

    fn annotated_assignment(
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
    fn annotation(&mut self, annotation: &Expr) -> Result<()> {
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

    fn alias(&mut self, alias: &Alias) -> Result<()> {
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
    fn declare(&mut self, names: &[Identifier], flag: u32, span: Span) -> Result<()> {
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

    fn pattern(&mut self, pattern: &Pattern) -> Result<()> {
        self.deeper(pattern.span, |builder| builder.pattern_kind(pattern))
    }

    fn pattern_kind(&mut self, pattern: &Pattern) -> Result<()> {
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

    fn bind(&mut self, name: &Option<Identifier>, span: Span) -> Result<()> {
        name.as_ref().map_or(Ok(()), |name| self.add(name, DEF_LOCAL, span))
    }

    fn exprs(&mut self, list: &[Expr]) -> Result<()> {
        list.iter().try_for_each(|expr| self.expr(expr))
    }

    fn optional(&mut self, expr: &Option<Box<Expr>>) -> Result<()> {
        self.maybe(expr.as_deref())
    }

    fn maybe(&mut self, expr: Option<&Expr>) -> Result<()> {
        expr.map_or(Ok(()), |expr| self.expr(expr))
    }

    fn optional_list(&mut self, list: &[Option<Expr>]) -> Result<()> {
        list.iter().flatten().try_for_each(|expr| self.expr(expr))
    }

    fn keywords(&mut self, keywords: &[Keyword]) -> Result<()> {
        for keyword in keywords {
            if let Some(arg) = &keyword.arg {
                self.check_name(arg, keyword.span, ExprContext::Store)?;
            }
        }
        keywords.iter().try_for_each(|keyword| self.expr(&keyword.value))
    }

    fn expr(&mut self, expr: &Expr) -> Result<()> {
        if self.depth >= MAX_DEPTH {
            return too_deep(expr.span);
        }
        self.depth += 1;
        self.expr_kind(expr)?;
        self.depth -= 1;
        Ok(())
    }

    fn expr_kind(&mut self, expr: &Expr) -> Result<()> {
        let span = expr.span;
        match &expr.kind {
            ExprKind::NamedExpr { target, value } => {
                self.refuse_in_evaluator("named expression", span)?;
                self.named_expr(expr, target, value)
            }
            ExprKind::BoolOp { values, .. } => self.exprs(values),
            ExprKind::BinOp { left, right, .. } => {
                self.expr(left)?;
                self.expr(right)
            }
            ExprKind::UnaryOp { operand, .. } => self.expr(operand),
            ExprKind::Lambda { args, body } => {
                self.exprs(&args.defaults)?;
                self.optional_list(&args.kw_defaults)?;
                self.enter("<lambda>".into(), BlockKind::Function, Some((node_key(expr), Part::Body)), span);
                self.parameters(args)?;
                self.expr(body)?;
                self.exit();
                Ok(())
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.expr(test)?;
                self.expr(body)?;
                self.expr(orelse)
            }
            ExprKind::Dict { keys, values } => {
                self.optional_list(keys)?;
                self.exprs(values)
            }
            ExprKind::Set { elts } | ExprKind::List { elts, .. } | ExprKind::Tuple { elts, .. } => {
                self.exprs(elts)
            }
            ExprKind::ListComp { elt, generators } => {
                self.comprehension(expr, "<listcomp>", ComprehensionKind::List, generators, elt, None)
            }
            ExprKind::SetComp { elt, generators } => {
                self.comprehension(expr, "<setcomp>", ComprehensionKind::Set, generators, elt, None)
            }
            ExprKind::DictComp { key, value, generators } => {
                self.comprehension(expr, "<dictcomp>", ComprehensionKind::Dict, generators, key, Some(value))
            }
            ExprKind::GeneratorExp { elt, generators } => {
                self.comprehension(expr, "<genexpr>", ComprehensionKind::Generator, generators, elt, None)
            }
            ExprKind::Yield { value } => {
                self.refuse_in_evaluator("yield expression", span)?;
                self.optional(value)?;
                self.yields(span)
            }
            ExprKind::YieldFrom { value } => {
                self.refuse_in_evaluator("yield expression", span)?;
                self.expr(value)?;
                self.yields(span)
            }
            ExprKind::Await { value } => self.await_expr(span, value),
            ExprKind::Compare { left, comparators, .. } => {
                self.expr(left)?;
                self.exprs(comparators)
            }
            ExprKind::Call { func, args, keywords } => {
                self.expr(func)?;
                self.exprs(args)?;
                self.keywords(keywords)
            }
            ExprKind::FormattedValue { value, format_spec, .. }
            | ExprKind::Interpolation { value, format_spec, .. } => {
                self.expr(value)?;
                self.optional(format_spec)
            }
            ExprKind::JoinedStr { values } | ExprKind::TemplateStr { values } => self.exprs(values),
            ExprKind::Constant { .. } => Ok(()),
            ExprKind::Attribute { value, attr, ctx } => {
                self.check_name(attr, span, *ctx)?;
                self.expr(value)
            }
            ExprKind::Subscript { value, slice, .. } => {
                self.expr(value)?;
                self.expr(slice)
            }
            ExprKind::Starred { value, .. } => self.expr(value),
            ExprKind::Slice { lower, upper, step } => {
                self.optional(lower)?;
                self.optional(upper)?;
                self.optional(step)
            }
            ExprKind::Name { id, ctx } => self.name(id, *ctx, span),
        }
    }

    fn name(&mut self, id: &Identifier, ctx: ExprContext, span: Span) -> Result<()> {
        if self.scope().in_unevaluated_annotation {
            return Ok(());
        }
        let load = ctx == ExprContext::Load;
        if load && &**id == "__debug__" {
            return Ok(());
        }
        self.add_in_context(id, if load { USE } else { DEF_LOCAL }, span, ctx)?;
        if load && &**id == "super" && self.scope().is_function_like() {
            self.add_named("__class__", USE, span)?;
        }
        Ok(())
    }

    fn refuse_in_evaluator(&mut self, what: &str, span: Span) -> Result<()> {
        let scope = self.scope();
        let place = match scope.kind {
            BlockKind::Annotation => "an annotation",
            BlockKind::TypeVariable => scope.scope_info,
            BlockKind::TypeAlias => "a type alias",
            BlockKind::TypeParameters => "the definition of a generic",
            _ => return Ok(()),
        };
        syntax_error(format!("{what} cannot be used within {place}"), span)
    }

    fn yields(&mut self, span: Span) -> Result<()> {
        let scope = self.scope();
        scope.generator = true;
        let place = match scope.comprehension {
            ComprehensionKind::None => return Ok(()),
            ComprehensionKind::List => "list comprehension",
            ComprehensionKind::Set => "set comprehension",
            ComprehensionKind::Dict => "dict comprehension",
            ComprehensionKind::Generator => "generator expression",
        };
        syntax_error(format!("'yield' inside {place}"), span)
    }

    fn await_expr(&mut self, span: Span, value: &Expr) -> Result<()> {
        self.refuse_in_evaluator("await expression", span)?;
        if !self.may_await_at_top_level() {
            let scope = self.scope();
            if !scope.is_function_like() {
                return syntax_error("'await' outside function", span);
            }
            if !scope.is_async_def && scope.comprehension == ComprehensionKind::None {
                return syntax_error("'await' outside async function", span);
            }
        }
        self.expr(value)?;
        self.scope().coroutine = true;
        Ok(())
    }

    /// The current block is a module that may await.
    fn may_await_at_top_level(&mut self) -> bool {
        self.options.top_level_await && self.scope().kind == BlockKind::Module
    }

    fn named_expr(&mut self, expr: &Expr, target: &Expr, value: &Expr) -> Result<()> {
        let scope = self.scope();
        if scope.comp_iter_expr > 0 {
            let message = "assignment expression cannot be used in a comprehension iterable expression";
            return syntax_error(message, expr.span);
        }
        if scope.comprehension != ComprehensionKind::None
            && let ExprKind::Name { id, .. } = &target.kind
        {
            self.extend_named_expr_scope(id, target.span)?;
        }
        self.expr(value)?;
        self.expr(target)
    }

    /// An assignment expression in a comprehension binds in the block around the comprehension.
    fn extend_named_expr_scope(&mut self, name: &Identifier, span: Span) -> Result<()> {
        let mangled = self.mangled(name);
        for at in (0..self.stack.len()).rev() {
            let id = self.stack[at];
            let scope = self.table.scope(id);
            let known = scope.flags_of(&mangled);
            if scope.comprehension != ComprehensionKind::None {
                if known & DEF_COMP_ITER != 0 && known & (DEF_LOCAL | DEF_GLOBAL) != 0 {
                    let message = format!(
                        "assignment expression cannot rebind comprehension iteration variable '{name}'"
                    );
                    return syntax_error(message, span);
                }
                continue;
            }
            let place = match scope.kind {
                BlockKind::Function => {
                    let flag = if known & DEF_GLOBAL != 0 { DEF_GLOBAL } else { DEF_NONLOCAL };
                    self.add(name, flag, span)?;
                    self.scope().directives.push((mangled, span));
                    return self.add_to(id, name, DEF_LOCAL, span);
                }
                BlockKind::Module => {
                    self.add(name, DEF_GLOBAL, span)?;
                    self.scope().directives.push((mangled, span));
                    return self.add_to(id, name, DEF_GLOBAL, span);
                }
                BlockKind::Class => "in a class body",
                BlockKind::TypeParameters => "within the definition of a generic",
                BlockKind::TypeAlias => "in a type alias",
                BlockKind::TypeVariable => "in a TypeVar bound",
                BlockKind::Annotation => continue,
            };
            let message = format!("assignment expression within a comprehension cannot be used {place}");
            return syntax_error(message, span);
        }
        Ok(())
    }

    fn comprehension(
        &mut self,
        expr: &Expr,
        name: &str,
        kind: ComprehensionKind,
        generators: &[Comprehension],
        elt: &Expr,
        value: Option<&Expr>,
    ) -> Result<()> {
        let Some((outermost, rest)) = generators.split_first() else { return Ok(()) };
        self.iterable(&outermost.iter)?;
        self.enter(name.into(), BlockKind::Function, Some((node_key(expr), Part::Body)), expr.span);
        self.scope().comprehension = kind;
        self.scope().coroutine |= outermost.is_async;
        self.add_named(".0", DEF_PARAM, expr.span)?;
        self.iteration_target(&outermost.target)?;
        self.exprs(&outermost.ifs)?;
        for generator in rest {
            self.iteration_target(&generator.target)?;
            self.iterable(&generator.iter)?;
            self.exprs(&generator.ifs)?;
            self.scope().coroutine |= generator.is_async;
        }
        self.maybe(value)?;
        self.expr(elt)?;
        let is_generator = kind == ComprehensionKind::Generator;
        self.scope().generator = is_generator;
        let is_async = self.scope().coroutine && !is_generator;
        self.exit();
        if !is_async {
            return Ok(());
        }
        let top_level_await = self.may_await_at_top_level();
        let scope = self.scope();
        if !scope.is_async_def && scope.comprehension == ComprehensionKind::None && !top_level_await {
            let message = "asynchronous comprehension outside of an asynchronous function";
            return syntax_error(message, expr.span);
        }
        scope.coroutine = true;
        Ok(())
    }

    fn iterable(&mut self, iter: &Expr) -> Result<()> {
        self.scope().comp_iter_expr += 1;
        self.expr(iter)?;
        self.scope().comp_iter_expr -= 1;
        Ok(())
    }

    fn iteration_target(&mut self, target: &Expr) -> Result<()> {
        self.scope().comp_iter_target = true;
        self.expr(target)?;
        self.scope().comp_iter_target = false;
        Ok(())
    }
}
