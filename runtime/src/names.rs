//! Interned names that native code uses, each written once here: `names::get().__init__`.

use crate::objects::str::intern_text;
use crate::value::Value;
use std::sync::OnceLock;

macro_rules! names {
    ($($name:ident)*) => {
        /// The values: interned strings, which live for ever.
        #[allow(non_snake_case)]
        pub struct Names { $(pub $name: Value),* }
        fn make() -> Names {
            Names { $($name: intern_text(stringify!($name))),* }
        }
    };
}

struct Table(OnceLock<Names>);
// SAFETY: interned strings are immutable and live for ever.
unsafe impl Sync for Table {}
// SAFETY: as above.
unsafe impl Send for Names {}
// SAFETY: as above.
unsafe impl Sync for Names {}
static TABLE: Table = Table(OnceLock::new());

/// The table of names.
#[inline(always)]
pub fn get() -> &'static Names {
    TABLE.0.get_or_init(make)
}

names! {
    __init__ __new__ __del__ __repr__ __str__ __hash__ __call__ __iter__ __next__ __getattribute__ __getattr__
    __setattr__ __delattr__ __get__ __set__ __delete__ __set_name__ __init_subclass__ __class_getitem__
    __lt__ __le__ __eq__ __ne__ __gt__ __ge__
    __add__ __radd__ __iadd__ __sub__ __rsub__ __isub__ __mul__ __rmul__ __imul__ __matmul__ __rmatmul__ __imatmul__
    __truediv__ __rtruediv__ __itruediv__ __floordiv__ __rfloordiv__ __ifloordiv__ __mod__ __rmod__ __imod__
    __divmod__ __rdivmod__ __pow__ __rpow__ __ipow__ __lshift__ __rlshift__ __ilshift__ __rshift__ __rrshift__
    __irshift__ __and__ __rand__ __iand__ __xor__ __rxor__ __ixor__ __or__ __ror__ __ior__
    __neg__ __pos__ __abs__ __invert__ __bool__ __int__ __float__ __complex__ __index__ __round__ __trunc__ __floor__
    __ceil__ __len__ __length_hint__ __getitem__ __setitem__ __delitem__ __missing__ __contains__ __reversed__
    __await__ __aiter__ __anext__ __enter__ __exit__ __aenter__ __aexit__ __buffer__ __release_buffer__
    __dict__ __class__ __module__ __name__ __qualname__ __doc__ __slots__ __weakref__ __bases__ __mro__ __mro_entries__
    __prepare__ __instancecheck__ __subclasscheck__ __subclasshook__ __abstractmethods__ __isabstractmethod__
    __annotations__ __annotate__ __annotate_func__ __annotations_cache__ __type_params__ __classcell__ __classdictcell__
    __static_attributes__ __firstlineno__ __match_args__ __format__ __bytes__ __sizeof__ __reduce__ __reduce_ex__
    __getnewargs__ __getnewargs_ex__ __getstate__ __setstate__ __copy__ __deepcopy__ __dir__ __fspath__ __wrapped__ __text_signature__ __signature__
    __builtins__ __import__ __build_class__ __all__ __file__ __path__ __loader__ __spec__ __package__ __cached__
    __main__ __debug__ __notes__ __cause__ __context__ __suppress_context__ __traceback__ __objclass__ __self__
    __func__ __code__ __globals__ __defaults__ __kwdefaults__ __closure__ __origin__ __args__ __parameters__
    __typing_subst__ __typing_prepare_subst__ __typing_unpacked_tuple_args__ __orig_class__ __orig_bases__ __unpacked__
    builtins sys modules path stdout stderr stdin excepthook unraisablehook displayhook warnoptions
    close send throw keys values items get update append extend write read flush readline encoding errors name obj msg
    value code args key reverse file sep end default strict start stop step copy mro print_file_and_line
    filename lineno offset text end_lineno end_offset errno strerror filename2 derive split _print_exception_bltin warn _warn_unawaited_coroutine _module_repr add has_location origin _initializing _uninitialized_submodules sort open
    _find_and_load _handle_fromlist _lock_unlock_module parent _abc_impl
    call_soon call_exception_handler get_debug get_loop _loop _asyncio_future_blocking add_done_callback cancel done context
    result is_running discard get_event_loop
}
