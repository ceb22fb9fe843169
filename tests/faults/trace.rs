//! strace on a running desk: it sees system calls in their order, slows them, lets them fail, kills.
//!
//! It needs leave to trace: root, or `kernel.yama.ptrace_scope = 0`.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use crate::harness::{
    Desk, eventually,
    process::{Group, program},
};

/// A tracer at work; dropped, it lets go of the desk.
pub struct Trace {
    group: Group,
    file: PathBuf,
}

impl Trace {
    /// Attaches to every thread of the desk and watches these calls, with further arguments.
    pub fn attach(desk: &Desk, calls: &str, arguments: &[&str]) -> Self {
        let pid = desk.pid();
        let file = desk.dir().join("trace");
        let _ = fs::remove_file(&file);
        let mut command = Command::new(program("strace"));
        command.args(["-f", "-y", "-tt", "-s", "120", "-e"]);
        command.arg(format!("trace={calls}"));
        command.args(arguments).arg("-o").arg(&file);
        command.args(["-p", &pid.to_string()]);
        let log = desk.dir().join("strace.log");
        let mut group = Group::spawn(&mut command, &log);
        eventually(Duration::from_secs(60), "strace has every thread", || {
            if group.ended().is_some() {
                let said = fs::read_to_string(&log).unwrap_or_default();
                panic!("strace cannot trace, run as root or allow ptrace: {said}");
            }
            is_traced(pid)
        });
        Self { group, file }
    }

    /// What it saw so far, in the order of the calls.
    pub fn lines(&self) -> Vec<String> {
        let text = fs::read(&self.file).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        text.lines().map(str::to_owned).collect()
    }

    /// Lets go of the desk, which runs on as if nothing had been.
    pub fn end(mut self) -> Vec<String> {
        self.group.signal("INT");
        self.group.wait(Duration::from_secs(60));
        self.lines()
    }
}

fn is_traced(pid: u32) -> bool {
    let Ok(tasks) = fs::read_dir(format!("/proc/{pid}/task")) else {
        return false;
    };
    tasks.filter_map(Result::ok).all(|task| {
        let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
        status
            .lines()
            .any(|line| line.starts_with("TracerPid:") && !line.ends_with("\t0"))
    })
}
