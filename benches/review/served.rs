//! netral as it is used: the command that seeds, and the web server as a process of its own.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use netral::model::{Language, Role};
use netral::store::{NewUser, Store};
use netral::web::password;
use secrecy::SecretString;
use sqlx::postgres::PgConnectOptions;

use crate::http::Client;

const NETRAL: &str = env!("CARGO_BIN_EXE_netral");

/// Fills the database of `DATABASE_URL`.
pub fn seed(accounts: u64, activities: u64, hits: u64) -> anyhow::Result<()> {
    let sizes = [("--accounts", accounts), ("--activities", activities), ("--hits", hits)];
    let mut command = Command::new(NETRAL);
    command.args(["demo", "seed"]);
    for (name, value) in sizes {
        command.arg(name).arg(value.to_string());
    }
    ensure!(command.status()?.success(), "netral demo seed failed");
    Ok(())
}

/// So many reviewers: log-in and password of each.
pub async fn reviewers(url: &str, count: usize) -> anyhow::Result<Vec<(String, String)>> {
    let store = Store::connect(PgConnectOptions::from_str(url)?, 2).await?;
    let mut made = Vec::new();
    for n in 1..=count {
        let (login, password) = (format!("ukur{n}"), format!("payung ukur di halte {n}"));
        let hash = password::hash(&SecretString::from(password.clone()))?;
        let name = format!("Penelaah Ukur {n}");
        let new = NewUser {
            login: &login,
            name: &name,
            role: Role::Reviewer,
            unit_code: None,
            password_hash: &hash,
            language: Language::Indonesian,
        };
        store.add_user(&new, "ukur").await?;
        made.push((login, password));
    }
    Ok(made)
}

/// `netral serve --role web` on loopback.
pub struct Served {
    child: Child,
    address: SocketAddr,
    folder: PathBuf,
}

impl Served {
    pub async fn start() -> anyhow::Result<Self> {
        let address = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?;
        let folder = std::env::temp_dir().join(format!("netral-review-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&folder)?;
        let config = folder.join("netral.toml");
        std::fs::write(&config, format!("[web]\nlisten = \"{address}\"\nsecure_cookies = false\n"))?;
        let log = std::fs::File::create(folder.join("log"))?;
        let child = Command::new(NETRAL)
            .args(["serve", "--role", "web"])
            .env("NETRAL_CONFIG", &config)
            .stderr(log)
            .stdout(Stdio::null())
            .spawn()?;
        let served = Self { child, address, folder };
        for _ in 0..200 {
            if let Ok(mut client) = Client::connect(address).await
                && client.get("/readyz").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(served);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        anyhow::bail!("the pages did not come up; see {}", served.folder.join("log").display())
    }

    pub async fn log_in(&self, login: &str, password: &str) -> anyhow::Result<Client> {
        let mut client = Client::connect(self.address).await?;
        let form = format!("nama={login}&sandi={}", password.replace(' ', "+"));
        let answer = client.post("/masuk", &form).await?;
        ensure!(answer.status == 303, "{login} could not log in: status {}", answer.status);
        client.remember(answer.cookie.context("no session")?);
        Ok(client)
    }

    /// Resident memory at its highest, in MiB.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.split_ascii_whitespace().next()?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let ended = self.child.kill().and_then(|()| self.child.wait().map(drop));
        if ended.and_then(|()| std::fs::remove_dir_all(&self.folder)).is_err() {
            eprintln!("something was left of the pages in {}", self.folder.display());
        }
    }
}
