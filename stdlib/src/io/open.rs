//! The functions of the module: `open`, `open_code`, `text_encoding`.

use super::buffered::{BUFFERED_RANDOM, BUFFERED_READER, BUFFERED_WRITER};
use super::file::FILE_IO;
use super::support::*;
use super::text::TEXT_IO_WRAPPER;
use runtime::objects::exceptions::RUNTIME_WARNING;
use runtime::objects::int;
use runtime::objects::str::{Str, display};
use runtime::{
    MethodDef, NativeFn, PyResult, Raised, Ref, Thread, Value, attributes, method, protocol, warnings,
};

/// What the mode string of `open` says.
#[derive(Default)]
struct Mode {
    reading: bool,
    writing: bool,
    creating: bool,
    appending: bool,
    updating: bool,
    text: bool,
    binary: bool,
}

fn parse_mode(thread: &Thread, text: &str) -> PyResult<Mode> {
    let mut mode = Mode::default();
    for c in text.chars() {
        let flag = match c {
            'r' => &mut mode.reading,
            'w' => &mut mode.writing,
            'x' => &mut mode.creating,
            'a' => &mut mode.appending,
            '+' => &mut mode.updating,
            't' => &mut mode.text,
            'b' => &mut mode.binary,
            _ => return Err(thread.value_error(format!("invalid mode: '{text}'"))),
        };
        if std::mem::replace(flag, true) {
            return Err(thread.value_error(format!("invalid mode: '{text}'")));
        }
    }
    if mode.text && mode.binary {
        return Err(thread.value_error("can't have text and binary mode at once"));
    }
    let kinds = [mode.reading, mode.writing, mode.creating, mode.appending];
    if kinds.into_iter().filter(|k| *k).count() > 1 {
        return Err(thread.value_error("must have exactly one of create/read/write/append mode"));
    }
    Ok(mode)
}

fn raw_mode(mode: &Mode) -> String {
    let letters = [
        (mode.creating, 'x'),
        (mode.reading, 'r'),
        (mode.writing, 'w'),
        (mode.appending, 'a'),
        (mode.updating, '+'),
    ];
    letters.into_iter().filter(|(on, _)| *on).map(|(_, c)| c).collect()
}

fn open(thread: &Thread, _: Value, a: &[Value]) -> PyResult {
    let (file, buffering, encoding, errors, newline) = (a[0], a[2], a[3], a[4], a[5]);
    let mode_text = match a[1] {
        Value::NULL => "r".to_owned(),
        mode if mode.cast::<Str>().is_some() => display(mode),
        mode => {
            let message = format!("open() argument 'mode' must be str, not {}", type_name(mode));
            return Err(thread.type_error(message));
        }
    };
    for (argument, value) in [("encoding", encoding), ("errors", errors), ("newline", newline)] {
        if !value.is_null() && !value.is_none() && value.cast::<Str>().is_none() {
            let message =
                format!("open() argument '{argument}' must be str or None, not {}", type_name(value));
            return Err(thread.type_error(message));
        }
    }
    let buffering = if buffering.is_null() { -1 } else { protocol::c_int(thread, buffering)? };
    let mode = parse_mode(thread, &mode_text)?;
    check_binary(thread, &mode, [("encoding", encoding), ("errors", errors), ("newline", newline)])?;
    if mode.binary && buffering == 1 {
        let message = "line buffering (buffering=1) isn't supported in binary mode, the default buffer size will be used";
        warnings::warn(thread, &RUNTIME_WARNING, message, 1)?;
    }
    let path = if int::is_int(file) { file.to_ref() } else { super::path::fspath(thread, file)? };
    let closefd = if a[6].is_null() { Value::TRUE } else { a[6] };
    let opener = if a[7].is_null() { Value::NONE } else { a[7] };
    let raw_mode = Str::new(&raw_mode(&mode));
    let raw = thread.call(Value::of(&FILE_IO), &[*path, *raw_mode, closefd, opener])?;
    let stream = raw.clone();
    match wrap(thread, &mode, &mode_text, raw, buffering, [encoding, errors, newline]) {
        Ok(result) => Ok(result),
        Err(raised) => Err(close_after_failure(thread, *stream, raised)),
    }
}

fn type_name(v: Value) -> String {
    if v.is_none() { "None".into() } else { v.ty().name().into_owned() }
}

fn check_binary(thread: &Thread, mode: &Mode, given: [(&str, Value); 3]) -> PyResult<()> {
    if !mode.binary {
        return Ok(());
    }
    for (argument, value) in given {
        if !value.is_null() && !value.is_none() {
            let article = if argument == "newline" { "a" } else { "an" };
            let message = format!("binary mode doesn't take {article} {argument} argument");
            return Err(thread.value_error(message));
        }
    }
    Ok(())
}

/// Closes the file that could not be wrapped; the first error stays.
fn close_after_failure(thread: &Thread, stream: Value, _: Raised) -> Raised {
    let error = thread.take_raised();
    if call(thread, stream, "close", &[]).is_err() {
        drop(thread.take_raised());
    }
    thread.restore(error)
}

/// Puts the layers over a raw stream that the mode asks for.
fn wrap(
    thread: &Thread,
    mode: &Mode,
    mode_text: &str,
    raw: Ref,
    buffering: i32,
    text: [Value; 3],
) -> PyResult {
    let is_terminal = buffering < 0 && call_bool(thread, *raw, "_isatty_open_only")?;
    let line_buffering = (buffering == 1 && !mode.binary) || is_terminal;
    if buffering == 0 {
        if !mode.binary {
            return Err(thread.value_error("can't have unbuffered text I/O"));
        }
        return Ok(raw);
    }
    let size = match buffering {
        2.. => int::new(buffering.into()),
        _ => {
            let block = attributes::get(thread, *raw, name("_blksize"))?;
            const LARGEST: isize = 8 << 20;
            let size = protocol::index_isize(thread, *block)?.min(LARGEST);
            int::new(size.max(super::DEFAULT_BUFFER_SIZE as isize) as i64)
        }
    };
    let layer = match mode {
        Mode { updating: true, .. } => &BUFFERED_RANDOM,
        Mode { creating: true, .. } | Mode { writing: true, .. } | Mode { appending: true, .. } => {
            &BUFFERED_WRITER
        }
        Mode { reading: true, .. } => &BUFFERED_READER,
        _ => return Err(thread.value_error(format!("unknown mode: '{mode_text}'"))),
    };
    let buffer = thread.call(Value::of(layer), &[*raw, *size])?;
    if mode.binary {
        return Ok(buffer);
    }
    let [encoding, errors, newline] = text.map(|v| if v.is_null() { Value::NONE } else { v });
    let arguments = [*buffer, encoding, errors, newline, Value::bool(line_buffering)];
    let wrapper = thread.call(Value::of(&TEXT_IO_WRAPPER), &arguments)?;
    attributes::set(thread, *wrapper, name("mode"), *Str::new(mode_text))?;
    Ok(wrapper)
}

fn open_code(thread: &Thread, module: Value, a: &[Value]) -> PyResult {
    if a[0].cast::<Str>().is_none() {
        let message = format!("open_code() argument 'path' must be str, not {}", type_name(a[0]));
        return Err(thread.type_error(message));
    }
    let null = Value::NULL;
    open(thread, module, &[a[0], *Str::new("rb"), null, null, null, null, null, null])
}

fn text_encoding(_: &Thread, _: Value, a: &[Value]) -> PyResult {
    Ok(if a[0].is_none() { Str::new("utf-8") } else { a[0].to_ref() })
}

/// `_io.__doc__`
pub const MODULE_DOC: &str = "The io module provides the Python interfaces to stream handling. The\nbuiltin open function is defined in this module.\n\nAt the top of the I/O hierarchy is the abstract base class IOBase. It\ndefines the basic interface to a stream. Note, however, that there is no\nseparation between reading and writing to streams; implementations are\nallowed to raise an OSError if they do not support a given operation.\n\nExtending IOBase is RawIOBase which deals simply with the reading and\nwriting of raw bytes to a stream. FileIO subclasses RawIOBase to provide\nan interface to OS files.\n\nBufferedIOBase deals with buffering on a raw byte stream (RawIOBase). Its\nsubclasses, BufferedWriter, BufferedReader, and BufferedRWPair buffer\nstreams that are readable, writable, and both respectively.\nBufferedRandom provides a buffered interface to random access\nstreams. BytesIO is a simple stream of in-memory bytes.\n\nAnother IOBase subclass, TextIOBase, deals with the encoding and decoding\nof streams into text. TextIOWrapper, which extends it, is a buffered text\ninterface to a buffered raw stream (`BufferedIOBase`). Finally, StringIO\nis an in-memory stream for text.\n\nArgument names are not part of the specification, and only the arguments\nof open() are intended to be used as keyword arguments.\n\ndata:\n\nDEFAULT_BUFFER_SIZE\n\n   An int containing the default buffer size used by the module's buffered\n   I/O classes.\n";

/// The functions of the module.
pub static FUNCTIONS: &[MethodDef] = &[
    method(
        "open",
        "($module, /, file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None)",
        NativeFn::Bound(open),
        "Open file and return a stream.  Raise OSError upon failure.\n\nfile is either a text or byte string giving the name (and the path\nif the file isn't in the current working directory) of the file to\nbe opened or an integer file descriptor of the file to be\nwrapped.  (If a file descriptor is given, it is closed when the\nreturned I/O object is closed, unless closefd is set to False.)\n\nmode is an optional string that specifies the mode in which the file\nis opened.  It defaults to 'r' which means open for reading in text\nmode.  Other common values are 'w' for writing (truncating the file if\nit already exists), 'x' for creating and writing to a new file, and\n'a' for appending (which on some Unix systems, means that all writes\nappend to the end of the file regardless of the current seek position).\nIn text mode, if encoding is not specified the encoding used is platform\ndependent: locale.getencoding() is called to get the current locale\nencoding.  (For reading and writing raw bytes use binary mode and leave\nencoding unspecified.)  The available modes are:\n\n========= ==========================================================\nCharacter Meaning\n--------- ----------------------------------------------------------\n'r'       open for reading (default)\n'w'       open for writing, truncating the file first\n'x'       create a new file and open it for writing\n'a'       open for writing, appending to the end of the file if it\n          exists\n'b'       binary mode\n't'       text mode (default)\n'+'       open a disk file for updating (reading and writing)\n========= ==========================================================\n\nThe default mode is 'rt' (open for reading text).  For binary random\naccess, the mode 'w+b' opens and truncates the file to 0 bytes, while\n'r+b' opens the file without truncation.  The 'x' mode implies 'w' and\nraises an `FileExistsError` if the file already exists.\n\nPython distinguishes between files opened in binary and text modes,\neven when the underlying operating system doesn't.  Files opened in\nbinary mode (appending 'b' to the mode argument) return contents as\nbytes objects without any decoding.  In text mode (the default, or when\n't' is appended to the mode argument), the contents of the file are\nreturned as strings, the bytes having been first decoded using a\nplatform-dependent encoding or using the specified encoding if given.\n\nbuffering is an optional integer used to set the buffering policy.\nPass 0 to switch buffering off (only allowed in binary mode), 1 to\nselect line buffering (only usable in text mode), and an integer > 1 to\nindicate the size of a fixed-size chunk buffer.   When no buffering\nargument is given, the default buffering policy works as follows:\n\n* Binary files are buffered in fixed-size chunks; the size of the buffer\n  is max(min(blocksize, 8 MiB), DEFAULT_BUFFER_SIZE) when the device\n  block size is available.\n  On most systems, the buffer will typically be 128 kilobytes long.\n\n* \"Interactive\" text files (files for which isatty() returns True)\n  use line buffering.  Other text files use the policy described above\n  for binary files.\n\nencoding is the name of the encoding used to decode or encode the\nfile.  This should only be used in text mode.  The default encoding is\nplatform dependent, but any encoding supported by Python can be\npassed.  See the codecs module for the list of supported encodings.\n\nerrors is an optional string that specifies how encoding errors are to\nbe handled---this argument should not be used in binary mode.  Pass\n'strict' to raise a ValueError exception if there is an encoding error\n(the default of None has the same effect), or pass 'ignore' to ignore\nerrors.  (Note that ignoring encoding errors can lead to data loss.)\nSee the documentation for codecs.register or run 'help(codecs.Codec)'\nfor a list of the permitted encoding error strings.\n\nnewline controls how universal newlines works (it only applies to text\nmode).  It can be None, '', '\\n', '\\r', and '\\r\\n'.  It works as\nfollows:\n\n* On input, if newline is None, universal newlines mode is enabled.\n  Lines in the input can end in '\\n', '\\r', or '\\r\\n', and these are\n  translated into '\\n' before being returned to the caller.  If it is\n  '', universal newline mode is enabled, but line endings are returned\n  to the caller untranslated.  If it has any of the other legal values,\n  input lines are only terminated by the given string, and the line\n  ending is returned to the caller untranslated.\n\n* On output, if newline is None, any '\\n' characters written are\n  translated to the system default line separator, os.linesep.  If\n  newline is '' or '\\n', no translation takes place.  If newline is any\n  of the other legal values, any '\\n' characters written are translated\n  to the given string.\n\nIf closefd is False, the underlying file descriptor will be kept open\nwhen the file is closed.  This does not work when a file name is given\nand must be True in that case.\n\nA custom opener can be used by passing a callable as *opener*.  The\nunderlying file descriptor for the file object is then obtained by\ncalling *opener* with (*file*, *flags*).  *opener* must return an open\nfile descriptor (passing os.open as *opener* results in functionality\nsimilar to passing None).\n\nopen() returns a file object whose type depends on the mode, and\nthrough which the standard file operations such as reading and writing\nare performed.  When open() is used to open a file in a text mode ('w',\n'r', 'wt', 'rt', etc.), it returns a TextIOWrapper.  When used to open\na file in a binary mode, the returned class varies: in read binary\nmode, it returns a BufferedReader; in write binary and append binary\nmodes, it returns a BufferedWriter, and in read/write mode, it returns\na BufferedRandom.\n\nIt is also possible to use a string or bytearray as a file for both\nreading and writing.  For strings StringIO can be used like a file\nopened in a text mode, and for bytes a BytesIO can be used like a file\nopened in a binary mode.",
    ),
    method(
        "open_code",
        "($module, /, path)",
        NativeFn::Bound(open_code),
        "Opens the provided file with the intent to import the contents.\n\nThis may perform extra validation beyond open(), but is otherwise\ninterchangeable with calling open(path, 'rb').",
    ),
    method(
        "text_encoding",
        "($module, encoding, stacklevel=2, /)",
        NativeFn::Bound(text_encoding),
        "A helper function to choose the text encoding.\n\nWhen encoding is not None, this function returns it.\nOtherwise, this function returns the default text encoding\n(i.e. \"locale\" or \"utf-8\" depends on UTF-8 mode).\n\nThis function emits an EncodingWarning if encoding is None and\nsys.flags.warn_default_encoding is true.\n\nThis can be used in APIs with an encoding=None parameter.\nHowever, please consider using encoding=\"utf-8\" for new APIs.",
    ),
];
