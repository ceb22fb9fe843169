use super::*;

#[test]
fn every_fault_at_once_with_its_line_and_no_secret() {
    let text = "[smtp]\nhost = 5\nprot = 25\nport = 99999\npassword = 12345\ntls = \"startls\"\n";
    let (_, faults) = read("config.toml", text, |root| {
        root.table("smtp", |smtp| {
            smtp.string("host", "");
            smtp.integer("port", 25, 1..=65535);
            smtp.optional_string("password");
            smtp.choice("tls", &[("starttls", 1), ("none", 0)], 1);
        })
    });
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "config.toml:2: smtp.host = 5: must be a string in quotes, found an integer",
            "config.toml:3: smtp.prot = 25: unknown key: did you mean \"port\"?; known: \"host\", \"port\", \"password\", \"tls\"",
            "config.toml:4: smtp.port = 99999: must be from 1 to 65535",
            "config.toml:5: smtp.password: must be a string in quotes, found an integer",
            "config.toml:6: smtp.tls = \"startls\": must be one of \"starttls\", \"none\": did you mean \"starttls\"?",
        ]
    );
}

#[test]
fn a_syntax_fault_names_its_line_and_does_not_echo_the_source() {
    let (_, faults) = read("c.toml", "a = 1\npassword = \"hunter2\n", |root| {
        root.required_string("needed", "x");
    });
    assert!(!faults.is_empty());
    assert!(
        faults
            .iter()
            .all(|f| f.line == 2 && !f.to_string().contains("hunter2")),
        "{faults:?}"
    );
}
