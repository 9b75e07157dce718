//! `netral user`

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use secrecy::{ExposeSecret, SecretString};

use super::open_store;
use crate::config::Config;
use crate::model::{Language, Role};
use crate::store::{NewUser, Store, StoreError, User, UserChange, UserWish};
use crate::web::password;

/// Add users, change roles and passwords, shut users out, take lost second factors away
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
    /// Take away a second factor that is lost, and end the user's sessions
    ///
    /// Through the pages this takes two people; here it is the machine's owner who does it, and the ledger says so.
    TotpReset {
        /// Log-in
        login: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Bind a user to a person of the log-in provider, or untie them
    Bind {
        /// Log-in
        login: String,
        /// The provider's id of the person (`sub`); none unties them
        #[arg(long)]
        subject: Option<String>,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Give another role; one that decides or oversees waits for `user confirm` by a second person
    Role {
        /// Log-in
        login: String,
        /// What the user may do from now on
        #[arg(value_parser = parse::<Role>)]
        role: Role,
        /// Code of a unit head's own unit
        #[arg(long, value_name = "CODE")]
        unit: Option<String>,
        /// Why, in a few words
        #[arg(long)]
        why: String,
        /// Who does this
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// Confirm what somebody else asked for
    Confirm {
        /// Log-in for which it was asked
        login: String,
        /// Who does this: a user administrator or a lead, and not who asked
        #[arg(long, value_name = "LOGIN")]
        by: String,
    },
    /// List all users, and what waits for a second person
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
        Command::TotpReset { login, by } => {
            if !store.reset_factor(&login, &by).await? {
                bail!("{login} has no second factor, or there is no such user; `netral user list` shows all");
            }
            eprintln!("second factor of {login} taken away; open sessions ended");
        }
        Command::Bind { login, subject: Some(subject), by } => {
            let issuer = config.web.oidc.map(|oidc| oidc.issuer).context("the configuration has no [web.oidc]")?;
            let bound = store.bind_user(&login, &format!("{issuer} {subject}"), &by).await;
            if bound.map_err(|e| explain(e, &login))?.is_none() {
                bail!("there is no user {login} who may log in and is not bound yet");
            }
            eprintln!("{login} logs in as {subject}");
        }
        Command::Bind { login, subject: None, by } => {
            if !store.unbind_user(&login, &by).await? {
                bail!("{login} is not bound");
            }
            eprintln!("{login} is untied; open sessions ended");
        }
        Command::Role { login, role, unit, why, by } => {
            let user = one(&store, &login).await?;
            let unit = match unit {
                Some(code) => {
                    let units = store.units().await?;
                    let unit = units.iter().find(|u| u.code == code).map(|u| u.unit_id);
                    Some(unit.with_context(|| format!("there is no unit {code}"))?)
                }
                None => None,
            };
            match store.change_role(user.user_id, role, unit, &why, &by).await.map_err(|e| explain(e, &login))? {
                UserChange::Proposed => {
                    eprintln!("asked for; a second person confirms: netral user confirm {login} --by ...");
                }
                UserChange::SamePerson => bail!("nobody changes their own role"),
                UserChange::Gone => bail!("{login} has that role already, or waits for a second person"),
                UserChange::Done | UserChange::Refused => eprintln!("{login} is {role} now"),
            }
        }
        Command::Confirm { login, by } => {
            let second = one(&store, &by).await?;
            if !second.role.confirms_users() {
                bail!("{by} is {}; a user_admin or a lead confirms", second.role);
            }
            let waiting: Vec<_> = store.user_proposals().await?.into_iter().filter(|p| p.login == login).collect();
            if waiting.is_empty() {
                bail!("nothing waits for {login}; `netral user list` shows what does");
            }
            for proposal in waiting {
                match store.settle_user_proposal(proposal.proposal_id, true, &by).await? {
                    UserChange::SamePerson => bail!("nobody confirms for themselves, or what they asked for"),
                    _ => eprintln!("confirmed for {login}"),
                }
            }
        }
        Command::List => {
            for (user, disabled) in store.users().await? {
                let state = if disabled { "disabled" } else { "active" };
                eprintln!("{:<20} {:<14} {:<9} {}", user.login, user.role, state, user.name);
            }
            for p in store.user_proposals().await? {
                let what = match p.wish {
                    UserWish::New(role) => format!("new, as {role}"),
                    UserWish::Role(role) => format!("role {role}"),
                    UserWish::SecondFactor => "lost second factor".to_owned(),
                };
                eprintln!("waits for a second person: {} ({what}), asked for by {}: {}", p.login, p.proposed_by, p.why);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The user of that log-in who may log in.
async fn one(store: &Store, login: &str) -> anyhow::Result<User> {
    let users = store.users().await?;
    let user = users.into_iter().find(|(user, out)| user.login == login && !out).map(|(user, _)| user);
    user.with_context(|| format!("there is no user {login} who may log in; `netral user list` shows all"))
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
            "app_user_oidc_key" => "that person is bound to another user".to_owned(),
            "user_proposal_open" => format!("another role waits for {login} already"),
            "user_proposal_why_check" => "--why needs at least five letters".to_owned(),
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
