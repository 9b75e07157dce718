//! What makes netral's records stand: the hash-chained ledger and the verifier that needs no database.

pub mod ledger;
