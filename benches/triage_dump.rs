// dumps cv predictions and rule outcomes
use std::fs;
use maildesk::{triage::{hints::{Example, train}, Ruleset, Facts, Event}, message::{Message, Kind}, ticket::Priority};
fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).collect();
    let split = args.iter().position(|a| a == "TEST");
    let load = |files: &[String]| -> Vec<Example> { files.iter().flat_map(|f| fs::read_to_string(f).unwrap().lines().map(|l| serde_json::from_str::<Example>(l).unwrap()).collect::<Vec<_>>()).collect() };
    let mut ex = load(&args[..split.unwrap_or(args.len())]);
    let test = split.map(|s| load(&args[s+1..]));
    let rules = Ruleset::builtin().unwrap_or_else(|f| panic!("{f:?}"));
    let mut seed = 7u64; for i in (1..ex.len()).rev() { seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1); ex.swap(i, (seed>>33) as usize % (i+1)); }
    let dump = |hints: &maildesk::triage::hints::Hints, e: &Example| {
        // quotes are cut off before triage
        let text: String = maildesk::message::reply_text::split(&e.text, false).reply;
        let m = Message { subject: e.subject.clone(), reply: text.clone(), text: e.text.clone(), ..Message::default() };
        let f = Facts { message: &m, kind: Kind::Customer, mailbox: "support", ticket: None, customer_tickets_30d: 0, customer_open_tickets: 0, hour: 12, weekday: 2 };
        let t = rules.evaluate(&f, Event::Message);
        let p = hints.predict(&format!("{}\n\n{}", e.subject, text));
        let of = |l: &str| p.iter().find(|p| p.label == l).map_or(0.0, |p| p.probability);
        let words = p.iter().find(|p| p.label == "failure").map(|p| p.words.join(" ")).unwrap_or_default();
        println!("{}", serde_json::json!({"about": e.about, "cat": e.category, "rh": t.priority.is_some_and(|p| p >= Priority::High), "rc": t.category, "rules": t.matched.iter().map(|m| m.rule.clone()).collect::<Vec<_>>(), "p": of("failure"), "c": [of("search"), of("pricing"), of("import"), of("export")], "howto": of("howto"), "feature": of("feature"), "words": words, "subject": e.subject, "text": text}));
    };
    if let Some(test) = test { let h = train(&ex); if let Ok(p) = std::env::var("HINTS") { fs::write(p, h.write().unwrap()).unwrap(); } for e in &test { dump(&h, e); } return; }
    let k = 5;
    for part in 0..k { let tr: Vec<Example> = ex.iter().enumerate().filter(|(i,_)| i%k!=part).map(|(_,e)| e.clone()).collect(); let h = train(&tr); for (_, e) in ex.iter().enumerate().filter(|(i,_)| i%k==part) { dump(&h, e); } }
}
