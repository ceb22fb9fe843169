//! What a call takes of memory at most, as the kernel sees it (Linux, proc(5)).

use std::fs;

/// What the call gives, and by how many bytes the memory of the process rose meanwhile. Nothing
/// else may run in the process.
pub fn peak<T>(call: impl FnOnce() -> T) -> (T, usize) {
    // the peak starts anew from what is used now
    fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = status("VmRSS:");
    let result = call();
    (result, status("VmHWM:").saturating_sub(before))
}

fn status(field: &str) -> usize {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    assert_eq!(words.get(1), Some(&"kB"), "{field} of /proc/self/status");
    words.first().unwrap().parse::<usize>().unwrap() * 1024
}
