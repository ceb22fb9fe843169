#![no_main]

#[path = "../../tests/fuzz_corpus/claims.rs"]
mod claims;
#[path = "../quiet.rs"]
mod quiet;

libfuzzer_sys::fuzz_target!(init: quiet::start(), |data: &[u8]| claims::headers(data));
