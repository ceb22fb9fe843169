//! Server processes: started in a group of their own, killed as a group, whatever happens.

use std::{
    fs::File,
    io,
    os::unix::{
        fs::{MetadataExt, chown},
        process::{CommandExt, ExitStatusExt},
    },
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::Duration,
};

use super::wait::eventually;

/// The user that real servers run as: the one who runs the tests, or `nobody` when that is root,
/// since mail servers refuse to keep root's mail.
#[derive(Clone, Debug)]
pub struct RunAs {
    /// Login name.
    pub user: String,
    /// Primary group.
    pub group: String,
    uid: u32,
    gid: u32,
}

/// Whether the tests run as root.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

impl RunAs {
    /// Looks the user up with `id`.
    pub fn unprivileged() -> Self {
        let who: &[&str] = if is_root() { &["nobody"] } else { &[] };
        let ask = |what: &str| {
            let output = Command::new("id").arg(what).args(who).output().unwrap();
            String::from_utf8(output.stdout).unwrap().trim().to_owned()
        };
        Self {
            user: ask("-un"),
            group: ask("-gn"),
            uid: ask("-u").parse().unwrap(),
            gid: ask("-g").parse().unwrap(),
        }
    }

    /// Gives a file or directory to this user.
    pub fn own(&self, path: &Path) {
        if is_root() {
            chown(path, Some(self.uid), Some(self.gid)).unwrap();
        }
    }

    /// Makes a command run as this user.
    pub fn apply<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        if is_root() {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }
}

/// A process and all that it started.
pub struct Group {
    leader: Child,
    guard: Child,
    name: String,
}

impl Group {
    /// Starts `command` as the leader of a new process group; stdout and stderr go to `log`.
    ///
    /// A shell stands guard on a pipe that closes with this process, so that the group dies even
    /// if the test run itself is killed.
    pub fn spawn(command: &mut Command, log: &Path) -> Self {
        let name = command.get_program().to_string_lossy().into_owned();
        let log = File::options().create(true).append(true).open(log).unwrap();
        let leader = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("start {name}: {}", missing(&name, &error)));
        let guard = Command::new("sh")
            .args(["-c", "read _; kill -s KILL -- -$1 2>/dev/null", "guard"])
            .arg(leader.id().to_string())
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        Self {
            leader,
            guard,
            name,
        }
    }

    /// Sends a signal (`TERM`, `HUP`, ...) to the leader alone.
    pub fn signal(&self, signal: &str) {
        kill(signal, &self.leader.id().to_string());
    }

    /// Sends a signal to every process of the group.
    pub fn signal_all(&self, signal: &str) {
        kill(signal, &format!("-{}", self.leader.id()));
    }

    /// The leader's exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.leader.try_wait().unwrap()
    }

    /// Waits for the leader to end.
    #[track_caller]
    pub fn wait(&mut self, timeout: Duration) -> ExitStatus {
        let what = format!("{} ends", self.name);
        eventually(timeout, &what, || self.leader.try_wait().unwrap())
    }

    /// The leader's process id.
    pub fn id(&self) -> u32 {
        self.leader.id()
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal_all("KILL");
        let _ = self.leader.wait();
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}

fn kill(signal: &str, target: &str) {
    // the shell's own `kill`: no package, no libc binding
    let _ = Command::new("sh")
        .args(["-c", "kill -s \"$1\" -- \"$2\"", "kill", signal, target])
        .stderr(Stdio::null())
        .status();
}

/// The exit code, or 128 + the signal, as a shell shows it.
pub fn exit_code(status: ExitStatus) -> i32 {
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

/// The path of a program of a Debian package; panics with the remedy when it is not installed.
pub fn program(name: &str) -> String {
    let dirs = ["/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"];
    let found = dirs
        .iter()
        .map(|dir| format!("{dir}/{name}"))
        .find(|path| Path::new(path).exists());
    found.unwrap_or_else(|| panic!("{name} is missing; install it: tests/install-packages.sh"))
}

fn missing(name: &str, error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        format!("{name} is missing; install it: tests/install-packages.sh")
    } else {
        error.to_string()
    }
}
