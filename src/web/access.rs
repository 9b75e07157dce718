//! Who may do what: the one table of routes and roles. The router is built from it, so nothing is served that has no row.

use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{Method, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{MethodRouter, get, post};
use tower_http::limit::RequestBodyLimitLayer;

use super::auth::Viewer;
use super::error::Error;
use super::state::AppState;
use super::{
    absence_note, account_approve, account_link, asset_get, backtest_show, circumstance_note, clarification_list,
    clarification_show, code_enter, conflict_list, declaration_settle, declaration_sign, factor_show, golden_mark,
    golden_read, group_close, group_show, health, help_show, hit_claim, hit_decide, hit_move, hit_release, hit_show,
    hit_undo, home_show, invitation_list, keyword_edit, language_set, ledger_list, metrics, objection_raise,
    objection_settle, oidc_open, own_show, parity_show, person_edit, person_list, person_show, quality_show,
    queue_list, queue_next, queue_stream, queue_view, register_import, register_show, search_show, session_close,
    session_open, set_check, set_diff, set_download, set_list, set_proposal, set_publish, set_show, source_list,
    source_show, stand_in_list, text_size, text_try, tip_list, tip_show, token_make, unit_list, unit_show, user_list,
    user_settle, user_show,
};
use crate::model::Role;
use crate::model::Role::{Auditor, KeywordAdmin, Lead, Operator, Reviewer, UnitHead, UserAdmin, Verifier};

/// Whom a route serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Also people who are not logged in, and machines.
    Anyone,
    /// Whoever is logged in.
    LoggedIn,
    /// These roles.
    Roles(&'static [Role]),
}

impl Who {
    /// Whether a role is served.
    #[must_use]
    pub fn includes(self, role: Role) -> bool {
        match self {
            Self::Anyone | Self::LoggedIn => true,
            Self::Roles(roles) => roles.contains(&role),
        }
    }
}

pub(super) const SEES_HITS: Who = Who::Roles(&[Reviewer, Verifier, Lead, Auditor, Operator]);
pub(super) const DECIDES: Who = Who::Roles(&[Reviewer, Verifier, Lead]);
pub(super) const LEADS: Who = Who::Roles(&[Lead]);
/// Each sees their own figures, the lead everybody's, the auditor and the lists' keepers none of a person's.
pub(super) const SEES_QUALITY: Who = Who::Roles(&[Reviewer, Verifier, Lead, Auditor, KeywordAdmin]);
/// Not those who read first: whoever knows how the sides stand would no longer read the next post for itself. The lead, who
/// also settles disagreement, has to know in order to put it right.
pub(super) const SEES_PARITY: Who = Who::Roles(&[Lead, Auditor, KeywordAdmin]);
pub(super) const TRIES: Who = Who::Roles(&[Reviewer, Verifier, Lead, Auditor, Operator, KeywordAdmin]);
pub(super) const EDITS_LISTS: Who = Who::Roles(&[KeywordAdmin]);
/// A trial shows posts: for whoever may read posts, and for the people whose list it is.
pub(super) const READS_TRIALS: Who = Who::Roles(&[KeywordAdmin, Reviewer, Verifier, Lead, Auditor]);
/// Reviewers only as stand-ins, which the store decides.
pub(super) const SIGNS_LISTS: Who = Who::Roles(&[KeywordAdmin, Lead, Verifier, Reviewer]);
pub(super) const PUBLISHES_LISTS: Who = Who::Roles(&[KeywordAdmin, Lead]);
pub(super) const APPOINTS: Who = Who::Roles(&[KeywordAdmin, Lead, Verifier]);
pub(super) const OPERATES: Who = Who::Roles(&[Operator]);
pub(super) const OVERSEES: Who = Who::Roles(&[Operator, Auditor, Lead, Verifier]);
pub(super) const KEEPS_REGISTER: Who = Who::Roles(&[Operator]);
/// Never for what one entered oneself, which the store and the database hold.
pub(super) const APPROVES: Who = Who::Roles(&[Operator, Verifier]);
pub(super) const ASKS: Who = Who::Roles(&[Operator, Verifier]);
pub(super) const ENDS_CONFLICTS: Who = Who::Roles(&[Lead, Verifier]);
pub(super) const SEES_CONFLICTS: Who = Who::Roles(&[Reviewer, Verifier, Lead, Auditor]);
pub(super) const SETTLES: Who = Who::Roles(&[Operator, Verifier, Lead]);
/// Users and what waits for a second person; never posts.
pub(super) const SEES_USERS: Who = Who::Roles(&[UserAdmin, Operator, Lead, Verifier, Auditor]);
pub(super) const KEEPS_USERS: Who = Who::Roles(&[UserAdmin]);
pub(super) const PROPOSES_USERS: Who = Who::Roles(&[UserAdmin, Operator]);
/// Whoever confirms, by role or for a colleague who is away, and whoever takes their own proposal back; the page asks which.
pub(super) const SETTLES_USERS: Who = Who::Roles(&[UserAdmin, Lead, Verifier, Operator]);

pub(super) const READS_LEDGER: Who = Who::Roles(&[Auditor, Operator]);

/// One row: method, path, whom it serves. The parameter names are the templates of `axum`.
pub const TABLE: [(Method, &str, Who); 144] = [
    (Method::GET, "/", Who::LoggedIn),
    (Method::GET, "/masuk", Who::Anyone),
    (Method::POST, "/masuk", Who::Anyone),
    (Method::POST, "/keluar", Who::LoggedIn),
    (Method::POST, "/bahasa", Who::Anyone),
    (Method::POST, "/ukuran", Who::Anyone),
    (Method::GET, "/cari", SEES_HITS),
    (Method::POST, "/cari", SEES_HITS),
    (Method::GET, "/antrean", SEES_HITS),
    (Method::GET, "/antrean/aliran", SEES_HITS),
    (Method::POST, "/antrean/tampilan", DECIDES),
    (Method::POST, "/antrean/berikutnya", DECIDES),
    (Method::GET, "/telaah/{hit_id}", SEES_HITS),
    (Method::POST, "/telaah/{hit_id}/klaim", DECIDES),
    (Method::POST, "/telaah/{hit_id}/lepas", DECIDES),
    (Method::POST, "/telaah/{hit_id}/putusan", DECIDES),
    (Method::POST, "/telaah/{hit_id}/batal", DECIDES),
    (Method::POST, "/telaah/{hit_id}/lewati", DECIDES),
    (Method::POST, "/telaah/{hit_id}/rujuk", DECIDES),
    (Method::POST, "/telaah/{hit_id}/tunda", DECIDES),
    (Method::POST, "/telaah/{hit_id}/buka", DECIDES),
    (Method::POST, "/telaah/{hit_id}/detak", DECIDES),
    (Method::POST, "/telaah/{hit_id}/acuan", LEADS),
    (Method::GET, "/kelompok/{group_id}", SEES_HITS),
    (Method::POST, "/kelompok/{group_id}/berikutnya", DECIDES),
    (Method::GET, "/kelompok/{group_id}/tutup", DECIDES),
    (Method::POST, "/kelompok/{group_id}/tutup", DECIDES),
    (Method::POST, "/kelompok/{group_id}/batal", DECIDES),
    (Method::GET, "/mutu", SEES_QUALITY),
    (Method::GET, "/mutu/latihan", DECIDES),
    (Method::POST, "/mutu/latihan/{golden_id}", DECIDES),
    (Method::POST, "/mutu/acuan/{golden_id}/akhiri", LEADS),
    (Method::GET, "/keseimbangan", SEES_PARITY),
    (Method::GET, "/klarifikasi", OVERSEES),
    (Method::GET, "/klarifikasi/{clarification_id}", OVERSEES),
    (Method::GET, "/klarifikasi/{clarification_id}/surat", OVERSEES),
    (Method::GET, "/klarifikasi/{clarification_id}/lampiran", OVERSEES),
    (Method::POST, "/klarifikasi/{clarification_id}/kirim", ASKS),
    (Method::POST, "/klarifikasi/{clarification_id}/jawaban", ASKS),
    (Method::GET, "/kepentingan", SEES_CONFLICTS),
    (Method::POST, "/kepentingan", DECIDES),
    (Method::POST, "/kepentingan/{conflict_id}/akhiri", ENDS_CONFLICTS),
    (Method::GET, "/coba", TRIES),
    (Method::POST, "/coba", TRIES),
    (Method::GET, "/sumber", SEES_HITS),
    (Method::GET, "/sumber/{platform}", OVERSEES),
    (Method::POST, "/sumber/{platform}/dasar", OPERATES),
    (Method::POST, "/sumber/{platform}/dasar/akhiri", OPERATES),
    (Method::POST, "/sumber/{platform}/saklar", OPERATES),
    (Method::POST, "/sumber/{platform}/coba", OPERATES),
    (Method::GET, "/kata-kunci", TRIES),
    (Method::GET, "/kata-kunci/{set}", TRIES),
    (Method::POST, "/kata-kunci/{set}/ubah", EDITS_LISTS),
    (Method::POST, "/kata-kunci/{set}/usul", EDITS_LISTS),
    (Method::POST, "/kata-kunci/{set}/usulan/{proposal_id}", EDITS_LISTS),
    (Method::GET, "/kata-kunci/{set}/teks", TRIES),
    (Method::POST, "/kata-kunci/{set}/teks", EDITS_LISTS),
    (Method::GET, "/kata-kunci/{set}/unduh/{format}", TRIES),
    (Method::GET, "/kata-kunci/{set}/beda", TRIES),
    (Method::GET, "/kata-kunci/{set}/periksa", TRIES),
    (Method::GET, "/kata-kunci/{set}/uji", READS_TRIALS),
    (Method::POST, "/kata-kunci/{set}/uji", EDITS_LISTS),
    (Method::POST, "/kata-kunci/{set}/uji/henti", EDITS_LISTS),
    (Method::GET, "/kata-kunci/{set}/terbit", TRIES),
    (Method::POST, "/kata-kunci/{set}/tanda-tangan", SIGNS_LISTS),
    (Method::POST, "/kata-kunci/{set}/terbit", PUBLISHES_LISTS),
    (Method::POST, "/kata-kunci/{set}/cabut", PUBLISHES_LISTS),
    (Method::POST, "/kata-kunci/{set}/salin", EDITS_LISTS),
    (Method::POST, "/kata-kunci/{set}/karantina", EDITS_LISTS),
    (Method::GET, "/wakil", TRIES),
    (Method::POST, "/wakil", APPOINTS),
    (Method::POST, "/wakil/{stand_in_id}/akhiri", APPOINTS),
    (Method::GET, "/register", OVERSEES),
    (Method::GET, "/register/unit", OVERSEES),
    (Method::POST, "/register/unit", KEEPS_REGISTER),
    (Method::POST, "/register/unit/{unit_id}", KEEPS_REGISTER),
    (Method::GET, "/register/orang", OVERSEES),
    (Method::POST, "/register/orang", KEEPS_REGISTER),
    (Method::POST, "/register/orang/cari", OVERSEES),
    (Method::GET, "/register/orang/baru", KEEPS_REGISTER),
    (Method::GET, "/register/orang/{person_id}", OVERSEES),
    (Method::GET, "/register/orang/{person_id}/ubah", KEEPS_REGISTER),
    (Method::POST, "/register/orang/{person_id}/ubah", KEEPS_REGISTER),
    (Method::POST, "/register/orang/{person_id}/akun", KEEPS_REGISTER),
    (Method::POST, "/register/orang/{person_id}/keadaan", KEEPS_REGISTER),
    (Method::POST, "/register/keadaan/{circumstance_id}/akhiri", KEEPS_REGISTER),
    (Method::POST, "/register/akun/{account_id}/setujui", APPROVES),
    (Method::POST, "/register/akun/{account_id}/akhiri", KEEPS_REGISTER),
    (Method::POST, "/register/akun/{account_id}/keberatan", KEEPS_REGISTER),
    (Method::GET, "/register/persetujuan", OVERSEES),
    (Method::POST, "/register/persetujuan", APPROVES),
    (Method::GET, "/register/impor", KEEPS_REGISTER),
    (Method::POST, "/register/impor", KEEPS_REGISTER),
    (Method::POST, "/register/impor/{import_id}", KEEPS_REGISTER),
    (Method::GET, "/register/undangan", OVERSEES),
    (Method::POST, "/register/undangan", KEEPS_REGISTER),
    (Method::GET, "/register/undangan/{invitation_id}", OVERSEES),
    (Method::POST, "/register/undangan/{invitation_id}/cabut", KEEPS_REGISTER),
    (Method::GET, "/register/pernyataan", OVERSEES),
    (Method::GET, "/register/pernyataan/{declaration_id}", OVERSEES),
    (Method::POST, "/register/pernyataan/{declaration_id}", KEEPS_REGISTER),
    (Method::GET, "/register/keberatan", OVERSEES),
    (Method::POST, "/register/keberatan/{objection_id}", SETTLES),
    (Method::GET, "/pernyataan/{token}", Who::Anyone),
    (Method::POST, "/pernyataan/{token}", Who::Anyone),
    (Method::GET, "/pernyataan/{token}/cetak", Who::Anyone),
    (Method::POST, "/pernyataan/{token}/keberatan", Who::Anyone),
    (Method::GET, "/informasi-awal", OVERSEES),
    (Method::POST, "/informasi-awal", KEEPS_REGISTER),
    (Method::GET, "/informasi-awal/{tip_id}", OVERSEES),
    (Method::POST, "/informasi-awal/{tip_id}", APPROVES),
    (Method::GET, "/informasi-awal/{tip_id}/gambar", SEES_HITS),
    (Method::GET, "/masuk/kode", Who::Anyone),
    (Method::POST, "/masuk/kode", Who::Anyone),
    (Method::GET, "/masuk/oidc", Who::Anyone),
    (Method::GET, "/masuk/oidc/kembali", Who::Anyone),
    (Method::GET, "/akun-saya", Who::LoggedIn),
    (Method::POST, "/akun-saya/sandi", Who::LoggedIn),
    (Method::POST, "/akun-saya/sesi", Who::LoggedIn),
    (Method::POST, "/akun-saya/token", Who::LoggedIn),
    (Method::POST, "/akun-saya/token/{token_id}/cabut", Who::LoggedIn),
    (Method::GET, "/akun-saya/faktor-kedua", Who::LoggedIn),
    (Method::POST, "/akun-saya/faktor-kedua", Who::LoggedIn),
    (Method::POST, "/akun-saya/faktor-kedua/mulai", Who::LoggedIn),
    (Method::POST, "/akun-saya/faktor-kedua/kode", Who::LoggedIn),
    (Method::POST, "/akun-saya/faktor-kedua/hapus", Who::LoggedIn),
    (Method::GET, "/pengguna", SEES_USERS),
    (Method::POST, "/pengguna", KEEPS_USERS),
    (Method::GET, "/pengguna/{user_id}", SEES_USERS),
    (Method::POST, "/pengguna/{user_id}/peran", PROPOSES_USERS),
    (Method::POST, "/pengguna/{user_id}/faktor-kedua", PROPOSES_USERS),
    (Method::POST, "/pengguna/{user_id}/sandi", KEEPS_USERS),
    (Method::POST, "/pengguna/{user_id}/tutup", KEEPS_USERS),
    (Method::POST, "/pengguna/{user_id}/buka", KEEPS_USERS),
    (Method::POST, "/pengguna/usulan/{proposal_id}", SETTLES_USERS),
    (Method::POST, "/pengguna/{user_id}/cuti", KEEPS_USERS),
    (Method::POST, "/pengguna/cuti/{absence_id}/akhiri", KEEPS_USERS),
    (Method::GET, "/audit", READS_LEDGER),
    (Method::GET, "/unit", Who::Roles(&[UnitHead])),
    (Method::GET, "/bantuan", Who::LoggedIn),
    (Method::GET, "/healthz", Who::Anyone),
    (Method::GET, "/readyz", Who::Anyone),
    (Method::GET, "/metrics", Who::Anyone),
    (Method::GET, "/aset/{hash}/{name}", Who::Anyone),
];

/// Forms that carry whole lists.
const LARGE: [&str; 3] = ["/kata-kunci/{set}/usul", "/kata-kunci/{set}/teks", "/register/impor"];
/// Forms that carry a screenshot.
const PICTURES: [&str; 2] = ["/informasi-awal", "/klarifikasi/{clarification_id}/jawaban"];
/// Any other form of netral: a pasted text of 20,000 characters fits, percent-encoded.
const MAX_BODY: usize = 256 * 1024;
/// A list of 100,000 forms, or a workbook of 200,000 rows.
const MAX_UPLOAD: usize = 32 * 1024 * 1024;
/// A screenshot of 5 MiB and what is typed with it.
const MAX_PICTURE: usize = 6 * 1024 * 1024;

/// The navigation, in its order; a role sees what it may open.
pub const NAVIGATION: [(&str, &str); 12] = [
    ("/antrean", "nav-queue"),
    ("/klarifikasi", "nav-clarifications"),
    ("/unit", "nav-unit"),
    ("/mutu", "nav-quality"),
    ("/keseimbangan", "nav-parity"),
    ("/coba", "nav-try"),
    ("/sumber", "nav-sources"),
    ("/kata-kunci", "nav-keywords"),
    ("/register", "nav-register"),
    ("/pengguna", "nav-users"),
    ("/audit", "nav-audit"),
    ("/bantuan", "nav-help"),
];

/// Whether a role may open a page.
#[must_use]
pub fn may_open(path: &str, role: Role) -> bool {
    TABLE.iter().any(|(method, row, who)| *method == Method::GET && *row == path && who.includes(role))
}

/// The routes with their guards, row by row.
pub fn routes() -> impl Iterator<Item = (&'static str, MethodRouter<AppState>)> {
    TABLE.into_iter().map(|(method, path, who)| {
        let limit = match path {
            path if LARGE.contains(&path) => MAX_UPLOAD,
            path if PICTURES.contains(&path) => MAX_PICTURE,
            _ => MAX_BODY,
        };
        let limited: MethodRouter<AppState> = handler(&method, path).layer(RequestBodyLimitLayer::new(limit));
        let limited: MethodRouter<AppState> = limited.layer(DefaultBodyLimit::disable());
        let guarded = limited.route_layer(from_fn(move |request, next| guard(path, who, request, next)));
        (path, guarded)
    })
}

fn handler(method: &Method, path: &str) -> MethodRouter<AppState> {
    match (method.as_str(), path) {
        ("GET", "/") => get(home_show::show),
        ("GET", "/masuk") => get(session_open::form),
        ("POST", "/masuk") => post(session_open::open),
        ("POST", "/keluar") => post(session_close::close),
        ("POST", "/bahasa") => post(language_set::set),
        ("POST", "/ukuran") => post(text_size::set),
        ("GET", "/cari") => get(search_show::form),
        ("POST", "/cari") => post(search_show::search),
        ("GET", "/antrean") => get(queue_list::list),
        ("GET", "/antrean/aliran") => get(queue_stream::stream),
        ("POST", "/antrean/tampilan") => post(queue_view::keep),
        ("POST", "/antrean/berikutnya") => post(queue_next::next),
        ("GET", "/telaah/{hit_id}") => get(hit_show::show),
        ("POST", "/telaah/{hit_id}/klaim") => post(hit_claim::claim),
        ("POST", "/telaah/{hit_id}/lepas") => post(hit_release::release),
        ("POST", "/telaah/{hit_id}/putusan") => post(hit_decide::decide),
        ("POST", "/telaah/{hit_id}/batal") => post(hit_undo::undo),
        ("POST", "/telaah/{hit_id}/lewati") => post(hit_move::skip),
        ("POST", "/telaah/{hit_id}/rujuk") => post(hit_move::refer),
        ("POST", "/telaah/{hit_id}/tunda") => post(hit_move::rest),
        ("POST", "/telaah/{hit_id}/buka") => post(hit_move::unmask),
        ("POST", "/telaah/{hit_id}/detak") => post(hit_move::beat),
        ("POST", "/telaah/{hit_id}/acuan") => post(golden_mark::mark),
        ("GET", "/kelompok/{group_id}") => get(group_show::show),
        ("POST", "/kelompok/{group_id}/berikutnya") => post(group_show::next),
        ("GET", "/kelompok/{group_id}/tutup") => get(group_close::preview),
        ("POST", "/kelompok/{group_id}/tutup") => post(group_close::close),
        ("POST", "/kelompok/{group_id}/batal") => post(group_close::undo),
        ("GET", "/mutu") => get(quality_show::show),
        ("GET", "/mutu/latihan") => get(golden_read::show),
        ("POST", "/mutu/latihan/{golden_id}") => post(golden_read::read),
        ("POST", "/mutu/acuan/{golden_id}/akhiri") => post(golden_mark::retire),
        ("GET", "/keseimbangan") => get(parity_show::show),
        ("GET", "/klarifikasi") => get(clarification_list::list),
        ("GET", "/klarifikasi/{clarification_id}") => get(clarification_show::show),
        ("GET", "/klarifikasi/{clarification_id}/surat") => get(clarification_show::letter),
        ("GET", "/klarifikasi/{clarification_id}/lampiran") => get(clarification_show::attached),
        ("POST", "/klarifikasi/{clarification_id}/kirim") => post(clarification_show::send),
        ("POST", "/klarifikasi/{clarification_id}/jawaban") => post(clarification_show::settle),
        ("GET", "/kepentingan") => get(conflict_list::list),
        ("POST", "/kepentingan") => post(conflict_list::note),
        ("POST", "/kepentingan/{conflict_id}/akhiri") => post(conflict_list::end),
        ("GET", "/coba") => get(text_try::form),
        ("POST", "/coba") => post(text_try::search),
        ("GET", "/sumber") => get(source_list::list),
        ("GET", "/sumber/{platform}") => get(source_show::show),
        ("POST", "/sumber/{platform}/dasar") => post(source_show::record_ground),
        ("POST", "/sumber/{platform}/dasar/akhiri") => post(source_show::end_ground),
        ("POST", "/sumber/{platform}/saklar") => post(source_show::switch),
        ("POST", "/sumber/{platform}/coba") => post(source_show::again),
        ("GET", "/kata-kunci") => get(set_list::list),
        ("GET", "/kata-kunci/{set}") => get(set_show::show),
        ("POST", "/kata-kunci/{set}/ubah") => post(keyword_edit::save_row),
        ("POST", "/kata-kunci/{set}/usul") => post(set_proposal::propose),
        ("POST", "/kata-kunci/{set}/usulan/{proposal_id}") => post(set_proposal::settle),
        ("GET", "/kata-kunci/{set}/teks") => get(keyword_edit::text),
        ("POST", "/kata-kunci/{set}/teks") => post(keyword_edit::save_text),
        ("GET", "/kata-kunci/{set}/unduh/{format}") => get(set_download::download),
        ("GET", "/kata-kunci/{set}/beda") => get(set_diff::show),
        ("GET", "/kata-kunci/{set}/periksa") => get(set_check::show),
        ("GET", "/kata-kunci/{set}/uji") => get(backtest_show::show),
        ("POST", "/kata-kunci/{set}/uji") => post(backtest_show::start),
        ("POST", "/kata-kunci/{set}/uji/henti") => post(backtest_show::stop),
        ("GET", "/kata-kunci/{set}/terbit") => get(set_publish::show),
        ("POST", "/kata-kunci/{set}/tanda-tangan") => post(set_publish::sign),
        ("POST", "/kata-kunci/{set}/terbit") => post(set_publish::publish),
        ("POST", "/kata-kunci/{set}/cabut") => post(set_publish::retire),
        ("POST", "/kata-kunci/{set}/salin") => post(set_publish::clone),
        ("POST", "/kata-kunci/{set}/karantina") => post(set_publish::release),
        ("GET", "/wakil") => get(stand_in_list::list),
        ("POST", "/wakil") => post(stand_in_list::appoint),
        ("POST", "/wakil/{stand_in_id}/akhiri") => post(stand_in_list::end),
        ("GET", "/register") => get(register_show::show),
        ("GET", "/register/unit") => get(unit_list::list),
        ("POST", "/register/unit") => post(unit_list::add),
        ("POST", "/register/unit/{unit_id}") => post(unit_list::rename),
        ("GET", "/register/orang") => get(person_list::list),
        ("POST", "/register/orang") => post(person_edit::add),
        ("POST", "/register/orang/cari") => post(person_list::search),
        ("GET", "/register/orang/baru") => get(person_edit::form),
        ("GET", "/register/orang/{person_id}") => get(person_show::show),
        ("GET", "/register/orang/{person_id}/ubah") => get(person_edit::edit),
        ("POST", "/register/orang/{person_id}/ubah") => post(person_edit::save),
        ("POST", "/register/orang/{person_id}/akun") => post(account_link::add),
        ("POST", "/register/orang/{person_id}/keadaan") => post(circumstance_note::note),
        ("POST", "/register/keadaan/{circumstance_id}/akhiri") => post(circumstance_note::end),
        ("POST", "/register/akun/{account_id}/setujui") => post(account_link::approve),
        ("POST", "/register/akun/{account_id}/akhiri") => post(account_link::end),
        ("POST", "/register/akun/{account_id}/keberatan") => post(account_link::object),
        ("GET", "/register/persetujuan") => get(account_approve::list),
        ("POST", "/register/persetujuan") => post(account_approve::approve),
        ("GET", "/register/impor") => get(register_import::form),
        ("POST", "/register/impor") => post(register_import::propose),
        ("POST", "/register/impor/{import_id}") => post(register_import::settle),
        ("GET", "/register/undangan") => get(invitation_list::list),
        ("POST", "/register/undangan") => post(invitation_list::make),
        ("GET", "/register/undangan/{invitation_id}") => get(invitation_list::show),
        ("POST", "/register/undangan/{invitation_id}/cabut") => post(invitation_list::revoke),
        ("GET", "/register/pernyataan") => get(declaration_settle::list),
        ("GET", "/register/pernyataan/{declaration_id}") => get(declaration_settle::show),
        ("POST", "/register/pernyataan/{declaration_id}") => post(declaration_settle::settle),
        ("GET", "/register/keberatan") => get(objection_settle::list),
        ("POST", "/register/keberatan/{objection_id}") => post(objection_settle::settle),
        ("GET", "/pernyataan/{token}") => get(declaration_sign::form),
        ("POST", "/pernyataan/{token}") => post(declaration_sign::sign),
        ("GET", "/pernyataan/{token}/cetak") => get(declaration_sign::print),
        ("POST", "/pernyataan/{token}/keberatan") => post(objection_raise::object),
        ("GET", "/informasi-awal") => get(tip_list::list),
        ("POST", "/informasi-awal") => post(tip_list::add),
        ("GET", "/informasi-awal/{tip_id}") => get(tip_show::show),
        ("POST", "/informasi-awal/{tip_id}") => post(tip_show::settle),
        ("GET", "/informasi-awal/{tip_id}/gambar") => get(tip_show::picture),
        ("GET", "/masuk/kode") => get(code_enter::form),
        ("POST", "/masuk/kode") => post(code_enter::enter),
        ("GET", "/masuk/oidc") => get(oidc_open::begin),
        ("GET", "/masuk/oidc/kembali") => get(oidc_open::come_back),
        ("GET", "/akun-saya") => get(own_show::show),
        ("POST", "/akun-saya/sandi") => post(own_show::change_password),
        ("POST", "/akun-saya/sesi") => post(own_show::end_sessions),
        ("POST", "/akun-saya/token") => post(token_make::make),
        ("POST", "/akun-saya/token/{token_id}/cabut") => post(token_make::revoke),
        ("GET", "/akun-saya/faktor-kedua") => get(factor_show::show),
        ("POST", "/akun-saya/faktor-kedua") => post(factor_show::confirm),
        ("POST", "/akun-saya/faktor-kedua/mulai") => post(factor_show::begin),
        ("POST", "/akun-saya/faktor-kedua/kode") => post(factor_show::renew_codes),
        ("POST", "/akun-saya/faktor-kedua/hapus") => post(factor_show::remove),
        ("GET", "/pengguna") => get(user_list::list),
        ("POST", "/pengguna") => post(user_list::add),
        ("GET", "/pengguna/{user_id}") => get(user_show::show),
        ("POST", "/pengguna/{user_id}/peran") => post(user_show::change_role),
        ("POST", "/pengguna/{user_id}/faktor-kedua") => post(user_show::reset_factor),
        ("POST", "/pengguna/{user_id}/sandi") => post(user_show::reset_password),
        ("POST", "/pengguna/{user_id}/tutup") => post(user_show::shut),
        ("POST", "/pengguna/{user_id}/buka") => post(user_show::open),
        ("POST", "/pengguna/usulan/{proposal_id}") => post(user_settle::settle),
        ("POST", "/pengguna/{user_id}/cuti") => post(absence_note::note),
        ("POST", "/pengguna/cuti/{absence_id}/akhiri") => post(absence_note::end),
        ("GET", "/audit") => get(ledger_list::list),
        ("GET", "/unit") => get(unit_show::show),
        ("GET", "/bantuan") => get(help_show::show),
        ("GET", "/healthz") => get(health::live),
        ("GET", "/readyz") => get(health::ready),
        ("GET", "/metrics") => get(metrics::show),
        ("GET", "/aset/{hash}/{name}") => get(asset_get::get),
        // A row without a handler is denied, not forgotten; a test walks all rows.
        _ => axum::routing::any(async || Error::NotFound),
    }
}

/// Lets through whom the row names; everyone else is shown the way or the door. Whoever has something to do first, as to
/// choose a password, is shown the way there.
async fn guard(path: &'static str, who: Who, request: Request, next: Next) -> Response {
    if who == Who::Anyone {
        return next.run(request).await;
    }
    let viewer = request.extensions().get::<Viewer>();
    let duty = viewer.and_then(|v| v.duty).filter(|duty| !duty.allows(path));
    let role = viewer.and_then(|v| v.user.as_ref()).map(|u| u.role);
    match (role, duty) {
        (Some(_), Some(_)) if wants_json(&request) => Error::Forbidden.into_response(),
        (Some(_), Some(duty)) => Redirect::to(duty.page()).into_response(),
        (Some(role), None) if who.includes(role) => next.run(request).await,
        (Some(_), None) => Error::Forbidden.into_response(),
        (None, _) if wants_json(&request) => Error::NotLoggedIn.into_response(),
        (None, _) => to_login(&request),
    }
}

fn wants_json(request: &Request) -> bool {
    request.headers().get(header::ACCEPT).is_some_and(|v| v.as_bytes().starts_with(b"application/json"))
}

/// To the log-in, and back to the page afterwards; a form's target is no page to come back to.
fn to_login(request: &Request) -> Response {
    let wanted = request.uri().path();
    let there = if request.method() == Method::GET && wanted != "/" {
        format!("/masuk?lanjut={wanted}")
    } else {
        "/masuk".to_owned()
    };
    Redirect::to(&there).into_response()
}
