//! A hit as one reader may see it: blind until they have decided, and what others said of it only once it is closed. The page
//! and the API show nothing else.

use jiff::civil::Date;

use super::error::Error;
use super::state::{AppState, Lists};
use super::veil::Veil;
use crate::model::{Activity, Answer, Hit, HitId, Role, Verdict};
use crate::store::{Circumstance, DecisionRow, HitPage, HitState, OtherHit, PersonLine, User};

/// Other hits of the person that are listed.
const OTHERS: i64 = 12;

/// A hit as one reader may see it.
pub struct Seen {
    /// Everything, as stored; whoever shows something of it asks this value first.
    pub page: HitPage,
    /// The reader must not know yet whose account it is.
    pub blind: bool,
    /// The activity, covered where the reader is blind.
    pub activity: Activity,
    /// The hit, with its matches at their places in that activity.
    pub hit: Hit,
    veil: Veil,
}

impl Seen {
    /// The hit for a reader, with a renewed lease if they hold it, and the view in the ledger.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none.
    pub async fn load(state: &AppState, user: &User, id: HitId) -> Result<Self, Error> {
        let mut page = state.store.hit_page(id, user.user_id).await?.ok_or(Error::NotFound)?;
        if page.state == HitState::Open && page.claimed_by == Some(user.user_id) && user.role.decides() {
            // Whoever has the page open is still at it. A lease that ran out meanwhile is taken anew only if nobody else did.
            state.store.claim_hit(id, user, state.config.lease()).await?;
            page = state.store.hit_page(id, user.user_id).await?.ok_or(Error::NotFound)?;
        }
        state.store.record_view(user, id).await?;
        Ok(Self::new(page, user))
    }

    /// The same hit once more after something that could not be done; the view is in the ledger, too.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none.
    pub async fn again(state: &AppState, user: &User, id: HitId) -> Result<Self, Error> {
        let page = state.store.hit_page(id, user.user_id).await?.ok_or(Error::NotFound)?;
        state.store.record_view(user, id).await?;
        Ok(Self::new(page, user))
    }

    fn new(page: HitPage, user: &User) -> Self {
        let blind = is_blind(&page, user);
        let veil = Veil::new(&page.identity);
        let (activity, hit) = if blind { covered(&page, &veil) } else { (page.activity.clone(), page.hit.clone()) };
        Self { page, blind, activity, hit, veil }
    }

    /// Address of the post, where it is one of the web: `javascript:` and the like stay out altogether.
    pub fn url(&self) -> Option<&str> {
        self.activity.url.as_deref().filter(|url| is_web(url))
    }

    /// The person, for whoever may know; none where the account turned out to be somebody else's.
    pub fn person(&self) -> Option<&PersonLine> {
        self.page.person.as_ref().filter(|_| !self.blind)
    }

    /// How it ended, for whoever is not blind any more.
    pub fn verdict(&self) -> Option<Verdict> {
        self.page.verdict.filter(|_| self.page.state == HitState::Decided && !self.blind)
    }

    /// What came of asking the person: outcome and words, covered like everything else.
    pub fn answer(&self) -> Option<(Answer, String)> {
        let asked = self.page.asked.as_ref()?;
        let words = if self.blind { self.veil.text(&asked.answer).into_owned() } else { asked.answer.clone() };
        Some((asked.outcome?, words))
    }

    /// The reader's own decisions, and everybody's once the hit is closed: until then nobody learns what others said.
    pub fn decisions(&self, user: &User) -> impl Iterator<Item = &DecisionRow> {
        let open = self.page.state == HitState::Decided && !self.blind || user.role == Role::Auditor;
        let me = user.user_id;
        self.page.decisions.iter().filter(move |d| open || d.user_id == me)
    }

    /// What may allow the act, and the day on which it would have to hold; nothing while the reader is blind.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn circumstances(&self, state: &AppState) -> Result<(Vec<Circumstance>, Date), Error> {
        let acted = self.activity.acted_at().or(self.activity.seen_at).unwrap_or(self.page.created_at);
        let on = acted.to_zoned(state.config.zone.tz()).date();
        let found =
            if self.blind { Vec::new() } else { state.store.circumstances_behind(self.page.account_id).await? };
        Ok((found, on))
    }

    /// What else was found of the person; nothing while the reader is blind.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the database is away.
    pub async fn others(&self, state: &AppState) -> Result<Vec<OtherHit>, Error> {
        if self.blind {
            return Ok(Vec::new());
        }
        Ok(state.store.other_hits(self.page.account_id, self.page.hit_id, OTHERS).await?)
    }

    /// The rules to choose from, id and title: the circular's, in its order, and whatever the hit names that the lists no
    /// longer have.
    pub fn clauses(&self, lists: &Lists) -> Vec<(String, String)> {
        clauses(&self.page, lists)
    }
}

/// The rules that a decision on a hit may name, see [`Seen::clauses`].
pub fn clauses(page: &HitPage, lists: &Lists) -> Vec<(String, String)> {
    let known = lists.sets.get(&*page.hit.set).into_iter().flat_map(|s| &s.clauses);
    let mut out: Vec<_> = known.map(|c| (c.id.clone(), c.title.clone())).collect();
    for id in std::iter::once(&page.hit.clause).chain(&page.hit.also) {
        if !out.iter().any(|(known, _)| known == id) {
            out.push((id.clone(), String::new()));
        }
    }
    out
}

/// Whether this reader must not know yet whose account it is: an auditor reads all, the others decide first, or ask.
fn is_blind(page: &HitPage, user: &User) -> bool {
    let decided = page.decisions.iter().any(|d| d.user_id == user.user_id);
    !(decided || page.reading.unmasked || user.role == Role::Auditor)
}

/// The activity and the hit without what tells the person.
pub(super) fn covered(page: &HitPage, veil: &Veil) -> (Activity, Hit) {
    let (activity, matches) = veil.activity(&page.activity, &page.hit.matches);
    let counter = page.hit.counter.iter().map(|c| veil.text(c).into_owned()).collect();
    let reason = veil.text(&page.hit.reason).into_owned();
    (activity, Hit { matches, counter, reason, ..page.hit.clone() })
}

fn is_web(address: &str) -> bool {
    url::Url::parse(address).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host())
}
