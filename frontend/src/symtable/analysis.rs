//! Decides for every name of every block where it lives.
//!
//! A block's own statements decide most names; the rest depends on the blocks around it (is the name bound there?) and
//! on the blocks inside it (do they capture it?). Blocks are visited from the outside in, free names are handed up.

use rustc_hash::FxHashSet;

use super::flags::*;
use super::{BlockKind, ComprehensionKind, NameScope, ScopeId, SymbolTable};
use crate::ast::Identifier;
use crate::diagnostic::{Result, syntax_error};

/// Names that a class body provides to the blocks inside it.
const CLASS_PROVIDED: [&str; 3] = ["__class__", "__classdict__", "__conditional_annotations__"];

type Names = FxHashSet<Identifier>;

/// Analyses the whole table.
pub fn analyze(table: &mut SymbolTable) -> Result<()> {
    let mut analysis = Analysis { table, enclosing: Vec::new() };
    analysis.block(0, None)?;
    Ok(())
}

/// How the blocks around see a name.
#[derive(PartialEq, Eq)]
enum Enclosing {
    Bound { type_param: bool },
    Global,
    Nothing,
}

struct Analysis<'t> {
    table: &'t mut SymbolTable,
    /// The blocks around the current one, outermost first.
    enclosing: Vec<ScopeId>,
}

impl Analysis<'_> {
    /// Looks a name up in the blocks around the current one.
    fn enclosing_binding(&self, name: &str) -> Enclosing {
        for &id in self.enclosing.iter().rev() {
            let scope = self.table.scope(id);
            if scope.kind == BlockKind::Class {
                if CLASS_PROVIDED.contains(&name) {
                    return Enclosing::Bound { type_param: false };
                }
                continue;
            }
            let Some(symbol) = scope.symbols.get(name) else { continue };
            if symbol.flags & DEF_GLOBAL != 0 {
                return Enclosing::Global;
            }
            if symbol.bound_here && scope.is_function_like() {
                return Enclosing::Bound { type_param: symbol.flags & DEF_TYPE_PARAM != 0 };
            }
        }
        Enclosing::Nothing
    }

    /// Analyses a block; answers the names that are free in it.
    fn block(&mut self, id: ScopeId, class_entry: Option<ScopeId>) -> Result<Names> {
        let mut free = Names::default();
        for at in 0..self.table.scope(id).symbols.list.len() {
            self.name(id, at, class_entry, &mut free)?;
        }
        let (free_in_children, inlined_cells) = self.children(id, class_entry)?;
        let mut new_free = free_in_children;
        let scope = self.table.scope_mut(id);
        if scope.is_function_like() {
            for symbol in &mut scope.symbols.list {
                if symbol.scope == NameScope::Local
                    && (new_free.contains(&symbol.name) || inlined_cells.contains(&symbol.name))
                {
                    symbol.scope = NameScope::Cell;
                    new_free.remove(&symbol.name);
                }
            }
        } else if scope.kind == BlockKind::Class {
            scope.needs_class_closure |= new_free.remove("__class__");
            scope.needs_classdict |= new_free.remove("__classdict__");
            scope.has_conditional_annotations |= new_free.remove("__conditional_annotations__");
        }
        self.record(id, &new_free, &inlined_cells);
        free.extend(new_free);
        Ok(free)
    }

    fn children(&mut self, id: ScopeId, class_entry: Option<ScopeId>) -> Result<(Names, Names)> {
        let mut new_free = Names::default();
        let mut inlined_cells = Names::default();
        let is_class = self.table.scope(id).kind == BlockKind::Class;
        let sees_class = self.table.scope(id).can_see_class_scope;
        self.enclosing.push(id);
        let children = self.table.scope(id).children.clone();
        let mut spliced = Vec::with_capacity(children.len());
        for child in children {
            let entry = self.table.scope(child);
            let child_class = match entry.can_see_class_scope {
                true if is_class => Some(id),
                true => class_entry,
                false => None,
            };
            let inlines =
                !matches!(entry.comprehension, ComprehensionKind::None | ComprehensionKind::Generator)
                    && !sees_class;
            let mut child_free = self.block(child, child_class)?;
            if inlines {
                self.inline_comprehension(id, child, &mut child_free, &mut inlined_cells);
                self.table.scope_mut(child).comp_inlined = true;
                spliced.extend(self.table.scope(child).children.iter().copied());
            } else {
                spliced.push(child);
            }
            new_free.extend(child_free);
        }
        self.enclosing.pop();
        self.table.scope_mut(id).children = spliced;
        Ok((new_free, inlined_cells))
    }

    fn directive_error(&self, id: ScopeId, name: &str, message: String) -> Result<()> {
        let directives = &self.table.scope(id).directives;
        let span = directives.iter().find(|(directive, _)| &**directive == name).map(|(_, span)| *span);
        syntax_error(message, span.unwrap_or_default())
    }

    fn name(&mut self, id: ScopeId, at: usize, class_entry: Option<ScopeId>, free: &mut Names) -> Result<()> {
        let symbol = &self.table.scope(id).symbols.list[at];
        let (name, bits) = (symbol.name.clone(), symbol.flags);
        let mut bound_here = false;
        let scope = if bits & DEF_GLOBAL != 0 {
            if bits & DEF_NONLOCAL != 0 {
                return self.directive_error(id, &name, format!("name '{name}' is nonlocal and global"));
            }
            NameScope::GlobalExplicit
        } else if bits & DEF_NONLOCAL != 0 {
            if self.enclosing.is_empty() {
                let message = "nonlocal declaration not allowed at module level".to_string();
                return self.directive_error(id, &name, message);
            }
            match self.enclosing_binding(&name) {
                Enclosing::Bound { type_param: false } => {}
                Enclosing::Bound { type_param: true } => {
                    let message = format!("nonlocal binding not allowed for type parameter '{name}'");
                    return self.directive_error(id, &name, message);
                }
                _ => {
                    return self.directive_error(
                        id,
                        &name,
                        format!("no binding for nonlocal '{name}' found"),
                    );
                }
            }
            free.insert(name);
            NameScope::Free
        } else if bits & DEF_BOUND != 0 {
            bound_here = true;
            NameScope::Local
        } else if let Some(scope) = class_entry.and_then(|class| self.through_class(class, &name)) {
            scope
        } else if matches!(self.enclosing_binding(&name), Enclosing::Bound { .. }) {
            free.insert(name);
            NameScope::Free
        } else {
            NameScope::GlobalImplicit
        };
        let symbol = &mut self.table.scope_mut(id).symbols.list[at];
        symbol.scope = scope;
        symbol.bound_here = bound_here;
        Ok(())
    }

    /// A name that the class around an annotation scope binds is looked up in the class, then among the globals.
    fn through_class(&self, class: ScopeId, name: &str) -> Option<NameScope> {
        if name == "__classdict__" {
            return None;
        }
        let bits = self.table.scope(class).flags_of(name);
        if bits & DEF_GLOBAL != 0 {
            return Some(NameScope::GlobalExplicit);
        }
        (bits & DEF_BOUND != 0 && bits & DEF_NONLOCAL == 0).then_some(NameScope::GlobalImplicit)
    }

    /// Merges the names of a comprehension into the block that it is inlined into.
    fn inline_comprehension(
        &mut self,
        id: ScopeId,
        comprehension: ScopeId,
        child_free: &mut Names,
        inlined_cells: &mut Names,
    ) {
        let is_class = self.table.scope(id).kind == BlockKind::Class;
        let mut removed: Vec<Identifier> = Vec::new();
        let inner: Vec<_> = self.table.scope(comprehension).symbols.list.clone();
        for symbol in inner {
            if symbol.flags & DEF_PARAM != 0 {
                continue;
            }
            let captured_inside = {
                let children = &self.table.scope(comprehension).children;
                children
                    .iter()
                    .any(|&child| self.table.scope(child).scope_of(&symbol.name) == NameScope::Free)
            };
            let mut scope = symbol.scope;
            if scope == NameScope::Cell || symbol.flags & DEF_COMP_CELL != 0 {
                inlined_cells.insert(symbol.name.clone());
            }
            if scope == NameScope::Free && is_class && CLASS_PROVIDED.contains(&&*symbol.name) {
                scope = NameScope::GlobalImplicit;
                if !captured_inside {
                    child_free.remove(&symbol.name);
                }
                removed.push(symbol.name.clone());
            }
            match self.table.scope(id).symbols.get(&symbol.name) {
                None => {
                    let copy = self.table.scope_mut(id).symbols.entry(&symbol.name);
                    copy.flags = symbol.flags;
                    copy.scope = scope;
                }
                Some(existing) if existing.flags & DEF_BOUND != 0 && !is_class && !captured_inside => {
                    child_free.remove(&symbol.name);
                }
                Some(_) => {}
            }
        }
        for name in removed {
            self.table.scope_mut(comprehension).symbols.remove(&name);
        }
    }

    /// Notes inlined cells and hands free names of inner blocks through this one.
    fn record(&mut self, id: ScopeId, new_free: &Names, inlined_cells: &Names) {
        let scope = self.table.scope(id);
        let class_like = scope.kind == BlockKind::Class || scope.can_see_class_scope;
        let handed_through: Vec<Identifier> = new_free
            .iter()
            .filter(|name| {
                scope.symbols.get(name).is_none()
                    && (self.enclosing.is_empty()
                        || matches!(self.enclosing_binding(name), Enclosing::Bound { .. }))
            })
            .cloned()
            .collect();
        let symbols = &mut self.table.scope_mut(id).symbols;
        for symbol in &mut symbols.list {
            if inlined_cells.contains(&symbol.name) {
                symbol.flags |= DEF_COMP_CELL;
            }
            if class_like && new_free.contains(&symbol.name) {
                symbol.flags |= DEF_FREE_CLASS;
            }
        }
        for name in handed_through {
            symbols.entry(&name).scope = NameScope::Free;
        }
    }
}
