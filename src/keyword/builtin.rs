//! The sets and circulars inside the binary, so that it works on a bare machine.

/// Keyword files, by set id.
pub(super) const KEYWORDS: &[(&str, &str)] = &[
    ("isyarat-umum", include_str!("../../keywords/isyarat-umum.toml")),
    ("partai-2024", include_str!("../../keywords/partai-2024.toml")),
    ("pilpres-2024", include_str!("../../keywords/pilpres-2024.toml")),
    ("pilkada-sragen-2024", include_str!("../../keywords/pilkada-sragen-2024.toml")),
    ("pilkada-madiun-2024", include_str!("../../keywords/pilkada-madiun-2024.toml")),
];

/// Circulars, by id.
pub(super) const CIRCULARS: &[(&str, &str)] = &[
    ("sragen-2024", include_str!("../../config/circulars/sragen-2024.toml")),
    ("madiun-2023", include_str!("../../config/circulars/madiun-2023.toml")),
    ("skb-2022", include_str!("../../config/circulars/skb-2022.toml")),
];
