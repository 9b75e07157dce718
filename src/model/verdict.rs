//! The way of a hit through people, as a table: what follows from a decision, given those before it.
//!
//! No machine and no single person finds a suspicion: two different people say *dugaan*, the second without knowing what
//! the first said (P05, invariant 6). The database holds the same rule as a constraint.

use std::fmt;
use std::str::FromStr;

use super::register::word_enum;
use super::review::Outcome;

word_enum! {
    /// Which look at a hit is next. The reader is not told: a second look is as blind as the first.
    Step {
        /// Nobody has decided in this round.
        First = "first",
        /// One has; another person looks without knowing.
        Second = "second",
        /// Two disagree; a third person settles it, as blind as they were.
        Lead = "lead",
    }
}

word_enum! {
    /// How a hit ended.
    Verdict {
        /// No suspected breach.
        NotSuspected = "bukan_dugaan",
        /// Two people suspect a breach.
        Suspected = "dugaan",
        /// Two people do, but the signal is too weak to stand alone: it may support a case, never be one (P07).
        Supporting = "pendukung",
    }
}

word_enum! {
    /// What came of asking the person.
    Answer {
        /// It is not their account.
        NotMyAccount = "bukan_akun_saya",
        /// Somebody else had got into it.
        Hacked = "diretas",
        /// It was done by mistake.
        Mistake = "tidak_sengaja",
        /// They did it.
        Admitted = "diakui",
        /// The letter was sent and nothing came back in time.
        Silent = "tidak_menjawab",
    }
}

impl Answer {
    /// Whether people look anew, with the answer before them: it says something that they did not know.
    #[must_use]
    pub fn reopens(self) -> bool {
        matches!(self, Self::NotMyAccount | Self::Hacked | Self::Mistake)
    }
}

/// Where a decision leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Back into the queue, for somebody else.
    Look(Step),
    /// The person is asked before anything else happens.
    Ask,
    /// Closed with this verdict; the person is asked before it can go further.
    Close(Verdict),
}

/// What follows when somebody says `now`, after `earlier` in the same round.
///
/// `reread` asks for a second look at what the
/// first person dismissed (a sample, to measure how well people agree); `weak` is [`Verdict::Supporting`]'s ground.
#[must_use]
pub fn next(earlier: &[Outcome], now: Outcome, reread: bool, weak: bool) -> Next {
    let upheld = if weak { Verdict::Supporting } else { Verdict::Suspected };
    let suspects = earlier.iter().filter(|o| **o == Outcome::Suspected).count();
    match (earlier.len(), now) {
        (_, Outcome::NeedsClarification) => Next::Ask,
        (0, Outcome::NotSuspected) if !reread => Next::Close(Verdict::NotSuspected),
        (0, _) => Next::Look(Step::Second),
        (1, Outcome::NotSuspected) if suspects == 0 => Next::Close(Verdict::NotSuspected),
        (_, Outcome::Suspected) if suspects >= 1 => Next::Close(upheld),
        (1, _) => Next::Look(Step::Lead),
        // A third person who sides with the dismissal, or who alone suspects what two others did not.
        _ => Next::Close(Verdict::NotSuspected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every way that up to three people can go.
    fn ways() -> impl Iterator<Item = Vec<Outcome>> {
        let all = || Outcome::ALL.iter().copied();
        let one = all().map(|a| vec![a]);
        let two = all().flat_map(move |a| all().map(move |b| vec![a, b]));
        let three = two.clone().flat_map(move |way| all().map(move |c| [&way[..], &[c]].concat()));
        one.chain(two).chain(three)
    }

    #[test]
    fn no_way_leads_to_a_suspicion_without_two_people() {
        for way in ways() {
            for (reread, weak) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut earlier = Vec::new();
                for now in way.iter().copied() {
                    let next = next(&earlier, now, reread, weak);
                    let said = earlier.iter().chain([&now]).filter(|o| **o == Outcome::Suspected).count();
                    match next {
                        Next::Close(Verdict::Suspected) => assert!(said >= 2 && !weak, "{way:?}"),
                        Next::Close(Verdict::Supporting) => assert!(said >= 2 && weak, "{way:?}"),
                        Next::Close(Verdict::NotSuspected) => assert!(said < 2, "{way:?}"),
                        Next::Ask => assert_eq!(now, Outcome::NeedsClarification, "{way:?}"),
                        Next::Look(step) => {
                            assert_eq!(step, if earlier.is_empty() { Step::Second } else { Step::Lead }, "{way:?}");
                            earlier.push(now);
                            continue;
                        }
                    }
                    break;
                }
                assert!(earlier.len() < 3, "a third person always ends it: {way:?}");
            }
        }
    }

    #[test]
    fn one_dismissal_is_enough_unless_it_is_in_the_sample() {
        assert_eq!(next(&[], Outcome::NotSuspected, false, false), Next::Close(Verdict::NotSuspected));
        assert_eq!(next(&[], Outcome::NotSuspected, true, false), Next::Look(Step::Second));
        assert_eq!(next(&[Outcome::NotSuspected], Outcome::Suspected, true, false), Next::Look(Step::Lead));
        assert_eq!(next(&[Outcome::Suspected], Outcome::NotSuspected, false, false), Next::Look(Step::Lead));
    }
}
