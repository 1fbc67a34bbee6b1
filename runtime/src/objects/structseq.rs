//! Struct sequences: tuples whose items have names (`os.stat_result`, `time.struct_time`, `sys.flags`).
//!
//! A type is declared by `struct_sequence!`, put into its module by `StructSequence::add_to` (or readied by `ready`), and
//! its objects are made by `StructSequence::make`. Items behind the visible ones can be reached by name only. Names are
//! given with their positions, so that a sequence may have items without one.

use crate::call::Args;
use crate::error::{PyResult, Raised};
use crate::objects::dict::Dict;
use crate::objects::str;
use crate::objects::tuple::Tuple;
use crate::objects::{int, module, sequence};
use crate::protocol;
use crate::thread::Thread;
use crate::types::binding::Parameters;
use crate::types::slots::Unary;
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, TypeSpec, method, registry};
use crate::value::{Ref, Value};

/// A struct sequence type. The type object stands first, which is how its slots find the rest.
#[repr(C)]
pub struct StructSequence {
    ty: Type,
    names: &'static [(usize, GetSetDef)],
    visible: usize,
    total: usize,
    /// Completes the items that the constructor was not given (they are None by then).
    complete: Option<fn(&mut [Ref])>,
}

// SAFETY: touched only under the GIL.
unsafe impl Sync for StructSequence {}

/// Declares a struct sequence type:
///
/// ```ignore
/// struct_sequence! {
///     /// What `os.terminal_size` is.
///     pub static TERMINAL_SIZE = "os.terminal_size" {
///         visible: 2, total: 2, flags: TypeFlags::empty(), doc: "...", complete: None,
///         0 columns "width of the terminal window in characters",
///         1 lines "height of the terminal window in characters",
///     }
/// }
/// ```
///
/// `TypeFlags::NO_INSTANTIATION` makes a type whose objects only native code can make.
#[macro_export]
macro_rules! struct_sequence {
    ($(#[$meta:meta])* $visibility:vis static $ident:ident = $name:literal {
        visible: $visible:expr, total: $total:expr, flags: $flags:expr, doc: $doc:expr, complete: $complete:expr,
        $($index:literal $field:ident $field_doc:literal,)*
    }) => {
        $(#[$meta])*
        $visibility static $ident: $crate::objects::structseq::StructSequence = {
            const NAMES: &[(usize, $crate::GetSetDef)] =
                &[$(($index, $crate::objects::structseq::field($index, stringify!($field), $field_doc))),*];
            const ROWS: &[$crate::GetSetDef] =
                &[$($crate::objects::structseq::field($index, stringify!($field), $field_doc)),*];
            const SPEC: $crate::TypeSpec =
                $crate::objects::structseq::spec($name, ROWS, $flags, $doc);
            $crate::objects::structseq::StructSequence::declare(&SPEC, NAMES, $visible, $total, $complete)
        };
    };
}

/// The row of a named item.
pub const fn field(index: usize, name: &'static str, doc: &'static str) -> GetSetDef {
    GetSetDef { name, get: READERS[index], set: None, doc, member: true }
}

/// The spec of a struct sequence type.
pub const fn spec(
    name: &'static str,
    rows: &'static [GetSetDef],
    flags: TypeFlags,
    doc: &'static str,
) -> TypeSpec {
    TypeSpec {
        name,
        base: Some(&registry::TUPLE),
        size: size_of::<Tuple>(),
        flags: TypeFlags::GC.union(flags),
        slots: Slots {
            new: Some(new),
            drop: Tuple::drop_items_with_hidden,
            variable_size: Some(Tuple::variable_size_with_hidden),
            traverse: Some(traverse),
            repr: Some(repr),
            ..Slots::EMPTY
        },
        methods: METHODS,
        getsets: rows,
        doc,
        ..TypeSpec::EMPTY
    }
}

const METHODS: &[MethodDef] = &[method("__reduce__", "!($self, /)", NativeFn::NoArgs(reduce), ""), REPLACE];

/// The row of `__replace__`, for types with rows of their own.
pub const REPLACE: MethodDef = method(
    "__replace__",
    "($self, /, **changes)",
    NativeFn::Raw(replace),
    "Return a copy of the structure with new values for the specified fields.",
);

impl StructSequence {
    /// Use `struct_sequence!`.
    pub const fn declare(
        spec: &'static TypeSpec,
        names: &'static [(usize, GetSetDef)],
        visible: usize,
        total: usize,
        complete: Option<fn(&mut [Ref])>,
    ) -> StructSequence {
        StructSequence { ty: Type::new_static(spec), names, visible, total, complete }
    }

    /// The type object, ready for use.
    pub fn ready(&'static self) -> &'static Type {
        if !self.ty.has(TypeFlags::READY) {
            registry::ready(&self.ty);
            self.fill_namespace();
        }
        &self.ty
    }

    fn fill_namespace(&self) {
        let namespace = self.ty.dict.get();
        let Some(dict) = namespace.cast::<Dict>() else { return };
        dict.set_str("n_sequence_fields", *int::from_usize(self.visible));
        dict.set_str("n_fields", *int::from_usize(self.total));
        dict.set_str("n_unnamed_fields", *int::from_usize(self.total - self.names.len()));
        let matched = self.names.iter().filter(|(index, _)| *index < self.visible);
        let matched = matched.map(|(_, row)| str::intern_text(row.name).to_ref()).collect();
        dict.set_str("__match_args__", *Tuple::from_refs(matched));
        self.ty.modified();
    }

    /// Adds the type to a native module under its own name.
    pub fn add_to(&'static self, module: Value) {
        let ty = self.ready();
        module::add(module, &ty.short_name(), Value::of(ty));
    }

    /// An object; missing items at the end are None.
    pub fn make(&'static self, mut items: Vec<Ref>) -> Ref {
        let ty = self.ready();
        items.resize_with(self.total, || Ref::NONE);
        Tuple::build_with_hidden(ty, items, self.visible)
    }

    /// The struct sequence that an object's type is.
    fn of(ty: &'static Type) -> &'static StructSequence {
        debug_assert!(
            ty.spec.is_some_and(|s| s.slots.repr.is_some_and(|f| std::ptr::fn_addr_eq(f, repr as Unary)))
        );
        // SAFETY: the slots and methods here belong to types that are the first field of a `StructSequence`; these cannot
        // be subclassed.
        unsafe { &*(ty as *const Type as *const StructSequence) }
    }
}

fn tuple(v: Value) -> &'static Tuple {
    // SAFETY: called on struct sequences only, which are tuples.
    unsafe { v.cast_unchecked() }
}

/// Item `index`, hidden or not, borrowed.
fn item(v: Value, index: usize) -> Value {
    let t = tuple(v);
    match index.checked_sub(t.len()) {
        None => t.items()[index],
        // SAFETY: called on struct sequences only.
        Some(i) => unsafe { t.hidden_items() }.get(i).copied().unwrap_or(Value::NONE),
    }
}

fn read<const INDEX: usize>(_: &Thread, v: Value) -> PyResult {
    Ok(item(v, INDEX).to_ref())
}

macro_rules! readers {
    ($($index:literal)*) => { [$(read::<$index>),*] };
}

/// Reads item number so and so.
const READERS: [Unary; 32] =
    readers!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31);

fn traverse(v: Value, visit: &mut dyn FnMut(Value)) {
    let t = tuple(v);
    t.items().iter().copied().for_each(&mut *visit);
    // SAFETY: called on struct sequences only.
    unsafe { t.hidden_items() }.iter().copied().for_each(visit);
}

static NEW: Parameters = Parameters::new("structseq", "(sequence, dict=NULL)");

fn new(thread: &Thread, ty: &'static Type, arguments: &Args) -> PyResult {
    let this = StructSequence::of(ty);
    NEW.bind(thread, arguments, |a| make_from(thread, this, a[0], a[1]))
}

fn make_from(thread: &Thread, this: &'static StructSequence, given: Value, named: Value) -> PyResult {
    let name = this.ty.name();
    let mut items = match protocol::collect(thread, given) {
        Ok(items) => items,
        Err(raised) => {
            drop(thread.catch(raised, &registry::TYPE_ERROR)?);
            return Err(thread.type_error("constructor requires a sequence"));
        }
    };
    let named = named.to_option().filter(|d| !d.is_none());
    if named.as_ref().is_some_and(|d| d.cast::<Dict>().is_none()) {
        return Err(thread.type_error(format!("{name}() takes a dict as second arg, if any")));
    }
    if !(this.visible..=this.total).contains(&items.len()) {
        let (kind, wanted) = match (this.visible == this.total, items.len() < this.visible) {
            (true, _) => ("a", this.visible),
            (false, true) => ("an at least", this.visible),
            (false, false) => ("an at most", this.total),
        };
        let given = items.len();
        return Err(
            thread.type_error(format!("{name}() takes {kind} {wanted}-sequence ({given}-sequence given)"))
        );
    }
    let given = items.len();
    items.resize_with(this.total, || Ref::NONE);
    if let Some(dict) = named.as_ref().and_then(|d| d.cast::<Dict>()) {
        let mut used = 0;
        for (index, row) in this.names.iter().filter(|(index, _)| *index >= given) {
            if let Some(value) = dict.get(thread, str::intern_text(row.name))? {
                items[*index] = value;
                used += 1;
            }
        }
        if used < dict.len() {
            return Err(thread.type_error(format!("{name}() got duplicate or unexpected field name(s)")));
        }
    }
    if let Some(complete) = this.complete {
        complete(&mut items);
    }
    Ok(Tuple::build_with_hidden(&this.ty, items, this.visible))
}

fn repr(thread: &Thread, v: Value) -> PyResult {
    let this = StructSequence::of(v.ty());
    sequence::guarded_repr(thread, v, "(...)", |out| {
        out.extend_from_slice(this.ty.name().as_bytes());
        out.push(b'(');
        // The n-th name stands before the n-th item, also where items without a name come between (as in CPython).
        for (i, (_, row)) in this.names.iter().take(this.visible).enumerate() {
            out.extend_from_slice(if i > 0 { b", " } else { b"" });
            out.extend_from_slice(row.name.as_bytes());
            out.push(b'=');
            sequence::push_repr(thread, out, item(v, i))?;
        }
        out.push(b')');
        Ok(())
    })
}

fn reduce(thread: &Thread, v: Value) -> PyResult {
    let this = StructSequence::of(v.ty());
    let hidden = Dict::new();
    if let Some(dict) = hidden.cast::<Dict>() {
        for (index, row) in this.names.iter().filter(|(index, _)| *index >= this.visible) {
            dict.set(thread, str::intern_text(row.name), item(v, *index).to_ref())?;
        }
    }
    let state = Tuple::from_refs(vec![Tuple::from_values(tuple(v).items()), hidden]);
    Ok(Tuple::from_refs(vec![Value::of(&this.ty).to_ref(), state]))
}

fn replace(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    let this = StructSequence::of(v.ty());
    if arguments.count() > 0 {
        return Err(thread.type_error("__replace__() takes no positional arguments"));
    }
    if this.names.len() < this.total {
        return Err(thread.type_error(format!(
            "__replace__() is not supported for {} because it has unnamed field(s)",
            this.ty.name()
        )));
    }
    let mut items: Vec<Ref> = (0..this.total).map(|i| item(v, i).to_ref()).collect();
    let mut unknown = Vec::new();
    for (name, value) in arguments.keywords() {
        match this.names.iter().find(|(_, row)| str::equals(name, row.name)) {
            Some((index, _)) => items[*index] = value.to_ref(),
            None => unknown.push(name.to_ref()),
        }
    }
    if !unknown.is_empty() {
        return Err(unexpected(thread, unknown));
    }
    Ok(Tuple::build_with_hidden(&this.ty, items, this.visible))
}

#[cold]
fn unexpected(thread: &Thread, names: Vec<Ref>) -> Raised {
    let names = crate::objects::list::List::from_refs(names);
    match protocol::repr(thread, *names) {
        Ok(shown) => thread.type_error(format!("Got unexpected field name(s): {}", str::display(*shown))),
        Err(raised) => raised,
    }
}
