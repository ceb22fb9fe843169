//! `maildesk rules train`: the learned hints, made anew.

use std::{fs, path::PathBuf, sync::Arc};

use clap::Args;
use serde_json::json;

use super::{
    super::{failure::say, output::Table},
    Context, Failure,
};
use crate::{
    config::Config,
    store::{Correction, Store},
    triage::{
        BUILTIN, Ruleset,
        hints::{self, Example, Hints, Quality},
    },
};

/// A correction of an agent counts as much as so many shipped examples: it is about this desk.
const CORRECTION_COUNTS: usize = 3;

#[derive(Debug, Args)]
pub struct Train {
    /// More examples: JSON Lines with subject, text, about and category
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Without the shipped examples
    #[arg(long)]
    only_these: bool,
    /// Without what agents of this desk corrected
    #[arg(long)]
    without_desk: bool,
    /// Also say how well it tells what it has not seen: takes ten times as long
    #[arg(long)]
    check: bool,
    /// Where to write it [default: what [rules] hints says]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

pub(super) async fn run(context: &Context, args: Train) -> Result<(), Failure> {
    let config = context.config_if_any()?;
    let failed = Failure::Failed;
    let mut examples = Vec::new();
    if !args.only_these {
        examples.extend(hints::shipped().map_err(failed)?);
        for (file, text) in rule_files(config.as_ref())? {
            examples.extend(hints::of_tests(&file, &text));
        }
    }
    for path in &args.files {
        let name = path.display().to_string();
        let text = fs::read_to_string(path)
            .map_err(|error| Failure::Failed(format!("reading examples from {name}: {error}")))?;
        examples.extend(hints::read(&name, &text).map_err(failed)?);
    }
    let shipped = examples.len();
    let corrected = match config.as_ref().filter(|_| !args.without_desk) {
        Some(config) if config.storage.path.exists() => corrections(config)?,
        _ => Vec::new(),
    };
    for example in &corrected {
        examples.extend(std::iter::repeat_n(example.clone(), CORRECTION_COUNTS));
    }
    let out = match (args.out, &config) {
        (Some(path), _) => path,
        (None, Some(config)) => config.rules.hints.clone(),
        (None, None) => {
            return Err(Failure::Usage(
                "say where to write it: --out FILE, or --config with the desk's config".to_owned(),
            ));
        }
    };
    say("learning; this takes some seconds");
    let learned = hints::train(&examples);
    let labels: Vec<String> = learned.labels().map(str::to_owned).collect();
    let file = learned
        .write()
        .map_err(|error| Failure::Failed(format!("writing the hints down: {error}")))?;
    let shown = out.display().to_string();
    if let Some(config) = config.as_ref().filter(|config| config.rules.hints == out) {
        suits(config, learned, &shown)?;
    }
    // readers never see half a file
    let beside = out.with_extension("new");
    fs::write(&beside, &file)
        .and_then(|()| fs::rename(&beside, &out))
        .map_err(|error| Failure::Failed(format!("writing the hints to {shown}: {error}")))?;
    let quality = match args.check {
        true => hints::cross_validate(&examples, 10),
        false => Vec::new(),
    };
    let result = json!({
        "file": shown, "bytes": file.len(), "examples": shipped, "corrections": corrected.len(),
        "labels": labels, "quality": quality,
    });
    context.print(&result, || {
        let mut page = format!(
            "learned from {shipped} examples and {} corrections of agents: {}\nwritten to {shown} \
             ({} KiB); a running desk takes it on SIGHUP\n",
            corrected.len(),
            labels.join(", "),
            file.len().div_ceil(1024)
        );
        if args.check {
            page.push_str(&format!("\n{}", table(&quality)));
        }
        page
    })
}

fn table(quality: &[Quality]) -> String {
    let mut table = Table::new(&["label", "examples", "precision", "recall"]);
    for label in quality {
        table.row([
            label.label.clone(),
            label.examples.to_string(),
            format!("{:.3}", label.precision),
            format!("{:.3}", label.recall),
        ]);
    }
    table.or("no label has enough examples")
}

/// Refuses hints with which the rules of the desk could not be read: it would not start any more.
fn suits(config: &Config, learned: Hints, shown: &str) -> Result<(), Failure> {
    let learned = Arc::new(learned);
    let read = match config.rules.directory.as_deref() {
        Some(directory) => Ruleset::read_directory_with(directory, learned),
        None => Ruleset::builtin_with(learned),
    };
    let Err(faults) = read else { return Ok(()) };
    let first = faults.first().map(ToString::to_string).unwrap_or_default();
    Err(Failure::Failed(format!(
        "nothing was written to {shown}: the rules of this desk could not be read with these hints \
         ({first}): a label takes fifteen examples; learn with the shipped ones too, or name another \
         file by --out"
    )))
}

/// The rule files of a desk, or the shipped ones: name and text.
fn rule_files(config: Option<&Config>) -> Result<Vec<(String, String)>, Failure> {
    let directory = config.and_then(|config| config.rules.directory.as_deref());
    let Some(directory) = directory else {
        let shipped = BUILTIN.iter();
        return Ok(shipped
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect());
    };
    let unreadable = |error: std::io::Error| {
        Failure::Failed(format!(
            "reading rules from {}: {error}",
            directory.display()
        ))
    };
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).map_err(unreadable)?;
        Ok((path.display().to_string(), text))
    };
    paths.into_iter().map(read).collect()
}

/// What agents made of tickets whose priority or category they changed.
fn corrections(config: &Config) -> Result<Vec<Example>, Failure> {
    let agents: Vec<String> = config
        .agents
        .iter()
        .map(|agent| agent.address.address.clone())
        .collect();
    let store = Store::open_existing(&config.storage.path)?;
    let found = store.read_here(|view| view.corrections(&agents))?;
    Ok(found.into_iter().map(example).collect())
}

fn example(correction: Correction) -> Example {
    let is_failure = correction.is_pressing && !correction.category.is_empty();
    Example {
        subject: correction.subject,
        text: correction.text,
        about: if is_failure { "failure" } else { "" }.to_owned(),
        category: correction.category,
    }
}
