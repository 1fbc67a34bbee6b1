//! How the interpreter was asked to run: what the command line and the environment said, as `sys` shows it.

use crate::paths::Paths;
use std::ffi::OsString;
use std::sync::OnceLock;

/// The configuration. Numbers count how often an option was given.
#[derive(Clone, Debug)]
pub struct Config {
    pub paths: Paths,
    pub argv: Vec<OsString>,
    pub orig_argv: Vec<OsString>,
    pub warn_options: Vec<OsString>,
    /// As given: `key` or `key=value`.
    pub x_options: Vec<OsString>,
    pub debug: i64,
    pub inspect: i64,
    pub interactive: i64,
    pub optimize: i64,
    pub dont_write_bytecode: bool,
    pub no_user_site: bool,
    pub no_site: bool,
    pub ignore_environment: bool,
    pub verbose: i64,
    pub bytes_warning: i64,
    pub quiet: bool,
    pub hash_randomization: bool,
    pub isolated: bool,
    pub dev_mode: bool,
    pub utf8_mode: bool,
    pub warn_default_encoding: bool,
    pub safe_path: bool,
    pub unbuffered: bool,
    pub int_max_str_digits: i64,
    pub thread_inherit_context: bool,
    pub context_aware_warnings: bool,
    pub import_time: i64,
    pub pycache_prefix: Option<OsString>,
    /// `default`, `always` or `never`.
    pub check_hash_pycs: String,
    pub cpu_count: Option<i64>,
    /// `PYTHONIOENCODING`
    pub io_encoding: Option<OsString>,
    pub jit_enabled: bool,
    /// `-X dump=bytecode,ir`: forms of the main program's code objects that are shown.
    pub code_dump: Vec<String>,
}

impl Default for Config {
    fn default() -> Config {
        Config {
            paths: Paths::default(),
            argv: vec![OsString::new()],
            orig_argv: Vec::new(),
            warn_options: Vec::new(),
            x_options: Vec::new(),
            debug: 0,
            inspect: 0,
            interactive: 0,
            optimize: 0,
            dont_write_bytecode: false,
            no_user_site: false,
            no_site: false,
            ignore_environment: false,
            verbose: 0,
            bytes_warning: 0,
            quiet: false,
            hash_randomization: true,
            isolated: false,
            dev_mode: false,
            utf8_mode: false,
            warn_default_encoding: false,
            safe_path: false,
            unbuffered: false,
            int_max_str_digits: 4300,
            thread_inherit_context: false,
            context_aware_warnings: false,
            import_time: 0,
            pycache_prefix: None,
            check_hash_pycs: "default".into(),
            cpu_count: None,
            io_encoding: None,
            jit_enabled: false,
            code_dump: Vec::new(),
        }
    }
}

static CONFIG: OnceLock<Config> = OnceLock::new();

/// Sets the configuration; the first one stays.
pub fn set(config: Config) {
    // A second interpreter in the process (tests) keeps the first configuration.
    let _ = CONFIG.set(config);
}

/// The configuration of the process.
pub fn get() -> &'static Config {
    CONFIG.get_or_init(Config::default)
}
