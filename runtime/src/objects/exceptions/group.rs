//! Exception groups: making, splitting, and what `except*` puts together when it ends.

use super::base::{BaseException, ExceptionStruct, base_init, no_keywords};
use super::fields::exception_struct;
use super::matching::{given_matches, is_exception_class};
use super::{BASE_EXCEPTION_GROUP, EXCEPTION, EXCEPTION_GROUP, struct_slots};
use crate::call::Args;
use crate::error::PyResult;
use crate::object::new_object;
use crate::objects::generic_alias::class_getitem;
use crate::objects::list::List;
use crate::objects::str::Str;
use crate::objects::tuple::Tuple;
use crate::slot_fields::receiver;
use crate::text_builder::TextBuilder;
use crate::thread::Thread;
use crate::types::{GetSetDef, MethodDef, NativeFn, Slots, Type, TypeFlags, method};
use crate::value::{Ref, Value};
use crate::{attributes, names, protocol, readonly_member};
use rustc_hash::FxHashSet;

exception_struct!(
    /// `BaseExceptionGroup`: a message and a tuple of exceptions.
    ExceptionGroup BASE_EXCEPTION_GROUP { message, exceptions, shown }
);

impl ExceptionGroup {
    /// The nested exceptions, borrowed.
    pub fn items(&self) -> &'static [Value] {
        self.exceptions.peek().cast::<Tuple>().map_or(&[], |t| t.items())
    }
}

fn new(thread: &Thread, class: &'static Type, arguments: &Args) -> PyResult {
    let [message, exceptions] = arguments.positional() else {
        let given = arguments.count();
        return Err(thread
            .type_error(format!("BaseExceptionGroup.__new__() takes exactly 2 arguments ({given} given)")));
    };
    if message.cast::<Str>().is_none() {
        return Err(thread.type_error(format!(
            "BaseExceptionGroup.__new__() argument 1 must be str, not {}",
            message.ty().name()
        )));
    }
    let flags = exceptions.ty().flags();
    let is_builtin = flags.intersects(TypeFlags::LIST_SUBCLASS | TypeFlags::TUPLE_SUBCLASS);
    let is_sequence =
        is_builtin || exceptions.ty().slots().get_item.is_some() && !flags.contains(TypeFlags::DICT_SUBCLASS);
    if !is_sequence {
        return Err(thread.type_error("second argument (exceptions) must be a sequence"));
    }
    let items = protocol::collect(thread, *exceptions)?;
    if items.is_empty() {
        return Err(thread.value_error("second argument (exceptions) must be a non-empty sequence"));
    }
    if let Some(i) = items.iter().position(|e| e.cast::<BaseException>().is_none()) {
        return Err(
            thread.value_error(format!("Item {i} of second argument (exceptions) is not an exception"))
        );
    }
    let class = class_for(thread, class, &items)?;
    let is_plain = exceptions.is_exact(&crate::types::registry::LIST)
        || exceptions.is_exact(&crate::types::registry::TUPLE);
    let is_list = exceptions.cast::<List>().is_some();
    let shown = if is_plain || is_list { Ref::NULL } else { protocol::repr(thread, *exceptions)? };
    let args = arguments.positional_tuple();
    let group = new_object(class, |h| ExceptionGroup::from_base(BaseException::with_args(h, args)));
    let g = receiver::<ExceptionGroup>(thread, *group)?;
    g.message.set(message.to_ref());
    g.exceptions.set(Tuple::from_refs(items));
    g.shown.set(shown);
    Ok(group)
}

/// `BaseExceptionGroup` of nothing but `Exception`s is an `ExceptionGroup`; that may hold no others.
fn class_for(thread: &Thread, class: &'static Type, items: &[Ref]) -> PyResult<&'static Type> {
    let has_base_exceptions = items.iter().any(|e| !e.is_instance(&EXCEPTION));
    if std::ptr::eq(class, &BASE_EXCEPTION_GROUP) {
        return Ok(if has_base_exceptions { class } else { &EXCEPTION_GROUP });
    }
    if !has_base_exceptions {
        return Ok(class);
    }
    if std::ptr::eq(class, &EXCEPTION_GROUP) {
        return Err(thread.type_error("Cannot nest BaseExceptions in an ExceptionGroup"));
    }
    if class.is_subtype(&EXCEPTION) {
        return Err(thread.type_error(format!("Cannot nest BaseExceptions in '{}'", class.name())));
    }
    Ok(class)
}

fn init(thread: &Thread, group: Value, arguments: &Args) -> PyResult<()> {
    no_keywords(thread, group.ty(), arguments)?;
    base_init(thread, group, arguments)
}

fn group_str(thread: &Thread, group: Value) -> PyResult {
    let g = receiver::<ExceptionGroup>(thread, group)?;
    let count = g.items().len();
    let message = g.message.get();
    let mut text = TextBuilder::default();
    text.push_str(thread, *message)?;
    let plural = if count == 1 { "" } else { "s" };
    text.push(&format!(" ({count} sub-exception{plural})"));
    Ok(text.finish())
}

fn group_repr(thread: &Thread, group: Value) -> PyResult {
    let g = receiver::<ExceptionGroup>(thread, group)?;
    let mut text = TextBuilder::new(&group.ty().name());
    let message = g.message.get();
    text.push("(").push_repr(thread, *message)?.push(", ");
    let given_list = g.base.arguments().get(1).is_some_and(|v| v.cast::<List>().is_some());
    if !g.shown.is_null() {
        text.push_value(g.shown.peek());
    } else if given_list {
        let list = List::from_values(g.items());
        text.push_repr(thread, *list)?;
    } else {
        let tuple = g.exceptions.get();
        text.push_repr(thread, *tuple)?;
    }
    text.push(")");
    Ok(text.finish())
}

/// `BaseExceptionGroup(message, exceptions)`.
pub fn create_group(thread: &Thread, message: &str, exceptions: &[Value]) -> PyResult {
    let message = Str::new(message);
    let list = List::from_values(exceptions);
    super::new_exception(thread, &BASE_EXCEPTION_GROUP, &[*message, *list])
}

fn derive(thread: &Thread, group: Value, exceptions: Value) -> PyResult {
    let message = receiver::<ExceptionGroup>(thread, group)?.message.get();
    super::new_exception(thread, &BASE_EXCEPTION_GROUP, &[*message, exceptions])
}

/// What chooses the exceptions of a split.
enum Matcher<'a> {
    /// An exception class or a tuple of classes.
    Type(Value),
    Predicate(Value),
    /// These leaves, by identity.
    Leaves(&'a FxHashSet<Value>),
}

impl Matcher<'_> {
    fn from_value(thread: &Thread, value: Value) -> PyResult<Matcher<'static>> {
        let is_type_tuple =
            value.cast::<Tuple>().is_some_and(|t| t.items().iter().all(|v| is_exception_class(*v)));
        if is_exception_class(value) || is_type_tuple {
            return Ok(Matcher::Type(value));
        }
        if value.ty().slots().call.is_some() && value.cast::<Type>().is_none() {
            return Ok(Matcher::Predicate(value));
        }
        Err(thread.type_error(
            "expected an exception type, a tuple of exception types, or a callable (other than a class)",
        ))
    }
    fn accepts(&self, thread: &Thread, exception: Value) -> PyResult<bool> {
        match self {
            Matcher::Type(types) => Ok(given_matches(exception, *types)),
            Matcher::Predicate(function) => {
                let answer = thread.call(*function, &[exception])?;
                protocol::is_true(thread, *answer)
            }
            Matcher::Leaves(leaves) => {
                Ok(exception.cast::<ExceptionGroup>().is_none() && leaves.contains(&exception))
            }
        }
    }
}

/// The part that matches and, where wanted, the rest; NULL for nothing.
fn split_recursive(
    thread: &Thread,
    exception: Value,
    matcher: &Matcher,
    want_rest: bool,
) -> PyResult<(Ref, Ref)> {
    if matcher.accepts(thread, exception)? {
        return Ok((exception.to_ref(), Ref::NULL));
    }
    let Some(group) = exception.cast::<ExceptionGroup>() else {
        return Ok((Ref::NULL, if want_rest { exception.to_ref() } else { Ref::NULL }));
    };
    thread.check_native_stack()?;
    let (mut matched, mut rest) = (Vec::new(), Vec::new());
    for item in group.items() {
        let (m, r) = split_recursive(thread, *item, matcher, want_rest)?;
        matched.extend((!m.is_null()).then_some(m));
        rest.extend((!r.is_null()).then_some(r));
    }
    Ok((subset(thread, exception, matched)?, subset(thread, exception, rest)?))
}

/// A group like `original` of these exceptions, NULL if there are none.
fn subset(thread: &Thread, original: Value, exceptions: Vec<Ref>) -> PyResult {
    if exceptions.is_empty() {
        return Ok(Ref::NULL);
    }
    let list = List::from_refs(exceptions);
    let derived = thread.call_method(original, names::get().derive, &[*list])?;
    let Some(new) = derived.cast::<ExceptionGroup>() else {
        return Err(thread.type_error("derive must return an instance of BaseExceptionGroup"));
    };
    let old = receiver::<ExceptionGroup>(thread, original)?;
    new.base.traceback.set(old.base.traceback.get());
    new.base.context.set(old.base.context.get());
    new.base.suppress_context.set(true);
    new.base.cause.set(old.base.cause.get());
    new.base.suppress_context.set(old.base.suppress_context.get());
    let name = names::get().__notes__;
    if let Some(notes) = attributes::find(thread, original, name)?
        && notes.ty().slots().get_item.is_some()
    {
        let copy = List::from_refs(protocol::collect(thread, *notes)?);
        attributes::set(thread, *derived, name, *copy)?;
    }
    Ok(derived)
}

fn none_for_null(v: Ref) -> Ref {
    crate::slot_fields::none_if_null(v)
}

fn split(thread: &Thread, group: Value, matcher: Value) -> PyResult {
    let matcher = Matcher::from_value(thread, matcher)?;
    let (matched, rest) = split_recursive(thread, group, &matcher, true)?;
    Ok(Tuple::from_refs(vec![none_for_null(matched), none_for_null(rest)]))
}

fn subgroup(thread: &Thread, group: Value, matcher: Value) -> PyResult {
    let matcher = Matcher::from_value(thread, matcher)?;
    Ok(none_for_null(split_recursive(thread, group, &matcher, false)?.0))
}

fn collect_leaves(thread: &Thread, exception: Value, leaves: &mut FxHashSet<Value>) -> PyResult<()> {
    let Some(group) = exception.cast::<ExceptionGroup>() else {
        leaves.insert(exception);
        return Ok(());
    };
    thread.check_native_stack()?;
    group.items().iter().try_for_each(|item| collect_leaves(thread, *item, leaves))
}

/// Whether both are groups that a split of one and the same group made.
fn has_same_origin(a: Value, b: Value) -> bool {
    let (Some(a), Some(b)) = (a.cast::<ExceptionGroup>(), b.cast::<ExceptionGroup>()) else { return false };
    let same = |f: fn(&BaseException) -> Value| f(&a.base).is(f(&b.base));
    same(|e| e.traceback.peek()) && same(|e| e.cause.peek()) && same(|e| e.context.peek())
}

/// What a `try` with `except*` clauses raises at its end, None for nothing: `raised` lists what the clauses raised and
/// what no clause matched (None among them counts as nothing); parts of the original group are put back into its shape.
pub fn prepare_reraise_star(thread: &Thread, original: Value, raised: Value) -> PyResult {
    let items = protocol::collect(thread, raised)?;
    if items.is_empty() {
        return Ok(Ref::NONE);
    }
    if original.cast::<ExceptionGroup>().is_none() {
        // A bare exception was wrapped: at most one clause ran.
        return Ok(items[0].clone());
    }
    let (mut new, mut leaves, mut any_kept) = (Vec::new(), FxHashSet::default(), false);
    for item in items.iter().filter(|e| !e.is_none()) {
        if has_same_origin(**item, original) {
            any_kept = true;
            collect_leaves(thread, **item, &mut leaves)?;
        } else {
            new.push(item.clone());
        }
    }
    let kept = match any_kept {
        true => split_recursive(thread, original, &Matcher::Leaves(&leaves), false)?.0,
        false => Ref::NULL,
    };
    if !kept.is_null() {
        new.push(kept);
    }
    match new.as_slice() {
        [] => Ok(Ref::NONE),
        [one] => Ok(one.clone()),
        many => create_group(thread, "", crate::value::as_values(many)),
    }
}

pub(super) const SLOTS: Slots = Slots {
    new: Some(new),
    init: Some(init),
    repr: Some(group_repr),
    str: Some(group_str),
    ..struct_slots::<ExceptionGroup>()
};
pub(super) const METHODS: &[MethodDef] = &[
    method("derive", "($self, excs, /)", NativeFn::One(derive), ""),
    method("split", "($self, matcher_value, /)", NativeFn::One(split), ""),
    method("subgroup", "($self, matcher_value, /)", NativeFn::One(subgroup), ""),
    method(
        "__class_getitem__",
        "($type, object, /)",
        NativeFn::One(class_getitem),
        "Exception groups are generic over the type of their contained exceptions",
    )
    .class(),
];
pub(super) const FIELDS: &[GetSetDef] = &[
    readonly_member!(ExceptionGroup, message, "message", "exception message"),
    readonly_member!(ExceptionGroup, exceptions, "exceptions", "nested exceptions"),
];
