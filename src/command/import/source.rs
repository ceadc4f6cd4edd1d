//! What `import` was given: one file that names a credential, and perhaps its key and its certificate.

use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::command::pair::{Pair, Piece, Place};
use crate::error::{Error, Kind, shell_word};
use crate::pem;
use crate::profile::draft::Draft;
use crate::profile::schema;
use crate::profile::shape::{self, NotRecognised, Recognised, import_line, path_word};
use crate::{environment, grant};

/// What was given.
pub(super) struct Source {
    /// What messages call the file that names the credential.
    name: String,
    /// Its path; `None` for the environment.
    path: Option<PathBuf>,
    recognised: Recognised,
    /// What stood in files of its own, or was given by an option.
    pub(super) pair: Pair,
    notes: Vec<String>,
}

impl Source {
    /// Reads all of it.
    pub(super) fn read(call: &Call) -> Result<Self, Error> {
        let wait = call.deadline.attempt();
        let mut given = Given { pair: Pair::default(), document: None, notes: Vec::new() };
        for path in call.paths("files")? {
            given.take(path, Piece::read(path, wait)?)?;
        }
        for (option, slot) in
            [("private-key", &mut given.pair.private_key), ("certificate", &mut given.pair.certificate)]
        {
            if let Some(path) = call.path(option)? {
                fill(slot, Piece::read(path, wait)?)?;
            }
        }
        let Given { pair, document, notes } = given;
        let (name, path, recognised) = match (document, call.value("from")) {
            (Some((path, recognised)), None) => (path.display().to_string(), Some(path), recognised),
            (None, Some(from)) => (format!("the environment ({from})"), None, variables(from)?),
            (Some(_), Some(_)) => {
                return Err(Error::new(Kind::Usage, "--from takes the place of a file: one of the two"));
            }
            (None, None) if pair.private_key.is_some() || pair.certificate.is_some() => {
                return Err(Error::new(Kind::Usage, "no file says whose key this is").hint(
                    "give the JSON that the console let you download as well, or answer for it: jwt-credential init",
                ));
            }
            (None, None) => {
                return Err(Error::new(Kind::Usage, "no file was named")
                    .hint(format!("jwt-credential import FILE takes {}", shape::known())));
            }
        };
        Ok(Self { name, path, recognised, pair, notes })
    }

    /// In words, with its kind.
    pub(super) fn described(&self) -> String {
        format!("{} ({})", self.name, self.recognised.shape.about)
    }

    /// The credential that is meant, and what was given of its key pair.
    pub(super) fn select(self, call: &Call) -> Result<(Draft, Pair), Error> {
        let described = self.described();
        let named = |error: Error| Error { text: format!("{described} {}", error.text), ..error };
        let path = self.path.as_deref();
        let given = given_words(call)?;
        let line = |missing: &[&str]| import_line(&given, missing);
        let mut draft = self.recognised.select(call.value("select"), &line).map_err(named)?;
        if let Some(ims) = call.value("ims") {
            let origin = schema::origin(ims).map_err(|what| Error::new(Kind::Usage, format!("--ims {what}")))?;
            draft.set("ims", origin.into());
            draft.foreign_endpoint = None;
        }
        for key in ["metascopes", "scopes", "hosts"] {
            let Some(list) = call.value(key) else { continue };
            let field = grant::field(draft.grant, key).ok_or_else(|| {
                Error::new(Kind::Usage, format!("--{key} is not for {}, which {described} is", draft.grant))
            })?;
            let list = field.accept(list).map_err(|what| Error::new(Kind::Usage, format!("--{key} {what}")))?;
            draft.set(key, list);
        }
        draft.is_whole(self.pair.private_key.is_some(), &grant::schemas(), &line).map_err(named)?;
        draft.notes.extend(self.notes);
        let found = Place { name: &self.name, directory: path.and_then(Path::parent) };
        let pair = self.pair.or_of(&mut draft, found, call.deadline.attempt())?;
        Ok((draft, pair))
    }
}

/// The words of this call, for a line that goes on from it.
fn given_words(call: &Call) -> Result<Vec<String>, Error> {
    let mut words: Vec<String> = call.paths("files")?.into_iter().map(path_word).collect();
    for option in ["private-key", "certificate"] {
        words.extend(call.path(option)?.map(|path| format!("--{option} {}", path_word(path))));
    }
    for option in ["metascopes", "scopes", "hosts", "select", "from", "ims", "as"] {
        words.extend(call.value(option).map(|value| format!("--{option} {}", plain_or_quoted(value))));
    }
    words.extend(call.has("force").then(|| "--force".into()));
    Ok(words)
}

fn plain_or_quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.,:/@-".contains(&b);
    if word.bytes().all(is_plain) { word.to_owned() } else { shell_word(word) }
}

/// What the files hold, as they are looked at.
struct Given {
    pair: Pair,
    document: Option<(PathBuf, Recognised)>,
    notes: Vec<String>,
}

impl Given {
    fn take(&mut self, path: &Path, piece: Piece) -> Result<(), Error> {
        let not_known = match shape::recognise(&piece.bytes) {
            Ok(recognised) if self.document.is_none() => {
                self.notes.extend(piece.told_to_others());
                self.document = Some((path.to_owned(), recognised));
                return Ok(());
            }
            Ok(_) => {
                return Err(Error::new(Kind::Usage, "several files name a credential").hint("import one at a time"));
            }
            Err(what) => what,
        };
        // JSON and archives may hold a PEM, and are none.
        if piece.bytes.trim_ascii_start().starts_with(b"{") || piece.bytes.starts_with(ZIP) {
            return Err(unknown(path, &piece.bytes, &not_known));
        }
        let sections = pem::sections(&piece.bytes);
        let has_certificate = sections.iter().any(|section| section.label == "CERTIFICATE");
        let has_key = sections.iter().any(pem::Section::is_private_key);
        if has_certificate {
            let bytes = piece.bytes.clone();
            fill(&mut self.pair.certificate, Piece { place: piece.place.clone(), bytes, others_read: false })?;
        }
        // What is in DER, or a PEM of another kind, has its own complaint as a key.
        let is_der = pem::bare_der(&piece.bytes).is_some_and(|der| der.starts_with(&[0x30]));
        if has_key || !has_certificate && (!sections.is_empty() || is_der) {
            return fill(&mut self.pair.private_key, piece);
        }
        if has_certificate { Ok(()) } else { Err(unknown(path, &piece.bytes, &not_known)) }
    }
}

/// How a zip archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

fn unknown(path: &Path, bytes: &[u8], what: &NotRecognised) -> Error {
    let shown = path.display();
    if bytes.starts_with(ZIP) {
        return Error::new(Kind::Setup, format!("{shown} is a zip archive"))
            .hint("unpack it, and import the files in it: the console's has private.key and certificate_pub.crt");
    }
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|json| json.get("grant").is_some()) {
        return Error::new(Kind::Setup, format!("{shown} is a profile already"))
            .hint(format!("-p {} uses it where it is", path_word(path)));
    }
    let failure = Error::new(Kind::Setup, format!("{shown} {what}"));
    match what {
        NotRecognised::Unreadable(_) => failure,
        NotRecognised::Unknown => {
            failure.hint(format!("what is known: {}; a private key; a certificate", shape::known()))
        }
    }
}

fn fill(slot: &mut Option<Piece>, piece: Piece) -> Result<(), Error> {
    if let Some(had) = slot {
        let what = format!("{} and {} are the same kind of file", had.place, piece.place);
        return Err(Error::new(Kind::Usage, what)
            .hint("one key and one certificate are imported; a second key goes into the profile's list by hand"));
    }
    *slot = Some(piece);
    Ok(())
}

fn variables(from: &str) -> Result<Recognised, Error> {
    let is_meant = |shape: &&&shape::Shape| shape.variables.as_ref().is_some_and(|kind| kind.name == from);
    let shape = shape::ALL
        .iter()
        .find(is_meant)
        .ok_or_else(|| Error::new(Kind::Usage, format!("--from {from} is not known")))?;
    let prefix = shape.variables.as_ref().map_or("", |kind| kind.prefix);
    shape::of_variables(shape, &environment::starting(prefix))
        .ok_or_else(|| Error::new(Kind::Setup, format!("no variables {prefix}… that are set hold {}", shape.about)))
}
