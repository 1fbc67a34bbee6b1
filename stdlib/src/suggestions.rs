//! `_suggestions`: the name closest to a misspelt one, by edit distance in which a change of case costs half.

use runtime::objects::list::List;
use runtime::objects::module::ModuleSpec;
use runtime::objects::str::Str;
use runtime::{Effects, NativeFn, PyResult, Ref, Thread, Value, method};

const MAX_CANDIDATES: usize = 750;
/// Longer strings are not compared.
const MAX_LENGTH: usize = 40;
const MOVE_COST: usize = 2;
const CASE_COST: usize = 1;

fn lower(c: u32) -> u32 {
    match u8::try_from(c) {
        Ok(byte) => byte.to_ascii_lowercase().into(),
        Err(_) => c,
    }
}

fn substitution_cost(a: u32, b: u32) -> usize {
    if a == b {
        return 0;
    }
    if lower(a) == lower(b) { CASE_COST } else { MOVE_COST }
}

/// The edit distance of two strings, or something above `limit` if it is above.
fn distance(a: &[u32], b: &[u32], limit: usize) -> usize {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    if a.is_empty() || b.is_empty() {
        return MOVE_COST * (a.len() + b.len());
    }
    if a.len() > MAX_LENGTH || b.len() > MAX_LENGTH {
        return limit + 1;
    }
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if (long.len() - short.len()) * MOVE_COST > limit {
        return limit + 1;
    }
    let mut row: Vec<usize> = (1..=short.len()).map(|i| i * MOVE_COST).collect();
    let mut result = 0;
    for (i, &c) in long.iter().enumerate() {
        let mut diagonal = i * MOVE_COST;
        result = diagonal + MOVE_COST;
        let mut smallest = usize::MAX;
        for (cell, &s) in row.iter_mut().zip(short) {
            let substituted = diagonal + substitution_cost(c, s);
            diagonal = *cell;
            result = substituted.min(result.min(diagonal) + MOVE_COST);
            *cell = result;
            smallest = smallest.min(result);
        }
        if smallest > limit {
            return limit + 1;
        }
    }
    result
}

/// The candidate closest to `wrong`, if one is close enough.
fn closest(candidates: &[Value], wrong: &[u32]) -> Option<Ref> {
    let mut best: Option<(usize, Value)> = None;
    for candidate in candidates {
        let text: Vec<u32> = candidate.cast::<Str>()?.chars().collect();
        if text == wrong {
            continue;
        }
        // At most a third of the characters may need a change, and what has been beaten is no match.
        let allowed = (text.len() + wrong.len() + 3) * MOVE_COST / 6;
        let limit = match best {
            Some((0, _)) => break,
            Some((distance, _)) => allowed.min(distance - 1),
            None => allowed,
        };
        let found = distance(wrong, &text, limit);
        if found <= limit {
            best = Some((found, *candidate));
        }
    }
    best.map(|(_, name)| name.to_ref())
}

fn generate_suggestions(thread: &Thread, _: Value, arguments: &[Value]) -> PyResult {
    let [candidates, item] = *arguments else { return Ok(Ref::NONE) };
    let Some(item) = item.cast::<Str>() else {
        let message = format!("_generate_suggestions() argument 2 must be str, not {}", item.ty().name());
        return Err(thread.type_error(message));
    };
    let Some(list) = candidates.cast_exact::<List>() else {
        return Err(thread.type_error("candidates must be a list"));
    };
    if list.items().iter().any(|v| v.cast::<Str>().is_none()) {
        return Err(thread.type_error("all elements in 'candidates' must be strings"));
    }
    if list.len() >= MAX_CANDIDATES || item.len() > MAX_LENGTH {
        return Ok(Ref::NONE);
    }
    let wrong: Vec<u32> = item.chars().collect();
    Ok(closest(list.items(), &wrong).unwrap_or(Ref::NONE))
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_suggestions",
    doc: "",
    functions: &[method(
        "_generate_suggestions",
        "($module, candidates, item, /)",
        NativeFn::Bound(generate_suggestions),
        "Returns the candidate in candidates that's closest to item",
    )
    .effects(Effects::RAISES.union(Effects::READS_HEAP))],
    init: |_, _| Ok(()),
};
