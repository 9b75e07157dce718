//! The configuration: one TOML file for shape, the environment for secrets, all read and validated before the first
//! socket opens.
//!
//! | variable | meaning |
//! |---|---|
//! | `NETRAL_CONFIG` | path of the file (else `config/netral.toml` where there is one, else the defaults) |
//! | `DATABASE_URL`, `DATABASE_URL_FILE` | the database, or a file that holds its URL |
//! | `NETRAL_METRICS_TOKEN`, `NETRAL_METRICS_TOKEN_FILE` | bearer token for `/metrics` from another machine |
//! | `NETRAL_SECRET_KEY`, `NETRAL_SECRET_KEY_FILE` | 32 bytes in hex or base64 that seal second factors in the database |
//! | `NETRAL_OIDC_SECRET`, `NETRAL_OIDC_SECRET_FILE` | the secret under which netral is registered at the log-in provider |
//! | `NETRAL_WEBHOOK_SECRET`, `NETRAL_SMTP_PASSWORD`, `NETRAL_TELEGRAM_BOT_TOKEN` | for what `[notify]` tells; each also as `…_FILE` |
//! | `NETRAL_X_TOKEN`, `NETRAL_YOUTUBE_KEY`, … | keys of sources, see docs/SUMBER.md; each also as `…_FILE` |
//! | `NETRAL_PG_BIN` | folder with Postgres' server programs, for `demo` and tests |
//! | `NETRAL_LOG` | log levels, e.g. `netral=debug` |

use std::path::{Path, PathBuf};
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use sqlx::postgres::PgConnectOptions;

use crate::notify::NotifyConfig;
use crate::pipeline::CollectConfig;
use crate::source::SourcesConfig;
use crate::store::ReviewConfig;
use crate::web::{Keyring, SecondFactorRule, WebConfig};

/// Where the file is looked for when nobody names one.
const DEFAULT_PATH: &str = "config/netral.toml";

/// A configuration that can't be used; the text says where and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file can't be read.
    #[error("cannot read {path}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        cause: std::io::Error,
    },
    /// The file is not what netral expects.
    #[error("{path}: {problem}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Line, key and what is wrong.
        problem: String,
    },
    /// No database is named.
    #[error(
        "no database: set DATABASE_URL (postgres://user:password@host/name) or DATABASE_URL_FILE; `netral demo` brings its own"
    )]
    NoDatabase,
    /// The key for second factors can't be used. It is not repeated.
    #[error("NETRAL_SECRET_KEY is not 32 bytes in hex or base64; `openssl rand -hex 32` makes one")]
    BadSecretKey,
    /// Second factors are required, and there is no key to seal them with.
    #[error(
        "web.second_factor = \"required\" needs NETRAL_SECRET_KEY or NETRAL_SECRET_KEY_FILE; `openssl rand -hex 32` makes one"
    )]
    NoSecretKey,
    /// The database's URL can't be understood. Its text holds a password and is not repeated.
    #[error("DATABASE_URL is not a URL of the form postgres://user:password@host/name")]
    BadDatabaseUrl,
}

/// Everything that can be set.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The database.
    pub database: DatabaseConfig,
    /// The keyword lists' folder.
    pub keywords: KeywordsConfig,
    /// The pages.
    pub web: WebConfig,
    /// What the office has agreed on for decisions.
    pub review: ReviewConfig,
    /// What is told to the outside.
    pub notify: NotifyConfig,
    /// The collectors.
    pub collect: CollectConfig,
    /// The sources and how they use the network.
    pub source: SourcesConfig,
}

/// `[database]`; its URL comes from the environment.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseConfig {
    /// Connections of one process; one more where pages are collected or imported.
    pub connections: u32,
}

impl Default for DatabaseConfig {
    fn default() -> Self {
        Self { connections: 16 }
    }
}

/// `[keywords]`: where `netral keywords` and `netral scan` look by default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct KeywordsConfig {
    /// Folder of keyword files; unset: `./keywords`, else the lists in the binary.
    pub dir: Option<PathBuf>,
    /// Folder of circulars; unset: `./config/circulars`, else those in the binary.
    pub circulars: Option<PathBuf>,
}

impl Config {
    /// Reads the file that `path` names, else the default one where it exists, else the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and key.
    pub fn load(path: Option<&Path>) -> Result<Self, ConfigError> {
        let path = path.or_else(|| Some(Path::new(DEFAULT_PATH)).filter(|p| p.exists()));
        let mut config = match path {
            None => Self::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|cause| ConfigError::Read { path: path.to_owned(), cause })?;
                Self::parse(&text).map_err(|problem| ConfigError::Invalid { path: path.to_owned(), problem })?
            }
        };
        if let Some(token) = secret("NETRAL_METRICS_TOKEN")? {
            config.web.metrics_token = Some(token);
        }
        if let Some(oidc) = &mut config.web.oidc {
            oidc.client_secret = secret("NETRAL_OIDC_SECRET")?;
        }
        config.web.secret_key = match secret("NETRAL_SECRET_KEY")? {
            Some(key) => Some(Keyring::parse(&key).ok_or(ConfigError::BadSecretKey)?),
            None => None,
        };
        if let Some(webhook) = &mut config.notify.webhook {
            webhook.secret = secret("NETRAL_WEBHOOK_SECRET")?;
        }
        if let Some(email) = &mut config.notify.email {
            email.password = secret("NETRAL_SMTP_PASSWORD")?;
        }
        if let Some(telegram) = &mut config.notify.telegram {
            telegram.token = secret("NETRAL_TELEGRAM_BOT_TOKEN")?;
        }
        for (name, slot) in config.source.secrets() {
            *slot = secret(name)?;
        }
        Ok(config)
    }

    /// Whether the secrets are there that serving the pages needs. Other commands run without them.
    ///
    /// # Errors
    /// [`ConfigError::NoSecretKey`] where second factors are required and cannot be sealed.
    pub fn require_secrets(&self) -> Result<(), ConfigError> {
        if self.web.second_factor == SecondFactorRule::Required && self.web.secret_key.is_none() {
            return Err(ConfigError::NoSecretKey);
        }
        Ok(())
    }

    /// Reads the text of a configuration file.
    ///
    /// # Errors
    /// Line, column, key and what is wrong, as text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|e| e.to_string().trim().to_owned())?;
        config.web.validate()?;
        Ok(config)
    }
}

/// Options to connect to the database that the environment names.
///
/// # Errors
/// [`ConfigError::NoDatabase`] when it names none.
pub fn database() -> Result<PgConnectOptions, ConfigError> {
    let url = secret("DATABASE_URL")?.ok_or(ConfigError::NoDatabase)?;
    PgConnectOptions::from_str(url.expose_secret()).map_err(|_| ConfigError::BadDatabaseUrl)
}

/// A secret from `NAME`, or from the file that `NAME_FILE` names; empty counts as unset.
///
/// # Errors
/// [`ConfigError::Read`] when the file can't be read.
pub fn secret(name: &str) -> Result<Option<SecretString>, ConfigError> {
    if let Ok(value) = std::env::var(name)
        && !value.is_empty()
    {
        return Ok(Some(value.into()));
    }
    let Some(path) = std::env::var_os(format!("{name}_FILE")).map(PathBuf::from) else { return Ok(None) };
    let text = std::fs::read_to_string(&path).map_err(|cause| ConfigError::Read { path, cause })?;
    Ok(Some(text.trim().to_owned()).filter(|t| !t.is_empty()).map(Into::into))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_example_is_complete_and_equal_to_the_defaults() {
        let text = include_str!("../config/netral.toml");
        let shipped = Config::parse(text).unwrap();
        assert_eq!(format!("{shipped:?}"), format!("{:?}", Config::default()));
    }

    #[test]
    fn a_provider_and_a_required_second_factor_need_what_they_stand_on() {
        let sso = "[web.oidc]\nissuer = \"https://sso.contoh.go.id\"\nclient_id = \"netral\"\n";
        assert!(Config::parse(sso).unwrap_err().contains("public_url"));
        assert!(Config::parse(&format!("[web]\npublic_url = \"https://netral.contoh.go.id\"\n{sso}")).is_ok());
        assert!(Config::parse("[web]\nsecond_factor_roles = [\"raja\"]\n").is_err());
        let required =
            Config::parse("[web]\nsecond_factor = \"required\"\nsecond_factor_roles = [\"lead\"]\n").unwrap();
        assert!(matches!(required.require_secrets(), Err(ConfigError::NoSecretKey)));
        assert!(Config::default().require_secrets().is_ok());
    }

    #[test]
    fn a_typo_is_named_with_its_line() {
        let error = Config::parse("[collect]\nconcurency = 3\n").unwrap_err();
        assert!(error.contains("line 2") && error.contains("concurency"), "{error}");
    }
}
