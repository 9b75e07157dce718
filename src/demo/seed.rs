//! The made-up regency at any size, for measuring.
//!
//! People, their accounts, what they did in two months, and what reviewers said of it. The same sizes give the same people, posts and courses; only the dates follow the day.
//!
//! Posts are the demo's own, with an everyday line added; whether one is a hit, and how it is explained, the matcher says.

use std::collections::BTreeMap;

use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use uuid::Uuid;

use super::replay::{Record, Schedule, Target as Aim, World, WorldError};
use crate::model::{
    Activity, ActivityId, Answer, Hit, HitId, Level, Media, Outcome, PersonStatus, Proof, ReasonCode, Target,
};
use crate::store::{
    Course, NewAccount, NewActivity, NewPerson, NewUnit, RegisterRow, SeededAccount, SeededActivity, SeededDecision,
    SeededMark, User,
};

/// Activities that are written at once.
pub const PAGE: u64 = 1000;
/// Over how many days before today the posts are spread.
pub const DAYS: i64 = 60;
/// Fewer accounts would leave a platform without any.
pub const FEWEST_ACCOUNTS: u32 = 20;

/// Of twenty accounts, which are where.
const PLATFORMS: [&str; 20] = [
    "bluesky",
    "x",
    "facebook",
    "instagram",
    "tiktok",
    "x",
    "facebook",
    "instagram",
    "youtube",
    "bluesky",
    "x",
    "facebook",
    "instagram",
    "threads",
    "tiktok",
    "x",
    "facebook",
    "instagram",
    "mastodon",
    "bluesky",
];
const FIRST: [&str; 24] = [
    "Agus",
    "Budi",
    "Citra",
    "Dewi",
    "Eko",
    "Fitri",
    "Gunawan",
    "Hartati",
    "Indra",
    "Kartini",
    "Lestari",
    "Mulyono",
    "Nurhayati",
    "Oktavia",
    "Purwanto",
    "Rahmat",
    "Siti",
    "Teguh",
    "Umi",
    "Vina",
    "Wahyu",
    "Yanti",
    "Zainal",
    "Asih",
];
const LAST: [&str; 24] = [
    "Wibisana",
    "Susanti",
    "Prasetya",
    "Handayani",
    "Kurnia",
    "Rahayu",
    "Santosa",
    "Puspita",
    "Setiadi",
    "Anggraini",
    "Nugraha",
    "Permata",
    "Hidayati",
    "Maharini",
    "Saputri",
    "Utami",
    "Suryadi",
    "Wulansari",
    "Firmanto",
    "Safitri",
    "Hakimah",
    "Marlina",
    "Yusniar",
    "Astuti",
];
const OFFICES: [&str; 12] = [
    "Dinas Pendidikan",
    "Dinas Kesehatan",
    "Dinas Sosial",
    "Dinas Perhubungan",
    "Dinas Pertanian",
    "Badan Keuangan",
    "Badan Perencanaan",
    "Sekretariat Daerah",
    "Satuan Polisi Pamong Praja",
    "Dinas Perpustakaan",
    "Dinas Lingkungan Hidup",
    "Kecamatan",
];
const PLACES: [&str; 12] = [
    "Wanakerta",
    "Sidomukti",
    "Tirtasari",
    "Karangdawa",
    "Bojongrejo",
    "Lembahayu",
    "Gununganyar",
    "Pasirwangi",
    "Rawabening",
    "Jatiluhur Kidul",
    "Kedungsari",
    "Muarajaya",
];
const POSITIONS: [&str; 6] = ["Staf", "Guru", "Perawat", "Pengelola Data", "Analis", "Penyuluh"];
/// Everyday lines in which no list finds anything.
const LINES: [&str; 8] = [
    " Selamat pagi dari rumah.",
    " Hujan sejak sore.",
    " Semoga besok cerah.",
    " Ngopi dulu sebentar.",
    " Jalanan ramai lancar.",
    " Salam sehat semuanya.",
    " Sampai jumpa pekan depan.",
    " Alhamdulillah.",
];

/// How much there is to be.
#[derive(Clone, Copy, Debug)]
pub struct Sizes {
    /// Accounts in the register; three persons have four.
    pub accounts: u32,
    /// Activities of all of them.
    pub activities: u64,
    /// Of these: hits at review.
    pub hits: u64,
}

/// The demo's posts have no hit on a platform.
#[derive(Debug, thiserror::Error)]
#[error("no post of the demo is a hit on {platform} at {at}")]
pub struct NoHit {
    platform: &'static str,
    at: Timestamp,
}

/// How an activity is searched.
pub type Find<'a> = dyn Fn(&Activity) -> Vec<Hit> + Send + Sync + 'a;

/// Id of the hit with this number, from 0: for measuring programs that ask for one at random. In order like real ones, and
/// with an end like chance, by which dismissed hits are drawn for a second reading.
#[must_use]
pub fn hit_id(n: u64) -> HitId {
    let number = u128::from(n & 0xFFFF_FFFF) << 16 | u128::from(mix(n) & 0xFFFF);
    HitId(Uuid::from_u128(0x018f_0000_0000_7000_8000_0000_0000_0000 | number))
}

/// Id of the activity with this number.
fn activity_id(n: u64) -> ActivityId {
    ActivityId(Uuid::from_u128(0x018e_0000_0000_7000_8000_0000_0000_0000 | u128::from(n)))
}

/// A number that looks like chance and is always the same.
fn mix(n: u64) -> u64 {
    let n = n.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let n = (n ^ (n >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    n ^ (n >> 31)
}

/// One of several, by a number.
fn pick<T>(all: &[T], n: u64) -> Option<&T> {
    let place = n.checked_rem(all.len() as u64)?;
    all.get(usize::try_from(place).ok()?)
}

/// The register: units, persons, accounts.
#[must_use]
pub fn register(accounts: u32) -> Vec<RegisterRow> {
    let units = (accounts / 250).clamp(8, 144);
    (0..accounts).map(|i| register_row(i, units)).collect()
}

fn register_row(i: u32, units: u32) -> RegisterRow {
    let person = i / 4 * 3 + (i % 4).min(2);
    let unit = person % units;
    let word = |words: &'static [&'static str], n: u32| pick(words, u64::from(n)).copied().unwrap_or_default();
    let (first, last) = (word(&FIRST, person), word(&LAST, person / 24 + person));
    let status = match person % 10 {
        0..6 => PersonStatus::Pns,
        6..8 => PersonStatus::Pppk,
        _ => PersonStatus::Ppnpn,
    };
    // Day of birth, month of appointment, sex, and a number among those born on one day.
    let (day, month, year) = (1 + person % 28, 1 + person / 28 % 12, 1968 + person / 336 % 30);
    let nip = format!("{year}{month:02}{day:02}{}{month:02}{}{:03}", year + 24, 1 + person % 2, 1 + person / 10_080);
    let platform = word(&PLATFORMS, i);
    let name = format!("{}.{}{i}", first.to_ascii_lowercase(), last.to_ascii_lowercase());
    RegisterRow {
        unit: NewUnit {
            code: format!("U{:02}", unit + 1),
            name: format!("{} {}", word(&OFFICES, unit % 12), word(&PLACES, unit / 12)),
            kind: "dinas".to_owned(),
        },
        person: NewPerson {
            code: format!("R{person:06}"),
            name: format!("{first} {last}"),
            status,
            nip: (status != PersonStatus::Ppnpn).then_some(nip),
            position: word(&POSITIONS, person).to_owned(),
            grade: String::new(),
        },
        account: Some(NewAccount {
            platform: platform.to_owned(),
            handle: if platform == "bluesky" { format!("{name}.rekaan.example") } else { name },
            external_id: format!("rekaan:{i:06}"),
            proof: Proof::Declared,
            proof_note: "data rekaan".to_owned(),
            valid_from: date(2020, 1, 1),
            valid_to: None,
        }),
    }
}

/// The demo's posts, sorted by what the lists say of them on each platform.
#[derive(Debug, Default)]
struct Posts {
    hits: Vec<Activity>,
    plain: Vec<Activity>,
}

/// Makes the activities, page by page.
pub struct Maker<'a> {
    sizes: Sizes,
    find: &'a Find<'a>,
    posts: BTreeMap<&'static str, Posts>,
    accounts: BTreeMap<&'static str, Vec<SeededAccount>>,
    /// Two who review.
    reviewers: [User; 2],
    now: Timestamp,
}

impl<'a> Maker<'a> {
    /// What is needed for making them: the lists' search, the registered accounts, two reviewers.
    ///
    /// # Errors
    /// [`WorldError`] when the demo's own files are damaged.
    pub fn new(
        sizes: Sizes,
        find: &'a Find<'a>,
        registered: &[SeededAccount],
        reviewers: [User; 2],
        now: Timestamp,
    ) -> Result<Self, WorldError> {
        let world = World::build(super::REGISTER, super::OTHERS, super::POSTS, &Schedule::new(now))?;
        let all: Vec<_> = world.records.iter().map(|record| post(&world, record, now)).collect();
        let mut posts: BTreeMap<_, Posts> = BTreeMap::new();
        let mut accounts: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for platform in PLATFORMS {
            if posts.contains_key(platform) {
                continue;
            }
            let mut here = Posts::default();
            for post in &all {
                let post = Activity { platform: Some(platform.to_owned()), ..post.clone() };
                let found = find(&post);
                if found.iter().any(|hit| hit.level == Level::Review) {
                    here.hits.push(post);
                } else if found.is_empty() {
                    here.plain.push(post);
                }
            }
            posts.insert(platform, here);
            accounts.insert(platform, registered.iter().filter(|a| a.platform == platform).cloned().collect());
        }
        Ok(Self { sizes, find, posts, accounts, reviewers, now })
    }

    /// How many pages there are.
    #[must_use]
    pub fn pages(&self) -> u64 {
        self.sizes.activities.div_ceil(PAGE)
    }

    /// One page: its platform, and the activities of accounts there.
    ///
    /// # Errors
    /// [`NoHit`] when the lists find too little.
    pub fn page(&self, page: u64) -> Result<(&'static str, Vec<SeededActivity>), NoHit> {
        let platform = pick(&PLATFORMS, mix(page)).copied().unwrap_or("bluesky");
        let numbers = page * PAGE..((page + 1) * PAGE).min(self.sizes.activities);
        let made: Result<Vec<_>, _> = numbers.map(|n| self.activity(n, platform)).collect();
        Ok((platform, made?))
    }

    /// How many of the first `n` activities are hits.
    fn hits_before(&self, n: u64) -> u64 {
        let hits = u128::from(n) * u128::from(self.sizes.hits) / u128::from(self.sizes.activities.max(1));
        u64::try_from(hits).unwrap_or(u64::MAX)
    }

    fn activity(&self, n: u64, platform: &'static str) -> Result<SeededActivity, NoHit> {
        let seen_at = self.moment(n);
        let no_hit = NoHit { platform, at: seen_at };
        let (Some(posts), Some(account)) =
            (self.posts.get(platform), self.accounts.get(platform).and_then(|all| pick(all, mix(n))))
        else {
            return Err(no_hit);
        };
        let number = self.hits_before(n);
        let (activity, hits) = if self.hits_before(n + 1) > number {
            // What is a hit in the campaign may be none before it; then the next post is taken.
            let found = (0..64).find_map(|turn| {
                let activity = written(pick(&posts.hits, mix(n ^ 0xA11) + turn)?, n, account, seen_at);
                let hit = (self.find)(&activity).into_iter().find(|hit| hit.level == Level::Review)?;
                Some((activity, vec![hit]))
            });
            found.ok_or(no_hit)?
        } else {
            let post = pick(&posts.plain, mix(n ^ 0xB22)).ok_or(no_hit)?;
            (written(post, n, account, seen_at), Vec::new())
        };
        let course = (!hits.is_empty()).then(|| self.course(number, seen_at));
        let raw = envelope(&activity, account, n);
        let new = NewActivity { account_id: account.account_id, activity: activity.storable(), raw, seen_at, hits };
        Ok(SeededActivity { activity_id: activity_id(n), new, course })
    }

    /// When the `n`-th activity was seen.
    fn moment(&self, n: u64) -> Timestamp {
        let length = u128::try_from(DAYS * 86_400 * 1000).unwrap_or_default();
        let left = length * u128::from(self.sizes.activities - n) / u128::from(self.sizes.activities.max(1));
        self.now - SignedDuration::from_millis(i64::try_from(left).unwrap_or_default())
    }

    /// What people did with the `number`-th hit: most wait, and of all that can happen there is some.
    fn course(&self, number: u64, created_at: Timestamp) -> Course {
        let [one, two] = &self.reviewers;
        let later = |hours: i64| (created_at + SignedDuration::from_hours(hours)).min(self.now);
        let says = |user: &User, outcome: Outcome, hours: i64| {
            let (reason, note) = match outcome {
                Outcome::NotSuspected => (ReasonCode::Information, ""),
                Outcome::NeedsClarification => (ReasonCode::UnclearActor, "Tidak jelas siapa yang mengunggah."),
                Outcome::Suspected => (ReasonCode::Endorsement, "Mengajak memilih secara terbuka."),
            };
            SeededDecision { user: user.clone(), outcome, reason, note, at: later(hours) }
        };
        let (mut decisions, mut mark, mut answer) = (Vec::new(), None, None);
        match mix(number ^ 0xC33) % 1000 {
            0..30 => decisions.push(says(one, Outcome::Suspected, 5)),
            30..40 => decisions.extend([says(one, Outcome::Suspected, 5), says(two, Outcome::NotSuspected, 9)]),
            40..50 => mark = Some(SeededMark::Referred(one.clone(), two.clone())),
            50..60 => {
                let days = i64::try_from(1 + number % 20).unwrap_or(1);
                mark = Some(SeededMark::Resting(one.clone(), self.now + SignedDuration::from_hours(24 * days)));
            }
            60..70 => decisions.push(says(one, Outcome::NeedsClarification, 7)),
            70..80 => decisions.extend([says(one, Outcome::Suspected, 5), says(two, Outcome::Suspected, 9)]),
            80..90 => {
                decisions.extend([says(two, Outcome::Suspected, 5), says(one, Outcome::Suspected, 9)]);
                answer = Some(Answer::Admitted);
            }
            90..170 => decisions.push(says(two, Outcome::NotSuspected, 4)),
            _ => {}
        }
        Course { hit_id: hit_id(number), created_at, decisions, mark, answer }
    }
}

/// A record of the made-up world as somebody's activity.
fn post(world: &World, record: &Record, now: Timestamp) -> Activity {
    let account = |index: usize| world.accounts.get(index);
    let target = record.target.and_then(|aim| match aim {
        Aim::Record(index) => {
            let record = world.records.get(index)?;
            let author = account(record.account)?;
            Some(Target {
                kind: "post".to_owned(),
                id: Some(record.rkey.clone()),
                handle: Some(format!("@{}", author.handle)),
                account_id: Some(author.id.clone()),
                text: Some(record.text.clone()),
                url: None,
            })
        }
        Aim::Account(index) => {
            let author = account(index)?;
            Some(Target {
                kind: "account".to_owned(),
                handle: Some(format!("@{}", author.handle)),
                account_id: Some(author.id.clone()),
                ..Target::default()
            })
        }
    });
    let picture = |alt: &String| Media { kind: "image".to_owned(), alt: Some(alt.clone()), ..Media::default() };
    Activity {
        verb: record.verb,
        text: match &record.title {
            Some(title) => format!("{title}\n{}", record.text),
            None => record.text.clone(),
        },
        posted_at: Some(now),
        media: record.alt.iter().map(picture).collect(),
        target,
        ..Activity::default()
    }
}

/// A post as this account made it.
fn written(post: &Activity, n: u64, account: &SeededAccount, seen_at: Timestamp) -> Activity {
    let dice = mix(n ^ 0xD44);
    let line = match dice % 16 {
        // Some sign with their name, which no blind reader may see.
        0 => format!(" – {}", account.name),
        1..=10 => pick(&LINES, dice / 16).copied().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    let before = SignedDuration::from_secs(i64::try_from(30 + dice % 3000).unwrap_or(30));
    Activity {
        id: format!("rekaan-{n}"),
        text: if post.text.is_empty() { String::new() } else { format!("{}{line}", post.text) },
        posted_at: Some(seen_at - before),
        url: Some(format!("https://{}.rekaan.example/{}/{n}", account.platform, account.handle)),
        ..post.clone()
    }
}

/// What stands around a post in an interface's answer, as bytes.
fn envelope(activity: &Activity, account: &SeededAccount, n: u64) -> Vec<u8> {
    json!({
        "id": activity.id,
        "text": activity.text,
        "created_at": activity.posted_at,
        "lang": "in",
        "url": activity.url,
        "target": activity.target,
        "media": activity.media,
        "conversation_id": format!("{:016x}", mix(n ^ 0xE55)),
        "reply_settings": "everyone",
        "public_metrics": { "likes": n % 173, "replies": n % 7, "reposts": n % 31, "views": mix(n) % 90_000 },
        "author": { "id": account.account_id, "username": account.handle, "name": account.name, "verified": false },
    })
    .to_string()
    .into_bytes()
}
