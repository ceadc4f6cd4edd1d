//! What `import` was given: one file that names a credential, and perhaps its key and its certificate.

use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::command::pair::{Pair, Piece, Place};
use crate::error::{Error, Kind, shell_word};
use crate::pem;
use crate::profile::draft::Draft;
use crate::profile::shape::{self, Recognised, foreign, import_line};
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
        for path in call.paths("files") {
            given.take(path, Piece::read(path, wait)?)?;
        }
        for (option, slot) in
            [("private-key", &mut given.pair.private_key), ("certificate", &mut given.pair.certificate)]
        {
            if let Some(path) = call.path(option) {
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
        let line = |missing: &[&str]| import_line(path, missing, call.value("as"));
        let mut draft = self.recognised.select(call.value("select"), &line).map_err(named)?;
        draft.notes.extend(self.notes);
        match (call.value("ims"), draft.foreign_endpoint.take()) {
            (Some(ims), _) => draft.set("ims", ims.into()),
            (None, Some(endpoint)) => return Err(named(foreign(&endpoint).hint(line(&["ims"])))),
            (None, None) => {}
        }
        for key in ["metascopes", "scopes"] {
            let Some(list) = call.value(key) else { continue };
            if !grant::knows(draft.grant, key) {
                return Err(Error::new(
                    Kind::Usage,
                    format!("--{key} is not for {}, which {described} is", draft.grant),
                ));
            }
            draft.set(key, list.into());
        }
        let missing = draft.missing(&grant::schemas());
        let given = |key: &&str| *key == "private_key" && self.pair.private_key.is_some();
        let missing: Vec<&str> = missing.into_iter().filter(|key| !given(key)).collect();
        if !missing.is_empty() {
            return Err(named(shape::lacking(&draft, &missing, &line)));
        }
        let found = Place { name: &self.name, directory: path.and_then(Path::parent) };
        let pair = self.pair.or_of(&mut draft, found, call.deadline.attempt())?;
        Ok((draft, pair))
    }
}

/// What the files hold, as they are looked at.
struct Given {
    pair: Pair,
    document: Option<(PathBuf, Recognised)>,
    notes: Vec<String>,
}

impl Given {
    fn take(&mut self, path: &Path, piece: Piece) -> Result<(), Error> {
        if piece.others_read {
            let (shown, word) = (path.display(), shell_word(&path.to_string_lossy()));
            self.notes.push(format!("others can read {shown}: chmod 600 {word}, or remove it now that it is copied"));
        }
        let not_known = match shape::recognise(&piece.bytes) {
            Ok(recognised) if self.document.is_none() => {
                self.document = Some((path.to_owned(), recognised));
                return Ok(());
            }
            Ok(_) => {
                return Err(Error::new(Kind::Usage, "several files name a credential").hint("import one at a time"));
            }
            Err(what) => what,
        };
        let sections = pem::sections(&piece.bytes);
        let has_certificate = sections.iter().any(|section| section.label == "CERTIFICATE");
        let has_key = sections.iter().any(pem::Section::is_private_key);
        if has_certificate {
            let bytes = piece.bytes.clone();
            fill(&mut self.pair.certificate, Piece { place: piece.place.clone(), bytes, others_read: false })?;
        }
        // What is in DER, or a PEM of another kind, has its own complaint as a key.
        let is_key = has_key || !has_certificate && (!sections.is_empty() || pem::bare_der(&piece.bytes).is_some());
        if is_key && !piece.bytes.starts_with(ZIP) {
            return fill(&mut self.pair.private_key, piece);
        }
        if has_certificate { Ok(()) } else { Err(unknown(path, &piece.bytes, &not_known)) }
    }
}

/// How a zip archive begins.
const ZIP: &[u8] = b"PK\x03\x04";

fn unknown(path: &Path, bytes: &[u8], what: &str) -> Error {
    let shown = path.display();
    if bytes.starts_with(ZIP) {
        return Error::new(Kind::Setup, format!("{shown} is a zip archive"))
            .hint("unpack it, and import the files in it: the console's has private.key and certificate_pub.crt");
    }
    if serde_json::from_slice::<serde_json::Value>(bytes).is_ok_and(|json| json.get("grant").is_some()) {
        return Error::new(Kind::Setup, format!("{shown} is a profile already"))
            .hint(format!("-p '{shown}' uses it where it is"));
    }
    Error::new(Kind::Setup, format!("{shown} {what}"))
        .hint(format!("what is known: {}; a private key; a certificate", shape::known()))
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
