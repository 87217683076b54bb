//! A PostgreSQL server of the tests' own, gone with the process that started it.
//!
//! The programs are those in the path, or of Debian's package. A shell starts the server and waits
//! at a pipe: when this process ends, however it does, the pipe closes, and the shell stops the
//! server and takes its folder away. Where there is no server, the tests over it say so and pass,
//! but not in CI.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// A running server.
pub struct Postgres {
    folder: PathBuf,
    programs: PathBuf,
    user: Option<&'static str>,
    shell: Child,
    /// Closing it ends the server.
    pipe: Option<ChildStdin>,
}

/// The address of an empty place on this process's server; none where there is no server.
pub fn address() -> Option<String> {
    static SERVER: OnceLock<Option<Postgres>> = OnceLock::new();
    let server = SERVER.get_or_init(|| Postgres::start("off"));
    server.as_ref().map(Postgres::address)
}

impl Postgres {
    /// Starts a server on an empty folder.
    pub fn start(fsync: &str) -> Option<Postgres> {
        let Some(programs) = programs() else {
            assert!(std::env::var_os("CI").is_none(), "CI needs PostgreSQL: see .ci/run");
            eprintln!("\nSKIPPED: no PostgreSQL on this machine; apt-get install postgresql\n");
            return None;
        };
        let user = (command(None, "id").arg("-u").output().unwrap().stdout == b"0\n")
            .then(|| if has_user("postgres") { "postgres" } else { "nobody" });
        let folder = command(user, "mktemp").args(["-d", "/tmp/yagura-pg.XXXXXX"]).output();
        let folder = String::from_utf8(folder.unwrap().stdout).unwrap();
        let folder = PathBuf::from(folder.trim());
        // An order of text that is not that of its bytes, where the server knows one.
        let icu = ["--locale-provider=icu", "--icu-locale=en-US"];
        let made = [&icu[..], &[]].iter().any(|more| {
            let mut make = command(user, programs.join("initdb").to_str().unwrap());
            make.args(["--username=yagura", "--auth=trust", "--no-sync", "--encoding=UTF8"]);
            make.arg("--locale=C.UTF-8").args(*more).arg("-D").arg(folder.join("data"));
            make.output().unwrap().status.success()
        });
        assert!(made, "initdb failed in {}", folder.display());
        let mut shell = command(user, "sh");
        let mut shell = shell
            .args(["-c", SCRIPT, "sh"])
            .args([&programs, &folder])
            .arg(fsync)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(shell.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n", "the server did not start in {}", folder.display());
        let pipe = shell.stdin.take();
        Some(Postgres { folder, programs, user, shell, pipe })
    }

    /// An address with a schema that nobody used.
    pub fn address(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (process, number) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let folder = self.folder.to_str().unwrap();
        format!("postgres://yagura@/postgres?host={folder}&schema=t{process}_{number}")
    }

    /// Stops and starts it, as an administrator would.
    #[allow(dead_code, reason = "not every suite does")]
    pub fn control(&self, what: &str) {
        let mut control = command(self.user, self.programs.join("pg_ctl").to_str().unwrap());
        control.args(["-w", "-m", "fast", "-l", "/dev/null", "-D"]).arg(self.folder.join("data"));
        let done = control.arg(what).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert!(done.success(), "pg_ctl {what}");
    }

    /// Puts a file into the server's data, as its user; more lines into one that is there.
    #[allow(dead_code, reason = "not every suite does")]
    pub fn append(&self, name: &str, text: &str) {
        let mut shell = command(self.user, "sh");
        let mut shell = shell
            .args(["-c", "umask 077; cat >>\"$1\"", "sh"])
            .arg(self.folder.join("data").join(name))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success(), "{name}");
    }

    /// Runs a statement as an administrator would.
    #[allow(dead_code, reason = "not every suite does")]
    pub fn sql(&self, text: &str) -> String {
        let mut shell = Command::new(self.programs.join("psql"));
        shell.args(["-U", "yagura", "-d", "postgres", "-At", "-c", text, "-h"]).arg(&self.folder);
        let done = shell.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.pipe = None;
        let _ = self.shell.wait();
    }
}

/// Programs, folder, fsync.
const SCRIPT: &str = r#"
cd "$2"
cat >>"$2/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$2'
fsync = $3
full_page_writes = $3
max_connections = 300
shared_buffers = 64MB
END
"$1/pg_ctl" -w -D "$2/data" -l "$2/log" start >/dev/null || { cat "$2/log"; exit 1; }
echo ready
cat >/dev/null
"$1/pg_ctl" -D "$2/data" -m immediate stop >/dev/null
cd / && rm -rf "$2"
"#;

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let mut packaged: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|it| Some(it.ok()?.path().join("bin")))
        .collect();
    packaged.sort_by_key(|it| {
        let version = it.parent().and_then(Path::file_name).and_then(|it| it.to_str());
        std::cmp::Reverse(version.and_then(|it| it.parse::<u32>().ok()))
    });
    folders.extend(packaged);
    let whole =
        |it: &PathBuf| ["initdb", "pg_ctl", "psql"].iter().all(|name| it.join(name).exists());
    folders.into_iter().find(whole)
}

fn has_user(name: &str) -> bool {
    command(None, "id").arg(name).output().is_ok_and(|it| it.status.success())
}

/// The server refuses to run as root.
fn command(user: Option<&str>, program: &str) -> Command {
    match user {
        None => Command::new(program),
        Some(user) => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", program]);
            command.current_dir("/");
            command
        }
    }
}
