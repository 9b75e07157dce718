//! `netral keywords sign`, `publish`, `retire`, `stand-in`

use std::process::ExitCode;

use anyhow::bail;
use jiff::civil::Date;

use super::{person, person_who, workshop};
use crate::config::Config;
use crate::model::Role;
use crate::store::{NewStandIn, Publication, Signed};

/// Sign a list as it stands in the workshop, as the second person
///
/// The signature is for exactly this content: an edit afterwards makes it void. Whoever wrote part of it can't sign it.
#[derive(Debug, clap::Args)]
pub struct Sign {
    /// Id of the set
    id: String,
    /// Who signs
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn sign(args: Sign, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let signer = person(&store, &args.by).await?;
    match drafts.sign(&args.id, &signer).await? {
        Signed::Done => eprintln!("{} signed by {}", args.id, args.by),
        Signed::Already => eprintln!("{} has signed exactly this already", args.by),
        Signed::OwnWork => bail!("{} wrote part of this; a second person must sign it", args.by),
        Signed::NotEntitled => bail!(
            "{} neither signs lists (keyword_admin, lead, verifier) nor stands in today for somebody who does and wrote none of it",
            args.by
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Publish signed lists: collectors and pages take them up within two seconds, without a restart
///
/// What was published never changes; every file of the closure is kept with it. The window is read again in the
/// background. Publishing what is live already changes nothing.
#[derive(Debug, clap::Args)]
pub struct Publish {
    /// Ids of the sets
    #[arg(required = true)]
    ids: Vec<String>,
    /// Who does this
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn publish(args: Publish, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, drafts) = workshop(config).await?;
    let actor = person_who(&store, &args.by, Role::publishes_lists).await?;
    for id in &args.ids {
        match drafts.publish(id, &actor.login).await? {
            Publication::Published(number) => eprintln!("{id} published as number {number}"),
            Publication::AlreadyLive => eprintln!("{id} is live already"),
            Publication::NotSigned => bail!("{id} is not signed"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// End a list: nothing is matched with it any more; its open hits stay for people
#[derive(Debug, clap::Args)]
pub struct Retire {
    /// Id of the set
    id: String,
    /// Why
    #[arg(long, value_name = "WORDS")]
    why: String,
    /// Who does this
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn retire(args: Retire, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, _) = workshop(config).await?;
    let actor = person_who(&store, &args.by, Role::publishes_lists).await?;
    if !store.retire_set(&args.id, &args.why, &actor.login).await? {
        bail!("no version of `{}` is live", args.id);
    }
    eprintln!("{} retired", args.id);
    Ok(ExitCode::SUCCESS)
}

/// Appoint somebody who may sign while a signer is absent
///
/// Beforehand: the appointment counts for content that was last edited after it. Neither the absent signer nor whoever
/// appoints may have written what is signed.
#[derive(Debug, clap::Args)]
pub struct StandIn {
    /// Log-in of the signer who will be absent
    #[arg(long = "for", value_name = "LOGIN")]
    absent: String,
    /// Log-in of the stand-in
    #[arg(long, value_name = "LOGIN")]
    login: String,
    /// First day
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// Last day
    #[arg(long, value_name = "DATE")]
    to: Date,
    /// Why
    #[arg(long, value_name = "WORDS")]
    why: String,
    /// Who appoints: the absent signer, or somebody else who signs lists
    #[arg(long, value_name = "LOGIN")]
    by: String,
}

pub(super) async fn stand_in(args: StandIn, config: &Config) -> anyhow::Result<ExitCode> {
    let (store, _) = workshop(config).await?;
    let (actor, absent) = (person(&store, &args.by).await?, person(&store, &args.absent).await?);
    person(&store, &args.login).await?;
    for user in [&actor, &absent] {
        if !user.role.signs_lists() {
            bail!("`{}` is {}, who signs no lists", user.login, user.role);
        }
    }
    let new = NewStandIn {
        for_login: &args.absent,
        login: &args.login,
        valid_from: args.from,
        valid_to: args.to,
        why: &args.why,
    };
    store.appoint_stand_in(&new, &actor.login).await?;
    eprintln!("{} stands in for {} from {} to {}", args.login, args.absent, args.from, args.to);
    Ok(ExitCode::SUCCESS)
}
