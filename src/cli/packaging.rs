//! `maildesk completions` and `maildesk man`: for packagers.

use std::{fs, path::PathBuf};

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Context, Failure, output};

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct Man {
    /// The directory to write into; made where it is missing
    dir: PathBuf,
}

pub(super) fn completions(context: &Context, args: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "maildesk", &mut script);
    match context.is_json {
        true => output::json(&String::from_utf8_lossy(&script))?,
        false => output::bytes(&script)?,
    }
    Ok(())
}

pub(super) fn man(context: &Context, args: &Man) -> Result<(), Failure> {
    let shown = args.dir.display();
    fs::create_dir_all(&args.dir)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), &args.dir))
        .map_err(|error| Failure::Failed(format!("writing the manual into {shown}: {error}")))?;
    let done = serde_json::json!({ "directory": args.dir });
    context.print(&done, || format!("the manual pages are in {shown}\n"))
}
