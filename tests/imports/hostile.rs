//! Files that are damaged, or made to do harm.

use std::io::Write;

use netral::capture::{Fault, Format, Options};

use super::{Got, read_as, shown, zip};

/// Packs as `.xz`.
pub fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(0)).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

fn sound(bytes: &[u8], format: Option<Format>) -> Got {
    let (got, ended) = read_as(bytes, format, &Options::default());
    ended.unwrap();
    got
}

fn fault(bytes: &[u8], format: Option<Format>) -> Fault {
    read_as(bytes, format, &Options::default()).1.unwrap_err()
}

const LINE: &str = "{\"id\":\"1\",\"platform\":\"x\",\"account\":\"wirabumi\",\"text\":\"Halo\",\"posted_at\":\"2029-02-28T03:11:00Z\"}";

#[test]
fn marks_line_ends_nul_and_wrong_encodings_cost_at_most_their_row() {
    let text = format!("\u{feff}{LINE}\r\n\r\n{LINE}\n\u{0}\n{LINE}");
    let got = shown(&sound(text.as_bytes(), Some(Format::Jsonl)));
    assert_eq!(got.len(), 4);
    assert!(got[0].starts_with("1: post") && got[1].starts_with("3: post") && got[2].starts_with("4: not an activity"));
    // Zeeschuimer leaves NUL bytes between its signs: they are taken out, as 4CAT does.
    let item = r#"{"source_platform":"tiktok.com","data":{"id":"1","desc":"Ayo","createTime":1866942660,"author":"wirabumi"}}"#;
    let bytes = [item.as_bytes(), b"\0\n\xff\n{\"source_platform\":\n", item.as_bytes()].concat();
    assert_eq!(
        shown(&sound(&bytes, None)),
        [
            "1: post tiktok 1 by wirabumi at 2029-02-28T03:11:00Z «Ayo»",
            "2: not UTF-8 at byte 0 of the line; convert the file to UTF-8",
            "3: not an activity, column 19: the item ends in the middle",
            "4: post tiktok 1 by wirabumi at 2029-02-28T03:11:00Z «Ayo»",
        ]
    );
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain("id,author".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert!(fault(&wide, Some(Format::FourCat)).to_string().contains("UTF-16"));
}

#[test]
fn a_row_that_is_too_long_is_passed_over_and_comes_out_byte_for_byte() {
    let long = format!("{{\"id\":\"{}\"}}", "x".repeat(9 << 20));
    let got = sound(format!("{LINE}\n{long}\r\n{LINE}\n").as_bytes(), Some(Format::Jsonl));
    assert_eq!(got.pieces, format!("{long}\r\n").into_bytes());
    assert_eq!((got.rows.len(), got.rows[2].at, got.rows[1].raw.len()), (3, 3, 0));
    assert!(shown(&got)[1].contains("8 MiB"));
    let item = "{\"category\":\"pixiv\",\"subcategory\":\"x\"}";
    let got = sound(format!("[{item},{long},{item}]").as_bytes(), None);
    assert_eq!((got.pieces, got.rows.len()), (long.clone().into_bytes(), 3));
    let csv = format!(
        "id,thread_id,author,body,timestamp,tiktok_url\n1,1,a,\"{}\",1,\n2,2,a,b,1866942660,\n",
        "x".repeat(9 << 20)
    );
    let got = sound(csv.as_bytes(), None);
    assert_eq!((got.rows.len(), got.pieces.len()), (2, (9 << 20) + 12));
    assert!(shown(&got)[0].contains("8 MiB") && shown(&got)[1].starts_with("3: post tiktok 2"));
}

#[test]
fn files_that_are_cut_short_say_so_at_every_byte() {
    let gallery = r#"[[2,{"category":"bluesky","subcategory":"posts","uri":"at://did:plc:w/p/1","text":"x]}\"","createdAt":"2029-02-28T03:11:00Z","author":{"did":"did:plc:w"}}],[3,"https://a.example",{"uri":"at://did:plc:w/p/1"}]]"#;
    let video = r#"{"id":"a","_type":"video","_version":{},"extractor_key":"Youtube","channel_id":"UCw","timestamp":1866942660,"title":"x","comments":[{"id":"c","author_id":"UCm","text":"y","timestamp":1}]}"#;
    let post = r#"{"node":{"shortcode":"C","owner":{"id":"4"},"date":1866942660},"instaloader":{"node_type":"Post","version":"4"}}"#;
    let playlist = format!("{{\"_type\":\"playlist\",\"entries\":[{video}],\"webpage_url\":\"x\",\"_version\":{{}}}}");
    for (whole, format) in
        [(&*playlist, Format::YtDlp), (gallery, Format::GalleryDl), (video, Format::YtDlp), (post, Format::Instaloader)]
    {
        let all = sound(whole.as_bytes(), Some(format));
        assert!(all.rows.iter().all(|row| row.read.is_ok()), "{:?}", shown(&all));
        for end in 1..whole.len() {
            let (got, ended) = read_as(&whole.as_bytes()[..end], Some(format), &Options::default());
            let told = ended.is_err() || got.rows.iter().any(|row| row.read.is_err());
            assert!(told, "{format} cut at {end}: {:?}", shown(&got));
        }
    }
    let csv = "id,thread_id,author,body,timestamp,tiktok_url\n1,1,a,\"buka\n2,2,a,b,1,\n";
    assert!(shown(&sound(csv.as_bytes(), None))[0].contains("never closed"));
    let packed = xz(post.as_bytes());
    for end in 7..packed.len() {
        assert!(read_as(&packed[..end], Some(Format::Instaloader), &Options::default()).1.is_err(), "{end}");
    }
    let archive = zip(&[("a.json", post.as_bytes())]);
    for end in (4..archive.len()).step_by(7) {
        assert!(read_as(&archive[..end], None, &Options::default()).1.is_err(), "{end}");
    }
}

#[test]
fn noise_of_every_kind_ends_in_an_error_or_in_rejected_rows() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    let mut dice = StdRng::seed_from_u64(7);
    let seeds: [&[u8]; 6] = [
        b"[[2,{\"category\":\"twitter\",\"subcategory\":\"tweets\",\"tweet_id\":1,\"author\":{},\"user\":[]}]]",
        b"{\"_type\":\"playlist\",\"entries\":[{\"comments\":[[]]},1,{}],\"comments\":{}}",
        b"{\"node\":[],\"instaloader\":{\"node_type\":\"Post\"}}",
        b"id,thread_id,author,body,timestamp,unix_timestamp\n\"1\",\"\"\"\n,,,,\r\r\n",
        b"{\"source_platform\":\"x.com\",\"data\":{\"legacy\":[],\"tweet\":{\"rest_id\":1}}}\n",
        b"PK\x03\x04 no zip",
    ];
    for _ in 0..3000 {
        let mut bytes = seeds[dice.random_range(0..seeds.len())].to_vec();
        for _ in 0..dice.random_range(0..6) {
            let at = dice.random_range(0..bytes.len());
            bytes[at] = *b"[]{}\",:\\\0\xff\n1".get(dice.random_range(0..12)).unwrap();
        }
        for format in std::iter::once(None).chain(Format::ALL.map(Some)) {
            let (got, _) = read_as(&bytes, format, &Options::default());
            assert!(got.rows.len() < 100);
        }
    }
    let deep = ["[[2,".repeat(50_000), "{\"a\":".repeat(50_000)].concat();
    for format in std::iter::once(None).chain(Format::ALL.map(Some)) {
        let (got, ended) = read_as(deep.as_bytes(), format, &Options::default());
        assert!(ended.is_err() || got.rows.iter().all(|row| row.read.is_err()), "{format:?}");
    }
}

#[test]
fn an_archive_is_read_file_by_file_and_pictures_are_passed_over() {
    let csv = "id,thread_id,author,body,timestamp,tiktok_url\n1,1,a,b,1866942660,\n";
    let packed = xz(br#"{"node":{"shortcode":"C","owner":{"id":"4"},"date":1866942660},"instaloader":{"node_type":"Post","version":"4"}}"#);
    let archive = zip(&[
        ("../../etc/cron.d/x", LINE.as_bytes()),
        ("wirabumi/2029.json.xz", &packed),
        ("kosong/", b""),
        ("foto.jpg", b"\xff\xd8\xff\xe0\0\x10JFIF"),
        ("4cat.csv", csv.as_bytes()),
        ("baca saya.txt", b"Halo"),
        ("dalam.zip", &zip(&[("x.jsonl", LINE.as_bytes())])),
        ("kosong.txt", b""),
    ]);
    let got = sound(&archive, None);
    let rows: Vec<_> = got.rows.iter().map(|row| (row.entry, row.at, row.read.is_ok())).collect();
    assert_eq!(rows, [(Some(1), 1, true), (Some(2), 1, true), (Some(5), 2, true)]);
    assert_eq!(got.passed, [4, 6, 7]);
    assert!(!std::path::Path::new("/etc/cron.d/x").exists());
    let only = sound(&archive, Some(Format::Instaloader));
    assert_eq!(only.rows.iter().filter(|row| row.read.is_ok()).count(), 1);
}

#[test]
fn bombs_are_refused() {
    let zeros = vec![b'0'; 16 << 20];
    let bomb = zip(&[("a.jsonl", LINE.as_bytes()), ("b.csv", &zeros)]);
    assert!(bomb.len() < 1 << 20);
    for format in [Some(Format::FourCat), Some(Format::Jsonl), Some(Format::Table)] {
        assert!(matches!(fault(&bomb, format), Fault::Swollen(_)), "{format:?}");
    }
    let got = sound(&bomb, None);
    assert_eq!((got.rows.len(), got.passed), (1, vec![2]), "zeros are no capture, and are not unpacked to learn that");
    // The same size is claimed as small: what comes out counts.
    let mut liar = bomb.clone();
    let size = u32::try_from(zeros.len()).unwrap().to_le_bytes();
    let places: Vec<usize> = (0..liar.len() - 4).filter(|at| liar[*at..at + 4] == size).collect();
    assert!(!places.is_empty());
    for at in places {
        liar[at..at + 4].copy_from_slice(&1000_u32.to_le_bytes());
    }
    assert!(matches!(fault(&liar, Some(Format::FourCat)), Fault::Swollen(_) | Fault::Damaged(_)));
    let packed = xz(&vec![b' '; 80 << 20]);
    assert!(matches!(fault(&packed, Some(Format::Instaloader)), Fault::Swollen(_)));
}

/// A file that is never in memory: a head, one item again and again, a tail.
struct Repeated {
    head: Vec<u8>,
    item: Vec<u8>,
    times: u64,
    at: u64,
}

impl Repeated {
    fn length(&self) -> u64 {
        self.head.len() as u64 + self.item.len() as u64 * self.times
    }
}

impl std::io::Read for Repeated {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let head = self.head.len() as u64;
        let rest = if self.at < head {
            &self.head[self.at as usize..]
        } else if self.at < self.length() {
            &self.item[((self.at - head) % self.item.len() as u64) as usize..]
        } else {
            return Ok(0);
        };
        let got = rest.len().min(buffer.len());
        buffer[..got].copy_from_slice(&rest[..got]);
        self.at += got as u64;
        Ok(got)
    }
}

impl std::io::Seek for Repeated {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        self.at = match to {
            std::io::SeekFrom::Start(at) => at,
            std::io::SeekFrom::End(by) => self.length().saturating_add_signed(by),
            std::io::SeekFrom::Current(by) => self.at.saturating_add_signed(by),
        };
        Ok(self.at)
    }
}

/// The most memory that this process ever had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn a_large_file_needs_no_more_memory_than_a_small_one() {
    let words = "kata ".repeat(2000);
    let item = format!(
        "{{\"category\":\"twitter\",\"subcategory\":\"tweets\",\"tweet_id\":1,\"date\":\"2029-02-28 03:11:00\",\"author\":{{\"id\":7}},\"user\":{{\"id\":7}},\"content\":\"{words}\"}},\n"
    );
    let line = format!("{LINE}\n").replace("Halo", &words);
    let row = format!("1,1,a,\"{words}\",1866942660,\n");
    let comment = format!("{{\"id\":\"c\",\"author_id\":\"UCm\",\"text\":\"{words}\",\"timestamp\":1}},");
    let files: [(&str, String, Format); 4] = [
        ("[", item, Format::GalleryDl),
        ("", line, Format::Jsonl),
        ("id,thread_id,author,body,timestamp,tiktok_url\n", row, Format::FourCat),
        (
            "{\"_type\":\"video\",\"id\":\"a\",\"extractor_key\":\"Youtube\",\"_version\":{},\"comments\":[",
            comment,
            Format::YtDlp,
        ),
    ];
    let before = peak();
    for (head, item, format) in files {
        let times = (96 << 20) / item.len() as u64;
        let source = Repeated { head: head.into(), item: item.into_bytes(), times, at: 0 };
        let mut rows = 0;
        netral::capture::read(source, Some(format), &Options::default(), &mut |event| {
            rows += u64::from(matches!(event, netral::capture::Event::Row(_)));
            true
        })
        .unwrap();
        assert!(rows >= times, "{format}: {rows}");
    }
    assert!(peak() - before < 40 << 10, "from {before} to {} KiB", peak());
}
