//! The callable that runs the next step of a task.

use super::step;
use runtime::object::drop_object;
use runtime::slot_fields::{clear_slots, receiver, traverse_slots};
use runtime::{
    Args, Header, PyResult, Ref, Slot, Slots, Thread, Type, TypeFlags, TypeSpec, Value, new_exact,
};

#[repr(C)]
pub(super) struct StepWrapper {
    header: Header,
    task: Slot,
    /// What the step throws into the coroutine; NULL: nothing.
    exception: Slot,
}

runtime::object!(StepWrapper, STEP_WRAPPER);
runtime::slot_fields!(StepWrapper, task, exception);

pub(super) static STEP_WRAPPER: Type = Type::new_static(&TypeSpec {
    name: "_asyncio.TaskStepMethWrapper",
    size: size_of::<StepWrapper>(),
    flags: TypeFlags::GC.union(TypeFlags::NO_INSTANTIATION).union(TypeFlags::IMMUTABLE),
    slots: Slots {
        drop: drop_object::<StepWrapper>,
        traverse: Some(traverse_slots::<StepWrapper>),
        clear: Some(clear_slots::<StepWrapper>),
        call: Some(call),
        ..Slots::EMPTY
    },
    getsets: &[runtime::readonly_member!(StepWrapper, task, "__self__", "")],
    ..TypeSpec::EMPTY
});

pub(super) fn new(task: Value, exception: Ref) -> Ref {
    new_exact(|header| StepWrapper {
        header,
        task: Slot::new(task.to_ref()),
        exception: Slot::new(exception),
    })
}

fn call(thread: &Thread, v: Value, arguments: &Args) -> PyResult {
    if arguments.has_keywords() {
        return Err(thread.type_error("function takes no keyword arguments"));
    }
    if arguments.count() > 0 {
        return Err(thread.type_error("function takes no positional arguments"));
    }
    let wrapper = receiver::<StepWrapper>(thread, v)?;
    let (task, exception) = (wrapper.task.get(), wrapper.exception.get());
    step::step(thread, *task, exception)
}
