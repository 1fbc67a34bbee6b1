//! The method resolution order: C3 linearisation, and `mro()` of metaclasses.

use super::ready::types_tuple;
use super::{NativeFn, Type};
use crate::attributes;
use crate::error::{PyResult, Raised};
use crate::names;
use crate::objects::descriptors::MethodDescriptor;
use crate::objects::list::List;
use crate::objects::tuple::Tuple;
use crate::protocol;
use crate::thread::Thread;
use crate::types::registry::TYPE;
use crate::value::{Ref, Value};

/// The bases of a type.
pub fn bases_of(ty: &Type) -> Vec<&'static Type> {
    let bases = ty.bases.peek();
    bases.cast::<Tuple>().iter().flat_map(|t| t.items()).filter_map(|b| b.cast::<Type>()).collect()
}

/// The C3 linearisation of a type from the MROs of its bases.
pub fn linearise(thread: &Thread, ty: &'static Type) -> PyResult<Vec<&'static Type>> {
    let bases = bases_of(ty);
    for (i, base) in bases.iter().enumerate() {
        if bases[..i].iter().any(|b| std::ptr::eq(*b, *base)) {
            return Err(thread.type_error(format!("duplicate base class {}", base.short_name())));
        }
    }
    merge(ty, &bases).map_err(|lists| inconsistent(thread, &lists))
}

/// The C3 merge; fails with the lists that can't be put in order.
pub fn merge(
    ty: &'static Type,
    bases: &[&'static Type],
) -> Result<Vec<&'static Type>, Vec<Vec<&'static Type>>> {
    let mut result = vec![ty];
    if let [base] = bases {
        result.extend(base.mro());
        return Ok(result);
    }
    let mut lists: Vec<&[&'static Type]> = bases.iter().map(|b| b.mro()).collect();
    lists.push(bases);
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Ok(result);
        }
        let in_tail = |t: &Type| lists.iter().any(|l| l[1..].iter().any(|x| std::ptr::eq(*x, t)));
        let Some(next) = lists.iter().map(|l| l[0]).find(|t| !in_tail(t)) else {
            return Err(lists.iter().map(|l| l.to_vec()).collect());
        };
        result.push(next);
        for list in &mut lists {
            if std::ptr::eq(list[0], next) {
                *list = &list[1..];
            }
        }
    }
}

#[cold]
fn inconsistent(thread: &Thread, lists: &[Vec<&'static Type>]) -> Raised {
    let mut names: Vec<(&Type, String)> = Vec::new();
    for list in lists {
        if !names.iter().any(|(t, _)| std::ptr::eq(*t, list[0])) {
            names.push((list[0], list[0].short_name().into_owned()));
        }
    }
    let names: Vec<String> = names.into_iter().map(|(_, name)| name).collect();
    thread.type_error(format!(
        "Cannot create a consistent method resolution order (MRO) for bases {}",
        names.join(", ")
    ))
}

/// `type.mro`.
pub fn method(thread: &Thread, class: Value) -> PyResult {
    let Some(ty) = class.cast::<Type>() else { return Err(thread.type_error("mro() needs a type")) };
    let types = linearise(thread, ty)?;
    Ok(List::from_refs(types.into_iter().map(|t| Value::of(t).to_ref()).collect()))
}

/// The MRO that the type should have (its metaclass may override `mro()`), and what keeps its types alive.
pub fn compute(thread: &Thread, ty: &'static Type) -> PyResult<(Vec<&'static Type>, Vec<Ref>)> {
    let meta = Value::of(ty).ty();
    let overridden = match meta.lookup(names::get().mro).and_then(|m| m.cast_exact::<MethodDescriptor>()) {
        Some(d) => !matches!(d.def.function, NativeFn::NoArgs(_)) || !std::ptr::eq(d.owner(), &TYPE),
        None => true,
    };
    if !overridden {
        return linearise(thread, ty).map(|types| (types, Vec::new()));
    }
    let Some(f) = attributes::special(thread, Value::of(ty), names::get().mro)? else {
        return linearise(thread, ty).map(|types| (types, Vec::new()));
    };
    let result = thread.call(*f, &[])?;
    let mut types: Vec<&'static Type> = Vec::new();
    let items = protocol::collect(thread, *result)?;
    for item in &items {
        let Some(t) = item.cast::<Type>() else {
            return Err(thread.type_error(format!("mro() returned a non-class ('{}')", item.ty().name())));
        };
        if !ty.layout().is_subtype(t.layout()) {
            return Err(
                thread.type_error(format!("mro() returned base with unsuitable layout ('{}')", t.name()))
            );
        }
        types.push(t);
    }
    Ok((types, items))
}

/// Computes and sets the MRO of a type.
pub fn install(thread: &Thread, ty: &'static Type) -> PyResult<()> {
    let (types, held) = compute(thread, ty)?;
    drop(set(ty, types));
    drop(held);
    Ok(())
}

/// Sets the MRO.
pub fn set(ty: &'static Type, types: Vec<&'static Type>) -> (Ref, Vec<&'static Type>) {
    ty.modified();
    let tuple = types_tuple(&types);
    let old_tuple = ty.mro_tuple.replace(tuple);
    let old = ty.mro.replace(types);
    (old_tuple, old)
}
