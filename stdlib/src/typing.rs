//! `_typing`: the types behind the module `typing`.

use runtime::objects::module::{ModuleSpec, add, add_type};
use runtime::objects::type_parameters::generic::ready_generic;
use runtime::objects::type_parameters::{
    GENERIC, PARAM_SPEC, PARAM_SPEC_ARGS, PARAM_SPEC_KWARGS, TYPE_ALIAS, TYPE_VAR, TYPE_VAR_TUPLE, no_default,
};
use runtime::types::registry::UNION;
use runtime::{Effects, NativeFn, PyResult, Thread, Value, method};

fn init(_: &Thread, module: Value) -> PyResult<()> {
    ready_generic();
    let types = [
        &GENERIC,
        &PARAM_SPEC,
        &PARAM_SPEC_ARGS,
        &PARAM_SPEC_KWARGS,
        &TYPE_ALIAS,
        &TYPE_VAR,
        &TYPE_VAR_TUPLE,
        &UNION,
    ];
    for ty in types {
        add_type(module, ty);
    }
    add(module, "NoDefault", *no_default());
    Ok(())
}

pub static MODULE: ModuleSpec = ModuleSpec {
    name: "_typing",
    doc: "Primitives and accelerators for the typing module.\n",
    functions: &[method("_idfunc", "($module, x, /)", NativeFn::One(|_, _, x| Ok(x.to_ref())), "")
        .effects(Effects::PURE)],
    init,
};
