//! `maildesk report`: links to the pages of reports.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::json;

use super::{Context, Failure, failure::say, output, values};
use crate::{
    clock,
    config::{Agent, AgentsSee, Config},
    web,
};

#[derive(Debug, Subcommand)]
pub(super) enum Report {
    /// Print a link to the report on satisfaction; whoever has it sees the report until it expires
    Link {
        /// How many days it works
        #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=366))]
        days: u16,
        /// A link to the results of this agent alone, by name or address: what `[survey]
        /// agents_see` allows, and never who said what
        #[arg(long, value_name = "AGENT")]
        agent: Option<String>,
    },
}

pub(super) fn run(context: &Context, command: &Report) -> Result<(), Failure> {
    let Report::Link { days, agent } = command;
    let config = context.config()?;
    if !config.web.enabled {
        return Err(Failure::Failed(
            "the pages are off: set [web] enabled = true".to_owned(),
        ));
    }
    let until = clock::now() + SignedDuration::from_hours(24 * i64::from(*days));
    let signer = context.signer(&config)?;
    let path = match agent {
        Some(named) => {
            let agent = agent_who_sees(&config, named)?;
            web::own_report_path(&signer, &agent.address.address, until)
        }
        None => web::report_path(&signer, until),
    };
    let public = config.desk.public_url.as_deref();
    let base = public.map_or_else(
        || format!("http://{}", reached(config.web.listen)),
        str::to_owned,
    );
    let url = format!("{base}{path}");
    let document = json!({ "url": &url, "expires_at": until.to_string() });
    context.print(&document, || format!("{url}\n"))?;
    if context.is_json {
        return Ok(());
    }
    let last = output::time(until, &config.desk.timezone);
    say(&format!(
        "whoever has this link sees the report until {last}: pass it on with care"
    ));
    match public {
        Some(_) => say("the proxy must forward /reports/ beside /s/"),
        None => say("it works on this machine; for others set [desk] public_url"),
    }
    Ok(())
}

fn agent_who_sees<'c>(config: &'c Config, named: &str) -> Result<&'c Agent, Failure> {
    if config.survey.agents_see == AgentsSee::Nothing {
        return Err(Failure::Failed(
            "agents see nothing of their results: set [survey] agents_see".to_owned(),
        ));
    }
    let found = config.agents.iter().find(|agent| agent.is_named(named));
    found.ok_or_else(|| {
        let names: Vec<&str> = config.agents.iter().map(|a| a.name.as_str()).collect();
        Failure::Failed(values::unknown(
            "agent",
            named,
            &names,
            "the config has no [[agent]]",
        ))
    })
}

/// Where a listener on all addresses is reached from its own machine.
fn reached(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}
