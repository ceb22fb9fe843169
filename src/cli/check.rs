//! `maildesk check`: every fault of config, rules, templates and secret, what is right, and what works
//! and may not be meant.

use clap::Args;

use super::{
    Context, Failure,
    context::rules_of,
    online,
    output::{Ink, count, paint},
    plain,
    rules::fault_of,
};
use crate::{
    compose::Templates,
    config::{Config, Grant},
    desk::rule_faults,
    store::Store,
    token::Signer,
    toml_reader::Fault,
};

#[derive(Debug, Args)]
pub(super) struct Check {
    /// Log in to every mailbox and to the mail server, and say what each offers
    #[arg(long)]
    online: bool,
}

/// What was found: lines about what is right, what works and may not be meant, and faults.
#[derive(Default)]
pub(super) struct Findings {
    pub right: Vec<String>,
    pub hints: Vec<String>,
    pub faults: Vec<Fault>,
}

impl Findings {
    /// Notes that something is as it should be.
    pub(super) fn right(&mut self, what: &str, words: &str) {
        self.right.push(format!("{what}: {words}"));
    }
}

pub(super) async fn run(context: &Context, args: Check) -> Result<(), Failure> {
    let mut offline = Findings::default();
    let mut servers = Findings::default();
    match context.config() {
        Err(Failure::Faults(faults)) => offline.faults = faults,
        Err(other) => return Err(other),
        Ok(config) => {
            offline.right(&format!("config {}", config.path.display()), "ok");
            check_rules(&config, &mut offline);
            check_templates(&config, &mut offline);
            check_secret(&config, &mut offline);
            check_database(&config, &mut offline);
            check_trust(&config, &mut offline);
            check_networks(&config, &mut offline);
            if let Some(key) = &config.dkim {
                let words = format!("signed; DNS must say TXT \"{}\"", key.record());
                offline.right(&format!("dkim {}", key.name()), &words);
            }
            check_consents(&config, &mut offline).await;
            if args.online {
                servers = online::check(&config).await;
            }
        }
    }
    // 2: nothing would start; 1: it would start, and could not reach somebody
    let code = match (offline.faults.is_empty(), servers.faults.is_empty()) {
        (false, _) => 2,
        (true, false) => 1,
        (true, true) => 0,
    };
    offline.right.append(&mut servers.right);
    offline.faults.append(&mut servers.faults);
    context.print(&offline.faults, || offline.page())?;
    match code {
        0 => Ok(()),
        code => Err(Failure::Shown(code)),
    }
}

fn check_rules(config: &Config, findings: &mut Findings) {
    match rules_of(Some(config)) {
        Err(mut faults) => findings.faults.append(&mut faults),
        Ok(rules) => {
            let outcomes = rules.run_tests();
            let failed = outcomes.iter().filter(|outcome| !outcome.passed);
            let faults: Vec<Fault> = failed.map(fault_of).collect();
            let passed = outcomes.len() - faults.len();
            findings.right(
                "rules",
                &format!(
                    "{}, {} passed",
                    count(rules.rules().count(), "rule"),
                    count(passed, "test")
                ),
            );
            findings.faults.extend(faults);
            let lints = rules.lints();
            findings.hints.extend(lints.iter().map(Fault::to_string));
            // faults of the templates themselves are told with the templates
            if let Ok(templates) = Templates::load(config.templates.directory.as_deref()) {
                let mut faults = rule_faults(config, &rules, &templates);
                findings.faults.append(&mut faults);
            }
        }
    }
}

fn check_templates(config: &Config, findings: &mut Findings) {
    let directory = config.templates.directory.as_deref();
    match Templates::load(directory) {
        Ok(_) => match directory {
            Some(path) => findings.right(
                "templates",
                &format!("ok, with those of {}", path.display()),
            ),
            None => findings.right("templates", "ok, built in"),
        },
        Err(mut faults) => findings.faults.append(&mut faults),
    }
}

fn check_secret(config: &Config, findings: &mut Findings) {
    let path = &config.desk.secret_file;
    let what = format!("secret {}", path.display());
    // opening one that is not there would make it, and a check changes nothing
    if !path.try_exists().unwrap_or(true) {
        findings.right(&what, "made on first start");
        return;
    }
    match Signer::open(path) {
        Ok(_) => findings.right(&what, "ok"),
        Err(error) => findings.faults.push(Fault {
            file: config.path.display().to_string(),
            line: 0,
            key: "desk.secret_file".to_owned(),
            value: path.display().to_string(),
            problem: format!("cannot be used: {error}: it must be readable by the desk's user"),
        }),
    }
}

fn check_database(config: &Config, findings: &mut Findings) {
    let path = &config.storage.path;
    let words = match path.exists() {
        true => "there",
        false => "made on first start",
    };
    findings.right(&format!("database {}", path.display()), words);
}

/// Whether a person has to give consent before the desk can log in by OAuth2.
async fn check_consents(config: &Config, findings: &mut Findings) {
    let store = Store::open_existing(&config.storage.path).ok();
    for settings in config.consents() {
        let name = settings.consent.clone();
        let what = format!("consent for {name}");
        if settings.grant == Grant::ClientCredentials {
            findings.right(&what, "none is needed");
            continue;
        }
        let stored = match &store {
            Some(store) => store.read(move |view| view.consent(&name)).await,
            None => Ok(None),
        };
        let remedy = format!("run `maildesk auth {}`", settings.consent);
        match stored {
            Ok(Some(consent)) if consent.ended.is_empty() => findings.right(&what, "there"),
            Ok(Some(consent)) => {
                let hint = format!("{what}: has ended ({}): {remedy}", consent.ended);
                findings.hints.push(hint);
            }
            Ok(None) => findings.hints.push(format!("{what}: none yet: {remedy}")),
            Err(error) => findings.hints.push(format!("{what}: {error}")),
        }
    }
}

fn check_trust(config: &Config, findings: &mut Findings) {
    let is_told = config.agents.iter().any(|agent| agent.notify);
    if is_told && !config.trust.can_prove() {
        findings.hints.push(
            "trust: nothing can prove that a mail is an agent's: agents are told by mail, and what \
             they answer is kept as a note and not sent to the customer; give authserv_ids, or \
             verify = true, or inbound_path_trusted = true"
                .to_owned(),
        );
    }
}

/// Behind a proxy on this machine every visitor comes from this machine.
fn check_networks(config: &Config, findings: &mut Findings) {
    let web = &config.web;
    let is_behind_proxy = web.enabled && web.listen.ip().is_loopback();
    let names_networks = !config.survey.desk_networks.is_empty();
    if is_behind_proxy && names_networks && web.trusted_proxies.is_empty() {
        findings.hints.push(
            "survey.desk_networks: the pages are reached through a proxy on this machine, and every \
             visitor seems to come from here: give web.trusted_proxies = [\"127.0.0.1\", \"::1\"], or \
             the desk's own people can rate themselves from inside"
                .to_owned(),
        );
    }
}

impl Findings {
    fn page(&self) -> String {
        let mut page = String::new();
        for line in &self.right {
            page.push_str(&format!(
                "{}  {}\n",
                paint(Ink::Good, "ok"),
                plain::line(line)
            ));
        }
        for hint in &self.hints {
            let line = plain::line(hint);
            page.push_str(&format!("{}  {line}\n", paint(Ink::Head, "hint")));
        }
        for fault in &self.faults {
            let line = plain::line(&fault.to_string());
            page.push_str(&format!("{}  {line}\n", paint(Ink::Bad, "FAULT")));
        }
        match self.faults.len() {
            0 => {}
            1 => page.push_str("1 fault: correct it and check again\n"),
            many => page.push_str(&format!("{many} faults: correct them and check again\n")),
        }
        page
    }
}
