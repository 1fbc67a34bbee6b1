//! The executable form of a code object: its register instructions in memory that quickening may write, and the constant
//! pool they index. Made at the first call, kept by the code object.

use ir::code::co_flags;
use ir::register::{self, Operation, RegisterCode, Word};
use runtime::cell::GilCell;
use runtime::error::PyResult;
use runtime::frame::Frame;
use runtime::objects::code::Code;
use runtime::thread::Thread;
use runtime::value::Value;
use std::ops::Deref;

/// Register code ready to run.
pub struct Executable {
    /// The side tables; its `words` have moved to `words` here.
    register: RegisterCode,
    /// The instructions. Quickening writes operation bytes and caches in place, under the GIL.
    words: *mut u64,
    length: usize,
    /// The constant pool: constants borrowed from the code object, then small ints.
    pool: Box<[Value]>,
    registers: u32,
    locals: u32,
    /// How many positional arguments fill the parameters exactly; `NOT_EXACT` for functions with other parameters.
    exact_arguments: u32,
    /// The same for functions whose call just makes a generator or coroutine; `exact_arguments` says nothing of them.
    generator_arguments: u32,
    /// Tells executables apart, for caches.
    id: u32,
}

/// `Executable::exact_arguments` of functions with keyword-only parameters, `*args` or `**kwargs`.
pub const NOT_EXACT: u32 = u32::MAX;

/// The next `Executable::id`; 0 is nobody's.
static NEXT_ID: GilCell<u32> = GilCell::new(1);

impl Deref for Executable {
    type Target = RegisterCode;

    fn deref(&self) -> &RegisterCode {
        &self.register
    }
}

impl Drop for Executable {
    fn drop(&mut self) {
        // SAFETY: `words` came from a boxed slice of this length, which nothing else owns.
        drop(unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(self.words, self.length)) });
    }
}

impl Executable {
    /// Prepares lowered code to run; `None` if it isn't well formed or doesn't fit the code object.
    pub fn new(code: &Code, mut register: RegisterCode) -> Option<Executable> {
        let fits = register.nlocalsplus as usize == code.nlocalsplus()
            && register.nconsts as usize == code.consts.len()
            && register.stacksize == code.stacksize;
        if !fits || register::verify(&register).is_err() {
            return None;
        }
        let constants = code.consts.iter().map(|c| **c);
        let small_ints = register.small_ints.iter().map(|i| Value::small_int(i64::from(*i)));
        let pool = constants.chain(small_ints).collect();
        let words = std::mem::take(&mut register.words).into_boxed_slice();
        let length = words.len();
        let id = NEXT_ID.with(|next| {
            let id = *next;
            *next = next.saturating_add(1);
            if id == u32::MAX { 0 } else { id }
        });
        let makes_generator =
            code.has_flag(co_flags::GENERATOR | co_flags::COROUTINE) && makes_generator(&words);
        let is_exact = code.kwonlyargcount == 0 && !code.has_flag(co_flags::VARARGS | co_flags::VARKEYWORDS);
        Some(Executable {
            registers: register.nregisters() as u32,
            locals: register.nlocalsplus,
            exact_arguments: if is_exact && !makes_generator { code.argcount } else { NOT_EXACT },
            generator_arguments: if is_exact && makes_generator { code.argcount } else { NOT_EXACT },
            register,
            words: Box::into_raw(words) as *mut u64,
            length,
            pool,
            id,
        })
    }
    /// Registers of a frame.
    #[inline(always)]
    pub fn register_count(&self) -> usize {
        self.registers as usize
    }
    /// Registers of a frame that are locals.
    #[inline(always)]
    pub fn local_count(&self) -> usize {
        self.locals as usize
    }
    /// How many positional arguments fill the parameters exactly; `NOT_EXACT` if it isn't that simple.
    #[inline(always)]
    pub fn exact_arguments(&self) -> u32 {
        self.exact_arguments
    }
    /// As `exact_arguments`, for functions whose call just makes a generator or coroutine.
    #[inline(always)]
    pub fn generator_arguments(&self) -> u32 {
        self.generator_arguments
    }
    /// A number that no other executable has; 0 if they are used up.
    #[inline(always)]
    pub fn id(&self) -> u32 {
        self.id
    }
    /// The length of the code in words.
    #[inline(always)]
    pub fn word_count(&self) -> usize {
        self.length
    }
    /// The first instruction.
    #[inline(always)]
    pub fn start(&self) -> *const u64 {
        self.words
    }
    /// The instruction at an index.
    #[inline(always)]
    pub fn at(&self, index: usize) -> *const u64 {
        debug_assert!(index < self.length);
        // SAFETY: jump targets and handlers of verified code lie within it.
        unsafe { self.words.add(index) }
    }
    /// The index of an instruction.
    #[inline(always)]
    pub fn index_of(&self, pc: *const u64) -> usize {
        (pc as usize).wrapping_sub(self.words as usize) / size_of::<u64>()
    }
    /// Makes the anchors hot for good: precise code that runs unwatched asks to go on in ordinary code there.
    pub fn heat_anchors(&self) {
        let words: &mut [u64] =
            // SAFETY: the executable's words, which nobody else looks at yet.
            unsafe { std::slice::from_raw_parts_mut(self.words, self.length) };
        let mut index = 0;
        while index < words.len() {
            let operation = Operation::ALL.get(usize::from(Word(words[index]).number()));
            if operation == Some(&Operation::JumpBackward)
                && let Some(word) = words.get_mut(index + 1)
            {
                *word |= u64::from(u32::MAX) << 32;
            }
            index += operation.map_or(1, |operation| operation.length());
        }
    }
    /// The constant pool.
    #[inline(always)]
    pub fn pool(&self) -> *const Value {
        self.pool.as_ptr()
    }
}

/// The executable form of a code object, lowered if this is its first call.
#[inline]
pub fn register_code(thread: &Thread, code: &'static Code) -> PyResult<&'static Executable> {
    match lowered(code) {
        Some(executable) => Ok(executable),
        None => lower(thread, code),
    }
}

/// The executable form, if the code has been called before.
#[inline(always)]
pub fn lowered(code: &'static Code) -> Option<&'static Executable> {
    // SAFETY: only `lower` stores here; what it stores is never replaced and lives as long as the code object, which the
    // frame's function holds.
    unsafe { (code.executable.get() as *const Executable).as_ref() }
}

/// The executable form of a frame's code.
#[inline(always)]
pub fn of_frame(frame: &Frame) -> &'static Executable {
    // SAFETY: `frames::push` stored it.
    unsafe { &*(frame.executable.get() as *const Executable) }
}

#[cold]
#[inline(never)]
fn lower(thread: &Thread, code: &'static Code) -> PyResult<&'static Executable> {
    let view = crate::hooks::view(code);
    let name = || runtime::objects::str::display(*code.qualname);
    let register = match register::lower(&view) {
        Ok(register) => register,
        Err(error) => return Err(thread.system_error(format!("bytecode of '{}': {error}", name()))),
    };
    let Some(executable) = Executable::new(code, register) else {
        return Err(thread.system_error(format!("malformed register code for '{}'", name())));
    };
    let executable = Box::new(executable);
    code.executable.set((&raw const *executable).cast());
    code.register_code.replace(Some(executable));
    lowered(code).ok_or_else(|| thread.system_error("register code vanished"))
}

/// `f_lasti` of a frame.
pub fn lasti(frame: &Frame) -> i32 {
    if frame.executable.get().is_null() {
        return -1;
    }
    let executable = of_frame(frame);
    let unit = executable.unit_at(executable.index_of(frame.pc.get()));
    i32::try_from(unit).map_or(-1, |unit| unit.saturating_mul(2))
}

/// Whether code begins with nothing but cells in front of its `ReturnGenerator`.
fn makes_generator(words: &[u64]) -> bool {
    use Operation::*;
    let mut operations = words.iter().map(|word| Word(*word).operation());
    operations.find(|o| !matches!(o, Some(MakeCell | CopyFreeVars))) == Some(Some(ReturnGenerator))
}

/// Words that an instruction takes up, by the number of its operation.
#[inline]
pub fn length_of(number: u8) -> usize {
    Operation::ALL.get(usize::from(number)).map_or(1, |operation| operation.length())
}
