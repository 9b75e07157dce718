//! What surrounds every page.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Html;

use super::access;
use super::asset_get::{self, Addresses};
use super::auth::Viewer;
use super::error::Error;
use super::i18n::Text;
use super::state::AppState;
use super::text_size::TextSize;
use crate::model::Language;

/// One entry of the navigation.
#[derive(Clone, Debug)]
pub struct NavItem {
    /// Address.
    pub href: &'static str,
    /// Word.
    pub title: String,
    /// The page one is on.
    pub here: bool,
}

/// Words, navigation and addresses that every template needs.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The reader's language.
    pub t: Text,
    /// The page's title.
    pub title: String,
    /// Name and role of who is logged in.
    pub user: Option<(String, String)>,
    /// The pages that the role may open.
    pub nav: Vec<NavItem>,
    /// Whether the role may search.
    pub searches: bool,
    /// How large the text is.
    pub size: TextSize,
    /// Where a change of language returns to.
    pub back: String,
    /// Addresses of style sheet, script and icon.
    pub assets: &'static Addresses,
}

impl Frame {
    /// The frame for a reader. `back` is a path of this site, made here and never taken from a request unchecked.
    #[must_use]
    pub fn new(state: &AppState, viewer: &Viewer, title: &str, back: &str) -> Self {
        let t = Text::new(viewer.language, state.config.zone);
        // Whoever has something to do first is shown no pages that would only send them back.
        let free = viewer.user.as_ref().filter(|_| viewer.duty.is_none());
        let nav = free.into_iter().flat_map(|user| {
            access::NAVIGATION.iter().filter(|(path, _)| access::may_open(path, user.role)).map(|(path, key)| NavItem {
                href: path,
                title: t.s(key),
                // One hit belongs to the queue, tips to the register, and whatever stands below a page to that page.
                here: back == *path
                    || back.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'))
                    || (*path == "/antrean"
                        && (["/telaah/", "/kelompok/"].iter().any(|p| back.starts_with(p)) || back == "/kepentingan"))
                    || (*path == "/register" && back.starts_with("/informasi-awal")),
            })
        });
        Self {
            t,
            title: t.s(title),
            user: viewer.user.as_ref().map(|u| (u.name.clone(), t.role(u.role))),
            searches: viewer.user.as_ref().is_some_and(|u| viewer.duty.is_none() && access::may_open("/cari", u.role)),
            size: viewer.size,
            nav: nav.collect(),
            back: back.to_owned(),
            assets: asset_get::addresses(),
        }
    }

    /// Whether the text is larger than the browser has it.
    #[must_use]
    pub fn is_resized(&self) -> bool {
        self.size != TextSize::Usual
    }

    /// The sizes that one can choose, and which it is now.
    #[must_use]
    pub fn sizes(&self) -> [(TextSize, bool); 3] {
        TextSize::ALL.map(|size| (size, size == self.size))
    }

    /// The languages that one can change to, by their own names, short enough for a phone's header.
    #[must_use]
    pub fn other_languages(&self) -> Vec<(&'static str, &'static str)> {
        [(Language::Indonesian, "Indonesia"), (Language::English, "English")]
            .into_iter()
            .filter(|(language, _)| *language != self.t.language())
            .map(|(language, name)| (language.as_str(), name))
            .collect()
    }
}

/// Renders a template.
///
/// # Errors
/// [`Error::Internal`] when a template fails, which the log names.
pub fn html(template: &impl Template) -> Result<Html<String>, Error> {
    Ok(Html(template.render()?))
}

/// A path of this site out of a request, else `/`: nobody is sent elsewhere by an address that somebody else made.
#[must_use]
pub fn local_path(path: &str) -> &str {
    let safe = path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains(['\\', '#'])
        && path.bytes().all(|b| b.is_ascii_graphic())
        && path.len() <= 512;
    if safe { path } else { "/" }
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    t: Text,
    f: Frame,
    status: u16,
    text: String,
    help: String,
}

/// The page that stands in for a refusal.
pub fn error_page(state: &AppState, viewer: &Viewer, status: StatusCode, error: Option<Error>) -> Html<String> {
    let key = Error::key(status, error);
    let f = Frame::new(state, viewer, "error-title", "/");
    let t = f.t;
    let page = ErrorPage {
        text: t.s(&format!("error-{key}")),
        help: t.s(&format!("error-{key}-help")),
        status: status.as_u16(),
        t,
        f,
    };
    html(&page).unwrap_or_else(|_| Html(String::from("<!doctype html><title>netral</title>")))
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_paths_of_this_site_are_followed() {
        assert_eq!(local_path("/telaah/1?x=2"), "/telaah/1?x=2");
        for bad in
            ["", "//evil.example", "https://evil.example", "/\\evil.example", "/a\nb", "/\t/evil", "antrean", "/#x"]
        {
            assert_eq!(local_path(bad), "/", "{bad:?}");
        }
    }
}
