//! The JIT's settings: `-X jit=off|on|stress|help[,KEY=VALUE|,no-PASS]`, `-X jitlog`, `-X jitdump=STAGE,...[,FILE]`, and the
//! same grammar in `TAIPAN_JIT`; `PYTHON_JIT=0` switches it off.

use ::jit::driver;
use ::jit::log::{Log, Sink};
use ::jit::optimise::Passes;
use ::jit::parameters::Parameters;

/// What the command line and the environment say of the JIT.
#[derive(Clone, Debug)]
pub struct Settings {
    pub enabled: bool,
    pub parameters: Parameters,
    pub log: Log,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { enabled: true, parameters: Parameters::DEFAULT, log: Log::default() }
    }
}

/// What `apply` asks of the caller.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request {
    Nothing,
    /// Print `help` and end.
    Help,
}

impl Settings {
    /// What the environment variables `PYTHON_JIT` and `TAIPAN_JIT` say.
    pub fn from_environment() -> Result<Settings, String> {
        let mut settings = Settings::default();
        if std::env::var_os("PYTHON_JIT").is_some_and(|v| v == "0") {
            settings.enabled = false;
        }
        if let Ok(value) = std::env::var("TAIPAN_JIT") {
            settings.apply_mode(&value)?;
        }
        Ok(settings)
    }

    /// Applies an `-X` option; names that are not the JIT's are left alone.
    pub fn apply(&mut self, name: &str, value: Option<&str>) -> Result<Request, String> {
        match name {
            "jit" => self.apply_mode(value.unwrap_or("on")),
            "jitlog" => {
                self.log.events = true;
                if let Some(path) = value {
                    self.log.sink = Sink::File(path.into());
                }
                Ok(Request::Nothing)
            }
            "jitdump" => self.apply_dump(value.unwrap_or("trace,opt,asm")),
            _ => Ok(Request::Nothing),
        }
    }

    fn apply_mode(&mut self, text: &str) -> Result<Request, String> {
        for word in text.split(',').filter(|word| !word.is_empty()) {
            match word {
                "off" | "0" => self.enabled = false,
                "on" | "1" => self.enabled = true,
                "stress" => {
                    self.enabled = true;
                    self.parameters = Parameters::stress();
                }
                "log" => self.log.events = true,
                "dump" => {
                    self.apply_dump("trace,opt")?;
                }
                "help" => return Ok(Request::Help),
                _ => self.apply_parameter(word)?,
            }
        }
        Ok(Request::Nothing)
    }

    fn apply_parameter(&mut self, word: &str) -> Result<(), String> {
        let (key, value) = match word.split_once('=') {
            Some((key, value)) => {
                (key, Some(value.parse().map_err(|_| format!("jit: bad value in '{word}'"))?))
            }
            None => (word, None),
        };
        match self.parameters.set(key, value) {
            true => Ok(()),
            false => Err(format!("jit: no such setting: '{word}' (see -X jit=help)")),
        }
    }

    fn apply_dump(&mut self, stages: &str) -> Result<Request, String> {
        for stage in stages.split(',') {
            match stage {
                "trace" => self.log.trace = true,
                "opt" => self.log.optimised = true,
                "clif" => self.log.clif = true,
                "asm" => self.log.assembly = true,
                // Shown before the program runs, as by `-X dump`.
                "bytecode" | "ir" => (),
                path if path.contains(['/', '.']) => self.log.sink = Sink::File(path.into()),
                _ => {
                    return Err(format!(
                        "jitdump: no such stage: '{stage}' (bytecode, ir, trace, opt, clif, asm)"
                    ));
                }
            }
        }
        Ok(Request::Nothing)
    }

    /// Switches the JIT on, if it is wanted.
    pub fn install(self) {
        if self.enabled {
            driver::install(self.parameters, self.log);
        }
    }
}

/// The table that `-X jit=help` prints.
pub fn help() -> String {
    let mut text = String::from(
        "-X jit=off|on|stress[,KEY=VALUE][,no-PASS][,log][,dump], or the same in TAIPAN_JIT
-X jitlog[=FILE]: a line for each trace, and for each recording that failed
-X jitdump=STAGE,...[,FILE]: bytecode, ir (of the program), trace, opt, clif, asm (of each trace)
-X balance: what is left when the program has ended, by type
sys._jit.statistics(), sys._jit.traces(): what happened so far

Stress: everything hot is traced at once, and traces leave through guards that hold, as the seed says.

",
    );
    for (name, default, meaning) in Parameters::TABLE {
        text += &format!("  {name:22} {default:>8}  {meaning}\n");
    }
    text += &format!("\npasses: {}\n", Passes::NAMES.join(" "));
    text
}
