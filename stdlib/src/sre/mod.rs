//! `_sre`: a matching engine without Python objects, and the pattern and match objects over it.
//!
//! `re._compiler` produces a list of code words; [`Program::new`] validates them completely and decodes them into a
//! flat instruction list with precomputed character tables, first-character facts and a search strategy. A reusable
//! [`Matcher`] runs a program over a [`Subject`] of 1, 2 or 4 bytes a unit (monomorphised for each). All positions are
//! indices in code units. Nothing here recurses on guest data: decoding, analysis and backtracking use heap stacks.
//!
//! | file | its one idea |
//! |---|---|
//! | `constants` | opcode, position and category numbers shared with `re._constants` |
//! | `chars` | character facts and the locale table |
//! | `charset` | one-character tests and their 256-entry tables |
//! | `program` | the instruction set |
//! | `decode` | code words to instructions, with validation |
//! | `first` | which characters may come next; prunes choices and picks the search strategy |
//! | `execute` | the backtracking machine |
//! | `search` | match, fullmatch, search and the scanner over the machine |
//! | `template` | replacement templates of `sub` and `expand` |
//! | `module` | the functions of `_sre` |
//! | `pattern`, `matches`, `scanner` | the objects |
//! | `subject` | the text of strings and buffers |
//! | `substitute` | `sub`, `subn` and `expand` |

mod chars;
mod charset;
mod constants;
mod decode;
mod execute;
mod first;
mod matches;
mod module;
mod pattern;
mod program;
mod scanner;
mod search;
mod subject;
mod substitute;
mod template;

pub use chars::{Locale, ascii_iscased, ascii_tolower, unicode_iscased, unicode_tolower};
pub use constants::{CODESIZE, MAGIC, MAXGROUPS, MAXREPEAT, flag};
pub use decode::InvalidCode;
pub use module::MODULE;
pub use program::Program;
pub use search::{Environment, MatchError, Matcher, Mode, Scanner, Subject};
pub use template::{InvalidTemplate, Piece, Template, TemplatePart};
