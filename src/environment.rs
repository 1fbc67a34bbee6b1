//! Options and environment variables together: the configuration of the interpreter.

use crate::jit::{self, Request};
use crate::options::Options;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use stdlib::config::Config;
use stdlib::paths::{self, Environment};

/// A setting that makes no sense, in CPython's words: the part of the start-up that found it, and what is wrong.
#[derive(Debug)]
pub struct Fatal {
    pub place: &'static str,
    pub message: String,
    pub state: &'static str,
}

type Result<T> = std::result::Result<T, Fatal>;

fn fatal(place: &'static str, message: impl Into<String>) -> Fatal {
    Fatal { place, message: message.into(), state: "preinitialized" }
}

/// The settings of options `-X` and of the environment.
struct Settings<'a> {
    options: &'a Options,
    ignore_environment: bool,
}

impl Settings<'_> {
    /// A variable that is set and not empty.
    fn variable(&self, name: &str) -> Option<OsString> {
        if self.ignore_environment {
            return None;
        }
        std::env::var_os(name).filter(|value| !value.is_empty())
    }
    fn has(&self, name: &str) -> bool {
        self.variable(name).is_some()
    }
    /// What a flag given `count` times becomes with the variable: its number, or 1 if it holds none.
    fn raised_by(&self, count: i64, name: &str) -> i64 {
        let Some(value) = self.variable(name) else { return count };
        let number = value.to_str().and_then(|v| v.parse().ok()).filter(|n: &i64| *n >= 0).unwrap_or(1);
        count.max(number)
    }
    /// The last `-X name` or `-X name=value`.
    fn x(&self, name: &str) -> Option<Option<OsString>> {
        self.options.x_options.iter().rev().find_map(|option| {
            let rest = option.as_bytes().strip_prefix(name.as_bytes())?;
            match rest.split_first() {
                None => Some(None),
                Some((b'=', value)) => Some(Some(OsString::from_vec(value.to_vec()))),
                Some(_) => None,
            }
        })
    }
    fn has_x(&self, name: &str) -> bool {
        self.x(name).is_some()
    }
    /// A switch `-X name=0|1` with its variable, off if neither is there.
    fn switch(&self, x_name: &str, variable: &str, place: &'static str) -> Result<bool> {
        let parse = |value: &OsStr| match value.as_bytes() {
            b"0" => Some(false),
            b"1" => Some(true),
            _ => None,
        };
        if let Some(value) = self.x(x_name) {
            let found = value.as_deref().and_then(parse);
            return found.ok_or_else(|| fatal(place, format!("-X {x_name}=n: n is missing or invalid")));
        }
        match self.variable(variable) {
            Some(value) => {
                parse(&value).ok_or_else(|| fatal(place, format!("{variable}=N: N is missing or invalid")))
            }
            None => Ok(false),
        }
    }
}

fn number(text: &OsStr) -> Option<i64> {
    text.to_str()?.trim().parse().ok()
}

fn utf8_mode(settings: &Settings) -> Result<bool> {
    let wrong = |message: &str| Fatal {
        place: "preconfig_init_utf8_mode",
        message: message.into(),
        state: "preinitializing",
    };
    if let Some(value) = settings.x("utf8") {
        return match value.as_deref().map(OsStr::as_bytes) {
            None | Some(b"1") => Ok(true),
            Some(b"0") => Ok(false),
            Some(_) => Err(wrong("invalid -X utf8 option value")),
        };
    }
    match settings.variable("PYTHONUTF8").as_deref().map(OsStr::as_bytes) {
        Some(b"1") => Ok(true),
        Some(b"0") => Ok(false),
        Some(_) => Err(wrong("invalid PYTHONUTF8 environment variable value")),
        // A C locale that was asked for is taken for one whose encoding nobody set.
        None => Ok(std::env::var_os("LC_ALL").is_some_and(|locale| locale == "C" || locale == "POSIX")),
    }
}

fn int_max_str_digits(settings: &Settings) -> Result<i64> {
    const PLACE: &str = "config_init_int_max_str_digits";
    let valid = |text: &OsStr| number(text).filter(|n| *n == 0 || *n >= 640);
    let wrong = "invalid limit; must be >= 640 or 0 for unlimited.";
    let mut limit = 4300;
    if let Some(value) = settings.variable("PYTHONINTMAXSTRDIGITS") {
        limit = valid(&value).ok_or_else(|| fatal(PLACE, format!("PYTHONINTMAXSTRDIGITS: {wrong}")))?;
    }
    if let Some(value) = settings.x("int_max_str_digits") {
        let found = value.as_deref().and_then(valid);
        limit = found.ok_or_else(|| fatal(PLACE, format!("-X int_max_str_digits: {wrong}")))?;
    }
    Ok(limit)
}

fn cpu_count(settings: &Settings) -> Result<Option<i64>> {
    let given = match settings.x("cpu_count") {
        Some(value) => Some(value.unwrap_or_default()),
        None => settings.variable("PYTHON_CPU_COUNT"),
    };
    let Some(given) = given else { return Ok(None) };
    if given == "default" {
        return Ok(None);
    }
    let message = "-X cpu_count=n option: n is missing or an invalid number, n must be greater than 0";
    match number(&given).filter(|n| *n > 0) {
        Some(count) => Ok(Some(count)),
        None => Err(fatal("config_init_cpu_count", message)),
    }
}

fn import_time(settings: &Settings) -> Result<i64> {
    let place = "config_init_import_time";
    let given = match settings.x("importtime") {
        Some(value) => Some((value.unwrap_or_else(|| "1".into()), "-X importtime: ")),
        None => {
            settings.variable("PYTHONPROFILEIMPORTTIME").map(|value| (value, "PYTHONPROFILEIMPORTTIME: "))
        }
    };
    match given {
        None => Ok(0),
        Some((value, _)) if value == "2" => Ok(2),
        Some((value, option)) if option.starts_with('-') && value != "1" => {
            Err(fatal(place, format!("{option}values other than 1 and 2 are reserved for future use.")))
        }
        Some(_) => Ok(1),
    }
}

/// Settings that a build without the global lock, or with other memory debugging, would take.
fn check_unsupported(settings: &Settings) -> Result<()> {
    let gil = match settings.x("gil") {
        Some(value) => Some(value.unwrap_or_default()),
        None => settings.variable("PYTHON_GIL"),
    };
    match gil.as_deref().map(OsStr::as_bytes) {
        None | Some(b"1") => {}
        Some(b"0") => {
            return Err(fatal("config_read_gil", "Disabling the GIL is not supported by this build"));
        }
        Some(_) => return Err(fatal("config_read_gil", "PYTHON_GIL / -X gil must be \"0\" or \"1\"")),
    }
    if let Some(value) = settings.x("frozen_modules") {
        let value = value.unwrap_or_default();
        if !["", "on", "off"].iter().any(|known| value == *known) {
            return Err(fatal("", "bad value for option -X frozen_modules (expected \"on\" or \"off\")"));
        }
    }
    let frames = |value: &OsStr| number(value).is_some_and(|n| (1..=65535).contains(&n));
    if let Some(Some(value)) = settings.x("tracemalloc")
        && !frames(&value)
    {
        let message = "-X tracemalloc=NFRAME: invalid number of frames";
        return Err(fatal("config_init_tracemalloc", message));
    }
    if let Some(value) = settings.variable("PYTHONTRACEMALLOC")
        && value != "0"
        && !frames(&value)
    {
        return Err(fatal("config_init_tracemalloc", "PYTHONTRACEMALLOC: invalid number of frames"));
    }
    Ok(())
}

/// Checks the hash seed and sets the key of the process; whether hashes are random.
fn hash_seed(settings: &Settings) -> Result<bool> {
    use runtime::hash::{HashKey, HashSeed, set_process_key};
    let text = match settings.options.random_hash {
        true => None,
        false => settings.variable("PYTHONHASHSEED"),
    };
    let text = text.map_or("random".to_string(), |text| text.to_string_lossy().into_owned());
    let message = "PYTHONHASHSEED must be \"random\" or an integer in range [0; 4294967295]";
    let Some(seed) = HashSeed::parse(&text) else {
        return Err(fatal("config_init_hash_seed", message));
    };
    match HashKey::from_seed(seed) {
        Ok(key) => set_process_key(key),
        Err(_) => {
            let message = "failed to get random numbers to initialize Python";
            return Err(fatal("_Py_HashRandomization_Init", message));
        }
    }
    Ok(text != "0")
}

fn warn_options(settings: &Settings, dev_mode: bool) -> Vec<OsString> {
    let mut result: Vec<OsString> = Vec::new();
    let mut add = |option: OsString| {
        if !result.contains(&option) {
            result.push(option);
        }
    };
    if dev_mode {
        add("default".into());
    }
    if let Some(list) = settings.variable("PYTHONWARNINGS") {
        list.as_bytes().split(|b| *b == b',').for_each(|part| add(OsString::from_vec(part.to_vec())));
    }
    settings.options.warnings.iter().cloned().for_each(&mut add);
    match settings.options.bytes_warning {
        0 => {}
        1 => add("default::BytesWarning".into()),
        _ => add("error::BytesWarning".into()),
    }
    result
}

/// The settings of the JIT.
pub fn jit_settings(options: &Options) -> Result<(jit::Settings, Request)> {
    let wrong = |message: String| fatal("config_init_jit", message);
    let mut settings = match options.ignore_environment || options.isolated {
        true => jit::Settings::default(),
        false => jit::Settings::from_environment().map_err(wrong)?,
    };
    for option in &options.x_options {
        let text = option.to_string_lossy();
        let (name, value) = text.split_once('=').map_or((text.as_ref(), None), |(n, v)| (n, Some(v)));
        if settings.apply(name, value).map_err(wrong)? == Request::Help {
            return Ok((settings, Request::Help));
        }
    }
    Ok((settings, Request::Nothing))
}

/// What `-X dump=...` asks for.
fn code_dump(settings: &Settings) -> Vec<String> {
    let of = |option: &str| settings.x(option).flatten().unwrap_or_default().to_string_lossy().into_owned();
    let (kinds, stages) = (of("dump"), of("jitdump"));
    // Of the stages of `jitdump`, these come before there is a trace.
    let early = stages.split(',').filter(|stage| ["bytecode", "ir"].contains(stage));
    kinds.split(',').filter(|kind| !kind.is_empty()).chain(early).map(str::to_string).collect()
}

/// The configuration for a program started as `program`, its command line as given in `orig_argv`.
pub fn configure(options: &Options, orig_argv: Vec<OsString>) -> Result<Config> {
    let ignore_environment = options.ignore_environment || options.isolated;
    let settings = Settings { options, ignore_environment };
    let dev_mode = settings.has_x("dev") || settings.has("PYTHONDEVMODE");
    check_unsupported(&settings)?;
    let environment = Environment {
        home: settings.variable("PYTHONHOME"),
        python_path: settings.variable("PYTHONPATH"),
        path: std::env::var_os("PATH"),
    };
    let program = orig_argv.first().cloned().unwrap_or_default();
    let pycache_prefix = match settings.x("pycache_prefix") {
        Some(value) => value.filter(|v| !v.is_empty()),
        None => settings.variable("PYTHONPYCACHEPREFIX"),
    };
    Ok(Config {
        utf8_mode: utf8_mode(&settings)?,
        paths: paths::discover(&program, &environment),
        argv: options.argv.clone(),
        orig_argv,
        warn_options: warn_options(&settings, dev_mode),
        x_options: options.x_options.clone(),
        debug: settings.raised_by(options.debug, "PYTHONDEBUG"),
        inspect: settings.raised_by(options.inspect.into(), "PYTHONINSPECT"),
        interactive: options.inspect.into(),
        optimize: settings.raised_by(options.optimize, "PYTHONOPTIMIZE"),
        dont_write_bytecode: options.dont_write_bytecode || settings.has("PYTHONDONTWRITEBYTECODE"),
        no_user_site: options.no_user_site || options.isolated || settings.has("PYTHONNOUSERSITE"),
        no_site: options.no_site,
        ignore_environment,
        verbose: settings.raised_by(options.verbose, "PYTHONVERBOSE"),
        bytes_warning: options.bytes_warning,
        quiet: options.quiet,
        hash_randomization: hash_seed(&settings)?,
        isolated: options.isolated,
        dev_mode,
        warn_default_encoding: settings.has_x("warn_default_encoding")
            || settings.has("PYTHONWARNDEFAULTENCODING"),
        safe_path: options.safe_path || options.isolated || settings.has("PYTHONSAFEPATH"),
        unbuffered: options.unbuffered || settings.has("PYTHONUNBUFFERED"),
        int_max_str_digits: int_max_str_digits(&settings)?,
        thread_inherit_context: settings.switch(
            "thread_inherit_context",
            "PYTHON_THREAD_INHERIT_CONTEXT",
            "config_init_thread_inherit_context",
        )?,
        context_aware_warnings: settings.switch(
            "context_aware_warnings",
            "PYTHON_CONTEXT_AWARE_WARNINGS",
            "config_init_context_aware_warnings",
        )?,
        import_time: import_time(&settings)?,
        pycache_prefix,
        check_hash_pycs: options.check_hash_pycs.clone().unwrap_or_else(|| "default".into()),
        cpu_count: cpu_count(&settings)?,
        io_encoding: settings.variable("PYTHONIOENCODING"),
        jit_enabled: false,
        code_dump: code_dump(&settings),
    })
}
