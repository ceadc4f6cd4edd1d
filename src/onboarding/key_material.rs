//! A private key and its certificate that a new profile will use. What would fail later fails here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use crate::call::Call;
use crate::crypto::certificate::Certificate;
use crate::crypto::pem::{self, ENCRYPTED_LABEL};
use crate::crypto::{key, sign};
use crate::error::{Error, Kind, shell_word};
use crate::profile::draft::Draft;
use crate::secret::Secret;
use crate::{clock, sys};

/// A key or a certificate: a file of its own, or a part of another file.
pub struct Piece {
    /// Its name in messages.
    pub place: String,
    pub bytes: Zeroizing<Vec<u8>>,
    /// Whether other users can read the file.
    pub others_read: bool,
}

impl Piece {
    /// Reads a file whatever its mode.
    pub fn read(path: &Path, wait: Duration) -> Result<Self, Error> {
        sys::check_path("the name of the file", path.as_os_str())?;
        let place = path.display().to_string();
        let file = sys::read_checked(path, wait)
            .map_err(|error| Error::new(Kind::Setup, format!("cannot read {place}: {error}")))?;
        Ok(Self { place, bytes: file.bytes, others_read: file.others_read })
    }

    /// A warning about a file with a secret that other users can read.
    pub fn exposure(&self) -> Option<String> {
        let (shown, word) = (&self.place, shell_word(&self.place));
        self.others_read
            .then(|| format!("others can read {shown}: chmod 600 {word}, or remove it now that it is copied"))
    }

    fn is_encrypted(&self) -> bool {
        pem::sections(&self.bytes).iter().any(|section| section.label == ENCRYPTED_LABEL)
    }

    fn certificate(&self) -> Result<Certificate, Error> {
        let text = String::from_utf8_lossy(&self.bytes);
        Certificate::parse(&text).ok_or_else(|| {
            Error::new(Kind::Setup, format!("{} holds no certificate in PEM", self.place))
                .hint("it begins with -----BEGIN CERTIFICATE-----: certificate_pub.crt, which was uploaded")
        })
    }

    fn expiry(&self, owner: &str) -> Option<String> {
        let certificate = self.certificate().ok()?;
        let (place, day) = (&self.place, certificate.last_day());
        let is_over = certificate.remaining(&clock::now()).is_zero();
        is_over.then(|| format!("the certificate in {place} expired on {day}: {owner} refuses what its key signs"))
    }

    /// Moves a key or certificate out of a draft, which holds the text itself or the path of a file.
    fn of(draft: &mut Draft, key: &str, found: FoundIn, wait: Duration) -> Result<Option<Self>, Error> {
        match draft.take(key) {
            None => Ok(None),
            Some(Json::String(text)) => {
                let bytes = Zeroizing::new(text.into_bytes());
                Ok(Some(Self { place: found.name.to_owned(), bytes, others_read: false }))
            }
            Some(reference) => {
                let path = reference.get("file").and_then(Json::as_str).unwrap_or_default();
                let path = found.directory.map_or_else(|| PathBuf::from(path), |directory| directory.join(path));
                let option = key.replace('_', "-");
                let missing = |error: Error| {
                    Error { text: format!("{} names a file: {}", found.name, error.text), ..error }
                        .hint(format!("--{option} PATH names another one"))
                };
                Self::read(&path, wait).map(Some).map_err(missing)
            }
        }
    }
}

/// The file that a draft was made from.
#[derive(Clone, Copy)]
pub struct FoundIn<'a> {
    /// Its name in messages.
    pub name: &'a str,
    /// The directory that paths in it are relative to.
    pub directory: Option<&'a Path>,
}

#[derive(Default)]
pub struct KeyMaterial {
    pub private_key: Option<Piece>,
    pub certificate: Option<Piece>,
}

impl KeyMaterial {
    /// What the user named by options.
    pub fn given(call: &Call) -> Result<Self, Error> {
        let read = |option| call.path(option)?.map(|path| Piece::read(path, call.deadline.attempt())).transpose();
        let pair = Self { private_key: read("private-key")?, certificate: read("certificate")? }.separated();
        pair.check(None)?;
        Ok(pair)
    }

    /// A key without a certificate.
    pub fn of_key(key: Piece) -> Result<Self, Error> {
        let pair = Self { private_key: Some(key), certificate: None };
        pair.check(None)?;
        Ok(pair)
    }

    /// Adds what the draft holds, and removes it from the draft. What the user gave comes first.
    pub fn or_from(self, draft: &mut Draft, found: FoundIn, wait: Duration) -> Result<Self, Error> {
        let (key, certificate) =
            (Piece::of(draft, "private_key", found, wait), Piece::of(draft, "certificate", found, wait));
        let private_key = self.private_key.map_or(key, |given| Ok(Some(given)))?;
        let certificate = self.certificate.map_or(certificate, |given| Ok(Some(given)))?;
        Ok(Self { private_key, certificate }.separated())
    }

    /// Leaves the certificate alone in its piece, if that holds the key as well: the key is copied only once.
    fn separated(mut self) -> Self {
        if let Some(piece) = &mut self.certificate {
            let sections = pem::sections(&piece.bytes);
            if sections.iter().any(pem::Section::is_private_key) {
                let certificates = sections.iter().filter(|section| section.label == "CERTIFICATE");
                piece.bytes = Zeroizing::new(certificates.map(pem::Section::to_pem).collect::<String>().into_bytes());
            }
        }
        self
    }

    /// Rejects a key that cannot sign, and a certificate that belongs to another key. No passphrase is asked for: a key
    /// behind an unknown one is accepted if its encryption can be read.
    pub fn check(&self, passphrase: Option<&str>) -> Result<(), Error> {
        let certificate = self.certificate.as_ref().map(|piece| Ok((piece, piece.certificate()?))).transpose()?;
        let Some(key) = &self.private_key else { return Ok(()) };
        if key.is_encrypted() && passphrase.is_none() {
            return key::could_be_opened(&key.bytes, &key.place);
        }
        let passphrase = || Ok(passphrase.map(|text| Secret::new(text.to_owned())));
        let signing = key::signing_key(&key.bytes, &key.place, &passphrase)?;
        // Before the certificate: that a key is too short is the better message.
        sign::rs256(&Map::new(), &signing, &key.place)?;
        match certificate {
            Some((piece, certificate)) if !certificate.belongs_to(&signing) => {
                let (key, certificate) = (&key.place, &piece.place);
                let what = if key == certificate {
                    format!("the private key and the certificate in {key} do not belong together")
                } else {
                    format!("the private key in {key} does not belong to the certificate in {certificate}")
                };
                Err(Error::new(Kind::Setup, what).hint("one of the two is another integration's, or an older one"))
            }
            _ => Ok(()),
        }
    }

    /// What is allowed but may be a mistake, a sentence each.
    pub fn notes(&self, draft: &Draft) -> Vec<String> {
        let owner = draft.schema.owner;
        let mut notes: Vec<String> = self.certificate.iter().filter_map(|piece| piece.expiry(owner)).collect();
        let Some(key) = &self.private_key else { return notes };
        let ends = draft.text("certificate_ends").filter(|_| self.certificate.is_none());
        let last = ends.filter(|day| clock::has_ended(day));
        notes.extend(last.map(|day| format!("the last of the credential's certificates expired on {day}")));
        notes.extend(key.exposure());
        if self.certificate.is_none() && ends.is_none() {
            notes.push("no certificate: with --certificate, status and errors tell when it ends".into());
        }
        if key.is_encrypted() && draft.text("passphrase").is_none() {
            notes.push(BEHIND_PASSPHRASE.into());
        }
        notes
    }

    /// A sentence for each piece that a profile with this grant does not use.
    pub fn unused(&self, grant: &str) -> Vec<String> {
        let pieces = [("private key", &self.private_key), ("certificate", &self.certificate)];
        let given = pieces.iter().filter(|(_, piece)| piece.is_some());
        given.map(|(what, _)| format!("the {what} was not taken: {grant} works without")).collect()
    }
}

const BEHIND_PASSPHRASE: &str = "the private key is behind a passphrase: give it in the profile as \
    \"passphrase\": {\"command\": [\"pass\", \"NAME\"]}, {\"file\": …} or {\"env\": …}; else it is asked for on the \
    terminal";
