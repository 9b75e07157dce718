//! Who looks, and what they may say.

use std::fmt;
use std::str::FromStr;

use super::register::word_enum;

word_enum! {
    /// What a user of netral may do.
    Role {
        /// Diskominfo: runs the service, registers accounts.
        Operator = "operator",
        /// Triages the queue.
        Reviewer = "reviewer",
        /// Second pair of eyes (BKPSDM).
        Verifier = "verifier",
        /// Renews the keyword lists.
        KeywordAdmin = "keyword_admin",
        /// Head of a unit: own unit only.
        UnitHead = "unit_head",
        /// Inspektorat: reads all, changes nothing.
        Auditor = "auditor",
        /// Settles disagreement between reviewers.
        Lead = "lead",
        /// Accounts and roles, no posts.
        UserAdmin = "user_admin",
    }
}

impl Role {
    /// May read the queue and single hits.
    #[must_use]
    pub fn sees_hits(self) -> bool {
        matches!(self, Self::Reviewer | Self::Verifier | Self::Lead | Self::Auditor | Self::Operator)
    }

    /// May claim a hit and decide on it.
    #[must_use]
    pub fn decides(self) -> bool {
        matches!(self, Self::Reviewer | Self::Verifier | Self::Lead)
    }

    /// Whether this role adds and changes persons and accounts in the register.
    #[must_use]
    pub fn keeps_register(self) -> bool {
        self == Self::Operator
    }

    /// Whether this role is the second person for an account or a tip.
    #[must_use]
    pub fn approves_accounts(self) -> bool {
        matches!(self, Self::Operator | Self::Verifier)
    }

    /// Whether this role may be one of the two who settle an objection.
    #[must_use]
    pub fn settles_objections(self) -> bool {
        matches!(self, Self::Operator | Self::Verifier | Self::Lead)
    }

    /// May send a letter that asks a person, and write the answer down.
    #[must_use]
    pub fn asks(self) -> bool {
        matches!(self, Self::Operator | Self::Verifier)
    }

    /// May end a colleague's conflict of interest.
    #[must_use]
    pub fn ends_conflicts(self) -> bool {
        matches!(self, Self::Lead | Self::Verifier)
    }

    /// Edits keyword lists.
    #[must_use]
    pub fn edits_lists(self) -> bool {
        self == Self::KeywordAdmin
    }

    /// May sign a list that somebody else wrote, and appoint stand-ins for that.
    #[must_use]
    pub fn signs_lists(self) -> bool {
        matches!(self, Self::KeywordAdmin | Self::Lead | Self::Verifier)
    }

    /// May be appointed to sign in a signer's absence: whoever works with lists or hits, not who only looks.
    #[must_use]
    pub fn stands_in(self) -> bool {
        self.signs_lists() || self == Self::Reviewer
    }

    /// Whether giving this role takes two people: it decides, oversees, or gives roles itself.
    #[must_use]
    pub fn needs_second_person(self) -> bool {
        self.sees_hits() || self == Self::UserAdmin
    }

    /// Adds, shuts out and lets in users, and resets their passwords.
    #[must_use]
    pub fn keeps_users(self) -> bool {
        self == Self::UserAdmin
    }

    /// May ask for a role or for the reset of a second factor, which somebody else confirms.
    #[must_use]
    pub fn proposes_users(self) -> bool {
        matches!(self, Self::UserAdmin | Self::Operator)
    }

    /// May be the second person for a user's role or second factor.
    #[must_use]
    pub fn confirms_users(self) -> bool {
        matches!(self, Self::UserAdmin | Self::Lead)
    }

    /// Puts signed lists into force, and ends them.
    #[must_use]
    pub fn publishes_lists(self) -> bool {
        matches!(self, Self::KeywordAdmin | Self::Lead)
    }
}

word_enum! {
    /// What one reviewer says of one hit. A person says *dugaan*; the machine never does.
    Outcome {
        /// Not a suspected breach.
        NotSuspected = "bukan_dugaan",
        /// The person must be asked first.
        NeedsClarification = "perlu_klarifikasi",
        /// A suspected breach.
        Suspected = "dugaan",
    }
}

word_enum! {
    /// Why, as a code that can be counted. Each belongs to one outcome, see [`ReasonCode::outcome`].
    ReasonCode {
        /// An everyday word, another person or thing of that name.
        OtherMeaning = "makna_lain",
        /// News, information or an official announcement without taking sides.
        Information = "informasi_berita",
        /// Official duty: organiser, committee permit, assignment letter.
        OfficialDuty = "tugas_resmi",
        /// Critique of services or policy, protected speech.
        ProtectedSpeech = "kritik_layanan",
        /// The account or activity is not this person's.
        NotTheirs = "bukan_akunnya",
        /// Outside the circular's time or contest.
        OutOfScope = "di_luar_lingkup",
        /// What is meant cannot be told from the post.
        Unclear = "maksud_tidak_jelas",
        /// Who acted cannot be told (hacked, family member, slip of the finger).
        UnclearActor = "pelaku_tidak_jelas",
        /// Evidence is incomplete (picture, context or target missing).
        IncompleteEvidence = "bukti_kurang",
        /// Calls to vote for, or praises, a contestant.
        Endorsement = "dukungan",
        /// Attacks a contestant.
        Attack = "serangan",
        /// Spreads a contestant's campaign material.
        CampaignMaterial = "materi_kampanye",
        /// Picture with a contestant, symbol, attribute or gesture.
        PictureWithSymbol = "foto_simbol",
        /// Follows, likes or has joined a campaign account or group.
        CampaignAccount = "akun_pemenangan",
    }
}

impl ReasonCode {
    /// The outcome that this reason can stand for.
    #[must_use]
    pub fn outcome(self) -> Outcome {
        match self {
            Self::OtherMeaning
            | Self::Information
            | Self::OfficialDuty
            | Self::ProtectedSpeech
            | Self::NotTheirs
            | Self::OutOfScope => Outcome::NotSuspected,
            Self::Unclear | Self::UnclearActor | Self::IncompleteEvidence => Outcome::NeedsClarification,
            Self::Endorsement
            | Self::Attack
            | Self::CampaignMaterial
            | Self::PictureWithSymbol
            | Self::CampaignAccount => Outcome::Suspected,
        }
    }

    /// The reasons for one outcome, in the order of the page's number keys.
    pub fn of(outcome: Outcome) -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(move |r| r.outcome() == outcome)
    }
}

word_enum! {
    /// Language of the pages.
    Language {
        /// Indonesian, the default.
        Indonesian = "id",
        /// English.
        English = "en",
    }
}
