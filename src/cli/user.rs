//! `netral user`

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use super::open_store;
use crate::config::Config;
use crate::model::{Language, Role};
use crate::store::{NewUser, StoreError};
use crate::web::password;

/// Add users, change passwords, shut users out
///
/// Every change is written to the ledger under the name given with --by.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a user; the password is asked for, or read from standard input when that is no terminal
    ///
    /// Roles: operator, reviewer, verifier, keyword_admin, unit_head (with --unit), auditor, lead, user_admin.
    Add {
        /// Log-in: 2 to 64 of a-z 0-9 . _ -
        login: String,
        /// Name as colleagues see it
        #[arg(long)]
        name: String,
        /// What the user may do
        #[arg(long, value_parser = parse::<Role>)]
        role: Role,
        /// Code of a unit head's own unit
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
        /// Language of the pages: id or en
        #[arg(long, default_value = "id", value_parser = parse::<Language>)]
        language: Language,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Replace a password; ends the user's sessions
    Passwd {
        /// Log-in
        login: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Shut a user out at once
    Disable {
        /// Log-in
        login: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Let a user in again
    Enable {
        /// Log-in
        login: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// List all users
    List,
}

/// clap's parser for a word of ours.
pub(super) fn parse<T: std::str::FromStr<Err = String>>(word: &str) -> Result<T, String> {
    word.parse()
}

pub(super) async fn run(args: Args, config: Config) -> anyhow::Result<ExitCode> {
    let store = open_store(&config).await?;
    match args.command {
        Command::Add { login, name, role, unit, language, by } => {
            let hash = password::hash(&ask_password()?)?;
            let new = NewUser {
                login: &login,
                name: &name,
                role,
                unit_code: unit.as_deref(),
                password_hash: &hash,
                language,
            };
            store.add_user(&new, &by).await.map_err(|e| explain(e, &login))?;
            eprintln!("user {login} added as {role}");
        }
        Command::Passwd { login, by } => {
            let hash = password::hash(&ask_password()?)?;
            found(store.set_password(&login, &hash, &by).await?, &login)?;
            eprintln!("password of {login} replaced; open sessions ended");
        }
        Command::Disable { login, by } => {
            found(store.set_user_disabled(&login, true, &by).await?, &login)?;
            eprintln!("user {login} is shut out");
        }
        Command::Enable { login, by } => {
            found(store.set_user_disabled(&login, false, &by).await?, &login)?;
            eprintln!("user {login} may log in again");
        }
        Command::List => {
            for (user, disabled) in store.users().await? {
                let state = if disabled { "disabled" } else { "active" };
                eprintln!("{:<20} {:<14} {:<9} {}", user.login, user.role, state, user.name);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn found(found: bool, login: &str) -> anyhow::Result<()> {
    if found {
        return Ok(());
    }
    bail!("there is no user {login}; `netral user list` shows all")
}

fn explain(error: StoreError, login: &str) -> anyhow::Error {
    let advice = match &error {
        StoreError::Conflict { constraint } => match constraint.as_str() {
            "app_user_login_key" => format!("the log-in {login} is taken"),
            "app_user_login_check" => "a log-in has 2 to 64 of the characters a-z 0-9 . _ -".to_owned(),
            "app_user_unit_check" => {
                "a unit head needs --unit with the code of a registered unit; other roles have none".to_owned()
            }
            _ => return error.into(),
        },
        _ => return error.into(),
    };
    anyhow::Error::new(error).context(advice)
}

/// Asks twice on a terminal; else takes the first line of standard input.
fn ask_password() -> anyhow::Result<SecretString> {
    if !std::io::stdin().is_terminal() {
        let mut text = String::new();
        std::io::stdin().take(1024).read_to_string(&mut text).context("cannot read the password")?;
        return Ok(text.lines().next().unwrap_or_default().to_owned().into());
    }
    let first: SecretString = rpassword::prompt_password("Password: ")?.into();
    let second: SecretString = rpassword::prompt_password("Once more: ")?.into();
    if first.expose_secret() != second.expose_secret() {
        bail!("the two passwords differ");
    }
    Ok(first)
}
