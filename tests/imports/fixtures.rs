//! Genuine output of the tools, where it is at hand: `NETRAL_SHARED`, or a folder `shared` beside the repository.

use std::path::PathBuf;

use netral::capture::Format;

use super::{read, shown};

fn fixture(name: &str) -> Option<Vec<u8>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let shared = std::env::var_os("NETRAL_SHARED").map_or(beside, PathBuf::from);
    let bytes = std::fs::read(shared.join("platforms/fixtures/imports").join(name)).ok();
    if bytes.is_none() {
        eprintln!("skipped: no fixture {name} here");
    }
    bytes
}

#[test]
fn real_dumps_of_gallery_dl_are_read() {
    for (name, platform, rows) in
        [("gallery_dl_bluesky_dump.json", "bluesky", 2), ("gallery_dl_mastodon_dump.json", "mastodon", 3)]
    {
        let Some(bytes) = fixture(name) else { return };
        let got = read(&bytes, Format::GalleryDl);
        assert!(got.rows.len() >= rows, "{:?}", shown(&got));
        for row in &got.rows {
            let captured = row.read.as_ref().unwrap();
            let activity = &captured.activity;
            assert_eq!(captured.platform, platform);
            assert!(activity.posted_at.is_some() && !activity.text.contains("<p>"), "{:?}", shown(&got));
            assert!(row.raw.starts_with(b"[") && row.raw.ends_with(b"]"));
        }
        println!("{name}: {:#?}", shown(&got));
    }
}

#[test]
fn a_real_info_file_of_the_generic_extractor_names_nobody() {
    let Some(bytes) = fixture("yt_dlp_generic.info.json") else { return };
    let got = read(&bytes, Format::YtDlp);
    assert_eq!(shown(&got), ["1: yt-dlp did not know the page (generic): no account is named"]);
    assert_eq!(got.tools, ["2026.10.26"]);
}
