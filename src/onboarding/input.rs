//! The input of `import`: a file that describes a credential, and perhaps its key and its certificate.

use std::path::{Path, PathBuf};

use super::install::supplied;
use super::key_material::{FoundIn, KeyMaterial, Piece};
use crate::call::Call;
use crate::crypto::pem;
use crate::environment;
use crate::error::{Error, Kind, shell_word};
use crate::profile::draft::Draft;
use crate::profile::format::{self, ImportFormat, NotRecognised, Recognised, path_word};
use crate::provider::FORMATS;

pub struct Input {
    /// The name of the file that describes the credential, for messages.
    name: String,
    /// Its path; `None` for the environment.
    path: Option<PathBuf>,
    recognised: Recognised,
    /// From files of their own.
    keys: KeyMaterial,
    notes: Vec<String>,
}

impl Input {
    pub fn read(call: &Call) -> Result<Self, Error> {
        let wait = call.deadline.attempt();
        let mut given = Sorted::default();
        for path in call.paths("files")? {
            given.take(path, Piece::read(path, wait)?)?;
        }
        for (option, slot) in
            [("private-key", &mut given.keys.private_key), ("certificate", &mut given.keys.certificate)]
        {
            if let Some(path) = call.path(option)? {
                fill(slot, Piece::read(path, wait)?)?;
            }
        }
        let Sorted { keys, document, notes } = given;
        let (name, path, recognised) = match (document, call.value("from")) {
            (Some((path, recognised)), None) => (path.display().to_string(), Some(path), recognised),
            (None, Some(from)) => (format!("the environment ({from})"), None, variables(from)?),
            (Some(_), Some(_)) => {
                return Err(Error::new(Kind::Usage, "--from takes the place of a file: one of the two"));
            }
            (None, None) if keys.private_key.is_some() || keys.certificate.is_some() => {
                return Err(Error::new(Kind::Usage, "no file says whose key this is").hint(
                    "give the JSON that the console let you download as well, or answer for it: jwt-credential init",
                ));
            }
            (None, None) => {
                return Err(Error::new(Kind::Usage, "no file was named")
                    .hint(format!("jwt-credential import FILE takes {}", format::known(FORMATS))));
            }
        };
        Ok(Self { name, path, recognised, keys, notes })
    }

    /// The file and its format, for messages.
    pub fn described(&self) -> String {
        format!("{} ({})", self.name, self.recognised.format.about)
    }

    /// The selected credential with the values of the options, and its key material.
    pub fn select(self, call: &Call) -> Result<(Draft, KeyMaterial), Error> {
        let described = self.described();
        let named = |error: Error| Error { text: format!("{described} {}", error.text), ..error };
        let given = given_words(call)?;
        let mut draft = self.recognised.select(call.value("select"), &given).map_err(named)?;
        for (field, supply) in supplied() {
            let (option, key) = (supply.option, field.name);
            let Some(text) = call.value(option) else { continue };
            let field = draft.schema.field(key).ok_or_else(|| {
                let grant = draft.schema.grant;
                Error::new(Kind::Usage, format!("--{option} is not for {grant}, which {described} is"))
            })?;
            let value = field.accept(text).map_err(|what| Error::new(Kind::Usage, format!("--{option} {what}")))?;
            draft.set(key, value);
        }
        draft.is_whole(self.keys.private_key.is_some(), &given).map_err(named)?;
        draft.notes.extend(self.notes);
        let found = FoundIn { name: &self.name, directory: self.path.as_deref().and_then(Path::parent) };
        let keys = self.keys.or_from(&mut draft, found, call.deadline.attempt())?;
        Ok((draft, keys))
    }
}

/// The words of this call, for a hint that completes the command.
fn given_words(call: &Call) -> Result<Vec<String>, Error> {
    let mut words: Vec<String> = call.paths("files")?.into_iter().map(path_word).collect();
    for option in ["private-key", "certificate"] {
        words.extend(call.path(option)?.map(|path| format!("--{option} {}", path_word(path))));
    }
    let supplied = supplied().into_iter().map(|(_, supply)| supply.option);
    for option in supplied.chain(["select", "from", "as"]) {
        words.extend(call.value(option).map(|value| format!("--{option} {}", plain_or_quoted(value))));
    }
    words.extend(call.has("force").then(|| "--force".into()));
    Ok(words)
}

fn plain_or_quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.,:/@-".contains(&b);
    if word.bytes().all(is_plain) { word.to_owned() } else { shell_word(word) }
}

/// The files by what they hold.
#[derive(Default)]
struct Sorted {
    keys: KeyMaterial,
    document: Option<(PathBuf, Recognised)>,
    notes: Vec<String>,
}

impl Sorted {
    fn take(&mut self, path: &Path, piece: Piece) -> Result<(), Error> {
        let not_known = match format::recognise(&piece.bytes, FORMATS) {
            Ok(recognised) if self.document.is_none() => {
                self.notes.extend(piece.exposure());
                self.document = Some((path.to_owned(), recognised));
                return Ok(());
            }
            Ok(_) => {
                return Err(Error::new(Kind::Usage, "several files name a credential").hint("import one at a time"));
            }
            Err(what) => what,
        };
        // JSON and archives may contain a PEM, but are not one.
        if piece.bytes.trim_ascii_start().starts_with(b"{") || piece.bytes.starts_with(ZIP) {
            return Err(unknown(path, &piece.bytes, &not_known));
        }
        let sections = pem::sections(&piece.bytes);
        let has_certificate = sections.iter().any(|section| section.label == "CERTIFICATE");
        let has_key = sections.iter().any(pem::Section::is_private_key);
        if has_certificate {
            let bytes = piece.bytes.clone();
            fill(&mut self.keys.certificate, Piece { place: piece.place.clone(), bytes, others_read: false })?;
        }
        // DER and other kinds of PEM get a better message when they are read as a key.
        let is_der = pem::bare_der(&piece.bytes).is_some_and(|der| der.starts_with(&[0x30]));
        if has_key || !has_certificate && (!sections.is_empty() || is_der) {
            return fill(&mut self.keys.private_key, piece);
        }
        if has_certificate { Ok(()) } else { Err(unknown(path, &piece.bytes, &not_known)) }
    }
}

/// The first bytes of a zip archive.
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
            failure.hint(format!("what is known: {}; a private key; a certificate", format::known(FORMATS)))
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
    let is_meant = |format: &&&ImportFormat| format.variables.as_ref().is_some_and(|kind| kind.name == from);
    let format = FORMATS
        .iter()
        .copied()
        .flatten()
        .find(is_meant)
        .ok_or_else(|| Error::new(Kind::Usage, format!("--from {from} is not known")))?;
    let prefix = format.variables.as_ref().map_or("", |kind| kind.prefix);
    format::of_variables(format, &environment::starting(prefix))
        .ok_or_else(|| Error::new(Kind::Setup, format!("no variables {prefix}… that are set hold {}", format.about)))
}
