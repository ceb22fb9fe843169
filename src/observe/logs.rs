//! Logs: to journald with fields when systemd started us, else to stderr.

use std::io::IsTerminal;

use tracing_subscriber::{EnvFilter, layer::SubscriberExt, util::SubscriberInitExt};

/// Starts logging. `verbosity` is the count of `-v` less that of `-q`; `MAILDESK_LOG` (a
/// tracing filter, such as `maildesk=debug`) overrides it.
pub fn start(verbosity: i8) {
    let level = match verbosity {
        ..=-1 => "error",
        0 => "info",
        1 => "debug",
        _ => "trace",
    };
    // the libraries' own lines may hold protocol text, which may hold addresses
    let default = format!("error,maildesk={level}");
    let filter =
        EnvFilter::try_from_env("MAILDESK_LOG").unwrap_or_else(|_| EnvFilter::new(default));
    let registry = tracing_subscriber::registry().with(filter);
    // set by systemd when stderr is connected to the journal (systemd.exec(5))
    if std::env::var_os("JOURNAL_STREAM").is_some()
        && let Ok(journal) = tracing_journald::layer()
    {
        let _ = registry
            .with(journal.with_syslog_identifier("maildesk".to_owned()))
            .try_init();
        return;
    }
    let has_colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(has_colour)
        .with_target(false);
    let _ = registry.with(lines).try_init();
}
