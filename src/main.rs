//! The maildesk command: arguments, library, exit code.

use std::process::ExitCode;

use clap::Parser;
use maildesk::cli::{self, Cli};

fn main() -> ExitCode {
    match Cli::try_parse() {
        Ok(asked) => cli::run(asked),
        Err(error) => {
            // help that goes into a closed pipe is nobody's error
            let _ = error.print();
            ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
        }
    }
}
