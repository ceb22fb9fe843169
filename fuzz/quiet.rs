//! Panics inside of the mail libraries are caught by maildesk; only its own end a run.

/// Takes the place of the fuzzer's hook, which would end the run before the panic is caught. What
/// is not caught still ends it.
pub fn start() {
    std::panic::set_hook(Box::new(|info| {
        let is_ours = info.location().is_none_or(|at| !at.file().contains("/registry/"));
        if is_ours {
            eprintln!("{info}");
        }
    }));
}
