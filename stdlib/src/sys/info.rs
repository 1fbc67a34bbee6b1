//! The constant facts of `sys`: version, implementation, and the parameters of floats, integers, hashes and threads.

use crate::config::{self, Config};
use runtime::objects::module::add;
use runtime::objects::simple_namespace;
use runtime::objects::str::Str;
use runtime::objects::tuple::Tuple;
use runtime::objects::{float, int};
use runtime::{PyResult, Ref, Thread, TypeFlags, Value, struct_sequence};

/// The Python version that Taipan implements.
pub const PYTHON_VERSION: (i64, i64, i64) = (3, 14, 10);
/// The same as `sys.hexversion` shows it: final.
const HEX_VERSION: i64 = (PYTHON_VERSION.0 << 24) | (PYTHON_VERSION.1 << 16) | (PYTHON_VERSION.2 << 8) | 0xf0;
/// Taipan's own version.
pub const TAIPAN_VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `sys.version` says: `3.14.10 (...) [Taipan 0.1.0 ...]`.
pub fn version_text() -> String {
    let (major, minor, micro) = PYTHON_VERSION;
    format!("{major}.{minor}.{micro} (main, Jan  1 2026, 00:00:00) [Taipan {TAIPAN_VERSION} with rustc]")
}

const CLOSED: TypeFlags = TypeFlags::NO_INSTANTIATION;

struct_sequence! {
    static FLAGS = "sys.flags" {
        visible: 18, total: 21, flags: CLOSED,
        doc: "sys.flags\n\nFlags provided through command line arguments or environment vars.", complete: None,
        0 debug "-d",
        1 inspect "-i",
        2 interactive "-i",
        3 optimize "-O or -OO",
        4 dont_write_bytecode "-B",
        5 no_user_site "-s",
        6 no_site "-S",
        7 ignore_environment "-E",
        8 verbose "-v",
        9 bytes_warning "-b",
        10 quiet "-q",
        11 hash_randomization "-R",
        12 isolated "-I",
        13 dev_mode "-X dev",
        14 utf8_mode "-X utf8",
        15 warn_default_encoding "-X warn_default_encoding",
        16 safe_path "-P",
        17 int_max_str_digits "-X int_max_str_digits",
        18 gil "-X gil",
        19 thread_inherit_context "-X thread_inherit_context",
        20 context_aware_warnings "-X context_aware_warnings",
    }
}

struct_sequence! {
    static VERSION_INFO = "sys.version_info" {
        visible: 5, total: 5, flags: CLOSED,
        doc: "sys.version_info\n\nVersion information as a named tuple.", complete: None,
        0 major "Major release number",
        1 minor "Minor release number",
        2 micro "Patch release number",
        3 releaselevel "'alpha', 'beta', 'candidate', or 'final'",
        4 serial "Serial release number",
    }
}

struct_sequence! {
    static FLOAT_INFO = "sys.float_info" {
        visible: 11, total: 11, flags: TypeFlags::empty(),
        doc: "sys.float_info\n\nA named tuple holding information about the float type. It contains low level\ninformation about the precision and internal representation. Please study\nyour system's :file:`float.h` for more information.", complete: None,
        0 max "DBL_MAX -- maximum representable finite float",
        1 max_exp "DBL_MAX_EXP -- maximum int e such that radix**(e-1) is representable",
        2 max_10_exp "DBL_MAX_10_EXP -- maximum int e such that 10**e is representable",
        3 min "DBL_MIN -- Minimum positive normalized float",
        4 min_exp "DBL_MIN_EXP -- minimum int e such that radix**(e-1) is a normalized float",
        5 min_10_exp "DBL_MIN_10_EXP -- minimum int e such that 10**e is a normalized float",
        6 dig "DBL_DIG -- maximum number of decimal digits that can be faithfully represented in a float",
        7 mant_dig "DBL_MANT_DIG -- mantissa digits",
        8 epsilon "DBL_EPSILON -- Difference between 1 and the next representable float",
        9 radix "FLT_RADIX -- radix of exponent",
        10 rounds "FLT_ROUNDS -- rounding mode used for arithmetic operations",
    }
}

struct_sequence! {
    static INT_INFO = "sys.int_info" {
        visible: 4, total: 4, flags: TypeFlags::empty(),
        doc: "sys.int_info\n\nA named tuple that holds information about Python's\ninternal representation of integers.  The attributes are read only.", complete: None,
        0 bits_per_digit "size of a digit in bits",
        1 sizeof_digit "size in bytes of the C type used to represent a digit",
        2 default_max_str_digits "maximum string conversion digits limitation",
        3 str_digits_check_threshold "minimum positive value for int_max_str_digits",
    }
}

struct_sequence! {
    static HASH_INFO = "sys.hash_info" {
        visible: 9, total: 9, flags: TypeFlags::empty(),
        doc: "hash_info\n\nA named tuple providing parameters used for computing\nhashes. The attributes are read only.", complete: None,
        0 width "width of the type used for hashing, in bits",
        1 modulus "prime number giving the modulus on which the hash function is based",
        2 inf "value to be used for hash of a positive infinity",
        3 nan "value to be used for hash of a nan",
        4 imag "multiplier used for the imaginary part of a complex number",
        5 algorithm "name of the algorithm for hashing of str, bytes and memoryviews",
        6 hash_bits "internal output size of hash algorithm",
        7 seed_bits "seed size of hash algorithm",
        8 cutoff "small string optimization cutoff",
    }
}

struct_sequence! {
    static THREAD_INFO = "sys.thread_info" {
        visible: 3, total: 3, flags: TypeFlags::empty(),
        doc: "sys.thread_info\n\nA named tuple holding information about the thread implementation.", complete: None,
        0 name "name of the thread implementation",
        1 lock "name of the lock implementation",
        2 version "name and version of the thread library",
    }
}

fn flags(config: &Config) -> Ref {
    let number = |n: i64| int::new(n);
    let flag = |b: bool| int::new(b.into());
    FLAGS.make(vec![
        number(config.debug),
        number(config.inspect),
        number(config.interactive),
        number(config.optimize),
        flag(config.dont_write_bytecode),
        flag(config.no_user_site),
        flag(config.no_site),
        flag(config.ignore_environment),
        number(config.verbose),
        number(config.bytes_warning),
        flag(config.quiet),
        flag(config.hash_randomization),
        flag(config.isolated),
        Ref::bool(config.dev_mode),
        flag(config.utf8_mode),
        flag(config.warn_default_encoding),
        Ref::bool(config.safe_path),
        number(config.int_max_str_digits),
        number(1),
        flag(config.thread_inherit_context),
        flag(config.context_aware_warnings),
    ])
}

fn float_info() -> Ref {
    FLOAT_INFO.make(vec![
        float::new(f64::MAX),
        int::new(f64::MAX_EXP.into()),
        int::new(f64::MAX_10_EXP.into()),
        float::new(f64::MIN_POSITIVE),
        int::new(f64::MIN_EXP.into()),
        int::new(f64::MIN_10_EXP.into()),
        int::new(f64::DIGITS.into()),
        int::new(f64::MANTISSA_DIGITS.into()),
        float::new(f64::EPSILON),
        int::new(f64::RADIX.into()),
        // Rounding to nearest.
        int::new(1),
    ])
}

fn hash_info() -> Ref {
    let numbers = [64, (1 << 61) - 1, 314_159, 0, 1_000_003];
    let mut items: Vec<Ref> = numbers.into_iter().map(int::new).collect();
    items.push(Str::new("siphash13"));
    items.extend([64, 128, 0].map(int::new));
    HASH_INFO.make(items)
}

fn thread_info() -> Ref {
    THREAD_INFO.make(vec![Str::new("pthread"), Str::new("semaphore"), thread_library()])
}

/// Name and version of the thread library, None if unknown.
fn thread_library() -> Ref {
    // glibc answers `confstr(_CS_GNU_LIBPTHREAD_VERSION)` with what it is; asking is the business of the os layer.
    crate::os::thread_library_version().map_or(Ref::NONE, |text| Str::new(&text))
}

fn version_info((major, minor, micro): (i64, i64, i64)) -> Ref {
    VERSION_INFO.make(vec![int::new(major), int::new(minor), int::new(micro), Str::new("final"), int::new(0)])
}

fn own_version() -> (i64, i64, i64) {
    let mut parts = TAIPAN_VERSION.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

/// `sys.implementation`
fn implementation(thread: &Thread) -> PyResult {
    let (major, minor, micro) = own_version();
    let hex = (major << 24) | (minor << 16) | (micro << 8) | 0xf0;
    let fields = [
        ("name", Str::new("taipan")),
        ("cache_tag", Str::new("taipan-314")),
        ("version", version_info((major, minor, micro))),
        ("hexversion", int::new(hex)),
        ("_multiarch", Str::new("x86_64-linux-gnu")),
        ("supports_isolated_interpreters", Ref::bool(false)),
    ];
    let fields = fields.each_ref().map(|(name, value)| (*name, **value));
    simple_namespace::new_namespace(thread, &fields)
}

const COPYRIGHT: &str = "Copyright (c) 2001 Python Software Foundation.\nAll Rights Reserved.\n\nCopyright (c) 2000 BeOpen.com.\nAll Rights Reserved.\n\nCopyright (c) 1995-2001 Corporation for National Research Initiatives.\nAll Rights Reserved.\n\nCopyright (c) 1991-1995 Stichting Mathematisch Centrum, Amsterdam.\nAll Rights Reserved.";

/// Adds the constants to the module.
pub(super) fn add_constants(thread: &Thread, module: Value) -> PyResult<()> {
    let config = config::get();
    add(module, "version", *Str::new(&version_text()));
    add(module, "version_info", *version_info(PYTHON_VERSION));
    add(module, "hexversion", *int::new(HEX_VERSION));
    add(module, "api_version", *int::new(1013));
    add(module, "implementation", *implementation(thread)?);
    add(module, "copyright", *Str::new(COPYRIGHT));
    add(module, "_git", *Tuple::from_refs(vec![Str::new("Taipan"), Str::empty(), Str::empty()]));
    add(module, "_framework", *Str::empty());
    add(module, "abiflags", *Str::empty());
    add(module, "platform", *Str::new("linux"));
    add(module, "platlibdir", *Str::new("lib"));
    add(module, "maxsize", *int::new(isize::MAX as i64));
    add(module, "maxunicode", *int::new(0x10_FFFF));
    add(module, "byteorder", *Str::new(if cfg!(target_endian = "little") { "little" } else { "big" }));
    add(module, "float_repr_style", *Str::new("short"));
    add(module, "flags", *flags(config));
    add(module, "float_info", *float_info());
    let int_info = [30, 4, 4300, 640].map(int::new);
    add(module, "int_info", *INT_INFO.make(int_info.into()));
    add(module, "hash_info", *hash_info());
    add(module, "thread_info", *thread_info());
    Ok(())
}
