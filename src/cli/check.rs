//! `netral check`

use std::process::ExitCode;

use super::{BAD_USAGE, NOT_THERE};
use crate::config::{self, Config, ConfigError};
use crate::keyword;
use crate::notify;
use crate::source::{self, Http};
use crate::store::{Store, StoreError};

/// Validate configuration, lists, database and sources; nothing is sent to any platform
///
/// Prints one line per point. Exit code 0: all is well; 2: something is wrong in what was set; 3: the database is away.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub(super) async fn run(_: Args, config: Config) -> anyhow::Result<ExitCode> {
    let mut worst = 0;
    let mut say = |point: &str, result: Result<String, (u8, String)>| match result {
        Ok(text) => eprintln!("ok    {point}: {text}"),
        Err((code, text)) => {
            eprintln!("WRONG {point}: {text}");
            worst = worst.max(code);
        }
    };
    say("configuration", Ok("read".to_owned()));
    say("secrets", config.require_secrets().map(|()| "there".to_owned()).map_err(|e| (BAD_USAGE, e.to_string())));
    say(
        "sources",
        Http::new(&config.source.http).map_err(|e| (BAD_USAGE, e.to_string())).map(|http| {
            let names: Vec<_> = source::build(&config.source, &|_| http.clone()).iter().map(|s| s.platform()).collect();
            names.join(", ")
        }),
    );
    say(
        "notices",
        notify::check(&config.notify, &config.source.http).map_err(|e| (BAD_USAGE, e.to_string())).map(|channels| {
            let names: Vec<_> = channels.iter().map(|channel| channel.as_str()).collect();
            if names.is_empty() { "nobody is told anything".to_owned() } else { names.join(", ") }
        }),
    );
    say(
        "keyword lists",
        keyword::load(config.keywords.dir.as_deref(), config.keywords.circulars.as_deref(), None)
            .map_err(|e| (BAD_USAGE, e.to_string()))
            .map(|(sets, _)| sets.iter().map(|set| set.id()).collect::<Vec<_>>().join(", ")),
    );
    match database(&config).await {
        Ok(points) => {
            for (point, result) in points {
                say(point, result.map_err(|text| (BAD_USAGE, text)));
            }
        }
        Err(error) => {
            let away = matches!(error.downcast_ref(), Some(StoreError::Unavailable(_)));
            say("database", Err((if away { NOT_THERE } else { BAD_USAGE }, format!("{error:#}"))));
        }
    }
    Ok(ExitCode::from(worst))
}

type Point = (&'static str, Result<String, String>);

async fn database(config: &Config) -> anyhow::Result<Vec<Point>> {
    let options = match config::database() {
        Err(ConfigError::NoDatabase) => {
            return Ok(vec![("database", Err(ConfigError::NoDatabase.to_string()))]);
        }
        other => other?,
    };
    let store = Store::connect(options, config.database.connections).await?;
    let schema = store.require_current_schema().await.map(|()| "current".to_owned()).map_err(|e| e.to_string());
    if schema.is_err() {
        return Ok(vec![("database", schema)]);
    }
    let program = match store.active_program().await? {
        Some(program) => Ok(format!("{} ({} to {})", program.title, program.starts_on, program.ends_on)),
        None => Err(crate::pipeline::PipelineError::NoProgram.to_string()),
    };
    let live = store.live_sets().await?;
    let published = if live.is_empty() {
        Err(crate::pipeline::PipelineError::NoSets.to_string())
    } else {
        Ok(live.iter().map(|s| s.set_id.as_str()).collect::<Vec<_>>().join(", "))
    };
    let register: i64 = store.register_summary().await?.iter().map(|u| u.active).sum();
    Ok(vec![
        ("database", schema),
        ("program", program),
        ("published lists", published),
        ("register", Ok(format!("{register} accounts are read"))),
    ])
}
