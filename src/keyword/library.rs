//! Finding files: a folder, one file, the built-in ones, or sources kept elsewhere.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::build::{Loaded, build};
use super::builtin;
use super::circular::Circular;
use super::error::KeywordError;
use super::file::{RawFile, parse};
use super::set::KeywordSet;
use crate::model::words;

/// Where sets and circulars are looked up by id.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Folder of the keyword files; none: built-in ones only.
    keywords: Option<PathBuf>,
    /// Folder of the circulars; none: `../config/circulars` and `circulars` beside the keywords, then the built-in ones.
    circulars: Option<PathBuf>,
    /// Kept sources, by file name; when given, nothing else is read.
    kept: Option<Vec<(String, String)>>,
    /// Working copies, by file name: looked at before everything else.
    drafts: Vec<(String, String)>,
}

impl Library {
    /// Only what is inside the binary.
    #[must_use]
    pub fn builtin() -> Self {
        Self::default()
    }

    /// A folder of keyword files and, if given, one of circulars; the built-in ones fill the gaps.
    #[must_use]
    pub fn in_folder(keywords: impl Into<PathBuf>, circulars: Option<PathBuf>) -> Self {
        Self { keywords: Some(keywords.into()), circulars, ..Self::default() }
    }

    /// Looks circulars up in this folder first.
    #[must_use]
    pub fn with_circulars(mut self, folder: Option<PathBuf>) -> Self {
        if folder.is_some() {
            self.circulars = folder;
        }
        self
    }

    /// Looks these working copies up first: `<id>.toml`, and `circulars/<id>.toml` for circulars.
    #[must_use]
    pub fn with_drafts(mut self, drafts: Vec<(String, String)>) -> Self {
        self.drafts = drafts;
        self
    }

    /// The text of a keyword file by the id of its set, as this library has it; `None` where there is none.
    ///
    /// # Errors
    /// When the file can't be read.
    pub fn text(&self, id: &str) -> Result<Option<String>, KeywordError> {
        Ok(self.keyword_file(id).transpose()?.map(|(_, text)| text))
    }

    /// The id of the set that a keyword file holds.
    ///
    /// # Errors
    /// When the text isn't a keyword file: each problem with its line.
    pub fn set_id(file: &str, text: &str) -> Result<String, KeywordError> {
        let raw: RawFile = parse(file, text)?;
        Ok(raw.set.into_inner().id)
    }

    /// The text of a file inside the binary: `<id>.toml`, and `circulars/<id>.toml` for circulars.
    #[must_use]
    pub fn shipped(name: &str) -> Option<&'static str> {
        let (shipped, file) = match name.strip_prefix("circulars/") {
            Some(file) => (builtin::CIRCULARS, file),
            None => (builtin::KEYWORDS, name),
        };
        shipped.iter().find(|(id, _)| file.strip_suffix(".toml") == Some(*id)).map(|(_, text)| *text)
    }

    /// Ids of the sets inside the binary.
    pub fn builtin_ids() -> impl Iterator<Item = &'static str> {
        builtin::KEYWORDS.iter().map(|(id, _)| *id)
    }

    /// A set by id, with everything it extends.
    ///
    /// # Errors
    /// Names file, line and keyword of everything that is wrong in the closure.
    pub fn set(&self, id: &str) -> Result<KeywordSet, KeywordError> {
        let (file, text) = self.keyword_file(id).ok_or_else(|| {
            let what = words!(
                id = "daftar itu tidak ada, baik di dalam folder maupun sebagai daftar bawaan; periksa id-nya",
                en = "there is no such set, neither in the folder nor built in; check its id"
            );
            KeywordError::one(id, 0, None, what)
        })??;
        self.close(file, text)
    }

    /// Every election set: of the folder if there is one, else the built-in ones, in order of file names.
    ///
    /// # Errors
    /// The first set that can't be read, with all its problems.
    pub fn elections(&self) -> Result<Vec<Arc<KeywordSet>>, KeywordError> {
        let mut sets = Vec::new();
        for (file, text) in self.all_files()? {
            let raw: RawFile = parse(&file, &text)?;
            if raw.sides.is_empty() {
                continue;
            }
            sets.push(Arc::new(self.close(file, text)?));
        }
        Ok(sets)
    }

    /// Every file as `(name, text)`, shared sets included.
    ///
    /// # Errors
    /// When the folder or a file in it can't be read.
    pub fn all_files(&self) -> Result<Vec<(String, String)>, KeywordError> {
        let Some(folder) = &self.keywords else {
            return Ok(builtin::KEYWORDS.iter().map(|(id, text)| (format!("{id}.toml"), (*text).to_owned())).collect());
        };
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(|e| KeywordError::unreadable(folder, &e))?
            .filter_map(|entry| entry.ok().map(|e| e.path()))
            .filter(|path| path.extension().is_some_and(|e| e == "toml"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Ok((path.display().to_string(), read(path)?))).collect()
    }

    /// Builds the set in `text`, resolving `extends` and the circular through this library.
    ///
    /// # Errors
    /// As [`Library::set`].
    pub fn close(&self, file: String, text: String) -> Result<KeywordSet, KeywordError> {
        let raw: RawFile = parse(&file, &text)?;
        let mut closure = Vec::new();
        let circular_id = raw.set.get_ref().circular.clone();
        let main_file = file.clone();
        self.walk(Loaded { file, text, raw }, &mut Vec::new(), &mut HashSet::new(), &mut closure)?;
        let circular = match circular_id {
            None => None,
            Some(id) => {
                let (name, text) = self.circular_file(&id).ok_or_else(|| {
                    let what = words!(
                        id = "surat edaran itu tidak ada; letakkan berkasnya di config/circulars atau pakai yang bawaan (skb-2022)",
                        en = "there is no such circular; put its file into config/circulars or use a built-in one (skb-2022)"
                    );
                    KeywordError::one(&main_file, 0, Some(&id), what)
                })??;
                Some((Circular::parse(&name, &text)?, name, text))
            }
        };
        build(&closure, circular)
    }

    fn walk(
        &self,
        loaded: Loaded,
        path: &mut Vec<String>,
        done: &mut HashSet<String>,
        closure: &mut Vec<Loaded>,
    ) -> Result<(), KeywordError> {
        let id = loaded.raw.set.get_ref().id.clone();
        if path.contains(&id) {
            path.push(id);
            let what = words!(
                id = "daftar-daftar ini saling memuat secara melingkar ({circle}); hapus salah satu `extends`",
                en = "the sets extend each other in a circle ({circle}); remove one `extends`",
                circle = path.join(" -> ")
            );
            return Err(KeywordError::one(&loaded.file, 0, None, what));
        }
        if !done.insert(id.clone()) {
            return Ok(());
        }
        let file = loaded.file.clone();
        let wanted = loaded.raw.set.get_ref().extends.clone();
        path.push(id);
        closure.push(loaded);
        for extended in wanted {
            let (name, text) = self.keyword_file(&extended).ok_or_else(|| {
                let what = words!(
                    id = "`extends` menyebut `{extended}`, yang tidak ada di folder yang sama dan bukan daftar bawaan; tambahkan {extended}.toml atau hapus dari `extends`",
                    en = "it extends `{extended}`, which is neither beside it nor built in; add {extended}.toml or remove it from `extends`"
                );
                KeywordError::one(&file, 0, None, what)
            })??;
            let raw: RawFile = parse(&name, &text)?;
            if raw.set.get_ref().id != extended {
                let what = words!(
                    id = "daftar di dalam berkas ini ber-id `{found}`; nama berkas harus sama dengan id daftarnya",
                    en = "the file's set has the id `{found}`; a file bears the name of its set",
                    found = raw.set.get_ref().id
                );
                return Err(KeywordError::one(&name, 1, None, what));
            }
            self.walk(Loaded { file: name, text, raw }, path, done, closure)?;
        }
        path.pop();
        Ok(())
    }

    fn keyword_file(&self, id: &str) -> Option<Result<(String, String), KeywordError>> {
        let name = format!("{id}.toml");
        if let Some(kept) = &self.kept {
            return in_kept(kept, &name, false).map(Ok);
        }
        if let Some(draft) = in_kept(&self.drafts, &name, false) {
            return Some(Ok(draft));
        }
        if let Some(path) = self.keywords.as_ref().map(|folder| folder.join(&name)).filter(|path| path.is_file()) {
            return Some(read(&path).map(|text| (path.display().to_string(), text)));
        }
        builtin::KEYWORDS.iter().find(|(known, _)| *known == id).map(|(_, text)| Ok((name, (*text).to_owned())))
    }

    fn circular_file(&self, id: &str) -> Option<Result<(String, String), KeywordError>> {
        let name = format!("{id}.toml");
        if let Some(kept) = &self.kept {
            return in_kept(kept, &name, true).map(Ok);
        }
        if let Some(draft) = in_kept(&self.drafts, &name, true) {
            return Some(Ok(draft));
        }
        let beside =
            self.keywords.iter().flat_map(|folder| [folder.join("../config/circulars"), folder.join("circulars")]);
        for folder in self.circulars.iter().cloned().chain(beside) {
            let path = folder.join(&name);
            if path.is_file() {
                // The folder is part of the name: `from_sources` tells circulars from sets by it.
                return Some(read(&path).map(|text| (format!("circulars/{name}"), text)));
            }
        }
        builtin::CIRCULARS
            .iter()
            .find(|(known, _)| *known == id)
            .map(|(_, text)| Ok((format!("circulars/{name}"), (*text).to_owned())))
    }
}

/// A kept source by its file name; circulars are those in a folder `circulars`.
fn in_kept(kept: &[(String, String)], name: &str, circular: bool) -> Option<(String, String)> {
    kept.iter()
        .find(|(path, _)| {
            let mut parts = path.rsplit(['/', '\\']);
            parts.next() == Some(name) && (parts.next() == Some("circulars")) == circular
        })
        .cloned()
}

fn read(path: &Path) -> Result<String, KeywordError> {
    fs::read_to_string(path).map_err(|e| KeywordError::unreadable(path, &e))
}

impl KeywordSet {
    /// A built-in set by id.
    ///
    /// # Errors
    /// When there is none of that id.
    pub fn builtin(id: &str) -> Result<Self, KeywordError> {
        Library::builtin().set(id)
    }

    /// The set that [`KeywordSet::sources`] came from, with the same fingerprint. The first source is the set itself.
    ///
    /// # Errors
    /// Names what is missing or broken; nothing is taken from disk or from the binary.
    pub fn from_sources(sources: &[(String, String)]) -> Result<Self, KeywordError> {
        let Some((file, text)) = sources.first() else {
            let what = words!(id = "tidak ada berkas sumber yang diberikan", en = "no sources given");
            return Err(KeywordError::one("", 0, None, what));
        };
        Library { kept: Some(sources.to_vec()), ..Library::default() }.close(file.clone(), text.clone())
    }
}

/// What `--keywords PATH` means: the sets, and whether they are to be narrowed by date.
///
/// A file is one set, always; a folder is every election set in it; nothing is `./keywords` if it is there, else the
/// built-in sets.
///
/// # Errors
/// The first set that can't be read, with all its problems; an unknown `only`.
pub fn load(
    path: Option<&Path>,
    circulars: Option<&Path>,
    only: Option<&str>,
) -> Result<(Vec<Arc<KeywordSet>>, bool), KeywordError> {
    let circulars = circulars.map(Path::to_path_buf);
    let (sets, by_date) = match path {
        Some(file) if file.is_file() => {
            let folder = file.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
            let library = Library::in_folder(folder, circulars);
            (vec![Arc::new(library.close(file.display().to_string(), read(file)?)?)], false)
        }
        Some(folder) if folder.is_dir() => (Library::in_folder(folder, circulars).elections()?, true),
        Some(missing) => {
            return Err(KeywordError::Read {
                path: missing.display().to_string(),
                problem: words!(id = "berkas atau folder itu tidak ada", en = "no such file or folder"),
            });
        }
        None if Path::new("keywords").is_dir() => (Library::in_folder("keywords", circulars).elections()?, true),
        None => (Library::builtin().with_circulars(circulars).elections()?, true),
    };
    let Some(only) = only else { return Ok((sets, by_date)) };
    let known = sets.iter().map(|set| set.id().to_owned()).collect::<Vec<_>>().join(", ");
    let chosen: Vec<_> = sets.into_iter().filter(|set| set.id() == only).collect();
    if chosen.is_empty() {
        let what = words!(
            id = "tidak ada daftar pemilihan dengan id itu; yang ada: {known}",
            en = "there is no election set of that id; there are: {known}"
        );
        return Err(KeywordError::one(only, 0, None, what));
    }
    Ok((chosen, by_date))
}
