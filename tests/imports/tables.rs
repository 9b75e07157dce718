//! Formats that are tables, and tables that people made themselves.

use netral::capture::{Fault, Format, Mapping, Options};

use super::{read, read_as, shown};

const X: &str = "collected_from_url,id,thread_id,timestamp,unix_timestamp,link,body,author,author_fullname,author_id,is_retweet,retweeted_user,is_quote_tweet,quoted_user,is_reply,replied_user,hashtags,images,mentions\n";

#[test]
fn a_4cat_export_of_x_tells_who_acted() {
    let text = [
        X,
        "https://x.com/wirabumi,1,1,2029-02-28 10:11:00,1866942660,https://x.com/wirabumi/status/1,\"Halo, \"\"dunia\"\"\nbaris dua\",wirabumi,W,77,no,,no,,no,,\"obor,dua\",https://cdn.example/a.jpg,menang02\n",
        "https://x.com/wirabumi,2,2,2029-02-28 10:11:00,1866942660,https://x.com/wirabumi/status/2,RT @menang02: Coblos: 2,wirabumi,W,77,yes,menang02,no,,no,,,,\n",
        "https://x.com/wirabumi,3,3,2029-02-28 10:11:00,1866942660,https://x.com/wirabumi/status/3,Setuju,wirabumi,W,77,no,,yes,menang02,no,,,,\n",
        "https://x.com/wirabumi,4,1,2029-02-28 10:11:00,1866942660,https://x.com/wirabumi/status/4,@menang02 siap,wirabumi,W,77,no,,no,,yes,menang02,,,\n",
        "https://x.com/wirabumi/likes,9,9,2029-02-28 10:11:00,1866942660,https://x.com/menang02/status/9,Coblos,menang02,M,55,no,,no,,no,,,,\n",
        "https://x.com/wirabumi,5,5,,kemarin,https://x.com/wirabumi/status/5,x,wirabumi,W,77,no,,no,,no,,,,\n",
        "https://x.com/wirabumi,,6,,1866942660,,x,wirabumi,W,77,no,,no,,no,,,,\n",
    ]
    .concat();
    let got = read(text.as_bytes(), Format::FourCat);
    assert_eq!(
        shown(&got),
        [
            "2: post x 1 by 77/wirabumi at 2029-02-28T03:11:00Z «Halo, \"dunia\"|baris dua»",
            "4: share x 2 by 77/wirabumi at 2029-02-28T03:11:00Z «» -> post - of -/menang02 «Coblos: 2»",
            "5: share x 3 by 77/wirabumi at 2029-02-28T03:11:00Z «Setuju» -> post - of -/menang02 «»",
            "6: comment x 4 by 77/wirabumi at 2029-02-28T03:11:00Z «@menang02 siap» -> post - of -/menang02 «»",
            "7: like x like:9 by wirabumi at - «» -> post 9 of 55/menang02 «Coblos»",
            "8: `unix_timestamp` cannot be read as a time; write e.g. 2029-10-01 10:11:00, or with a zone 2029-10-01T03:11:00Z",
            "9: `id` is missing: the row has no id",
        ]
    );
    let first = got.rows[0].read.as_ref().unwrap();
    assert_eq!(
        (&first.activity.hashtags[..], first.activity.media.len()),
        (&["obor".to_owned(), "dua".to_owned()][..], 1)
    );
    assert!(got.rows[0].raw.starts_with(b"https://x.com/wirabumi,1,") && got.rows[0].raw.ends_with(b",menang02\n"));
}

#[test]
fn the_other_4cat_exports_are_told_apart_by_their_columns() {
    for (text, expected) in [
        (
            "collected_from_url,collected_from_view,partial_item,id,timestamp,thread_id,parent_id,url,body,author_id,author,image_urls,hashtags,usertags,unix_timestamp\n,,no,Cx1,2029-02-28 10:11:00,Cx1,Cx1,https://www.instagram.com/p/Cx1,Halo,41,wirabumi,,,,1866942660\n,,no,17,2029-02-28 10:11:00,Cx1,Cx1,,Siap,41,wirabumi,,,,1866942660\n,grid,yes,Cx2,,Cx2,Cx2,,,41,wirabumi,,,,\n",
            vec![
                "2: post instagram Cx1 by 41/wirabumi at 2029-02-28T03:11:00Z «Halo»",
                "3: comment instagram 17 by 41/wirabumi at 2029-02-28T03:11:00Z «Siap» -> post Cx1 of -/- «»",
                "4: `timestamp` is missing: the row is partial; open the post itself while capturing",
            ],
        ),
        (
            "collected_from_url,id,thread_id,author,author_full,body,timestamp,unix_timestamp,is_duet,tiktok_url,hashtags\n,7300000000000000001,7300000000000000001,wirabumi,W,Ayo,2029-02-28 03:11:00,1866942660,no,https://www.tiktok.com/@wirabumi/video/7300000000000000001,obor\n",
            vec!["2: post tiktok 7300000000000000001 by wirabumi at 2029-02-28T03:11:00Z «Ayo»"],
        ),
        (
            "collected_from_url,id,thread_id,url,body,timestamp,author,author_is_verified,image_url,link_url,link_thumbnail_url,unix_timestamp\n,Dx1,Dx1,https://www.threads.com/@wirabumi/post/Dx1,Utas,2029-02-28 10:11:00,wirabumi,no,,,,1866942660\n",
            vec!["2: post threads Dx1 by wirabumi at 2029-02-28T03:11:00Z «Utas»"],
        ),
        (
            "id;url;body;timestamp;author;author_name;image_url;video_url;is_in_group;group_name;unix_timestamp\r\n12;https://www.facebook.com/wirabumi/posts/12;Halo;2029-02-28 10:11:00;wirabumi;W;;;no;;1866942660.0\r\n",
            vec!["2: post facebook 12 by wirabumi at 2029-02-28T03:11:00Z «Halo»"],
        ),
    ] {
        assert_eq!(shown(&read(text.as_bytes(), Format::FourCat)), expected);
    }
    let custom =
        b"id,thread_id,author,body,timestamp\n1,1,wirabumi,Halo,2029-02-28 03:11:00\n2,1,wirabumi,Siap,1866942660\n";
    let (_, ended) = read_as(custom, Some(Format::FourCat), &Options::default());
    assert!(ended.unwrap_err().to_string().contains("--platform"));
    let facebook = Options { platform: Some("facebook".to_owned()), ..Options::default() };
    assert_eq!(
        shown(&read_as(custom, Some(Format::FourCat), &facebook).0),
        [
            "2: post facebook 1 by wirabumi at 2029-02-28T03:11:00Z «Halo»",
            "3: comment facebook 2 by wirabumi at 2029-02-28T03:11:00Z «Siap» -> post 1 of -/- «»",
        ]
    );
}

#[test]
fn crowdtangle_exports_are_read_with_their_zones() {
    let facebook = "\u{feff}Page Name,User Name,Facebook Id,Page Category,Post Created,Post Created Date,Type,Total Interactions,URL,Message,Link,Final Link,Image Text,Link Text,Description,Total Interactions (weighted  \u{2014}  Likes 1x )\n\
        Laman Wirabumi,wirabumi,100077,PERSON,2023-02-27 22:11:00 EST,2023-02-27,Link,\"1,204\",https://www.facebook.com/100077/posts/12,Halo,https://a.example,https://b.example,NOMOR 2,Judul,Uraian,1\n\
        Laman Wirabumi,wirabumi,100077,PERSON,2023-07-01 22:11:00 EDT,2023-07-01,Photo,3,https://www.facebook.com/100077/posts/13,Dua,,,,,,1\n\
        Laman Wirabumi,wirabumi,100077,PERSON,2023-07-01 22:11:00 QST,2023-07-01,Photo,3,https://www.facebook.com/100077/posts/14,Tiga,,,,,,1\n";
    let got = read(facebook.as_bytes(), Format::CrowdTangle);
    assert_eq!(
        shown(&got),
        [
            "2: post facebook https://www.facebook.com/100077/posts/12 by 100077/wirabumi at 2023-02-28T03:11:00Z «Halo»",
            "3: post facebook https://www.facebook.com/100077/posts/13 by 100077/wirabumi at 2023-07-02T02:11:00Z «Dua»",
            "4: `Post Created` cannot be read as a time; write e.g. 2029-10-01 10:11:00, or with a zone 2029-10-01T03:11:00Z",
        ]
    );
    let media = &got.rows[0].read.as_ref().unwrap().activity.media;
    assert_eq!((media[0].alt.as_deref(), media[1].ocr.as_deref()), (Some("Judul\nUraian"), Some("NOMOR 2")));
    let instagram = "Account,User Name,Followers at Posting,Post Created,Type,Likes,Comments,Views,URL,Link,Photo,Title,Description\n\
        Wirabumi P.,wirabumi,10,2023-02-28 10:11:00 WIB,Photo,1,2,0,https://www.instagram.com/p/Cx1/,,https://cdn.example/a.jpg,,Halo\n";
    assert_eq!(
        shown(&read(instagram.as_bytes(), Format::CrowdTangle)),
        ["2: post instagram Cx1 by wirabumi at 2023-02-28T03:11:00Z «Halo»"]
    );
}

#[test]
fn content_library_exports_are_read() {
    let facebook = "id,creation_time,modified_time,text,hashtags,content_type,lang,post_owner.id,post_owner.name,post_owner.username,mcl_url,statistics.like_count,statistics.share_count\n\
        12,2029-02-28T03:11:00+0000,,Halo,\"[\"\"obor\"\", \"\"dua\"\"]\",photo,id,100077,Wirabumi P.,wirabumi,https://www.facebook.com/cl/12,1,2\n\
        13,2029-02-28T03:11:00+00:00,,Tanpa nama,,photo,id,,,,https://www.facebook.com/cl/13,1,2\n";
    let got = read(facebook.as_bytes(), Format::ContentLibrary);
    assert_eq!(
        shown(&got),
        [
            "2: post facebook 12 by 100077/wirabumi at 2029-02-28T03:11:00Z «Halo»",
            "3: `account` is missing: the file does not say whose this is",
        ]
    );
    assert_eq!(got.rows[0].read.as_ref().unwrap().activity.hashtags, ["obor", "dua"]);
    let lean = b"id,creation_time,text,post_owner.name,mcl_url,statistics.like_count\n1,2029-02-28 03:11:00,Halo,wirabumi,https://a.example,1\n2,2029-02-28 03:11:00,Halo,Wirabumi P.,https://a.example,1\n";
    let (_, ended) = read_as(lean, None, &Options::default());
    assert!(ended.unwrap_err().to_string().contains("--platform"));
    let instagram = Options { platform: Some("instagram".to_owned()), ..Options::default() };
    assert_eq!(
        shown(&read_as(lean, None, &instagram).0),
        [
            "2: post instagram 1 by wirabumi at 2029-02-28T03:11:00Z «Halo»",
            "3: `account` is missing: the file does not say whose this is",
        ]
    );
}

fn options(map: &str, platform: Option<&str>) -> Options {
    let zone = jiff::tz::TimeZone::get("Asia/Jakarta").unwrap();
    Options { mapping: map.parse::<Mapping>().unwrap(), platform: platform.map(str::to_owned), zone }
}

const MAP: &str =
    "text=Isi,account=Akun,posted_at=Waktu,url=Tautan,verb=Tindakan,target_account=Kepada,target_text=Isi Asal";

#[test]
fn a_table_of_ones_own_is_read_by_its_mapping() {
    let text = "Catatan, pemantauan, harian\n;;;;;;\nWaktu;Akun;Isi;Tautan;Tindakan;Kepada;Isi Asal\n\
        28/02/2029 10.11;@wirabumi;Halo;https://x.com/wirabumi/status/1;;;\n\
        2029-02-28 10:11;https://www.instagram.com/wirabumi/;Setuju;https://www.instagram.com/p/Cx1/;komentar;@menang02;Coblos\n\
        28/02/2029;wirabumi;;https://x.com/menang02/status/9;suka;menang02;Coblos\n\
        kapan ya;wirabumi;Halo;https://x.com/wirabumi/status/2;;;\n\
        28/02/2029;wirabumi;Halo;https://forum.example/2;;;\n\
        28/02/2029;;Halo;https://x.com/wirabumi/status/3;;;\n\
        28/02/2029;wirabumi;Halo;https://x.com/wirabumi/status/4;entah;;\n";
    let expected = [
        "post x 1 by wirabumi at 2029-02-28T03:11:00Z «Halo»",
        "comment instagram Cx1 by wirabumi at 2029-02-28T03:11:00Z «Setuju» -> post - of -/menang02 «Coblos»",
        "like x like:menang02 by wirabumi at 2029-02-27T17:00:00Z «» -> post - of -/menang02 «Coblos»",
        "`posted_at` cannot be read as a time; write e.g. 2029-10-01 10:11:00, or with a zone 2029-10-01T03:11:00Z",
        "`platform` is missing: fill it in, or add --platform NAME",
        "`account` is missing: the file does not say whose this is",
        "`verb` is missing: write post, comment, share, like, follow or join",
    ];
    let numbered: Vec<_> = expected.iter().enumerate().map(|(i, row)| format!("{}: {row}", i + 4)).collect();
    let (got, ended) = read_as(text.as_bytes(), None, &options(MAP, None));
    ended.unwrap();
    assert_eq!(shown(&got), numbered);
    // The same in the encoding of Excel, and as a workbook.
    let (windows, _, _) = encoding_rs::WINDOWS_1252.encode("Waktu;Akun;Isi;Tautan;Tindakan;Kepada;Isi Asal\r\n28/02/2029 10.11;wirabumi;\u{201c}Caf\u{e9}\u{201d};https://x.com/a/status/1;;;\r\n");
    let (got, ended) = read_as(&windows, Some(Format::Table), &options(MAP, None));
    ended.unwrap();
    assert_eq!(shown(&got), ["2: post x 1 by wirabumi at 2029-02-28T03:11:00Z «\u{201c}Caf\u{e9}\u{201d}»"]);
    assert_eq!(got.rows[0].raw.len() - got.rows[0].ending, windows.len() - 48 - 2, "byte for byte");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (row, line) in (0..).zip(text.lines()) {
        for (column, cell) in (0..).zip(line.split(';')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let moment = rust_xlsxwriter::ExcelDateTime::from_ymd(2029, 2, 28).unwrap().and_hms(10, 11, 0).unwrap();
    sheet.write_datetime_with_format(3, 0, &moment, &day).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    for format in [None, Some(Format::Table)] {
        let (got, ended) = read_as(&bytes, format, &options(MAP, None));
        ended.unwrap();
        assert_eq!(shown(&got), numbered);
        assert!(got.rows[0].raw.starts_with(b"2029-02-28 10:11:00,@wirabumi,Halo,"));
    }
}

#[test]
fn a_mapping_that_misses_something_says_what() {
    let text = b"Waktu,Akun,Isi,Tautan\n2029-02-28,wirabumi,Halo,https://x.com/a/status/1\n";
    for (map, says) in [
        ("account=Akun,posted_at=Waktu,url=Tautan", "no column for text"),
        ("text=Isi,posted_at=Waktu,url=Tautan", "no column for account"),
        ("text=Isi,account=Akun,url=Tautan", "no column for posted_at"),
        ("text=Isi,account=Akun,posted_at=Waktu", "no column for url"),
        ("text=Isi,account=Akun,posted_at=Waktu,id=Tautan", "--platform"),
        ("text=Isi,account=Nama,posted_at=Waktu,url=Tautan", "does not have: Nama"),
    ] {
        let (got, ended) = read_as(text, Some(Format::Table), &options(map, None));
        let Err(Fault::Shape(fault)) = ended else { panic!("{map}") };
        assert!(got.rows.is_empty() && fault.contains(says), "{map}: {fault}");
    }
    let (got, ended) = read_as(
        text,
        Some(Format::Table),
        &options("text=isi,account=AKUN,posted_at=Waktu,id=Tautan", Some("facebook")),
    );
    ended.unwrap();
    assert_eq!(shown(&got).len(), 1);
    let (_, ended) = read_as(text, None, &Options::default());
    assert!(ended.unwrap_err().to_string().contains("--map"), "an unknown table says how to go on");
}
