//! The symbol table: which scope each name of each block belongs to.
//!
//! [`build`] walks the tree once and records what every block does with its names; [`analysis`] then decides, block
//! by block, which names are local, global, captured (cells) or free. Comprehensions that will be inlined are merged
//! into their parents on the way. Code generation finds the scope of a node by the node's address, so the tree must
//! not move between the two.

mod analysis;
mod build;
mod expressions;

use rustc_hash::FxHashMap;

use crate::ast::{Identifier, Mod, Span};
use crate::diagnostic::{Result, StackGuard};

pub use build::SymtableOptions;

/// Index of a scope in its table.
pub type ScopeId = usize;

/// What a block does with a name.
pub mod flags {
    /// `global` statement in this block.
    pub const DEF_GLOBAL: u32 = 1;
    /// Assigned in this block.
    pub const DEF_LOCAL: u32 = 2;
    /// A parameter.
    pub const DEF_PARAM: u32 = 4;
    /// `nonlocal` statement in this block.
    pub const DEF_NONLOCAL: u32 = 8;
    /// Read in this block.
    pub const USE: u32 = 16;
    /// Free in a method and bound in the class body around it.
    pub const DEF_FREE_CLASS: u32 = 64;
    /// Bound by an import.
    pub const DEF_IMPORT: u32 = 128;
    /// Annotated in this block.
    pub const DEF_ANNOT: u32 = 256;
    /// Iteration variable of a comprehension.
    pub const DEF_COMP_ITER: u32 = 512;
    /// A type parameter.
    pub const DEF_TYPE_PARAM: u32 = 1024;
    /// A cell in an inlined comprehension.
    pub const DEF_COMP_CELL: u32 = 2048;
    /// Any way of binding a name.
    pub const DEF_BOUND: u32 = DEF_LOCAL | DEF_PARAM | DEF_IMPORT | DEF_TYPE_PARAM;
}

/// Where a name lives, as seen from one block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameScope {
    /// Not decided; a block that never saw the name.
    Unknown,
    Local,
    GlobalExplicit,
    GlobalImplicit,
    Free,
    Cell,
}

/// The kinds of blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockKind {
    Module,
    Class,
    Function,
    /// The evaluator of annotations.
    Annotation,
    /// The evaluator of a type parameter's bound or default.
    TypeVariable,
    /// The evaluator of a `type` statement's value.
    TypeAlias,
    /// The block around a generic definition.
    TypeParameters,
}

/// The kinds of comprehensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ComprehensionKind {
    None,
    List,
    Set,
    Dict,
    Generator,
}

/// Which block of a node is meant: some nodes have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The node's own block.
    Body,
    /// The bound of a type parameter.
    Bound,
    /// The default of a type parameter.
    Default,
    /// The annotations of a function.
    Annotations,
}

/// A name in a block.
#[derive(Clone, Debug)]
pub struct Symbol {
    pub name: Identifier,
    pub flags: u32,
    pub scope: NameScope,
    /// The block itself binds the name, for the blocks inside it to see.
    bound_here: bool,
}

/// The names of a block, in order of first appearance.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    list: Vec<Symbol>,
    index: FxHashMap<Identifier, u32>,
}

impl Symbols {
    /// The symbol of a name.
    pub fn get(&self, name: &str) -> Option<&Symbol> {
        self.index.get(name).map(|&at| &self.list[at as usize])
    }

    fn entry(&mut self, name: &Identifier) -> &mut Symbol {
        let at = match self.index.get(name) {
            Some(&at) => at as usize,
            None => {
                self.index.insert(name.clone(), self.list.len() as u32);
                self.list.push(Symbol {
                    name: name.clone(),
                    flags: 0,
                    scope: NameScope::Unknown,
                    bound_here: false,
                });
                self.list.len() - 1
            }
        };
        &mut self.list[at]
    }

    fn remove(&mut self, name: &str) {
        if let Some(at) = self.index.remove(name) {
            self.list.remove(at as usize);
            for position in self.index.values_mut().filter(|position| **position > at) {
                *position -= 1;
            }
        }
    }

    /// All symbols, by first appearance.
    pub fn iter(&self) -> impl Iterator<Item = &Symbol> {
        self.list.iter()
    }

    /// The names that satisfy `wanted`, sorted.
    pub fn sorted_names(&self, wanted: impl Fn(&Symbol) -> bool) -> Vec<Identifier> {
        let mut names: Vec<Identifier> =
            self.list.iter().filter(|symbol| wanted(symbol)).map(|symbol| symbol.name.clone()).collect();
        names.sort_unstable();
        names
    }
}

/// One block and its names.
#[derive(Clone, Debug)]
pub struct Scope {
    pub name: Identifier,
    pub kind: BlockKind,
    /// The place of the node.
    pub span: Span,
    pub symbols: Symbols,
    /// Parameters, in the order of `co_varnames`.
    pub varnames: Vec<Identifier>,
    pub children: Vec<ScopeId>,
    pub comprehension: ComprehensionKind,
    pub nested: bool,
    pub generator: bool,
    pub coroutine: bool,
    /// An `async def`, or anything else whose body may await.
    is_async_def: bool,
    pub varargs: bool,
    pub varkeywords: bool,
    /// A function defined directly in a class body.
    pub method: bool,
    pub has_docstring: bool,
    pub needs_class_closure: bool,
    pub needs_classdict: bool,
    pub comp_inlined: bool,
    pub can_see_class_scope: bool,
    pub has_conditional_annotations: bool,
    pub annotations_used: bool,
    /// The block that evaluates the annotations of a class or module.
    pub annotation_block: Option<ScopeId>,
    /// Inside a class's type parameter block, only these names are mangled.
    pub mangled_names: Option<Vec<Identifier>>,
    /// What a `TypeVariable` block evaluates, for messages.
    scope_info: &'static str,
    in_conditional_block: bool,
    in_unevaluated_annotation: bool,
    comp_iter_target: bool,
    comp_iter_expr: u32,
    directives: Vec<(Identifier, Span)>,
}

impl Scope {
    /// Blocks that become functions.
    pub fn is_function_like(&self) -> bool {
        !matches!(self.kind, BlockKind::Module | BlockKind::Class)
    }

    /// The scope of a (mangled) name.
    pub fn scope_of(&self, name: &str) -> NameScope {
        self.symbols.get(name).map_or(NameScope::Unknown, |symbol| symbol.scope)
    }

    /// What the block does with a (mangled) name.
    pub fn flags_of(&self, name: &str) -> u32 {
        self.symbols.get(name).map_or(0, |symbol| symbol.flags)
    }
}

/// All blocks of one module. Scope 0 is the module.
pub struct SymbolTable {
    scopes: Vec<Scope>,
    by_node: FxHashMap<(usize, Part), ScopeId>,
}

/// The address that stands for a node.
pub fn node_key<T>(node: &T) -> usize {
    std::ptr::from_ref(node) as usize
}

impl SymbolTable {
    /// Builds and analyses the table of a tree.
    pub fn build(tree: &Mod, options: SymtableOptions, stack: StackGuard) -> Result<SymbolTable> {
        let mut table = build::build(tree, options, stack)?;
        analysis::analyze(&mut table)?;
        Ok(table)
    }

    /// A scope by its index.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.scopes[id]
    }

    fn scope_mut(&mut self, id: ScopeId) -> &mut Scope {
        &mut self.scopes[id]
    }

    /// Makes a block see a name in another way for a while; answers how it saw it before.
    pub fn override_symbol(
        &mut self,
        id: ScopeId,
        name: &Identifier,
        flags: u32,
        scope: NameScope,
    ) -> (u32, NameScope) {
        let symbol = self.scopes[id].symbols.entry(name);
        (std::mem::replace(&mut symbol.flags, flags), std::mem::replace(&mut symbol.scope, scope))
    }

    /// The scope that a node opens.
    pub fn scope_of_node<T>(&self, node: &T, part: Part) -> Option<ScopeId> {
        self.by_node.get(&(node_key(node), part)).copied()
    }
}

/// Private names are mangled with the class around them: `__x` in `_C` is `_C__x`.
pub fn mangle(class: Option<&str>, name: &Identifier) -> Identifier {
    let Some(class) = class else { return name.clone() };
    if !name.starts_with("__") || name.ends_with("__") || name.contains('.') {
        return name.clone();
    }
    let class = class.trim_start_matches('_');
    if class.is_empty() {
        return name.clone();
    }
    Identifier::new(&format!("_{class}{name}"))
}

/// Mangles a name that appears in `scope`.
pub fn mangle_in(scope: &Scope, class: Option<&str>, name: &Identifier) -> Identifier {
    if let Some(mangled) = &scope.mangled_names
        && !mangled.contains(name)
    {
        return name.clone();
    }
    mangle(class, name)
}
