//! The register: whose accounts may be read at all.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use super::{AccountId, PersonId};

macro_rules! word_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word in files and in the database.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = String;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == s).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|v| v.as_str()).collect();
                    format!("`{s}` is none of {}", known.join(", "))
                })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                std::borrow::Cow::<str>::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
pub(super) use word_enum;

word_enum! {
    /// A person's standing, which decides the path of a sanction (domain: PNS and PPPK to the personnel authority,
    /// PPNPN by contract, village officials through the regent).
    PersonStatus {
        /// Civil servant.
        Pns = "PNS",
        /// Contract civil servant.
        Pppk = "PPPK",
        /// Government staff who are no civil servants.
        Ppnpn = "PPNPN",
        /// Village head.
        Kades = "KADES",
        /// Village official.
        PerangkatDesa = "PERANGKAT_DESA",
    }
}

word_enum! {
    /// How it was shown that an account is this person's (P01).
    Proof {
        /// The person declared it, signed.
        Declared = "pernyataan",
        /// Shown face to face on the person's device.
        FaceToFace = "verifikasi_tatap_muka",
        /// Listed on an official page of the unit.
        OfficialPage = "laman_resmi",
    }
}

word_enum! {
    /// What may allow an act that the circular forbids; noted with the document that says so.
    CircumstanceKind {
        /// Cuti di luar tanggungan negara.
        UnpaidLeave = "cltn",
        /// Husband or wife of a candidate.
        CandidatesSpouse = "suami_istri_calon",
        /// The superior's written permit to serve on an election committee.
        CommitteePermit = "izin_panitia",
    }
}

word_enum! {
    /// How preliminary information came in.
    TipChannel {
        /// A WhatsApp message; never collected, only told.
        WhatsApp = "whatsapp",
        /// A letter.
        Letter = "surat",
        /// Told in person.
        InPerson = "tatap_muka",
        /// Told by telephone.
        Telephone = "telepon",
        /// Any other way, named with the reporter.
        Other = "lainnya",
    }
}

word_enum! {
    /// Why preliminary information is removed unread.
    TipDrop {
        /// It is there already.
        Duplicate = "rangkap",
        /// It concerns somebody else, or nobody in the register.
        WrongPerson = "bukan_orangnya",
        /// Nothing shows that it is so.
        Unfounded = "tidak_berdasar",
        /// The circular says nothing of it.
        OutOfScope = "di_luar_lingkup",
        /// It was entered wrongly, and is entered anew.
        Mistyped = "salah_catat",
    }
}

/// An account as a collector needs it: never the person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id in the register.
    pub account_id: AccountId,
    /// Whose it is.
    pub person_id: PersonId,
    /// Name of the platform.
    pub platform: String,
    /// Handle as registered; platforms let people change it.
    pub handle: String,
    /// The platform's own, stable id (DID, numeric id, feed address).
    pub external_id: String,
    /// First day on which its activities may be kept.
    pub valid_from: Date,
    /// Last such day.
    pub valid_to: Option<Date>,
}
