//! Why recordings end without a trace. Nothing aborts for an unnamed reason.

macro_rules! aborts {
    ($( $name:ident $message:literal )+) => {
        /// Why a recording ended without a trace.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Abort {
            $( #[doc = $message] $name, )+
        }

        impl Abort {
            pub const ALL: &'static [Abort] = &[$( Abort::$name, )+];

            /// The reason in words.
            pub fn message(self) -> &'static str {
                match self { $( Abort::$name => $message, )+ }
            }
            pub fn name(self) -> &'static str {
                match self { $( Abort::$name => stringify!($name), )+ }
            }
        }
    };
}

aborts! {
    TooLong "the trace is too long"
    TooShort "a function does less than entering its trace takes"
    ShortPath "a function took a way on which it does less than entering its trace takes"
    LongCallee "a function that is followed does so much that it is called rather"
    TooManySteps "too many instructions have no rule"
    InnerLoop "an inner loop runs too long to be unrolled and has no trace yet"
    LeftLoop "the loop was left before it came round"
    LeftFrame "a frame was left in a way that isn't followed"
    Raised "a native function raised an exception"
    LongCall "a call that isn't followed runs too long"
    GeneratorFrame "a generator's frame"
    ExitInMemory "the exit's state is not described"
    NoCode "a code object can't be run"
    Contradiction "the recording contradicts itself"
    UnstableLoop "the loop's values don't settle"
    Backend "the code generator refused the trace"
    NoMemory "code memory is used up"
}
